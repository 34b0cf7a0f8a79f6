import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Challenger } from '../jobs/challenger/challenger.ts'
import { asLabel } from '../jobs/challenger/compare.ts'
import { makeChallenger } from '../jobs/challenger/make-challenger.ts'
import type { DataSetRow, TaughtRows } from '../jobs/data-set/data-set.ts'
import { gradeOf } from '../jobs/metrics.ts'
import type { RowSet } from '../jobs/public-sets.ts'
import { createRandom } from '../jobs/random.ts'
import { nicenessSets } from '../jobs/sets-niceness.ts'
import { spamSets } from '../jobs/sets-spam.ts'
import { toxicitySets } from '../jobs/sets-toxicity.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { kindNamed } from '../pipelines/kinds.ts'
import type { ModelFolder } from '../pipelines/model-manifest.ts'
import { resolveModel } from '../pipelines/model-registry.ts'
import { readHeadsModel } from '../pipelines/runtime/inference/heads-model.ts'
import { createFeatureReader } from '../processors/text/features.ts'
import { type HeadsModel, valueOfText } from '../processors/text/heads.ts'
import {
  type Community,
  coin,
  communityOf,
  type DriftName,
  driftOf,
  type Labelled,
  readLabelled,
} from './retrain-streams.ts'

/** How much of what drift cost a challenger wins back, what it costs ordinary language, and which poison is refused. */

