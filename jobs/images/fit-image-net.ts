import { CENTRE_STEP, type ImageNet, likenesses, standardise } from '../../processors/images/image-net.ts'
import { createRandom } from '../random.ts'

/** A picture to learn from. */
export interface ImageExample {
  readonly features: Float32Array
  /** 1: spam. */
  readonly target: number
  /** How much it counts, beside the others of its class. */
  readonly weight: number
}

/** Pictures that others are compared with at most: a version has a byte a feature of each, and a fit takes the square of them. */
const CENTRES_MAX = 3400
/** Of likeness, over all features together: pictures are unlike when their features differ by several deviations in the mean. */
const NARROWNESS = 0.1
/** Ridge on the function, beside a weight of 1 a picture. */
const RIDGE = 0.03
/** Keeps the factors of the matrix real where pictures are nearly the same. */
const JITTER = 1e-6
const SPREAD_MIN = 1e-3

/**
 * Kernel ridge regression with Gaussian likeness (Saunders et al., 1998), onto -1 for ham and 1 for spam; where there are more
 * examples than `centresMax`, over a part of them drawn by the seed (Williams & Seeger, 2001). The classes count alike. The
 * same examples and seed give the same bytes.
 * @returns margins that are still to be calibrated
 */
export function fitImageNet(
  examples: readonly ImageExample[],
  seed: number,
  centresMax = CENTRES_MAX,
): ImageNet {
  const scaling = scalingOf(examples)
  const width = scaling.means.length
  const inputs = examples.map(({ features }) => standardise(scaling, features))
  const chosen = chooseCentres(examples, seed, centresMax)
  const count = chosen.length
  const centres = new Int8Array(width * count)
  for (const [centre, row] of chosen.entries())
    for (let i = 0; i < width; i++) centres[i * count + centre] = Math.round(inputs[row]![i]! / CENTRE_STEP)
  const kernel = { centres, narrowness: NARROWNESS / width }
  const matrix = new Float64Array(count * count)
  const outputs = new Float64Array(count)
  for (let centre = 0; centre < count; centre++) {
    const of = Float32Array.from({ length: width }, (_, i) => centres[i * count + centre]! * CENTRE_STEP)
    matrix.set(
      likenesses(kernel, of)
        .map(one => one * RIDGE)
        .subarray(0, centre + 1),
      centre * count,
    )
    matrix[centre * count + centre]! += JITTER * examples.length
  }
  const weights = balanced(examples)
  for (const [row, { target }] of examples.entries())
    addRow(matrix, outputs, likenesses(kernel, inputs[row]!), weights[row]!, 2 * target - 1)
  solve(matrix, outputs)
  return {
    ...scaling,
    ...kernel,
    outputs: Float32Array.from(outputs),
    bias: 0,
    linear: new Float32Array(width),
    offset: 0,
  }
}

/** The network whose margins by looks are those of this one by `slope`, and `offset` more. */
export function calibrated(net: ImageNet, { slope, offset }: { slope: number; offset: number }): ImageNet {
  return {
    ...net,
    outputs: net.outputs.map(output => output * slope),
    bias: net.bias * slope + offset,
  }
}

function scalingOf(examples: readonly ImageExample[]): Pick<ImageNet, 'means' | 'scales'> {
  const width = examples[0]!.features.length
  const [sums, squares] = [new Float64Array(width), new Float64Array(width)]
  for (const { features } of examples)
    for (let i = 0; i < width; i++) {
      sums[i]! += features[i]! / examples.length
      squares[i]! += features[i]! ** 2 / examples.length
    }
  const scales = Float32Array.from(sums, (mean, i) => {
    return 1 / (Math.sqrt(Math.max(0, squares[i]! - mean * mean)) + SPREAD_MIN * Math.abs(mean) + 1e-6)
  })
  return { means: Float32Array.from(sums), scales }
}

/** Those that weigh most, and of these a part drawn by the seed. */
function chooseCentres(examples: readonly ImageExample[], seed: number, max: number): Uint32Array {
  const order = Uint32Array.from({ length: examples.length }, (_, row) => row)
  shuffle(order, createRandom(seed))
  order.sort((a, b) => examples[b]!.weight - examples[a]!.weight)
  return order.subarray(0, max)
}

/** Both classes weigh as much together, 1 a row in the mean. */
function balanced(examples: readonly ImageExample[]): Float64Array {
  const sums = [0, 0]
  for (const { target, weight } of examples) sums[target]! += weight
  return Float64Array.from(examples, ({ target, weight }) => (weight * examples.length) / (2 * sums[target]!))
}

/** Adds a row to the normal equations: `matrix` is their lower half, row by row. */
function addRow(
  matrix: Float64Array,
  sums: Float64Array,
  likeness: Float64Array,
  weight: number,
  target: number,
): void {
  const count = likeness.length
  for (let i = 0; i < count; i++) {
    const value = weight * likeness[i]!
    sums[i]! += value * target
    for (let j = 0, at = i * count; j <= i; j++, at++) matrix[at]! += value * likeness[j]!
  }
}

/** Solves matrix × x = `values` in place by Cholesky's factors; `matrix` is the lower half, row by row, and is used up. */
function solve(matrix: Float64Array, values: Float64Array): void {
  const count = values.length
  for (let i = 0; i < count; i++)
    for (let j = 0; j <= i; j++) {
      let sum = matrix[i * count + j]!
      for (let k = 0, a = i * count, b = j * count; k < j; k++, a++, b++) sum -= matrix[a]! * matrix[b]!
      matrix[i * count + j] = i === j ? Math.sqrt(sum) : sum / matrix[j * count + j]!
    }
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < i; j++) values[i]! -= matrix[i * count + j]! * values[j]!
    values[i]! /= matrix[i * count + i]!
  }
  for (let i = count - 1; i >= 0; i--) {
    for (let j = i + 1; j < count; j++) values[i]! -= matrix[j * count + i]! * values[j]!
    values[i]! /= matrix[i * count + i]!
  }
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    const kept = order[i]!
    order[i] = order[j]!
    order[j] = kept
  }
}
