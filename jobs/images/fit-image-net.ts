import { type ImageNet, standardise } from '../../processors/images/image-net.ts'
import { createRandom } from '../random.ts'

/** A picture to learn from. */
export interface ImageExample {
  readonly features: Float32Array
  /** 1: spam. */
  readonly target: number
  /** How much it counts, beside the others of its class. */
  readonly weight: number
}

const UNITS = 24
const EPOCHS = 15
const BATCH = 32
const STEP = 1e-3
/** Share of the inputs, and of the units, that a row is learned without (Srivastava et al., 2014). */
const DROP = { inputs: 0.2, units: 0.5 } as const
/** Decay of the weights a step, in steps (decoupled: Loshchilov & Hutter, 2019). */
const DECAY = 0.03
/** Targets are drawn in by this much: no row is learned as certain. */
const SMOOTHING = 0.05
const SPREAD_MIN = 1e-3

/**
 * Networks that differ by their seed, put together as one that answers the mean of their margins (Adam, Kingma & Ba 2015).
 * The classes count alike. The same examples and seed give the same bytes.
 */
export function fitImageNet(examples: readonly ImageExample[], seed: number, members: number): ImageNet {
  const scaling = scalingOf(examples)
  const inputs = examples.map(({ features }) => standardise(scaling, features))
  const nets = Array.from({ length: members }, (_, i) => fitMember(inputs, examples, seed * 1000 + i))
  const width = scaling.means.length
  const hidden = new Float32Array(width * UNITS * members)
  for (const [m, net] of nets.entries())
    for (let i = 0; i < width; i++)
      hidden.set(net.hidden.subarray(i * UNITS, (i + 1) * UNITS), (i * members + m) * UNITS)
  const mean = (pick: (net: Member) => number) => nets.reduce((sum, net) => sum + pick(net) / members, 0)
  return {
    ...scaling,
    hidden,
    thresholds: Float32Array.from(nets.flatMap(net => [...net.thresholds])),
    outputs: Float32Array.from(
      nets.flatMap(net => [...net.outputs]),
      output => output / members,
    ),
    linear: Float32Array.from({ length: width }, (_, i) => mean(net => net.linear[i]!)),
    offset: mean(net => net.offset[0]!),
  }
}

/** The network whose margins are those of this one by `slope`, and `offset` more. */
export function calibrated(net: ImageNet, { slope, offset }: { slope: number; offset: number }): ImageNet {
  return {
    ...net,
    outputs: net.outputs.map(output => output * slope),
    linear: net.linear.map(weight => weight * slope),
    offset: net.offset * slope + offset,
  }
}

type Member = Readonly<Record<'hidden' | 'thresholds' | 'outputs' | 'linear' | 'offset', Float32Array>>

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

function fitMember(inputs: readonly Float32Array[], examples: readonly ImageExample[], seed: number): Member {
  const random = createRandom(seed)
  const width = inputs[0]!.length
  const spread = (count: number, size: number) =>
    Float32Array.from({ length: count }, () => normal(random) * size)
  const net: Member = {
    hidden: spread(width * UNITS, 1 / Math.sqrt(width)),
    thresholds: new Float32Array(UNITS),
    outputs: spread(UNITS, 1 / Math.sqrt(UNITS)),
    linear: new Float32Array(width),
    offset: new Float32Array(1),
  }
  const weights = balanced(examples)
  const gradients = mapped(net, part => new Float32Array(part.length))
  const adam = createAdam(net)
  const order = Uint32Array.from(inputs.keys())
  const steps = EPOCHS * Math.ceil(inputs.length / BATCH)
  let step = 0
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    shuffle(order, random)
    for (let from = 0; from < order.length; from += BATCH) {
      const batch = order.subarray(from, from + BATCH)
      for (const part of Object.values(gradients)) part.fill(0)
      for (const row of batch)
        addGradient(
          net,
          gradients,
          dropped(inputs[row]!, random),
          examples[row]!.target,
          weights[row]! / batch.length,
          random,
        )
      adam(gradients, STEP * (1 - step++ / steps))
    }
  }
  return net
}

function mapped(net: Member, change: (part: Float32Array) => Float32Array): Member {
  return Object.fromEntries(
    Object.entries(net).map(([name, part]) => [name, change(part)]),
  ) as unknown as Member
}

/** Both classes weigh as much together, 1 a row in the mean. */
function balanced(examples: readonly ImageExample[]): Float64Array {
  const sums = [0, 0]
  for (const { target, weight } of examples) sums[target]! += weight
  return Float64Array.from(examples, ({ target, weight }) => (weight * examples.length) / (2 * sums[target]!))
}

function dropped(input: Float32Array, random: () => number): Float32Array {
  return input.map(value => (random() < DROP.inputs ? 0 : value / (1 - DROP.inputs)))
}

function addGradient(
  { hidden, thresholds, outputs, linear, offset }: Member,
  to: Member,
  input: Float32Array,
  target: number,
  weight: number,
  random: () => number,
): void {
  const sums = Float32Array.from(thresholds)
  let margin = offset[0]!
  for (let i = 0; i < input.length; i++) {
    const value = input[i]!
    if (value === 0) continue
    margin += value * linear[i]!
    for (let unit = 0, at = i * UNITS; unit < UNITS; unit++, at++) sums[unit]! += value * hidden[at]!
  }
  const open = sums.map(sum => (sum > 0 && random() >= DROP.units ? 1 / (1 - DROP.units) : 0))
  for (let unit = 0; unit < UNITS; unit++) margin += sums[unit]! * open[unit]! * outputs[unit]!
  const wanted = target * (1 - 2 * SMOOTHING) + SMOOTHING
  const error = weight * (1 / (1 + Math.exp(-margin)) - wanted)
  const back = open.map((factor, unit) => error * factor * outputs[unit]!)
  to.offset[0]! += error
  for (let unit = 0; unit < UNITS; unit++) {
    to.thresholds[unit]! += back[unit]!
    to.outputs[unit]! += error * sums[unit]! * open[unit]!
  }
  for (let i = 0; i < input.length; i++) {
    const value = input[i]!
    if (value === 0) continue
    to.linear[i]! += error * value
    for (let unit = 0, at = i * UNITS; unit < UNITS; unit++, at++) to.hidden[at]! += value * back[unit]!
  }
}

/** Adam with decay of the weights on the inputs. */
function createAdam(net: Member): (gradients: Member, step: number) => void {
  const [first, second] = [
    mapped(net, part => new Float32Array(part.length)),
    mapped(net, part => new Float32Array(part.length)),
  ]
  let [power1, power2] = [1, 1]
  return (gradients, step) => {
    power1 *= 0.9
    power2 *= 0.999
    for (const name of Object.keys(net) as (keyof Member)[]) {
      const [values, slopes, means, squares] = [net[name], gradients[name], first[name], second[name]]
      const keep = name === 'hidden' || name === 'linear' ? 1 - step * DECAY : 1
      for (let i = 0; i < values.length; i++) {
        const slope = slopes[i]!
        means[i] = 0.9 * means[i]! + 0.1 * slope
        squares[i] = 0.999 * squares[i]! + 0.001 * slope * slope
        const change = means[i]! / (1 - power1) / (Math.sqrt(squares[i]! / (1 - power2)) + 1e-8)
        values[i] = values[i]! * keep - step * change
      }
    }
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

/** Box & Muller, 1958. */
function normal(random: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
