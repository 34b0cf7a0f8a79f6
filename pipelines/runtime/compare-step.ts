import {
  type ComparedPair,
  KindComparer,
  PAIR_OFFSETS_MAX,
  pairFeatures,
} from '../../processors/drift/compare-kinds.ts'
import type { ProfileLayout } from '../../processors/drift/profile.ts'
import { ProfileBatch } from '../../processors/drift/profile-batch.ts'
import type { Incoming } from '../../processors/processor.ts'
import { hashId } from '../../schemas/ids.ts'
import { emittedProfile, layoutOf, VERSION_DIGITS } from './profiler.ts'
import type { Step } from './step.ts'

/**
 * scores → feature-profiles: how far declared pairs of kinds disagree. It keeps no state in a changelog: after a restart the
 * last scores of the partition are read again, and what waited for its other half waits again.
 * @param topic full name of the topic the scores lie on
 * @param offsets how far apart the halves of a pair may be
 */
export function compareStep(pairs: readonly ComparedPair[], topic: string, offsets = PAIR_OFFSETS_MAX): Step {
  const comparer = new KindComparer(pairs, offsets)
  const layouts = new Map(
    pairs.map(compared => [
      compared,
      layoutOf({ features: pairFeatures(compared), slices: compared.slices }),
    ]),
  )
  const profiles = new ProfileBatch()
  return {
    resumeFrom: (_topic, committed) => comparer.resumeFrom(committed),
    run(batch, emit) {
      const first = batch[0]
      const last = batch.at(-1)
      if (first === undefined || last === undefined) return []
      const versions = new Map<string, ProfileLayout>()
      for (const score of batch as readonly Incoming<'scores'>[])
        for (const { compared, modelVersion, otherVersion, record } of comparer.add(score)) {
          const key = `${compared.kind} ${compared.pair.with} ${otherVersion}`
          const layout = versions.get(key) ?? versioned(layouts.get(compared)!, otherVersion)
          versions.set(key, layout)
          profiles.add({ kind: compared.kind, modelVersion, layout }, record)
        }
      const place = {
        topic,
        partition: first.partition,
        firstOffset: first.offset,
        nextOffset: last.offset + 1,
      }
      for (const profile of profiles.take({ ...place, count: batch.length })) emit(emittedProfile(profile))
      return []
    },
  }
}

/** Under another version of the other kind it is another reference: the gap would move with its deploy. */
function versioned(layout: ProfileLayout, otherVersion: string): ProfileLayout {
  return { ...layout, version: hashId([layout.version, otherVersion]).slice(0, VERSION_DIGITS) }
}
