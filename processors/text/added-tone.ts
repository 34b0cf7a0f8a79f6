import { featureSettings } from './features.ts'
import type { HeadsModel } from './heads.ts'

/** The tone head that holds what a platform taught. */
export const PLATFORM_HEAD = 'platform'

/** A model of one head, `platform`, that says nothing yet: what a platform teaches is added to a margin from elsewhere. */
export function emptyPlatform(): HeadsModel {
  return {
    heads: [PLATFORM_HEAD],
    tones: 1,
    registers: 1,
    weights: new Int8Array(featureSettings.buckets),
    scales: Float32Array.of(1),
    biases: Float32Array.of(0),
    dense: new Float32Array(featureSettings.dense.length),
    squashed: Float32Array.of(0),
    experts: Float32Array.of(1),
    offsets: Float32Array.of(0),
    link: { form: 'sigmoid' },
  }
}

/** What is wrong with a model as one of `emptyPlatform` that was taught, in words; null if nothing is. */
export function platformProblem({ heads, weights, dense }: HeadsModel): string | null {
  if (heads.length !== 1 || heads[0] !== PLATFORM_HEAD) return `does not hold the one head ${PLATFORM_HEAD}`
  if (weights.length !== featureSettings.buckets || dense.length !== featureSettings.dense.length)
    return 'reads other features than this program'
  return null
}

/** The model with the head of a platform's own model beside its tones: the margin is the sum of both. */
export function withPlatform(model: HeadsModel, platform: HeadsModel): HeadsModel {
  const wide = withEmptyTone(model, PLATFORM_HEAD)
  const count = wide.heads.length
  for (let bucket = 0; bucket < platform.weights.length; bucket++)
    wide.weights[bucket * count + model.tones] = platform.weights[bucket]!
  wide.scales[model.tones] = platform.scales[0]!
  return wide
}

/** With one more tone behind the others, which says nothing yet, is trusted alike by every register, and is squashed by nothing. */
export function withEmptyTone(model: HeadsModel, name: string): HeadsModel {
  const { heads, tones, registers, weights, scales, biases, dense, squashed, experts } = model
  const insert = <T>(list: readonly T[], value: T) => [...list.slice(0, tones), value, ...list.slice(tones)]
  const column = <A extends Int8Array | Float32Array>(from: A, into: A, width: number): A => {
    for (let row = 0; row < from.length / width; row++) {
      into.set(from.subarray(row * width, row * width + tones), row * (width + 1))
      into.set(from.subarray(row * width + tones, (row + 1) * width), row * (width + 1) + tones + 1)
    }
    return into
  }
  const count = heads.length
  const rows = weights.length / count
  const trusted = column(experts, new Float32Array(registers * (tones + 1)), tones)
  for (let register = 0; register < registers; register++) trusted[register * (tones + 1) + tones] = 1
  return {
    ...model,
    heads: insert(heads, name),
    tones: tones + 1,
    weights: column(weights, new Int8Array(rows * (count + 1)), count),
    scales: Float32Array.from(insert([...scales], 1)),
    biases: Float32Array.from(insert([...biases], 0)),
    dense: column(dense, new Float32Array((dense.length / count) * (count + 1)), count),
    squashed: Float32Array.from(insert([...squashed], 0)),
    experts: trusted,
  }
}
