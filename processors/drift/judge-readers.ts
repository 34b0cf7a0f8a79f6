import type { Report, Vote } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'
import { closedEdges, flagEdges, type WatchedFeature, type WatchedSlice } from './declared-features.ts'
import { RecentOffsets } from './recent-offsets.ts'
import { NEW_ACCOUNT_MS } from './text-drift.ts'

/**
 * votes and reports → how right readers find the scores. What they say of one score becomes a record of a few features, and so
 * has windows, detectors and a history like everything else that is profiled.
 *
 * Whoever wants to bend it needs many accounts and many contents: of a reader one vote and one report count for a content, of a
 * content few votes, and accounts that are new count only in a slice of their own.
 */

/** 1 for a vote that contradicts the score, 0 for one that agrees with it. */
export const VOTES = 'votes'
/** How far the score is from what a report expects, as a share of the scale. */
export const REPORTS = 'reports'
/** 1 for a report that expects another thing than the score says, 0 for one that expects about the same. */
export const REPORTS_DIFFER = 'reportsDiffer'

export const voteFeatures: readonly WatchedFeature[] = [
  {
    name: VOTES,
    description: 'Whether a vote contradicts the score: 1 if it does, 0 if it agrees.',
    edges: flagEdges(),
  },
]

export const reportFeatures: readonly WatchedFeature[] = [
  {
    name: REPORTS,
    description: 'How far a score is from what a report expects, as a share of the scale.',
    edges: closedEdges(0, 1, 10),
  },
  {
    name: REPORTS_DIFFER,
    description: 'Whether a report expects another thing than the score says: 1 if so, 0 if about the same.',
    edges: flagEdges(),
  },
]

const isNewAccount = ({ authorAgeMs }: { readonly authorAgeMs: number | null }) =>
  authorAgeMs !== null && authorAgeMs < NEW_ACCOUNT_MS

/** By the reader's account, not the author's. */
export const readerSlices: readonly WatchedSlice[] = [
  {
    name: 'all',
    description: 'Readers whose account is not new, or of whom the platform does not say.',
    holds: record => !isNewAccount(record),
  },
  {
    name: 'newAccounts',
    description: 'Readers whose account was at most 30 days old: they are in no other slice.',
    holds: isNewAccount,
  },
]

/** A reader's second vote or report on a content counts nothing for so many offsets of its partition. */
export const READER_OFFSETS_MAX = 16_384
/** Of a content so many votes count within these offsets. */
const VOTES_OF_A_CONTENT_MAX = 5

/** Which votes and reports of a partition count. Offsets are those of their own topic. */
export class ReaderAdmission {
  private readonly voters: RecentOffsets<true>
  private readonly contents: RecentOffsets<readonly number[]>
  private readonly reporters: RecentOffsets<true>

  constructor(offsets = READER_OFFSETS_MAX) {
    this.voters = new RecentOffsets(offsets)
    this.contents = new RecentOffsets(offsets)
    this.reporters = new RecentOffsets(offsets)
  }

  /** A vote that was taken back says nothing; whoever votes otherwise later was counted. */
  admitsVote({ value: vote, offset }: Incoming<'votes'>): boolean {
    if (vote.value === 0) return false
    const { voter, contentId } = vote
    const isRepeat = this.voters.get([voter, contentId], offset) !== undefined
    this.voters.set([voter, contentId], offset, true)
    const earlier = this.contents.get([contentId], offset) ?? []
    this.contents.set([contentId], offset, [...earlier, offset].slice(-VOTES_OF_A_CONTENT_MAX))
    const isCrowded =
      earlier.length === VOTES_OF_A_CONTENT_MAX && earlier[0]! > offset - this.contents.offsets
    return !isRepeat && !isCrowded
  }

  /** Of somebody without a name each report counts, once an id. */
  admitsReport({ value: report, offset }: Incoming<'reports'>): boolean {
    if (!isStated(report)) return false
    const about = report.contentId ?? report.draftId ?? ''
    const key = [report.kind, report.reporter === '' ? `id ${report.id}` : `by ${report.reporter}`, about]
    const isRepeat = this.reporters.get(key, offset) !== undefined
    this.reporters.set(key, offset, true)
    return !isRepeat
  }

  /** From where it must read again that has committed up to here. */
  resumeFrom(committed: number): number {
    return this.voters.resumeFrom(committed)
  }
}

/** From where on votes up, and below where votes down, are what a score lets expect. */
export interface VoteRule {
  readonly upAbove: number
  readonly downBelow: number
}

/** 1 where the vote contradicts the score, 0 where it agrees; null for a score that lets expect nothing. */
export function judgeVote({ value }: Pick<Vote, 'value'>, score: number, rule: VoteRule): 0 | 1 | null {
  if (score > rule.upAbove) return value < 0 ? 1 : 0
  if (score < rule.downBelow) return value > 0 ? 1 : 0
  return null
}

/** How what somebody says of a score is held against it. */
export interface SaidRule {
  readonly scale: { readonly min: number; readonly max: number }
  /** Whether both say the same, as the kind counts it. */
  readonly agrees: (score: { readonly value: number; readonly label: string | null }, said: number) => boolean
}

/** The values of `reportFeatures`; null where what is expected is not on the scale. */
export function judgeReport(
  { expected }: Pick<Report, 'expected'>,
  score: { readonly value: number; readonly label: string | null },
  { scale, agrees }: SaidRule,
): Float64Array | null {
  const isOnScale = (value: number) => value >= scale.min && value <= scale.max
  if (expected === null || !isOnScale(expected) || !isOnScale(score.value)) return null
  const error = Math.abs(expected - score.value) / (scale.max - scale.min)
  return Float64Array.of(error, agrees(score, expected) ? 0 : 1)
}

/** Whether a report says what it expects, of something that has a name. */
function isStated({ expected, contentId, draftId }: Report): boolean {
  return expected !== null && (contentId !== null || draftId !== null)
}
