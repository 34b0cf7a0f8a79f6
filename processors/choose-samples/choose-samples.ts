import { labelSampleId } from '../../schemas/ids.ts'
import type { LabelSample } from '../../schemas/records.ts'
import { type SampleRules, type SampleSource, sampleSources } from '../retrain/loop-rules.ts'
import { NearDuplicates } from '../text/near-duplicates.ts'

/**
 * candidates → samples. The source that is furthest below its share is asked next, so what one cannot fill goes to the others; drift's
 * place alone is kept for it while a request is open.
 *
 * Of a set of candidates those with the lowest draws (a hash of their ids) are taken, so a choice repeated is the same. The first draw
 * that was not taken is the probability with which any of the set was: the bottom-k sample and its rank-conditioned inclusion
 * probability (Cohen & Kaplan 2007). It holds over several choices too, since what was taken before had lower draws. Where
 * an author had more than may be taken, it is lowered by the share of theirs that was.
 */

/** A content that may be asked about. */
export interface SampleCandidate {
  readonly contentId: string
  readonly revision: number
  readonly source: SampleSource
  /** The set it is drawn from, where its source has several (`drift`: one for each word). */
  readonly set: string
  /** Candidates of the set at all; more than were handed over where only the lowest draws were. */
  readonly eligible: number
  /** From 0 to below 1, by a hash of the content's id. */
  readonly draw: number
  /** Empty where nobody is known. */
  readonly author: string
  readonly text: string
  /** Of a kind that reads images: what each is known again by. Then pictures are told apart, and texts are not. */
  readonly pictures?: readonly string[]
  /** Whether the text came from outside the content, so that the sample must carry it. */
  readonly carriesText: boolean
  readonly language: string | null
}

/** A sample that waits for labels. */
export interface OpenSample {
  readonly contentId: string
  readonly source: string
  readonly author: string
  readonly text: string
  readonly pictures?: readonly string[]
}

/** What is not asked again. */
export interface AskedAlready {
  readonly open: readonly OpenSample[]
  /** Texts that people labelled; near-duplicates of them tell nothing new. */
  readonly labelledTexts: readonly string[]
  /** Pictures that people labelled, for a kind that reads images. */
  readonly labelledPictures?: readonly string[]
}

export interface SampleOrder {
  readonly kind: string
  /** Samples that may wait for labels, those that do so already among them. */
  readonly openMax: number
  readonly requestId: string | null
  /** ms since the epoch. */
  readonly at: number
}

/** Of the open samples one author may have this share, and at least so many. */
const AUTHOR_SHARE_MAX = 0.05
const AUTHOR_SAMPLES_MIN = 3

/** @returns samples to be published, at most as many as are missing to `openMax` */
export function chooseSamples(
  candidates: readonly SampleCandidate[],
  { open, labelledTexts, labelledPictures = [] }: AskedAlready,
  rules: SampleRules,
  order: SampleOrder,
): LabelSample[] {
  const queues = queuesOf(candidates)
  const held = new Map<string, number>(sampleSources.map(source => [source, 0]))
  const authors = new Map<string, number>()
  const asked = new Set<string>()
  const shown = new ShownContents()
  for (const text of labelledTexts) shown.add({ text })
  shown.add({ text: '', pictures: labelledPictures })
  for (const { contentId, source, author, text, pictures } of open) {
    held.set(source, (held.get(source) ?? 0) + 1)
    countOne(authors, author)
    asked.add(contentId)
    if (text !== '' || pictures !== undefined) shown.add({ text, ...(pictures && { pictures }) })
  }
  const authorMax = Math.max(AUTHOR_SAMPLES_MIN, Math.floor(order.openMax * AUTHOR_SHARE_MAX))
  let room = order.openMax - open.length
  while (room > 0) {
    const queue = furthestBelow(
      queues.filter(({ source }) => source === HELD_OPEN || !isDriftHeldOpen(held, rules, order)),
      held,
      rules,
    )
    const next = queue?.next()
    if (queue === undefined || next === undefined) break
    if (asked.has(next.contentId)) continue
    if (next.author !== '' && (authors.get(next.author) ?? 0) >= authorMax) {
      queue.passOver(next)
      continue
    }
    asked.add(next.contentId)
    if (shown.add(next)) continue
    countOne(authors, next.author)
    countOne(held, next.source)
    queue.take(next)
    room--
  }
  return queues.flatMap(queue => queue.samples(rules, order))
}

/** What people are shown already: texts, or pictures where the kind reads those. */
class ShownContents {
  private readonly texts = new NearDuplicates()
  private readonly pictures = new Set<string>()

  /** @returns whether it tells nothing new: nearly the same text, or pictures that are all known */
  add({ text, pictures }: Pick<SampleCandidate, 'text' | 'pictures'>): boolean {
    if (pictures === undefined) return this.texts.add(text).length > 0
    const fresh = pictures.filter(one => !this.pictures.has(one))
    for (const one of fresh) this.pictures.add(one)
    return fresh.length === 0
  }
}

