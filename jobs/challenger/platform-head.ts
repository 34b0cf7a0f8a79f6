import { PLATFORM_HEAD, withEmptyTone } from '../../processors/text/added-tone.ts'
import type { HeadsModel } from '../../processors/text/heads.ts'
import type { HeadChange } from './fit-head.ts'

/** The highest whole number of a weight's byte. */
const STEPS_MAX = 127

/**
 * The model with a change of its margins in a tone head of its own, which every register trusts alike and nothing squashes, so that
 * its margin is added to the mixed one. A head that is there already is changed. All other heads keep their bytes.
 */
export function withPlatformHead(model: HeadsModel, change: HeadChange): HeadsModel {
  const known = model.heads.slice(0, model.tones).indexOf(PLATFORM_HEAD)
  const { at, wide } =
    known === -1
      ? { at: model.tones, wide: withEmptyTone(model, PLATFORM_HEAD) }
      : { at: known, wide: copied(model) }
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
