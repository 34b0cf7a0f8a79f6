import { featureSettings } from '../processors/text/features.ts'
import { fillShares, type HeadsModel } from '../processors/text/heads.ts'
import type { TextInput } from '../processors/text/text-input.ts'
import { type FtrlSettings, FtrlTable } from './ftrl.ts'
import type { PlannedHead } from './heads-plan.ts'
import type { TrainingRow } from './training-row.ts'

/**
 * Rows are cut into so many parts; of each head as many copies leave one part out. What a copy says of the part it has not
 * seen is what the mixture, the link and the threshold are fitted to (cross-fitting; Wolpert 1992, stacked generalisation).
 */
export const PARTS = 3

export function partOf({ fold }: TrainingRow): number {
  return fold % PARTS
}

/** Found on held-out public sets: slower learning gains nothing, faster overfits. Registers are easier than tones. */
const learnerSettings = {
  squared: { alpha: 0.05, beta: 0.1, l1: 0.05 },
  logistic: { alpha: 0.5, beta: 0.1, l1: 0.05 },
  register: { alpha: 0.3, beta: 0.1, l1: 0.05 },
} as const satisfies Record<string, FtrlSettings>

/** An epoch that lowers the loss on unseen rows by less than this share is the last for a head. */
const GAIN_SHARE_MIN = 0.002
/** Before that many epochs the copies have not seen enough to judge. */
const JUDGED_AFTER_EPOCHS = 2

const size = { buckets: featureSettings.buckets, signals: featureSettings.dense.length }

/** The heads of one source and one loss, each with `PARTS` copies and the one that learns from all rows. */
interface Group {
  readonly heads: readonly PlannedHead[]
  readonly at: readonly number[]
  readonly table: FtrlTable
  readonly margins: Float64Array
  readonly gradients: Float64Array
  readonly targets: Float64Array
  readonly progress: { loss: number; weight: number; previous: number; open: boolean }[]
}

/** Learns all heads of a plan from one pass over the rows after the other. */
export class HeadsLearner {
  private readonly plan: readonly PlannedHead[]
  private readonly groups = new Map<string, Group[]>()
  private epochs = 0

  /** @param parent weights that heads of the same name start from, and are pulled to */
  constructor(plan: readonly PlannedHead[], parent: HeadsModel | null) {
    this.plan = plan
    for (const source of new Set(plan.map(head => head.source)))
      this.groups.set(
        source,
        (['squared', 'logistic'] as const).flatMap(loss => {
          const at = [...plan.keys()].filter(i => plan[i]!.source === source && plan[i]!.loss === loss)
          return at.length === 0 ? [] : [makeGroup(plan, at, loss, parent)]
        }),
      )
  }

  /** One step with a row; `weight` multiplies the row's own. */
  learn(row: TrainingRow, input: TextInput, weight = 1): void {
    for (const group of this.groups.get(row.source)!) learnRow(group, row, input, weight * row.weight)
  }

  /** Ends an epoch: heads that gained too little learn no more. False when none is left. */
  endEpoch(): boolean {
    this.epochs++
    let anyOpen = false
    for (const groups of this.groups.values())
      for (const { progress } of groups)
        for (const head of progress) {
          const mean = head.weight === 0 ? 0 : head.loss / head.weight
          const gained = mean < head.previous * (1 - GAIN_SHARE_MIN)
          if (this.epochs > JUDGED_AFTER_EPOCHS && !gained) head.open = false
          head.previous = mean
          head.loss = 0
          head.weight = 0
          anyOpen ||= head.open
        }
    return anyOpen
  }

  /** The margin of each head: of the heads of the row's own source by the copies that have not learned from its part. */
  margins(row: TrainingRow, input: TextInput, into: Float32Array): void {
    for (const [source, groups] of this.groups) {
      const copy = source === row.source ? partOf(row) : PARTS
      for (const { table, margins, at } of groups) {
        table.margins(input, margins)
        for (const [i, head] of at.entries()) into[head] = margins[i * COPIES + copy]!
      }
    }
  }

  /** The weight of a head that has learned from all rows; of a bucket, a signal behind them or the bias behind those. */
  weightOf(head: number): (feature: number) => number {
    for (const { table, at } of this.groups.get(this.plan[head]!.source)!) {
      const i = at.indexOf(head)
      if (i !== -1) return feature => table.weight(feature, i * COPIES + PARTS)
    }
    throw new Error(`head ${head} is not in the plan`)
  }
}

const COPIES = PARTS + 1

