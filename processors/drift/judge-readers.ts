import type { Report, Vote } from '../../schemas/records.ts'
import type { Incoming } from '../processor.ts'
import { eventTimeOf } from '../score-content.ts'
import { closedEdges, flagEdges, type WatchedFeature, type WatchedSlice } from './declared-features.ts'
import { RecentOffsets } from './recent-offsets.ts'
import { NEW_ACCOUNT_MS } from './text-drift.ts'

/**
 * votes and reports → how right readers find the scores. What they say of one score becomes a record of a few features, and so
 * has windows, detectors and a history like everything else that is profiled.
 *
 * Of a content one vote and one report count. Those who vote on a text that was misjudged mostly say the same, and detectors take
 * records for independent: with five votes of a content a calm community had 1.8 false alarms in 100,000 votes, with one 0.1. So
 * whoever wants to bend it needs many contents; and accounts that are new count only in a slice of their own, beside the others'.
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

/** A second vote or report on a content counts nothing for so many offsets of its partition. */
const READER_OFFSETS_MAX = 16_384

/** Which votes and reports of a partition count. Offsets are those of their own topic. */
export class ReaderAdmission {
  private readonly voted: RecentOffsets<true>
  private readonly reported: RecentOffsets<true>

  constructor(offsets = READER_OFFSETS_MAX) {
    this.voted = new RecentOffsets(offsets)
    this.reported = new RecentOffsets(offsets)
  }

  /** A vote that was taken back says nothing; whoever votes otherwise later was counted. */
  admitsVote(vote: Incoming<'votes'>): boolean {
    return vote.value.value !== 0 && isFirst(this.voted, [vote.value.contentId, groupOf(vote)], vote.offset)
  }

  /** Of a content or draft, for each kind. */
  admitsReport(report: Incoming<'reports'>): boolean {
    const { kind, expected, contentId, draftId } = report.value
    const about = contentId ?? draftId
    if (expected === null || about === null) return false
    return isFirst(this.reported, [kind, about, groupOf(report)], report.offset)
  }

  /** From where it must read again that has committed up to here. */
  resumeFrom(committed: number): number {
    return this.voted.resumeFrom(committed)
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

/** New accounts do not keep the others from counting: each of the two groups counts once. */
function groupOf({ value, appendedAt }: Incoming<'votes' | 'reports'>): string {
  return isNewAccount({ authorAgeMs: accountAgeMs(value, appendedAt) }) ? 'new' : 'known'
}

/** ms since the reader's account was made; null where the platform does not say. */
export function accountAgeMs(
  { at, accountSince }: Pick<Report, 'at' | 'accountSince'>,
  appendedAt: number,
): number | null {
  return accountSince === null ? null : eventTimeOf(at, appendedAt) - accountSince
}

/** Each occurrence is remembered, so that what counts follows from as many records before it as `recent` holds. */
function isFirst(recent: RecentOffsets<true>, key: readonly string[], offset: number): boolean {
  const isRepeat = recent.get(key, offset) !== undefined
  recent.set(key, offset, true)
  return !isRepeat
}
