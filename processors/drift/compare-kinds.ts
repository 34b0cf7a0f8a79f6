import type { Score } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'
import { eventTimeOf } from '../score-content.ts'
import { closedEdges, flagEdges, type WatchedFeature, type WatchedSlice } from './declared-features.ts'
import type { ProfiledRecord } from './profile.ts'
import { RecentOffsets } from './recent-offsets.ts'

/**
 * scores → how far two kinds disagree about the same content: each can be wrong without its own features moving, and hardly both
 * at once in the same way. A score counts when the other kind's score of the same revision is there too, so a pair is counted
 * once, at the offset of its later half.
 */

/** Which other kind a kind is compared with. */
export interface KindPair {
  readonly with: string
  /** What of the other kind, on its own scale, a value of this one lets expect. */
  readonly expected: (value: number) => number
  /** Labels of both, own first, that say opposite things. */
  readonly contradictions: readonly (readonly [own: string, other: string])[]
}

/** A pair with what is known of its kinds. */
export interface ComparedPair {
  readonly kind: string
  readonly pair: KindPair
  /** Bounds of the other kind's value. */
  readonly scale: { readonly min: number; readonly max: number }
  /** Of what is compared as well; a score does not say how old its author's account is. */
  readonly slices: readonly WatchedSlice[]
}

/** What came of one score: a record of the pair's features. */
export interface Comparison {
  readonly compared: ComparedPair
  readonly modelVersion: string
  /** Version of the other kind: a deploy of either begins a new reference. */
  readonly otherVersion: string
  readonly record: ProfiledRecord
}

/**
 * A score waits for the other kind's so many offsets of its partition. Halves further apart are not compared, and a score that
 * is repeated further apart counts again.
 */
export const PAIR_OFFSETS_MAX = 16_384

const GAP_BINS = 20

/** What is watched of a pair: `toxicityGap` and `toxicityContradicts` for one with toxicity. */
export function pairFeatures({ pair, scale }: ComparedPair): readonly WatchedFeature[] {
  const name = pair.with.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
  const width = scale.max - scale.min
  return [
    {
      name: `${name}Gap`,
      description: `The value of ${pair.with} less what this kind’s lets expect, on the scale of ${pair.with}.`,
      edges: closedEdges(-width, width, GAP_BINS),
    },
    {
      name: `${name}Contradicts`,
      description: `Whether the labels of both say opposite things: 1 if they do, 0 if not.`,
      edges: flagEdges(),
    },
  ]
}

type Half = Pick<Score, 'value' | 'label' | 'modelVersion'>

/** Pairs the scores of one partition. */
export class KindComparer {
  private readonly pairs: readonly ComparedPair[]
  private readonly kinds: ReadonlySet<string>
  private readonly recent: RecentOffsets<Half>

  /** @param offsets how far apart the halves of a pair may be */
  constructor(pairs: readonly ComparedPair[], offsets = PAIR_OFFSETS_MAX) {
    this.pairs = pairs
    this.kinds = new Set(pairs.flatMap(({ kind, pair }) => [kind, pair.with]))
    this.recent = new RecentOffsets(offsets)
  }

  /** What a score completes; scores come in the order of the log. */
  add(score: Incoming<'scores'>): Comparison[] {
    const { value: own, offset } = score
    const { kind, alias, status, value, label, modelVersion } = own
    if (alias !== 'CHAMPION' || status !== 'SCORED' || value === null || !this.kinds.has(kind)) return []
    const before = this.halfOf(own, kind, offset)
    this.recent.set([kind, String(own.revision), own.contentId], offset, { value, label, modelVersion })
    // The same score again was compared already.
    if (before?.modelVersion === modelVersion) return []
    return this.pairs.flatMap(compared => {
      const isOwn = compared.kind === kind
      const otherKind = isOwn ? compared.pair.with : compared.kind
      if (!isOwn && compared.pair.with !== kind) return []
      const other = this.halfOf(own, otherKind, offset)
      if (other === undefined) return []
      return [isOwn ? comparison(compared, own, other, score) : comparison(compared, other, own, score)]
    })
  }

  /** From where it must read again that has committed up to here. */
  resumeFrom(committed: number): number {
    return this.recent.resumeFrom(committed)
  }

  private halfOf({ revision, contentId }: Score, kind: string, offset: number): Half | undefined {
    return this.recent.get([kind, String(revision), contentId], offset)
  }
}

function comparison(
  compared: ComparedPair,
  own: Half,
  other: Half,
  { value: score, offset, appendedAt }: Incoming<'scores'>,
): Comparison {
  const { pair, slices } = compared
  const gap = other.value! - pair.expected(own.value!)
  const contradicts = pair.contradictions.some(
    ([mine, theirs]) => mine === own.label && theirs === other.label,
  )
  const { contentKind, language, author, contentId, revision, eventAt } = score
  let bits = 0
  slices.forEach(({ holds }, i) => {
    if (holds({ contentKind, language, authorAgeMs: null, score: own.value!, draw: 0 })) bits |= 1 << i
  })
  return {
    compared,
    modelVersion: own.modelVersion,
    otherVersion: other.modelVersion,
    record: {
      offset,
      at: eventTimeOf(eventAt, appendedAt),
      author,
      contentId,
      revision,
      thread: '',
      values: Float64Array.of(gap, contradicts ? 1 : 0),
      slices: bits,
      terms: NO_TERMS,
    },
  }
}

const NO_TERMS: ReadonlySet<string> = new Set()
