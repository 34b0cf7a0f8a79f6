import { copyFile, mkdir, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { digestOfFile } from '../../pipelines/file-digest.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder, ModelManifest } from '../../pipelines/model-manifest.ts'
import { HEAD_FILE, NGRAMS_FILE } from '../../pipelines/runtime/inference/encoder/encoder-files.ts'
import { readerOf } from '../../pipelines/runtime/inference/encoder/encoder-model.ts'
import { EncoderPool } from '../../pipelines/runtime/inference/encoder/encoder-pool.ts'
import { describeEncoder } from '../../pipelines/runtime/inference/encoder/encoder-session.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { REFERENCE_FILE } from '../../pipelines/training-reference.ts'
import type { EncoderCore, EncoderHead } from '../../processors/encoder/encoder-head.ts'
import { ENCODER_REVISION, type EncoderSettings } from '../../processors/encoder/encoder-settings.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { marginOfText } from '../../processors/text/heads.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { UnseenMargin } from '../assemble-model.ts'
import { fitPiecewise } from '../calibrate.ts'
import { type DataSummary, summariseRows, type TrainingFile } from '../training-rows.ts'
import { encodeRows } from './encode-rows.ts'
import { encoderCard } from './encoder-card.ts'
import { encoderManifest } from './encoder-manifest.ts'
import { encoderReference } from './encoder-reference.ts'
import { type EncoderSource, readEncoderSource } from './encoder-source.ts'
import { type FittedHead, fitEncoderHead, type NgramMargins } from './fit-encoder-head.ts'
import { placeLabels } from './place-labels.ts'

export interface AddEncoderOptions {
  readonly kind: KindDeclaration
  /** A Hugging Face folder. */
  readonly folder: string
  /** The network’s path in it; found unless given. */
  readonly file?: string | undefined
  /** Where labels lie on the kind’s scale: `POSITIVE=10,NEGATIVE=0`; by their names unless given. */
  readonly labels?: string | undefined
  /** Rows to calibrate by, and to train a head by; a model that classifies needs none. */
  readonly files: readonly TrainingFile[]
  /** Whether a head is trained though the model classifies. */
  readonly trainsHead: boolean
  /** The version whose n-grams answer beside it, and in its place where it is late; null: none. */
  readonly ngrams: ModelFolder | null
  /** Trains them on the same files instead, once the network has been tried. */
  readonly trainNgrams?: (() => Promise<TrainedNgrams>) | undefined
  /**
   * Primary language subtags that it reads, as `primarySubtag` writes them; null: those that its folder's card names, or else those
   * of the kind.
   */
  readonly languages: readonly string[] | null
  /** What the card says of where it comes from; the folder’s own name unless given. */
  readonly origin?: string | undefined
  readonly outDir: string
  readonly version: string
  readonly seed: number
  readonly onProgress?: (rows: number) => void
}

/** N-grams that were trained on the rows of the encoder’s head. */
export interface TrainedNgrams {
  readonly ngrams: ModelFolder
  readonly unseenMargin: UnseenMargin
}

/** What every encoder has to read before it becomes a version. */
const TRIAL_TEXTS = [
  'thank you, this was a great help! see you at 10 :)',
  'ok',
  '',
  '🙂 ελληνικά 汉字 \u200b',
  'a '.repeat(5000),
]
/** Fewer rows say nothing of how margins become values. */
const ROWS_MIN = 20
/** Longer texts say little more, and cost more than in proportion. */
const TOKENS_READ_MAX = 256

/**
 * Makes a version of an encoder: copies the network with its tokeniser, tries both, fits what makes a value of its output, and writes
 * manifest and card. The same folder, rows and seed give the same head.
 * @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID, NICR_MODEL_FAILED, NICR_INPUT_INVALID, NICR_FILE_UNREADABLE
 */
export async function addEncoder(options: AddEncoderOptions): Promise<ModelManifest<EncoderSettings>> {
  const { kind, outDir, files } = options
  const source = await readEncoderSource(options.folder, options.file)
  const classifies = source.labels !== null && !options.trainsHead
  if (!classifies && files.length === 0)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${source.folder} gives vectors, and a head has to be trained on them: --data with labelled rows`,
    )
  if (!classifies && options.labels !== undefined)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `--labels: a head is trained on the vectors of ${source.folder}, and its labels are not used`,
    )
  const places = classifies ? placeLabels(kind, source.labels!, options.labels) : null
  await mkdir(outDir, { recursive: true })
  await copySource(source, outDir)
  const form = await describeEncoder(outDir, source)
  const { pooling } = source
  const languages = languagesRead(options, source)
  const encoder = { ...form, tokensMax: Math.min(TOKENS_READ_MAX, source.tokensMax), pooling }
  const summary = files.length === 0 ? null : await summariseRows(kind, files)
  if (summary !== null) checkEnough(summary.rows, 'rows')
  const pool = new EncoderPool({ folder: outDir, encoder, provider: 'cpu' }, POOL_PROCESSES)
  let fitted: FittedHead
  let beside: NgramsBeside
  try {
    await pool.open()
    await tryOut(pool, source, places)
    beside = await ngramsBeside(options)
    const parts = { source, places, summary, pool, reads: form.reads, languages, beside }
    fitted = await fitHead(options, parts)
  } finally {
    await pool.close()
  }
  await writeFile(join(outDir, HEAD_FILE), `${JSON.stringify(rounded(fitted.head))}\n`)
  const { ngrams } = beside
  if (ngrams !== null) await copyFile(join(ngrams.path, 'model.onnx'), join(outDir, NGRAMS_FILE))
  const reference = await encoderReference(kind, files, ngrams, languages)
  if (reference !== null) await writeFile(join(outDir, REFERENCE_FILE), reference.text)
  const names = [...source.files, HEAD_FILE, ...(ngrams === null ? [] : [NGRAMS_FILE])]
  const digests = await Promise.all(names.map(async name => [name, await digestOfFile(join(outDir, name))]))
  const manifest = encoderManifest(options, {
    ngrams,
    features: {
      files: Object.fromEntries(digests) as Record<string, string>,
      ...encoder,
      languages,
      revision: ENCODER_REVISION,
    },
    digest: await digestOfFile(join(outDir, 'model.onnx')),
    summary,
    fitted,
    reference,
  })
  await writeFile(join(outDir, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
  const named = { ...source, name: options.origin ?? source.name }
  await writeFile(join(outDir, 'README.md'), encoderCard(kind, manifest, named, fitted.head))
  return manifest
}

interface NgramsBeside {
  readonly ngrams: ModelFolder | null
  readonly margins: NgramMargins
  /** null: there are none. */
  readonly ngramMargin: UnseenMargin | null
}

async function ngramsBeside({ ngrams, trainNgrams }: AddEncoderOptions): Promise<NgramsBeside> {
  if (trainNgrams !== undefined) {
    const trained = await trainNgrams()
    return { ngrams: trained.ngrams, margins: 'UNSEEN', ngramMargin: trained.unseenMargin }
  }
  if (ngrams === null) return { ngrams, margins: 'NONE', ngramMargin: null }
  const model = await readHeadsModel(ngrams)
  const readFeatures = createFeatureReader()
  return { ngrams, margins: 'LEARNED', ngramMargin: ({ text }) => marginOfText(model, readFeatures(text)) }
}

interface FitParts {
  readonly beside: NgramsBeside
  readonly source: EncoderSource
  /** Of a model that is used by its own labels. */
  readonly places: readonly number[] | null
  /** null: there are no rows. */
  readonly summary: DataSummary | null
  readonly pool: EncoderPool
  readonly reads: EncoderSettings['reads']
  readonly languages: readonly string[] | null
}

async function fitHead(
  { kind, files, seed, onProgress }: AddEncoderOptions,
  { source, places, summary, pool, reads, languages, beside }: FitParts,
): Promise<FittedHead> {
  const activation = source.isMultiLabel ? 'SIGMOID' : 'SOFTMAX'
  const core: EncoderCore | null = places && { form: 'LABELS', activation, places, slope: 1, offset: 0 }
  if (summary === null) {
    const fitted = uncalibrated(kind, core!)
    if (languages === null) return fitted
    return { ...fitted, head: { ...fitted.head, languages: { ofKind: kind.languages, links: {} } } }
  }
  const asRead = readerOf(reads)
  const rows = await encodeRows({
    kind,
    files,
    summary,
    pool,
    asRead,
    ngramMargin: beside.ngramMargin,
    languages,
    seed,
    onProgress,
  })
  const which = languages === null ? 'that judge' : `in the languages it reads (${languages.join(', ')})`
  checkEnough(rows.length, `rows ${which}`)
  return fitEncoderHead(kind, rows, core, beside.margins, languages)
}

/** @throws NicrError NICR_INPUT_INVALID */
function checkEnough(count: number, rows: string): void {
  if (count >= ROWS_MIN) return
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `${count} ${rows} are too few to calibrate by; at least ${ROWS_MIN} must be`,
  )
}

/** As stated, or as the folder's card has them; null where they are those of the kind. */
function languagesRead(
  { kind, languages }: AddEncoderOptions,
  source: EncoderSource,
): readonly string[] | null {
  const read = languages ?? source.languages
  if (read === null) return null
  const isSame = read.length === kind.languages.length && read.every(one => kind.languages.includes(one))
  return isSame ? null : read
}

const POOL_PROCESSES = 2

/** Copies what is needed; a file that changes meanwhile is refused: nobody could say what was copied. */
async function copySource({ folder, onnx, files }: EncoderSource, outDir: string): Promise<void> {
  const copies = [[onnx, 'model.onnx'] as const, ...files.map(name => [name, basename(name)] as const)]
  const states = () =>
    Promise.all(
      copies.map(async ([from]) => {
        const { size, mtimeMs } = await stat(join(folder, from))
        return `${from} ${size} ${mtimeMs}`
      }),
    )
  const before = await states()
  for (const [from, to] of copies) {
    await mkdir(dirname(join(outDir, to)), { recursive: true })
    await copyFile(join(folder, from), join(outDir, to))
  }
  const after = await states()
  const changed = before.findIndex((state, i) => state !== after[i])
  if (changed >= 0)
    throw new NicrError(
      'NICR_MODEL_INVALID',
      `${join(folder, copies[changed]![0])} changed while it was read; add it again when it is whole`,
    )
}

async function tryOut(
  pool: EncoderPool,
  { labels, folder }: EncoderSource,
  places: readonly number[] | null,
) {
  const { rows, width } = await pool.encode(TRIAL_TEXTS)
  if (!rows.every(Number.isFinite))
    throw new NicrError('NICR_MODEL_FAILED', `${folder}: the network gives no numbers for ordinary texts`)
  if (places !== null && width !== places.length)
    throw new NicrError(
      'NICR_MODEL_INVALID',
      `${folder}: config.json names ${labels!.length} labels, and the network gives ${width} logits`,
    )
}

/** As it came: nothing was there to calibrate by. The version says so on its card. */
function uncalibrated({ training, scale }: KindDeclaration, core: EncoderCore): FittedHead {
  if (training.objective === 'BINARY')
    return {
      head: { core, ngrams: 0, link: { form: 'sigmoid' } },
      settings: { threshold: 0.5 },
      outcomes: [],
    }
  const grid = Array.from({ length: GRID_POINTS }, (_, i) => {
    const place = (i + 0.5) / GRID_POINTS
    return {
      margin: Math.log(place / (1 - place)),
      target: scale.min + place * (scale.max - scale.min),
      weight: 1,
    }
  })
  return { head: { core, ngrams: 0, link: fitPiecewise(grid, scale) }, settings: {}, outcomes: [] }
}

const GRID_POINTS = 1200

/** Six digits are more than 8-bit weights of the network can tell. */
function rounded(head: EncoderHead): EncoderHead {
  return JSON.parse(
    JSON.stringify(head, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value)),
  ) as EncoderHead
}
