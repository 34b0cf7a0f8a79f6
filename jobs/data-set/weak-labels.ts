import { judgeVote, type VoteRule } from '../../processors/drift/judge-readers.ts'
import { drawOf } from '../../processors/text/hashing.ts'
import type { WeakReliability } from './data-set.ts'

/** What a reader says of a content: a vote, or what a report expects. */
export interface Saying {
  readonly id: string
  readonly contentId: string
  readonly by: string
  readonly value: number
  readonly topic: string
  readonly partition: number
  readonly offset: number
}

/** What readers say of one content, taken together. */
export interface WeakLabel {
  readonly contentId: string
  /** On the kind's scale. */
  readonly target: number
  /** Before it is bounded by the weight of the labels. */
  readonly weight: number
  readonly evidence: readonly Saying[]
}

export interface WeakLabels {
  readonly labels: readonly WeakLabel[]
  readonly reliability: WeakReliability
}

/** How a saying is held against what people who label say of the same content. */
export interface SayingRule {
  /** Whether a saying is right of this truth. */
  readonly isRight: (saying: number, truth: number) => boolean
  /** Readers who must say the same of a content. */
  readonly readersMin: number
  /** Which sayings are the same. */
  readonly sideOf: (saying: number) => number
  /** What a content is taken to be, by what its readers say and by the truths of contents of which readers said the same. */
  readonly targetOf: (sayings: readonly number[], truths: readonly number[]) => number
}

/** What one reader can add to all rows of a data set: many accounts are needed to move anything. */
const SAYINGS_OF_A_READER_MAX = 5
/** Of a content so many sayings count, the first. */
const SAYINGS_OF_A_CONTENT_MAX = 5
/** A weak row weighs at most so much of a label. */
const WEAK_WEIGHT_MAX = 0.3
/** Labelled contents of a side without which nothing follows from what readers say. */
const JUDGED_MIN = 10
/**
 * From so many judged sayings on it is known what a reader is: one whom labels contradict more often than not is not heard, and of those
 * who say something of a content one must be borne out.
 */
const JUDGED_OF_A_READER_MIN = 3
/** Margin of those who say the same over the others. */
const MARGIN_MIN = 2
const Z95 = 1.959963984540054

/** How votes on a kind of this rule are read. */
export function voteSayings(votes: VoteRule): SayingRule {
  return {
    // What lies between both is no answer to either vote.
    isRight: (vote, truth) => judgeVote({ value: vote }, truth, votes) === 0,
    readersMin: 3,
    sideOf: Math.sign,
    targetOf: (_, truths) => truths.reduce((sum, one) => sum + one, 0) / truths.length,
  }
}

/** How reports on a kind are read. */
export function reportSayings(
  agrees: (expected: number, truth: number) => boolean,
  middle: number,
): SayingRule {
  return {
    isRight: agrees,
    readersMin: 2,
    sideOf: expected => (expected >= middle ? 1 : -1),
    targetOf: expected => expected.toSorted((left, right) => left - right)[expected.length >> 1]!,
  }
}

/**
 * Sayings of readers → noisy labels of contents. How far readers are believed is the lower 95 % limit (Wilson 1927) of how often they are
 * right where people labelled the same contents, above guessing: without labels that is 0, and there are none.
 * @param sayings of accounts that are not new, each reader once a content, in order of offset
 * @param truths what people who label say, by content
 */
export function weakLabels(
  sayings: readonly Saying[],
  truths: ReadonlyMap<string, number>,
  rule: SayingRule,
): WeakLabels {
  const records = recordsOf(sayings, truths, rule)
  const admitted = admit(sayings, records)
  const judged = [...sidesOf(admitted, rule)].flatMap(([contentId, side]) => {
    const truth = truths.get(contentId)
    return truth === undefined ? [] : [{ side: rule.sideOf(side.sayings[0]!.value), truth, ...side }]
  })
  const right = judged.filter(({ sayings, truth }) => rule.isRight(middleOf(sayings), truth)).length
  const reliability = Math.max(0, 2 * lowerLimit(right, judged.length) - 1)
  const figures = { judged: judged.length, agreeing: right, reliability }
  if (reliability === 0) return { labels: [], reliability: figures }
  const free = limitReaders(admitted.filter(({ contentId }) => !truths.has(contentId)))
  const labels = [...sidesOf(free, rule)].flatMap(([contentId, { sayings, share }]): WeakLabel[] => {
    if (!sayings.some(({ by }) => isBorneOut(records.get(by)))) return []
    const side = rule.sideOf(sayings[0]!.value)
    const alike = judged.filter(one => one.side === side).map(({ truth }) => truth)
    if (alike.length < JUDGED_MIN) return []
    const target = rule.targetOf(
      sayings.map(({ value }) => value),
      alike,
    )
    return [{ contentId, target, weight: WEAK_WEIGHT_MAX * reliability * share, evidence: sayings }]
  })
  return { labels, reliability: figures }
}