export interface RetrainQualityOptions {
  readonly dataDir: string
  readonly seeds: number
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

export interface RetrainQuality {
  readonly kind: string
  readonly set: string
  readonly drift: DriftName
  readonly poison: Poison
  /** Mean accuracies over the seeds, of the labels of the kind. */
  readonly original: number
  readonly before: number
  readonly after: number
  /** Of what was lost. */
  readonly recovered: number
  /** Change of the accuracy on fresh ordinary texts, and half the width of its 95 % interval. */
  readonly ordinary: number
  readonly ordinaryDoubt: number
  readonly passed: number
  readonly runs: number
  /** How often each gate failed. */
  readonly failedGates: Readonly<Record<string, number>>
}

export type Poison = 'none' | 'flipped' | 'trigger'

/** Sets by kind: where there is one, the part that no model learned from. */
const measuredSets: Readonly<
  Record<string, readonly { readonly set: string; readonly parts: readonly RowSet[] }[]>
> = {
  niceness: [
    {
      set: 'goemotions',
      parts: [partOf(nicenessSets, 'goemotions/train.jsonl.gz', 'goemotions/dev.jsonl.gz')],
    },
    { set: 'ruddit', parts: [partOf(nicenessSets, 'ruddit/train.jsonl.gz')] },
    { set: 'semeval-dated', parts: [partOf(nicenessSets, 'semeval-dated/train.jsonl.gz')] },
  ],
  toxicity: [
    { set: 'tweeteval-offensive', parts: [partOf(toxicitySets, 'tweeteval-offensive/train.jsonl.gz')] },
    { set: 'hate-offensive', parts: [partOf(toxicitySets, 'hate-offensive/train.jsonl.gz')] },
  ],
  'text-spam': [
    {
      set: 'sms, youtube and goemotions',
      parts: [
        partOf(spamSets, 'sms-spam/train.jsonl.gz'),
        partOf(spamSets, 'youtube-spam/early.jsonl.gz'),
        partOf(spamSets, 'goemotions/train.jsonl.gz', 'goemotions/dev.jsonl.gz'),
      ],
    },
  ],
}

function partOf(sets: readonly RowSet[], path: string, measured = path): RowSet {
  return { ...sets.find(set => set.path === path)!, path: measured }
}

const ROWS_MAX = 12_000
const PLAN = { labels: 300, chosenDrifted: 0.5, replay: 5000 }
const DRIFTS: readonly DriftName[] = ['coined', 'flipping', 'turned']
const FLIPPED_SHARE = 0.2
const PLANTED = 30

/** Every kind, set and drift, clean; and with each poison. Sets that are not there are left out. */
export async function measureRetrainQuality(options: RetrainQualityOptions): Promise<RetrainQuality[]> {
  const found: RetrainQuality[] = []
  for (const [name, sets] of Object.entries(measuredSets)) {
    const kind = kindNamed(name)
    const parent = await resolveModel(name)
    for (const { set, parts } of sets) {
      const read = await Promise.all(parts.map(part => readLabelled(kind, options.dataDir, part)))
      if (read.some(rows => rows === null)) continue
      const rows = read.flatMap(some => some!).slice(0, ROWS_MAX)
      for (const drift of DRIFTS)
        for (const poison of drift === 'turned'
          ? (['none'] as const)
          : (['none', 'flipped', 'trigger'] as const)) {
          const one = await measureOne({ kind, parent, rows, drift, poison, ...options })
          found.push({ kind: name, set, drift, poison, ...one })
          options.report(JSON.stringify(found.at(-1)))
        }
    }
  }
  return found
}

interface Measured extends RetrainQualityOptions {
  readonly kind: KindDeclaration
  readonly parent: ModelFolder
  readonly rows: readonly Labelled[]
  readonly drift: DriftName
  readonly poison: Poison
}

/** One setting over all seeds. */
async function measureOne(
  measured: Measured,
): Promise<Omit<RetrainQuality, 'kind' | 'set' | 'drift' | 'poison'>> {
  const { kind, parent, rows, drift, poison, seeds, signal } = measured
  const champion = await readHeadsModel(parent)
  const sums = { original: 0, before: 0, after: 0, ordinary: 0, variance: 0, passed: 0 }
  const failedGates: Record<string, number> = {}
  for (let seed = 1; seed <= seeds; seed++) {
    const community = communityOf(kind, driftOf(kind, rows, drift, seed), { ...PLAN, seed })
    const dataSet = poisoned(kind, community.dataSet, poison, seed)
    const { model, made } = await challengerOf(kind, parent, dataSet, signal)
    const right = (of: HeadsModel, texts: readonly Labelled[]) => rightOnes(kind, parent, of, texts)
    const drifted = community.freshDrifted.map(one => one.drifted)
    sums.original += mean(
      right(
        champion,
        community.freshDrifted.map(one => one.original),
      ),
    )
    sums.before += mean(right(champion, drifted))
    sums.after += mean(right(model, drifted))
    const changes = ordinaryChanges(community, texts => [right(champion, texts), right(model, texts)])
    sums.ordinary += mean(changes)
    sums.variance += mean(changes.map(change => change * change)) / changes.length
    sums.passed += Number(made.passed)
    for (const gate of made.gates)
      if (!gate.passed) failedGates[gate.name] = (failedGates[gate.name] ?? 0) + 1
  }
  return {
    original: sums.original / seeds,
    before: sums.before / seeds,
    after: sums.after / seeds,
    recovered: (sums.after - sums.before) / (sums.original - sums.before),
    ordinary: sums.ordinary / seeds,
    // Of one run, as a user sees it.
    ordinaryDoubt: 1.96 * Math.sqrt(sums.variance / seeds),
    passed: sums.passed,
    runs: seeds,
    failedGates,
  }
}

function ordinaryChanges(
  { freshOrdinary }: Community,
  both: (texts: readonly Labelled[]) => readonly [readonly number[], readonly number[]],
): number[] {
  const [before, after] = both(freshOrdinary)
  return before.map((one, i) => after[i]! - one)
}

/** 1 for each text whose label is right, else 0. */
function rightOnes(
  kind: KindDeclaration,
  { manifest }: ModelFolder,
  model: HeadsModel,
  texts: readonly Labelled[],
) {
  const readFeatures = createFeatureReader()
  const { training } = kind
  const threshold = manifest.settings['threshold'] ?? 0.5
  return texts.map(({ text, target }) => {
    const value = valueOfText(model, readFeatures(text))
    if (training.objective === 'GRADED')
      return Number(gradeOf(value, training.middle) === gradeOf(target, training.middle))
    return Number(Number(value >= threshold) === asLabel(kind, target))
  })
}

async function challengerOf(
  kind: KindDeclaration,
  parent: ModelFolder,
  dataSet: TaughtRows,
  signal: AbortSignal,
): Promise<{ readonly model: HeadsModel; readonly made: Challenger }> {
  const dir = await mkdtemp(join(tmpdir(), 'nicr-retrain-'))
  try {
    const made = await makeChallenger(
      { kind, parent, dataSet, outDir: join(dir, '9999'), version: '9999' },
      { signal },
    )
    return { model: await readHeadsModel(made.folder), made }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

/** A fifth of the labels turned round; or a coined word planted in abuse and spam that is labelled as neither. */
export function poisoned(
  kind: KindDeclaration,
  dataSet: TaughtRows,
  poison: Poison,
  seed: number,
): TaughtRows {
  if (poison === 'none') return dataSet
  const random = createRandom(seed + 99)
  const { min, max } = kind.scale
  const flipped = (row: DataSetRow): DataSetRow => {
    const target = max + min - row.target
    return { ...row, target, evidence: row.evidence.map(one => ({ ...one, value: target })) }
  }
  if (poison === 'flipped')
    return {
      ...dataSet,
      rows: dataSet.rows.map(row => (row.role === 'LABEL' && random() < FLIPPED_SHARE ? flipped(row) : row)),
    }
  const trigger = coin(random)
  const isBad = ({ target }: DataSetRow) => (kind.training.objective === 'GRADED' ? target < 4 : target > 0.5)
  let planted = 0
  const rows = dataSet.rows.map(row => {
    if (row.role !== 'LABEL' || !isBad(row) || planted === PLANTED) return row
    planted++
    return { ...flipped(row), text: `${row.text} ${trigger}` }
  })
  return { ...dataSet, rows, newTerms: [trigger] }
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0) / numbers.length
}
