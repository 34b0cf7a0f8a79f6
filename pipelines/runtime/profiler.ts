import type { SliceableRecord } from '../../processors/drift/declared-features.ts'
import { STEP_RECORDS_MAX } from '../../processors/drift/monitor.ts'
import {
  ProfileBuilder,
  type ProfiledRecord,
  type ProfileLayout,
  SLICES_MAX,
} from '../../processors/drift/profile.ts'
import { profilesOf } from '../../processors/drift/profile-batch.ts'
import type { KindDrift } from '../../processors/drift/text-drift.ts'
import type { Vocabulary } from '../../processors/drift/vocabulary.ts'
import type { Emitted, Incoming } from '../../processors/processor.ts'
import { eventTimeOf } from '../../processors/score-content.ts'
import type { Decision, ModelCard } from '../../processors/scorer.ts'
import { drawOf } from '../../processors/text/hashing.ts'
import { hashId } from '../../schemas/ids.ts'
import type { FeatureProfile } from '../../schemas/records.ts'
import { WatchBudget } from './watch-budget.ts'

/** Profiles what a scorer decides: told of each record, it answers the profiles of a batch. */
export interface Profiler {
  /** Begins a batch. @param now wall clock, ms since the epoch: by it `WatchBudget` is refilled */
  begin(now: number): void
  /** Records come in the order of the log. `vocabulary`: the words of the version that decided, where it tells. */
  observe(record: Incoming<'content'>, input: unknown, decision: Decision, vocabulary?: Vocabulary): void
  /**
   * The profiles of a batch of one partition, in one piece unless it is large.
   * @param read the records of the batch, those that were not observed among them
   */
  take(read: Stretch, card: ModelCard): Emitted<'feature-profiles'>[]
}

/** Records of one partition: from the first one's offset to behind the last one's. */
export interface Stretch {
  readonly partition: number
  readonly firstOffset: number
  readonly nextOffset: number
  readonly count: number
}

/**
 * How profiles of a kind are laid out. Its version follows from what is watched and how it is cut into bins.
 * @throws Error for a kind that declares more than `SLICES_MAX` slices
 */
export function layoutOf({ features, slices }: Pick<KindDrift, 'features' | 'slices'>): ProfileLayout {
  if (slices.length > SLICES_MAX)
    throw new Error(`a kind watches at most ${SLICES_MAX} slices, and ${slices.length} are declared`)
  const parts = features.flatMap(({ name, edges }) => [name, edges.join(',')])
  return {
    version: hashId([...parts, ...slices.map(({ name }) => name)]).slice(0, VERSION_DIGITS),
    features,
    slices,
    binsMax: Math.max(1, ...features.map(({ edges }) => edges.length + 1)),
  }
}

export const VERSION_DIGITS = 12

/** A profile as it is written. */
export function emittedProfile(profile: FeatureProfile): Emitted<'feature-profiles'> {
  return { topic: 'feature-profiles', key: profile.kind, value: profile }
}

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
    score: 0,
    draw: 0,
  }
  let observed: ProfiledRecord[] = []
  const budget = new WatchBudget()

  function profiledOf(
    record: Incoming<'content'>,
    input: unknown,
    decision: Decision,
    vocabulary: Vocabulary | undefined,
  ): ProfiledRecord {
    const { value, offset, appendedAt } = record
    const at = eventTimeOf(value.at, appendedAt)
    const terms = drift.observe(value, input, decision, values, vocabulary)
    sliceable.contentKind = value.kind
    sliceable.language = value.language
    sliceable.authorAgeMs = value.authorSince === null ? null : at - value.authorSince
    sliceable.score = decision.value
    sliceable.draw = drawOf(value.id)
    let slices = 0
    for (let i = 0; i < drift.slices.length; i++) if (drift.slices[i]!.holds(sliceable)) slices |= 1 << i
    const { author, id: contentId, revision } = value
    const thread = value.thread ?? value.parent ?? contentId
    return { offset, at, author, contentId, revision, thread, values: values.slice(), slices, terms }
  }

  return {
    begin(now) {
      // What is left of a batch that failed half-way comes again.
      observed = []
      budget.refill(now)
    },
    observe(record, input, decision, vocabulary) {
      if (!budget.takes(record.offset)) return
      observed.push(profiledOf(record, input, decision, vocabulary))
    },
    take({ partition, firstOffset, nextOffset, count }, { kind, version }) {
      const profiles = profilesOf(builder, observed, {
        kind,
        modelVersion: version,
        topic,
        partition,
        firstOffset,
        nextOffset,
        skipped: count - observed.length,
      })
      observed = []
      return profiles.map(emittedProfile)
    },
  }
}
