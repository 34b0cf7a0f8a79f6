/** The image-spam model: a linear part and one layer of units, over features less their mean, in deviations. */
export interface ImageNet {
  /** By feature. */
  readonly means: Float32Array
  /** One over the deviation, by feature. */
  readonly scales: Float32Array
  /** features × units. */
  readonly hidden: Float32Array
  /** By unit. */
  readonly thresholds: Float32Array
  readonly outputs: Float32Array
  /** By feature. */
  readonly linear: Float32Array
  readonly offset: number
}

/** A feature further out than this many deviations counts as that far: a strange picture is not a certain one. */
export const DEVIATIONS_MAX = 4

export function standardise(
  { means, scales }: Pick<ImageNet, 'means' | 'scales'>,
  features: Float32Array,
): Float32Array {
  return features.map((value, i) =>
    Math.max(-DEVIATIONS_MAX, Math.min(DEVIATIONS_MAX, (value - means[i]!) * scales[i]!)),
  )
}

/** Log-odds of spam, calibrated. The same as the network's ONNX form says but for rounding. */
export function imageMargin(net: ImageNet, features: Float32Array): number {
  const { hidden, thresholds, outputs, linear, offset } = net
  const units = thresholds.length
  const inputs = standardise(net, features)
  const sums = Float64Array.from(thresholds)
  let margin = offset
  for (let i = 0; i < inputs.length; i++) {
    const value = inputs[i]!
    margin += value * linear[i]!
    for (let unit = 0, at = i * units; unit < units; unit++, at++) sums[unit]! += value * hidden[at]!
  }
  for (let unit = 0; unit < units; unit++) margin += Math.max(0, sums[unit]!) * outputs[unit]!
  return margin
}