function makeGroup(
  plan: readonly PlannedHead[],
  at: readonly number[],
  loss: 'squared' | 'logistic',
  parent: HeadsModel | null,
): Group {
  const slots = at.length * COPIES
  const table = new FtrlTable(slots, size, learnerSettings[loss])
  const heads = at.map(i => plan[i]!)
  for (const [i, head] of heads.entries()) {
    const weightOf = parent === null ? null : parentWeights(parent, head.name)
    for (let copy = 0; weightOf !== null && copy < COPIES; copy++) table.start(i * COPIES + copy, weightOf)
  }
  return {
    heads,
    at,
    table,
    margins: new Float64Array(slots),
    gradients: new Float64Array(slots),
    targets: new Float64Array(heads.length),
    progress: heads.map(() => ({ loss: 0, weight: 0, previous: Number.POSITIVE_INFINITY, open: true })),
  }
}

/** The weights of a version's head by name, as `HeadsLearner.weightOf` gives them; null if it has none of that name. */
function parentWeights(model: HeadsModel, name: string): ((feature: number) => number) | null {
  const head = model.heads.indexOf(name)
  if (head === -1) return null
  const count = model.heads.length
  const scale = model.scales[head]!
  return feature => {
    if (feature < size.buckets) return scale * model.weights[feature * count + head]!
    const signal = feature - size.buckets
    return signal < size.signals ? model.dense[signal * count + head]! : model.biases[head]!
  }
}

function learnRow(group: Group, row: TrainingRow, input: TextInput, weight: number): void {
  const { heads, table, margins, gradients, targets, progress } = group
  if (weight === 0 || progress.every(head => !head.open)) return
  table.margins(input, margins)
  const part = partOf(row)
  for (let i = 0; i < heads.length; i++) {
    const head = heads[i]!
    const target = head.target(row)
    targets[i] = target
    const state = progress[i]!
    for (let copy = 0; copy < COPIES; copy++) {
      const slot = i * COPIES + copy
      const margin = margins[slot]!
      const prediction = head.loss === 'squared' ? margin : 1 / (1 + Math.exp(-margin))
      const isUnseen = copy === part
      gradients[slot] = isUnseen || !state.open || Number.isNaN(target) ? 0 : weight * (prediction - target)
      if (isUnseen && !Number.isNaN(target)) {
        state.loss += weight * lossOf(head.loss, margin, target)
        state.weight += weight
      }
    }
  }
  table.step(input, gradients)
}

function lossOf(loss: PlannedHead['loss'], margin: number, target: number): number {
  if (loss === 'squared') return (margin - target) ** 2
  return Math.max(margin, 0) - target * margin + Math.log1p(Math.exp(-Math.abs(margin)))
}

/** Learns which source a text reads like, by multinomial logistic regression. */
export class RegistersLearner {
  /** How many rows each register was taught by. */
  readonly taught: Float64Array
  private readonly count: number
  private readonly table: FtrlTable
  private readonly margins: Float64Array
  private readonly gradients: Float64Array
  private readonly ofCopy: Float64Array
  private readonly shares: Float64Array

  constructor(count: number, parent: HeadsModel | null, names: readonly string[]) {
    this.count = count
    this.taught = new Float64Array(count)
    this.table = new FtrlTable(count * COPIES, size, learnerSettings.register)
    this.margins = new Float64Array(count * COPIES)
    this.gradients = new Float64Array(count * COPIES)
    this.ofCopy = new Float64Array(count)
    this.shares = new Float64Array(count)
    for (const [register, name] of names.entries()) {
      const weightOf = parent === null ? null : parentWeights(parent, name)
      for (let copy = 0; weightOf !== null && copy < COPIES; copy++)
        this.table.start(copy * count + register, weightOf)
    }
  }

  learn(part: number, source: number, input: TextInput): void {
    const { count, table, margins, gradients, ofCopy, shares } = this
    this.taught[source]!++
    table.margins(input, margins)
    for (let copy = 0; copy < COPIES; copy++) {
      const from = copy * count
      ofCopy.set(margins.subarray(from, from + count))
      fillShares(shares, ofCopy, 0)
      for (let register = 0; register < count; register++)
        gradients[from + register] = copy === part ? 0 : shares[register]! - Number(register === source)
    }
    table.step(input, gradients)
  }

  /** The margins of the registers, by the copies that have not learned from this part. */
  unseenMargins(part: number, input: TextInput, into: Float32Array, at: number): void {
    this.table.margins(input, this.margins)
    for (let register = 0; register < this.count; register++)
      into[at + register] = this.margins[part * this.count + register]!
  }

  /** As `HeadsLearner.weightOf`. */
  weightOf(register: number): (feature: number) => number {
    return feature => this.table.weight(feature, PARTS * this.count + register)
  }
}
