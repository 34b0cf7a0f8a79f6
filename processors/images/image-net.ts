/**
 * The image-spam model: how like a picture is to each of many known ones, and a linear part, over features less their mean,
 * in deviations.
 */
export interface ImageNet {
  /** By feature. */
  readonly means: Float32Array
  /** One over the deviation, by feature. */
  readonly scales: Float32Array
  /** features × known pictures, in steps of `CENTRE_STEP` deviations. */
  readonly centres: Int8Array
  /** How fast likeness fades with the squared distance, in deviations: exp(-narrowness × distance²). */
  readonly narrowness: number
  /** What likeness to a known picture adds to the margin, by picture. */
  readonly outputs: Float32Array
  /** Added to these, as far as the picture is familiar. */
  readonly bias: number
  /** By feature. */
  readonly linear: Float32Array
  readonly offset: number
}

/** Likeness to this power adds up to how familiar a picture is: only the nearest count. */
export const NEARNESS = 40
/** A picture this familiar is judged half by its looks; 1–2 % of held-out pictures are less so. */
export const FAMILIAR_HALF = 0.3
/** Log-odds of what is like no known picture: presumed harmless until words or marks speak. */
export const UNFAMILIAR = -2

/** A feature further out than this many deviations counts as that far: a strange picture is not a certain one. */
export const DEVIATIONS_MAX = 4
export const CENTRE_STEP = DEVIATIONS_MAX / 127

export function standardise(
  { means, scales }: Pick<ImageNet, 'means' | 'scales'>,
  features: Float32Array,
): Float32Array {
  return features.map((value, i) =>
    Math.max(-DEVIATIONS_MAX, Math.min(DEVIATIONS_MAX, (value - means[i]!) * scales[i]!)),
  )
}

/** Likeness to each of the known pictures, 0–1. @param inputs standardised features */
export function likenesses(
  { centres, narrowness }: Pick<ImageNet, 'centres' | 'narrowness'>,
  inputs: Float32Array,
): Float64Array {
  const count = centres.length / inputs.length
  const distances = new Float64Array(count)
  for (let i = 0, at = 0; i < inputs.length; i++) {
    const value = inputs[i]! / CENTRE_STEP
    for (let centre = 0; centre < count; centre++, at++) {
      const apart = value - centres[at]!
      distances[centre]! += apart * apart
    }
  }
  return distances.map(distance => Math.exp(-narrowness * CENTRE_STEP * CENTRE_STEP * distance))
}

/** Log-odds of spam, calibrated. The same as the network's ONNX form says but for rounding. */
export function imageMargin(net: ImageNet, features: Float32Array): number {
  const inputs = standardise(net, features)
  let margin = net.offset
  for (let i = 0; i < inputs.length; i++) margin += inputs[i]! * net.linear[i]!
  const likeness = likenesses(net, inputs)
  const nearness = likeness.reduce((sum, one) => sum + one ** NEARNESS, 0)
  const familiar = nearness / (nearness + FAMILIAR_HALF)
  return margin + UNFAMILIAR + familiar * (ofLooks(net, likeness) - UNFAMILIAR)
}

/** The margin of a familiar picture, which calibration goes by. */
export function looksMargin(net: ImageNet, features: Float32Array): number {
  return ofLooks(net, likenesses(net, standardise(net, features)))
}

function ofLooks({ outputs, bias }: ImageNet, likeness: Float64Array): number {
  let margin = bias
  for (let centre = 0; centre < outputs.length; centre++) margin += likeness[centre]! * outputs[centre]!
  return margin
}
