import type { HeadsModel } from '../../processors/text/heads.ts'
import type { HeadChange } from './fit-head.ts'

/** The tone head that holds what a platform taught. */
export const PLATFORM_HEAD = 'platform'
/** The highest whole number of a weight's byte. */
const STEPS_MAX = 127

/**
 * The model with a change of its margins in a tone head of its own, which every register trusts alike and nothing squashes, so that
 * its margin is added to the mixed one. A head that is there already is changed. All other heads keep their bytes.
 */
export function withPlatformHead(model: HeadsModel, change: HeadChange): HeadsModel {
  const known = model.heads.slice(0, model.tones).indexOf(PLATFORM_HEAD)
  const { at, wide } =
    known === -1 ? { at: model.tones, wide: widened(model) } : { at: known, wide: copied(model) }
  const count = wide.heads.length
  const before = wide.scales[at]!
  let largest = 0
  const weightOf = (bucket: number) => before * wide.weights[bucket * count + at]! + change[bucket]!
  for (let bucket = 0; bucket < change.length; bucket++)
    largest = Math.max(largest, Math.abs(weightOf(bucket)))
  // As the file will state it.
  const scale = largest === 0 ? 1 : Math.fround(largest / STEPS_MAX)
  for (let bucket = 0; bucket < change.length; bucket++)
    wide.weights[bucket * count + at] = Math.round(weightOf(bucket) / scale)
  wide.scales[at] = scale
  return wide
}

function copied(model: HeadsModel): HeadsModel {
  return { ...model, weights: model.weights.slice(), scales: model.scales.slice() }
}

/** With one more tone, which says nothing yet. */
function widened(model: HeadsModel): HeadsModel {
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
    heads: insert(heads, PLATFORM_HEAD),
    tones: tones + 1,
    weights: column(weights, new Int8Array(rows * (count + 1)), count),
    scales: Float32Array.from(insert([...scales], 1)),
    biases: Float32Array.from(insert([...biases], 0)),
    dense: column(dense, new Float32Array((dense.length / count) * (count + 1)), count),
    squashed: Float32Array.from(insert([...squashed], 0)),
    experts: trusted,
  }
}
