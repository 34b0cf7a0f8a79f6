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

/** Pictures that are learned from at most: a version has a byte a feature of each, and a fit takes the cube of them. */
const EXAMPLES_MAX = 3400
/** Of likeness, over all features together: pictures are unlike when their features differ by several deviations in the mean. */
const NARROWNESS = 0.1
/** Ridge on the function, beside a weight of 1 a picture. */
const RIDGE = 0.03
const SPREAD_MIN = 1e-3

/**
 * Kernel ridge regression with Gaussian likeness (Saunders et al., 1998), onto -1 for ham and 1 for spam, from a part of the
 * examples where there are more than `examplesMax`: those that weigh most, of equals some drawn by the seed. The classes count
 * alike. The same examples and seed give the same bytes.
 * @returns margins that are still to be calibrated
 */
export function fitImageNet(
  examples: readonly ImageExample[],
  seed: number,
  examplesMax = EXAMPLES_MAX,
): ImageNet {
  const scaling = scalingOf(examples)
  const chosen = chooseExamples(examples, seed, examplesMax)
  const width = scaling.means.length
  const count = chosen.length
  const centres = new Int8Array(width * count)
  for (const [centre, { features }] of chosen.entries()) {
    const inputs = standardise(scaling, features)
    for (let i = 0; i < width; i++) centres[i * count + centre] = Math.round(inputs[i]! / CENTRE_STEP)
  }
  const kernel = { centres, narrowness: NARROWNESS / width }
  const weights = balanced(chosen)
  const matrix = new Float64Array(count * count)
  for (let row = 0; row < count; row++) {
    const inputs = Float32Array.from({ length: width }, (_, i) => centres[i * count + row]! * CENTRE_STEP)
    matrix.set(likenesses(kernel, inputs).subarray(0, row + 1), row * count)
    matrix[row * count + row]! += RIDGE / weights[row]!
  }
  const outputs = Float64Array.from(chosen, ({ target }) => 2 * target - 1)
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

function chooseExamples(
  examples: readonly ImageExample[],
  seed: number,
  max: number,
): readonly ImageExample[] {
  const order = Uint32Array.from({ length: examples.length }, (_, row) => row)
  shuffle(order, createRandom(seed))
  order.sort((a, b) => examples[b]!.weight - examples[a]!.weight)
  return Array.from(order.subarray(0, max), row => examples[row]!)
}

/** Both classes weigh as much together, 1 a row in the mean. */
function balanced(examples: readonly ImageExample[]): Float64Array {
  const sums = [0, 0]
  for (const { target, weight } of examples) sums[target]! += weight
  return Float64Array.from(examples, ({ target, weight }) => (weight * examples.length) / (2 * sums[target]!))
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