/** While a request is open its place is kept: new language is rare at first, and it is what people are asked for. */
const HELD_OPEN: SampleSource = 'drift'

/** Whether the other sources have all that is not kept. */
function isDriftHeldOpen(
  held: ReadonlyMap<string, number>,
  { shares }: SampleRules,
  { openMax, requestId }: SampleOrder,
): boolean {
  if (requestId === null) return false
  const others = sampleSources.reduce(
    (sum, source) => sum + (source === HELD_OPEN ? 0 : held.get(source)!),
    0,
  )
  return others >= openMax * (1 - shares[HELD_OPEN])
}

function countOne(counts: Map<string, number>, name: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1)
}

/** The queue whose source has least of its share; sources without a share are not asked, of equals the first in order. */
function furthestBelow(
  queues: readonly SourceQueue[],
  held: ReadonlyMap<string, number>,
  { shares }: SampleRules,
): SourceQueue | undefined {
  let best: SourceQueue | undefined
  let bestFilled = Number.POSITIVE_INFINITY
  for (const queue of queues) {
    const filled = held.get(queue.source)! / shares[queue.source]
    if (!queue.isEmpty() && filled < bestFilled) {
      best = queue
      bestFilled = filled
    }
  }
  return best
}

function queuesOf(candidates: readonly SampleCandidate[]): SourceQueue[] {
  return sampleSources.map(
    source =>
      new SourceQueue(
        source,
        candidates.filter(one => one.source === source),
      ),
  )
}

/** A set of candidates, the lowest draws first, and how far it was gone through. */
interface DrawnSet {
  readonly candidates: readonly SampleCandidate[]
  next: number
  readonly taken: SampleCandidate[]
  readonly passedOver: SampleCandidate[]
}

/** The candidates of one source, its sets in turn. */
class SourceQueue {
  readonly source: SampleSource
  private readonly sets: readonly DrawnSet[]
  private turn = 0

  constructor(source: SampleSource, candidates: readonly SampleCandidate[]) {
    this.source = source
    const bySet = new Map<string, SampleCandidate[]>()
    for (const candidate of candidates.toSorted(byDraw)) {
      const set = bySet.get(candidate.set)
      if (set === undefined) bySet.set(candidate.set, [candidate])
      else set.push(candidate)
    }
    const names = [...bySet.keys()].sort()
    this.sets = names.map(name => ({ candidates: bySet.get(name)!, next: 0, taken: [], passedOver: [] }))
  }

  isEmpty(): boolean {
    return this.sets.every(({ candidates, next }) => next >= candidates.length)
  }

  next(): SampleCandidate | undefined {
    for (let i = 0; i < this.sets.length; i++) {
      const set = this.sets[(this.turn + i) % this.sets.length]!
      if (set.next >= set.candidates.length) continue
      this.turn = (this.turn + i + 1) % this.sets.length
      return set.candidates[set.next++]
    }
    return undefined
  }

  take(candidate: SampleCandidate): void {
    this.setOf(candidate).taken.push(candidate)
  }

  /** One that its author's limit keeps out. */
  passOver(candidate: SampleCandidate): void {
    this.setOf(candidate).passedOver.push(candidate)
  }

  private setOf(candidate: SampleCandidate): DrawnSet {
    return this.sets.find(({ candidates }) => candidates[0]!.set === candidate.set)!
  }

  samples(rules: SampleRules, order: SampleOrder): LabelSample[] {
    return this.sets.flatMap(set => {
      const belowDraw = limitOf(set)
      return set.taken.map(candidate =>
        sampleOf(candidate, belowDraw * takenShare(set, candidate), rules, order),
      )
    })
  }
}

function byDraw(left: SampleCandidate, right: SampleCandidate): number {
  return left.draw - right.draw || (left.contentId < right.contentId ? -1 : 1)
}

/** Below which draw all of a set were looked at: 1 where that was the whole of it. */
function limitOf({ candidates, next }: DrawnSet): number {
  const after = candidates[next]
  if (after !== undefined) return Math.max(after.draw, 1 / after.eligible)
  const last = candidates.at(-1)!
  return last.eligible <= candidates.length ? 1 : Math.max(last.draw, 1 / last.eligible)
}

function takenShare({ taken, passedOver }: DrawnSet, { author }: SampleCandidate): number {
  const isTheirs = (one: SampleCandidate) => one.author === author
  const passed = passedOver.filter(isTheirs).length
  if (passed === 0) return 1
  const own = taken.filter(isTheirs).length
  return own / (own + passed)
}

function sampleOf(
  candidate: SampleCandidate,
  samplingProbability: number,
  rules: SampleRules,
  { kind, requestId, at }: SampleOrder,
): LabelSample {
  const { contentId, revision, source, carriesText, text, language } = candidate
  return {
    sampleId: labelSampleId({ contentId, revision, kind, source }),
    contentId,
    revision,
    kind,
    source,
    samplingProbability,
    share: rules.shares[source],
    overlap: rules.overlap,
    gold: null,
    requestId,
    text: carriesText ? text : null,
    language: carriesText ? language : null,
    images: [],
    at,
  }
}
