import { compareShares, meanProbability, SHARE_MIN, type ShareShift } from './class-share.ts'
import type { RisenWord } from './class-share-guard.ts'
import { isDrawnClass } from './declared-features.ts'
import type { MonitorFinding, MonitorLayout, MonitorStep } from './monitor-findings.ts'
import {
  blockOfState,
  blockState,
  emptyBlock,
  type ShareBlock,
  type ShareBlockState,
  together,
  withStep,
} from './share-block.ts'
import { countsOf, type DesignEffectOf, isMove, judgeShare, type ShareFinding } from './share-judgement.ts'

/**
 * Watches the share of a kind's class, without labels, in blocks of records: where two in a row agree that it moved, and by
 * how much, it is said once, with whether the move of the share explains what else moved. It is said again only when the share
 * moved again by as much, from where it was last said to be.
 *
 * False alarms: a block speaks at evidence 24, which chance reaches once in a million blocks of unchanged shares where records
 * are independent, and two in a row must.
 */

/** Records of a block: a change is said after two whole ones, so within three. */
const BLOCK_RECORDS = 1000
/** Two blocks agree below it: one in a thousand pairs of equal shares is above. */
const DISAGREEMENT_MAX = 10.8
/** A block with less evidence (one in a hundred by chance has more) joins the reference, up to so many records. */
const JOINING_EVIDENCE_MAX = 6.6
const REFERENCE_RECORDS_MAX = 16_000
/** Words count so many records after they were named: an epoch of the word detector, after which it knows them. */
const WORD_RECORDS = 20_000
const WORDS_MAX = 256

type NamedWord = RisenWord & { readonly position: number }

export class ShareWatch {
  private readonly layout: MonitorLayout
  private readonly binsMax: number
  private readonly slice: number
  private readonly score: number
  private assumed: number | null
  private reference: ShareBlock
  private grows = true
  private block: ShareBlock
  /** The last block, where it moved. */
  private before: ShareBlock | null = null
  /** Scores of the window that was last said: further moves are moves from there. */
  private said: Float64Array | null = null
  /** Records since there is a reference. */
  private records = 0
  private words: NamedWord[] = []

  /**
   * The watch of a layout; null for a kind whose score is no probability of a class.
   * @param assumed the share that the model's calibration assumes; null where nobody knows: then the mean probability of the reference
   */
  static of(layout: MonitorLayout, assumed: number | null): ShareWatch | null {
    const slice = layout.slices.findIndex(isDrawnClass)
    const score = layout.features.indexOf('score')
    return slice <= 0 || score === -1 ? null : new ShareWatch(layout, { slice, score }, assumed)
  }

  private constructor(
    layout: MonitorLayout,
    { slice, score }: { slice: number; score: number },
    assumed: number | null,
  ) {
    this.layout = layout
    this.binsMax = Math.max(1, ...layout.bins)
    this.slice = slice
    this.score = score
    this.assumed = assumed !== null && assumed > SHARE_MIN && assumed < 1 - SHARE_MIN ? assumed : null
    this.reference = this.empty()
    this.block = this.empty()
  }

  private empty(): ShareBlock {
    return emptyBlock(this.layout.features.length * this.binsMax)
  }

  /** Takes steps as a part of the reference. */
  gather(steps: readonly MonitorStep[]): void {
    for (const step of steps) this.reference = withStep(this.reference, step, this.slice)
  }

  /**
   * Adds steps in log order.
   * @param found what the monitor found in them: words that are new
   */
  add(
    steps: readonly MonitorStep[],
    found: readonly MonitorFinding[],
    designEffectOf: DesignEffectOf,
  ): ShareFinding[] {
    const findings: ShareFinding[] = []
    for (const step of steps) this.records += step.count
    this.noteWords(found)
    for (const step of steps) {
      this.block = withStep(this.block, step, this.slice)
      if (this.block.count < BLOCK_RECORDS) continue
      const finding = this.close(this.block, designEffectOf)
      this.block = this.empty()
      if (finding !== null) findings.push(finding)
    }
    return findings
  }

  private noteWords(found: readonly MonitorFinding[]): void {
    const position = this.records
    const records = Math.min(WORD_RECORDS, position)
    for (const { method, contributors } of found)
      if (method === 'word-bayes-factor')
        for (const { name, count, expected } of contributors)
          this.words.push({ name, count, expected: expected ?? 0, records, position })
    this.words = this.words.filter(word => word.position > position - WORD_RECORDS).slice(-WORDS_MAX)
  }

  private close(block: ShareBlock, designEffectOf: DesignEffectOf): ShareFinding | null {
    const { before } = this
    const scores = this.scoresOf(block)
    const move = this.compare(this.said ?? this.scoresOf(this.reference), scores, designEffectOf)
    if (!isMove(move)) {
      this.before = null
      this.grow(block, move)
      return null
    }
    this.grows = false
    this.before = block
    if (before === null) return null
    if (this.compare(this.scoresOf(before), scores, designEffectOf).evidence > DISAGREEMENT_MAX) return null
    this.before = null
    const window = together(before, block)
    this.said = this.scoresOf(window)
    const { reference, words, layout } = this
    return judgeShare(layout, { reference, window, words, assumed: this.assumedShare(), designEffectOf })
  }

  private compare(before: Float64Array, after: Float64Array, designEffectOf: DesignEffectOf): ShareShift {
    return compareShares(before, after, this.assumedShare(), designEffectOf(this.score))
  }

  private assumedShare(): number {
    return this.assumed ?? meanProbability(this.scoresOf(this.reference))
  }

  private grow(block: ShareBlock, { evidence }: ShareShift): void {
    const isFull = this.reference.count + block.count > REFERENCE_RECORDS_MAX
    if (!this.grows || isFull || evidence > JOINING_EVIDENCE_MAX) return
    this.reference = together(this.reference, block)
  }

  private scoresOf(block: ShareBlock): Float64Array {
    return countsOf(this.layout, block.cells, this.score)
  }

  snapshot(): ShareWatchState {
    const { assumed, grows, before, said, records, words } = this
    return {
      assumed,
      grows,
      records,
      words,
      reference: blockState(this.reference),
      block: blockState(this.block),
      before: before && blockState(before),
      said: said && [...said],
    }
  }

  restore(state: ShareWatchState): void {
    this.assumed = state.assumed
    this.grows = state.grows
    this.records = state.records
    this.words = [...state.words]
    this.reference = blockOfState(state.reference)
    this.block = blockOfState(state.block)
    this.before = state.before && blockOfState(state.before)
    this.said = state.said && Float64Array.from(state.said)
  }
}

/** What it goes on from, as JSON can say it. */
export interface ShareWatchState {
  readonly assumed: number | null
  readonly grows: boolean
  readonly records: number
  readonly words: readonly NamedWord[]
  readonly reference: ShareBlockState
  readonly block: ShareBlockState
  readonly before: ShareBlockState | null
  readonly said: readonly number[] | null
}
