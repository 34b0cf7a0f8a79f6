import { basename } from 'node:path'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import type { ModelManifest } from '../pipelines/model-manifest.ts'
import { createFeatureReader } from '../processors/text/features.ts'
import { type HeadsModel, valueOfText } from '../processors/text/heads.ts'
import { metricsOf, type Outcome, roundedMetrics } from './metrics.ts'
import { TEST_FOLD } from './training-row.ts'
import { type DataSummary, readAllRows, type TrainingFile } from './training-rows.ts'

/** More rows than these tell no more and fill the memory. */
const ROWS_MAX = 100_000

export interface Measured {
  /** Of all files together. */
  readonly metrics: Record<string, number>
  /** Each set with the metrics of its own rows; files of one name are one set. */
  readonly sources: ModelManifest['sources']
}

/** Metrics of the rows that nothing was learned from: every file is read once. */
export async function measure(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
  summary: DataSummary,
  model: HeadsModel,
  settings: Readonly<Record<string, number>>,
): Promise<Measured> {
  const metrics = (outcomes: readonly Outcome[]) => roundedMetrics(metricsOf(kind, outcomes, settings))
  const all: Outcome[] = []
  const sets = new Map<string, MeasuredSet>()
  for (const [i, file] of files.entries()) {
    const name = file.name ?? basename(file.path)
    const set = sets.get(name) ?? { licence: file.licence ?? 'not stated', rows: 0, outcomes: [] }
    for (const outcome of await heldOutOutcomes(kind, file, model)) {
      if (all.length < ROWS_MAX) all.push(outcome)
      if (set.outcomes.length < ROWS_MAX) set.outcomes.push(outcome)
    }
    set.rows += summary.rowsOfFile[i]!
    sets.set(name, set)
  }
  const sources = [...sets].map(([name, { licence, rows, outcomes }]) => ({
    name,
    licence,
    rows,
    metrics: metrics(outcomes),
  }))
  return { metrics: metrics(all), sources }
}

interface MeasuredSet {
  readonly licence: string
  rows: number
  readonly outcomes: Outcome[]
}

async function heldOutOutcomes(
  kind: KindDeclaration,
  file: TrainingFile,
  model: HeadsModel,
): Promise<Outcome[]> {
  const readFeatures = createFeatureReader()
  const outcomes: Outcome[] = []
  for await (const batch of readAllRows(kind, [file])) {
    for (const { fold, text, target } of batch)
      if (fold === TEST_FOLD && outcomes.length < ROWS_MAX)
        outcomes.push({ value: valueOfText(model, readFeatures(text)), target })
  }
  return outcomes
}
