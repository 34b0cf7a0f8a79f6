import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import { committedModelsDir } from '../../pipelines/model-registry.ts'
import { ENCODER } from '../../pipelines/runtime/inference/encoder/encoder-files.ts'
import { HASHED_HEADS } from '../../pipelines/runtime/inference/heads-model.ts'
import { IMAGE_FEATURES } from '../../pipelines/runtime/inference/image-model.ts'
import { type GateRules, textLoopRules } from '../../processors/retrain/loop-rules.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { Challenger, ChallengerOptions, ChallengerOrder, Comparison } from './challenger.ts'
import { asLabel, compareRows, slicesOf } from './compare.ts'
import { encoderFamily } from './encoder-family.ts'
import type { ChallengerFamily, Taught, Unseen } from './family.ts'
import { judgeChallenger } from './judge-challenger.ts'
import { pictureFamily } from './picture-family.ts'
import { HELD_OUT_ROWS_MIN, predictUnseen } from './predict-unseen.ts'
import { textFamily } from './text-family.ts'
import { artefactProblem, challengerFiles, writeCard, writeFiles } from './write-challenger.ts'

/** Fewer labels teach nothing that could be told from chance. */
const LABELS_MIN = 20

export type BuiltChallenger = Omit<Challenger, 'folder' | 'passed'>

/**
 * All the work of `makeChallenger`, in this thread, into a folder that is there.
 * @throws NicrError NICR_INPUT_INVALID, NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH; the signal's reason
 */
export async function buildChallenger(
  order: ChallengerOrder,
  options: ChallengerOptions,
): Promise<BuiltChallenger> {
  const { path, manifest } = order.parent
  switch (manifest.family) {
    case HASHED_HEADS:
      return buildOf(textFamily, order, options)
    case IMAGE_FEATURES:
      return buildOf(pictureFamily, order, options)
    case ENCODER:
      return buildOf(encoderFamily, order, options)
    default:
      throw new NicrError(
        'NICR_MODEL_INVALID',
        `${path}: family ${manifest.family} cannot be taught a platform`,
      )
  }
}

async function buildOf<Rows extends Taught, Learned>(
  family: ChallengerFamily<Rows, Learned>,
  order: ChallengerOrder,
  { signal, onProgress, authorsOf }: ChallengerOptions,
): Promise<BuiltChallenger> {
  const { kind, parent, dataSet, outDir, version } = order
  const rules: GateRules = order.gates ?? kind.loop?.gates ?? textLoopRules.gates
  const tell: NonNullable<ChallengerOptions['onProgress']> = (task, progress, figures) => {
    signal?.throwIfAborted()
    onProgress?.(task, progress, figures)
  }
  tell('split', 0, { rows: dataSet.rows.length })
  const rows = await family.read(order, authorsOf === undefined ? {} : { authorsOf })
  const labels = checkLabels(kind, rows)
  const replayed = rows.replayed.length
  tell('train', 0.1, { labels, replayed })
  let steps = 0
  const learned = family.fit(rows, undefined, () => {
    steps++
    if (steps % STEPS_TOLD === 0) tell('train', 0.1 + 0.2 * (1 - 0.98 ** steps), { steps })
  })
  const { onnx, beside, learnedWords } = family.encode(order, rows, learned)
  tell('compare', 0.3, { labels, isHeldOut: Number(labels >= HELD_OUT_ROWS_MIN) })
  const unseen = predictUnseen(family, rows, learned, (done, of) =>
    tell('compare', 0.3 + (0.3 * done) / of, { part: done, parts: of }),
  )
  const { settings } = parent.manifest
  const comparison = compare(kind, settings, unseen, rules.metric, progress =>
    tell('compare', 0.6 + 0.2 * progress, {}),
  )
  const dataHash = dataSet.hash
  const files = await challengerFiles({
    version,
    parent,
    onnx,
    beside,
    dataHash,
    labels,
    replayed,
    learnedWords,
    comparison,
  })
  await writeFiles(outDir, files)
  tell('gate', 0.8, {})
  const suitesDir = order.suitesDir ?? committedModelsDir
  const gates = await judgeChallenger(
    family,
    {
      kind,
      rules,
      settings,
      suitesDir,
      suitesSeen: order.suitesSeen,
      onnx,
      rows,
      learned,
      unseen,
      comparison,
    },
    await artefactProblem(outDir, files),
  )
  const story = family.describe(`${kind.kind}@${parent.manifest.version}`, dataHash)
  await writeCard(outDir, kind, files.manifest, { comparison, gates, story })
  tell('gate', 1, { failed: gates.filter(one => !one.passed).length })
  return { manifest: files.manifest, comparison, gates }
}

const STEPS_TOLD = 10

/** How many labels teach. @throws NicrError NICR_INPUT_INVALID */
function checkLabels(kind: KindDeclaration, { labelled, weights }: Taught): number {
  const { training } = kind
  const rows = labelled.filter((row, i) => row.role === 'LABEL' && weights[i]! > 0)
  if (rows.length < LABELS_MIN)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${rows.length} labels of content that ${kind.kind} scores are too few to learn from; ${LABELS_MIN} are needed at least`,
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

function compare(
  kind: KindDeclaration,
  settings: ModelManifest['settings'],
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
