import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { LookAtImage } from '../../pipelines/images/look-at-images.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import {
  listVersions,
  loadModelFolder,
  type RegistryOptions,
  readFolder,
  resolveModel,
} from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { movesOf } from '../../processors/fold-promotions.ts'
import type { TrainingOutcome } from '../../processors/retrain/next-move.ts'
import type { Model, Scorable } from '../../processors/scorer.ts'
import type { Challenger, ChallengerTask, GateResult } from '../challenger/challenger.ts'
import { readJudgement, writeJudgement } from '../challenger/judgement.ts'
import { makeChallenger } from '../challenger/make-challenger.ts'
import { buildDataSet } from '../data-set/build-data-set.ts'
import type { DataSet } from '../data-set/data-set.ts'
import { readDataSetManifest } from '../data-set/data-set-files.ts'
import { authorsOf } from '../data-set/term-authors.ts'
import { nextVersion } from '../next-version.ts'
import { type SeenPictures, seeSuites } from '../picture-suites.ts'
import { suitesOf } from '../suites.ts'
import { createRowSight, type RowSight } from './row-sight.ts'
import type { TrainingNews, TrainingWish, TrainOrder } from './trainings.ts'

export interface TrainRequestParts {
  readonly clickhouse: Pick<ClickHouse, 'query'>
  readonly registry: RegistryOptions
  /** NICR_DATA_DIR: data sets and versions are written there. */
  readonly dataDir: string
  /** How pictures are looked at; without it no kind that reads them is trained. */
  readonly look?: LookAtImage
}

const TASK_WORDS: Readonly<Record<ChallengerTask, string>> = {
  split: 'Rows are divided.',
  train: 'The challenger learns.',
  compare: 'Champion and challenger answer the same rows that people labelled.',
  gate: 'The challenger is judged.',
}

/** The work of a request: data set, challenger, comparison, gates. The champion is not touched. */
export function trainRequests(parts: TrainRequestParts): TrainOrder['train'] {
  const { clickhouse, registry, dataDir, look } = parts
  return async (wish, { signal, onNews }) => {
    const { kind, champion, since } = wish
    const parent = await resolveModel(`${kind.kind}@${champion}`, registry)
    const sight = kind.input === 'IMAGE' && look !== undefined ? createRowSight(look) : null
    const dataSet = await dataSetOf(wish, parent, { ...parts, sight, signal })
    const labelled = dataSet.rows.filter(({ role }) => role === 'LABEL').length
    onNews({
      task: 'snapshot',
      progress: 1,
      figures: { rows: dataSet.rows.length, labelled, newTerms: dataSet.newTerms.length, since },
      detail: `Data set ${dataSet.hash.slice(0, HASH_SHOWN)}: ${dataSet.rows.length} rows, ${labelled} of them labelled by people.`,
      version: null,
    })
    const known = await earlierTry(wish, parent, dataSet, registry)
    if (known !== null) return known
    const version = await nextVersion(kind.kind, registry, wish.promotions)
    const challenger = await makeChallenger(
      {
        kind,
        parent,
        dataSet,
        outDir: join(dataDir, 'models', kind.kind, version),
        version,
        ...(sight && { seen: sight.seen }),
        ...(sight && look && { suitesSeen: await lookAtSuites(kind.kind, look) }),
      },
      {
        signal,
        onProgress: (task, progress, figures) => onNews(newsOf(task, progress, figures, version)),
        ...(kind.input === 'TEXT' && {
          authorsOf: (terms: readonly string[]) => authorsOf(clickhouse, { kind: kind.kind, terms }),
        }),
      },
    )
    await writeJudgement(challenger)
    return outcomeOf(challenger, version)
  }
}

/** As if they were posted: files are no refs, so that each goes as a `data:` URL. */
async function lookAtSuites(kind: string, look: LookAtImage): Promise<SeenPictures> {
  return seeSuites(await suitesOf(kind), async path =>
    look({ ref: `data:;base64,${(await readFile(path)).toString('base64')}` }),
  )
}

const HASH_SHOWN = 12

function newsOf(
  task: ChallengerTask,
  progress: number,
  figures: Readonly<Record<string, number>>,
  version: string,
): TrainingNews {
  return { task, progress, figures, detail: TASK_WORDS[task], version }
}

interface DataSetParts extends TrainRequestParts {
  readonly sight: RowSight | null
  readonly signal: AbortSignal
}

async function dataSetOf(
  { kind, champion, since }: TrainingWish,
  parent: ModelFolder,
  { clickhouse, registry, dataDir, sight, signal }: DataSetParts,
): Promise<DataSet> {
  const model = await loadModelFolder(parent, registry)
  try {
    return await buildDataSet({
      clickhouse,
      kind,
      dataDir,
      parentVersion: champion,
      championSince: since,
      ...(await labelsFrom(parent, dataDir)),
      // Pictures that another version scored are not looked at again: there are enough that this one did.
      ...(kind.input === 'TEXT' ? { scoreTexts: textsBy(kind, model) } : {}),
      ...(sight && { pictures: sight }),
      signal,
    })
  } finally {
    await model.close()
  }
}

function textsBy({ scorer }: KindDeclaration, model: Model<unknown, unknown>) {
  return async (contents: readonly Scorable[]) =>
    (await scoreBatch(scorer, model, contents, { detail: 'VALUE' })).map(one =>
      one.status === 'SCORED' ? one.decision.value : null,
    )
}

/** The first label that the parent's own data set does not have: none is lost that came while the parent was trained. */
async function labelsFrom(
  { manifest }: ModelFolder,
  dataDir: string,
): Promise<{ readonly labelsFrom?: number }> {
  const known = await readDataSetManifest(dataDir, manifest.kind, manifest.dataHash)
  const next = known?.labels.nextOffset ?? null
  return next === null ? {} : { labelsFrom: next }
}

/**
 * What became of the same rows before: a version that was made of them and did not come to be promoted is taken as it is, so a
 * crash costs nothing; one that was refused, or was live and is not any more, would only be so again.
 */
async function earlierTry(
  { kind, promotions }: TrainingWish,
  parent: ModelFolder,
  { hash }: DataSet,
  registry: RegistryOptions,
): Promise<TrainingOutcome | null> {
  for (const { path, version, origin } of (await listVersions(kind.kind, registry)).toReversed()) {
    if (origin !== 'local') continue
    const { manifest } = await readFolder(path, kind.kind, version)
    if (manifest.dataHash !== hash || manifest.parent !== parent.manifest.version) continue
    const wasLive = movesOf(promotions, kind.kind, 'CHAMPION').some(
      ({ promotion }) => promotion.version === version,
    )
    if (wasLive)
      return {
        passed: false,
        version,
        detail: `Version ${version} was made of the same rows and was taken back; new labels are needed.`,
      }
    const judgement = await readJudgement(path)
    if (judgement === null) continue
    const { gates, passed } = judgement
    const failed = gates.filter(gate => !gate.passed)
    if (!passed)
      return {
        passed: false,
        version,
        detail: `Version ${version} was made of the same rows and refused: ${saidOf(failed)}`,
      }
    return { passed, version, detail: saidOf(gates) }
  }
  return null
}

function outcomeOf({ gates, passed }: Challenger, version: string): TrainingOutcome {
  if (passed) return { passed, version, detail: saidOf(gates) }
  const failed = gates.filter(gate => !gate.passed)
  return { passed, version, detail: `Version ${version} was refused: ${saidOf(failed)}` }
}

function saidOf(gates: readonly Pick<GateResult, 'name' | 'detail'>[]): string {
  return gates.map(({ detail }) => detail).join(' ')
}