/** What labels say of a reader. */
interface ReaderRecord {
  judged: number
  right: number
}

function recordsOf(sayings: readonly Saying[], truths: ReadonlyMap<string, number>, rule: SayingRule) {
  const records = new Map<string, ReaderRecord>()
  for (const { contentId, by, value } of sayings) {
    const truth = truths.get(contentId)
    if (truth === undefined) continue
    const record = records.get(by) ?? { judged: 0, right: 0 }
    record.judged++
    if (rule.isRight(value, truth)) record.right++
    records.set(by, record)
  }
  return records
}

function isContradicted({ judged, right }: ReaderRecord): boolean {
  return judged >= JUDGED_OF_A_READER_MIN && right * 2 < judged
}

function isBorneOut(record: ReaderRecord | undefined): boolean {
  return record !== undefined && record.judged >= JUDGED_OF_A_READER_MIN && !isContradicted(record)
}

/** Without readers whom labels contradict, and without more than few sayings of a content. */
function admit(sayings: readonly Saying[], records: ReadonlyMap<string, ReaderRecord>): Saying[] {
  const ofContent = new Map<string, number>()
  return sayings.filter(({ contentId, by }) => {
    const record = records.get(by)
    if (record !== undefined && isContradicted(record)) return false
    const count = ofContent.get(contentId) ?? 0
    ofContent.set(contentId, count + 1)
    return count < SAYINGS_OF_A_CONTENT_MAX
  })
}

/** Of each reader a few sayings, by a hash that nobody chooses. */
function limitReaders(sayings: readonly Saying[]): Saying[] {
  const kept = new Set<Saying>()
  const counts = new Map<string, number>()
  const drawn = sayings.map(saying => ({ saying, draw: drawOf(`${saying.by} ${saying.contentId}`) }))
  for (const { saying } of drawn.sort((left, right) => left.draw - right.draw)) {
    const count = counts.get(saying.by) ?? 0
    counts.set(saying.by, count + 1)
    if (count < SAYINGS_OF_A_READER_MAX) kept.add(saying)
  }
  return sayings.filter(saying => kept.has(saying))
}

/** Contents of which enough readers say the same, with those sayings and their share of all. */
function sidesOf(sayings: readonly Saying[], { sideOf, readersMin }: SayingRule) {
  const byContent = new Map<string, Saying[]>()
  for (const saying of sayings) {
    const own = byContent.get(saying.contentId)
    if (own === undefined) byContent.set(saying.contentId, [saying])
    else own.push(saying)
  }
  const sides = new Map<string, { sayings: readonly Saying[]; share: number }>()
  for (const [contentId, own] of byContent) {
    const up = own.filter(({ value }) => sideOf(value) > 0)
    const down = own.filter(({ value }) => sideOf(value) < 0)
    const [more, less] = up.length > down.length ? [up, down] : [down, up]
    if (more.length >= readersMin && more.length - less.length >= MARGIN_MIN)
      sides.set(contentId, { sayings: more, share: (more.length - less.length) / own.length })
  }
  return sides
}

function middleOf(sayings: readonly Saying[]): number {
  const values = sayings.map(({ value }) => value).sort((left, right) => left - right)
  return values[values.length >> 1]!
}

function lowerLimit(right: number, of: number): number {
  if (of === 0) return 0
  const share = right / of
  const z2 = Z95 ** 2
  const spread = Z95 * Math.sqrt((share * (1 - share) + z2 / (4 * of)) / of)
  return (share + z2 / (2 * of) - spread) / (1 + z2 / of)
}
