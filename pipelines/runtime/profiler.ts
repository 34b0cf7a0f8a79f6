import type { SliceableRecord } from '../../processors/drift/declared-features.ts'
import { STEP_RECORDS_MAX } from '../../processors/drift/monitor.ts'
import { PROFILE_RECORDS_MAX, ProfileBuilder, type ProfileLayout } from '../../processors/drift/profile.ts'
import type { KindDrift } from '../../processors/drift/text-drift.ts'
import type { Emitted, Incoming } from '../../processors/processor.ts'
import { eventTimeOf } from '../../processors/score-content.ts'
import type { Decision, ModelCard } from '../../processors/scorer.ts'
import { hashId, profileId } from '../../schemas/ids.ts'

/** Profiles what a scorer decides: told of each record, it answers the profiles of a batch. */
export interface Profiler {
  /** Records come in the order of the log. */
  observe(record: Incoming<'content'>, input: unknown, decision: Decision): void
  /**
   * The profiles of a batch of one partition, in one piece unless it is large.
   * @param records of the batch, those that were not observed among them
   */
  take(records: readonly Incoming<'content'>[], card: ModelCard): Emitted<'feature-profiles'>[]
}

/** How profiles of a kind are laid out. Its version follows from what is watched and how it is cut into bins. */
export function layoutOf({ features, slices }: KindDrift): ProfileLayout {
  const parts = features.flatMap(({ name, edges }) => [name, edges.join(',')])
  return {
    version: hashId([...parts, ...slices.map(({ name }) => name)]).slice(0, VERSION_DIGITS),
    features,
    slices,
    binsMax: Math.max(1, ...features.map(({ edges }) => edges.length + 1)),
  }
}

const VERSION_DIGITS = 12

/**
 * @param topic full name of the topic the records lie on
 */
export function createProfiler(drift: KindDrift, topic: string): Profiler {
  const layout = layoutOf(drift)
  const builder = new ProfileBuilder(layout, STEP_RECORDS_MAX)
  const values = new Float64Array(drift.features.length)
  const sliceable: { -readonly [Field in keyof SliceableRecord]: SliceableRecord[Field] } = {
    contentKind: '',
    language: null,
    authorAgeMs: null,
  }
  let observed: { readonly record: Incoming<'content'>; readonly profile: ReturnType<typeof profiledOf> }[] =
    []

  function profiledOf(record: Incoming<'content'>, input: unknown, decision: Decision) {
    const { value, offset, appendedAt } = record
    const at = eventTimeOf(value.at, appendedAt)
    const terms = drift.observe(value, input, decision, values)
    sliceable.contentKind = value.kind
    sliceable.language = value.language
    sliceable.authorAgeMs = value.authorSince === null ? null : at - value.authorSince
    let slices = 0
    drift.slices.forEach(({ holds }, i) => {
      if (holds(sliceable)) slices |= 1 << i
    })
    const { author, id: contentId, revision } = value
    const thread = value.thread ?? value.parent ?? contentId
    return { offset, at, author, contentId, revision, thread, values: values.slice(), slices, terms }
  }

  return {
    observe(record, input, decision) {
      observed.push({ record, profile: profiledOf(record, input, decision) })
    },
    take(records, { kind, version }) {
      const emitted: Emitted<'feature-profiles'>[] = []
      const first = records[0]
      const last = records.at(-1)
      if (first === undefined || last === undefined) return emitted
      let from = first.offset
      const skipped = records.length - observed.length
      for (let at = 0; at < observed.length; at += PROFILE_RECORDS_MAX) {
        const part = observed.slice(at, at + PROFILE_RECORDS_MAX)
        for (const { profile } of part) builder.add(profile)
        const isLast = at + PROFILE_RECORDS_MAX >= observed.length
        const nextOffset = (isLast ? last : part.at(-1)!.record).offset + 1
        const profile = builder.take({
          kind,
          modelVersion: version,
          topic,
          partition: first.partition,
          firstOffset: from,
          nextOffset,
          skipped: isLast ? skipped : 0,
        })
        from = nextOffset
        if (profile !== null)
          emitted.push({
            topic: 'feature-profiles',
            key: kind,
            value: { id: profileId(profile), ...profile },
          })
      }
      observed = []
      return emitted
    },
  }
}
