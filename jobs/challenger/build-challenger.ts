import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import { committedModelsDir } from '../../pipelines/model-registry.ts'
import { HASHED_HEADS, readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { decodeHeadsModel, encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { readReference } from '../../pipelines/training-reference.ts'
import { type GateRules, textLoopRules } from '../../processors/retrain/loop-rules.ts'
import type { HeadsModel } from '../../processors/text/heads.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { Challenger, ChallengerOptions, ChallengerOrder, Comparison } from './challenger.ts'
import { asLabel, compareRows, slicesOf } from './compare.ts'
import { judgeChallenger } from './judge-challenger.ts'
import { headPriors, learnHead } from './learn-head.ts'
import { matchingLoss } from './matching-loss.ts'
import { withPlatformHead } from './platform-head.ts'
import { HELD_OUT_ROWS_MIN, predictUnseen, type Unseen } from './predict-unseen.ts'
import { readOwnTexts, readTeachingRows, type TeachingRows } from './teaching-rows.ts'
import { artefactProblem, challengerFiles, writeCard, writeFiles } from './write-challenger.ts'

/** Fewer labels teach nothing that could be told from chance. */
export const LABELS_MIN = 20

export type BuiltChallenger = Omit<Challenger, 'folder' | 'passed'>

/**
 * All the work of `makeChallenger`, in this thread, into a folder that is there.
 * @throws NicrError NICR_INPUT_INVALID, NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH; the signal's reason
 */
export async function buildChallenger(
  order: ChallengerOrder,
  { signal, onProgress, authorsOf }: ChallengerOptions,
): Promise<BuiltChallenger> {
  const { kind, parent, dataSet, outDir, version } = order
  const gates: GateRules = order.gates ?? kind.loop?.gates ?? textLoopRules.gates
  const tell: NonNullable<ChallengerOptions['onProgress']> = (task, progress, figures) => {
    signal?.throwIfAborted()
    onProgress?.(task, progress, figures)
  }
  tell('split', 0, { rows: dataSet.rows.length })
  if (parent.manifest.family !== HASHED_HEADS)
    throw new NicrError(
      'NICR_MODEL_INVALID',
      `${parent.path}: family ${parent.manifest.family} cannot be taught a platform`,
    )
  const champion = await readHeadsModel(parent)
  const vocabulary = (await readReference(parent))?.vocabulary ?? null
  const priors = headPriors[kind.training.objective]
  const teaching = readTeachingRows(kind, champion, dataSet, {
    vocabulary,
    priors,
    ownTexts: await readOwnTexts(),
  })
  const labels = checkLabels(kind, teaching)
  tell('train', 0.1, { labels, replayed: teaching.replayed.length })
  const loss = matchingLoss(champion.link, kind.scale)
  let steps = 0
  const learned = learnHead(teaching.heads, loss, priors, undefined, () => {
    steps++
    if (steps % STEPS_TOLD === 0) tell('train', 0.1 + 0.2 * (1 - 0.98 ** steps), { steps })
  })
  const onnx = encodeHeadsModel(withPlatformHead(champion, learned.change), kind.kind)
  const challenger = decoded(onnx)
  tell('compare', 0.3, { labels, isHeldOut: Number(labels >= HELD_OUT_ROWS_MIN) })
  const unseen = predictUnseen(teaching, {
    loss,
    priors,
    learned,
    onPart: (done, of) => tell('compare', 0.3 + (0.3 * done) / of, { part: done, parts: of }),
  })
  const comparison = compare(kind, parent.manifest, unseen, gates.metric, progress =>
    tell('compare', 0.6 + 0.2 * progress, {}),
  )
  const files = await challengerFiles({
    version,
    parent,
    onnx,
    dataHash: dataSet.hash,
    labels,
    replayed: teaching.replayed.length,
    learnedWords: [...learned.free].filter(term => !term.includes(' ')),
    comparison,
  })
  await writeFiles(outDir, files)
  tell('gate', 0.8, {})
  const results = await judgeChallenger({
    kind,
    rules: gates,
    settings: parent.manifest.settings,
    suitesDir: order.suitesDir ?? committedModelsDir,
    models: { champion, challenger },
    files,
    artefactProblem: await artefactProblem(outDir, files),
    teaching,
    learned,
    unseen,
    comparison,
    authorsOf,
  })
  await writeCard(outDir, kind, files.manifest, { comparison, gates: results })
  tell('gate', 1, { failed: results.filter(one => !one.passed).length })
  return { manifest: files.manifest, comparison, gates: results }
}

const STEPS_TOLD = 10

/** How many labels teach. @throws NicrError NICR_INPUT_INVALID */
function checkLabels(kind: KindDeclaration, { labelled, heads }: TeachingRows): number {
  const { training } = kind
  const rows = labelled.filter((row, i) => row.role === 'LABEL' && heads.labelled.weights[i]! > 0)
  if (rows.length < LABELS_MIN)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${rows.length} labels of texts that ${kind.kind} scores are too few to learn from; ${LABELS_MIN} are needed at least`,
    )
  const classOf = (target: number) => {
    if (training.objective === 'BINARY') return asLabel(kind, target)
    return target < training.middle.min ? -1 : target > training.middle.max ? 1 : 0
  }
  if (new Set(rows.map(row => classOf(row.target))).size === 1)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `all ${rows.length} labels say the same of ${kind.kind}; nothing is learned from one class alone`,
    )
  return rows.length
}

/** What is measured is what is shipped: the weights as the file has rounded them. */
function decoded(onnx: Uint8Array): HeadsModel {
  const model = decodeHeadsModel(onnx)
  if (typeof model === 'string') throw new Error(`the model just made ${model}`)
  return model
}

function compare(
  kind: KindDeclaration,
  { settings }: ModelManifest,
  { by, rows }: Unseen,
  metric: string,
  onProgress: (progress: number) => void,
): Comparison {
  const slices = slicesOf(rows)
  return {
    by,
    rows: rows.length,
    slices: slices.map(([name, held], i) => {
      onProgress(i / slices.length)
      return compareRows(kind, settings, { slice: name, rows: held, metric })
    }),
  }
}
