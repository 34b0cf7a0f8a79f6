import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { binaryMetrics } from '../../jobs/metrics.ts'
import { createRandom } from '../../jobs/random.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { loadModelFolder } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { createProfiler } from '../../pipelines/runtime/profiler.ts'
import { DriftDesk } from '../../processors/drift/detect-drift.ts'
import type { Incoming } from '../../processors/processor.ts'
import { packagePath } from '../../schemas/package-root.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import { aContent } from './records.ts'

/** Labelled rows as a platform would post them: scored, profiled and shown to the desk of `detect-drift`. */

export interface LabelledRow {
  readonly id: string
  readonly text: string
  readonly label: string
  readonly date?: string
}

const publicData = packagePath('..', 'shared', 'data')

/** Whether the public sets are there; they are not part of the project. */
export const hasPublicSets = existsSync(publicData)

/** Rows of a public set, in its own order. @param file such as `youtube-spam/early` */
export function publicRows(file: string): LabelledRow[] {
  const lines = gunzipSync(readFileSync(join(publicData, `${file}.jsonl.gz`))).toString('utf8')
  return lines
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as LabelledRow)
}

/** Of the rows as many as leave this share of them positive, each once, in random order; at most `countMax`. */
export function rowsOfShare(
  rows: readonly LabelledRow[],
  { share, positive, countMax, seed }: { share: number; positive: string; countMax: number; seed: number },
): LabelledRow[] {
  const mixed = shuffled(rows, seed)
  const positives = mixed.filter(({ label }) => label === positive)
  const negatives = mixed.filter(({ label }) => label !== positive)
  const count = Math.floor(Math.min(countMax, positives.length / share, negatives.length / (1 - share)))
  const wanted = Math.round(share * count)
  return shuffled([...positives.slice(0, wanted), ...negatives.slice(0, count - wanted)], seed + 1)
}

function shuffled<T>(items: readonly T[], seed: number): T[] {
  const random = createRandom(seed)
  const keyed = items.map(item => ({ item, key: random() }))
  return keyed.sort((left, right) => left.key - right.key).map(({ item }) => item)
}

/** Records of a batch as the profiler gets them. */
const BATCH_RECORDS = 250
const RECORD_MS = 5000
const START = Date.UTC(2026, 0, 15)

/** A desk for one version of a kind, and rows for it. */
export class RowsToDesk {
  readonly kind: KindDeclaration
  readonly desk = new DriftDesk()
  readonly reports: DriftReport[] = []
  private offset = 0
  private position = 0

  constructor(kind: KindDeclaration) {
    this.kind = kind
  }

  /** Shows rows to the desk. @returns probability and truth of each that was scored */
  async add(
    folder: ModelFolder,
    rows: readonly LabelledRow[],
  ): Promise<{ readonly value: number; readonly target: number }[]> {
    const { outcomes, profiles } = await this.profile(folder, rows)
    for (const value of profiles) {
      const answer = this.desk.add({
        topic: 'feature-profiles',
        partition: 0,
        offset: this.position++,
        key: this.kind.kind,
        value,
        appendedAt: value.at,
      } as Incoming<'feature-profiles'>)
      if ('problem' in answer) throw new Error(answer.problem)
      this.reports.push(...answer.reports)
    }
    return outcomes
  }

  /** What a scorer makes of rows. */
  async profile(folder: ModelFolder, rows: readonly LabelledRow[]) {
    const { kind } = this
    const model = await loadModelFolder(folder)
    const profiler = createProfiler(kind.drift!, 'nicr.content')
    const outcomes: { value: number; target: number }[] = []
    const profiles: FeatureProfile[] = []
    for (let from = 0; from < rows.length; from += BATCH_RECORDS) {
      const records = rows.slice(from, from + BATCH_RECORDS).map(row => this.recordOf(row))
      const contents = records.map(({ value }) => value)
      await scoreBatch(kind.scorer, model, contents, {
        onDecided(index, input, decision) {
          profiler.observe(records[index]!, input, decision)
          const target = Number(rows[from + index]!.label === kind.labels.at(-1))
          outcomes.push({ value: decision.value, target })
        },
      })
      const firstOffset = records[0]!.offset
      const count = records.length
      const read = { partition: 0, firstOffset, nextOffset: firstOffset + count, count }
      for (const { value } of profiler.take(read, model.card)) profiles.push(value)
    }
    await model.close()
    return { outcomes, profiles, settings: model.card.settings }
  }

  private recordOf({ text }: LabelledRow): Incoming<'content'> {
    const offset = this.offset++
    const at = START + offset * RECORD_MS
    const value = aContent({ id: `c${offset}`, author: `a${offset}`, text, at })
    return {
      topic: 'content',
      partition: 0,
      offset,
      key: value.id,
      value,
      appendedAt: at,
    } as Incoming<'content'>
  }
}

/** How well probabilities fit, and what they decide. */
export function figuresOf(outcomes: readonly { value: number; target: number }[], threshold: number) {
  const own = binaryMetrics(outcomes, threshold)
  const { mcc } = binaryMetrics(outcomes, 0.5)
  const surprise = outcomes.map(({ value, target }) => -Math.log(target === 1 ? value : 1 - value))
  const logLoss = surprise.reduce((sum, one) => sum + one, 0) / outcomes.length
  return { mcc: own.mcc, mccAtHalf: mcc, ece: own.ece, logLoss, falseAlarms: own.falseAlarms }
}
