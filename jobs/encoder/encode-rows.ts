import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { EncoderPool } from '../../pipelines/runtime/inference/encoder/encoder-pool.ts'
import { detectLanguage } from '../../processors/text/language.ts'
import { languageAmong, primarySubtag } from '../../processors/text/language-tags.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { UnseenMargin } from '../assemble-model.ts'
import { createRandom } from '../random.ts'
import { FOLDS, TEST_FOLD, type TrainingRow } from '../training-row.ts'
import { type DataSummary, readAllRows, type TrainingFile } from '../training-rows.ts'
import type { EncodedRow } from './train-core.ts'

/**
 * Rows that teach a head of some hundred weights, and rows that measure it; of more a seeded sample is taken, one half of each source
 * alike, the other by the root of its rows: large sources say more, but small ones are read whole.
 */
const TEACHING_ROWS_MAX = 40_000
const MEASURING_ROWS_MAX = 10_000
/** Texts handed over at once. */
const TEXTS_AT_ONCE = 256

export interface EncodeRowsParts {
  readonly kind: KindDeclaration
  readonly files: readonly TrainingFile[]
  readonly summary: DataSummary
  readonly pool: EncoderPool
  readonly asRead: (text: string) => string
  /** Of the n-grams beside it; null: there are none. */
  readonly ngramMargin: UnseenMargin | null
  /** That the version reads; null: those of its kind, and every row is read as one of them. */
  readonly languages: readonly string[] | null
  readonly seed: number
  readonly onProgress?: ((rows: number) => void) | undefined
}

/** Runs the encoder over rows of files. @throws NicrError NICR_MODEL_FAILED where it gives no numbers; NICR_INPUT_INVALID, NICR_FILE_UNREADABLE */
export async function encodeRows(parts: EncodeRowsParts): Promise<EncodedRow[]> {
  const { kind, files, summary, seed, onProgress } = parts
  const random = createRandom(seed)
  const teaching = sharesOf(summary, TEACHING_ROWS_MAX)
  const measuring = sharesOf(summary, MEASURING_ROWS_MAX * FOLDS)
  const encoded: EncodedRow[] = []
  let batch: RowInLanguage[] = []
  for await (const rows of readAllRows(kind, files))
    for (const row of rows) {
      if (row.weight === 0 || row.isAuxiliary) continue
      const language = parts.languages === null ? null : languageOf(row, parts.languages)
      // Rows in a language that it does not read would teach and measure what is never asked of it.
      if (language !== null && !parts.languages!.includes(language)) continue
      if (random() >= (row.fold === TEST_FOLD ? measuring : teaching).get(row.source)!) continue
      batch.push({ row, language })
      if (batch.length < TEXTS_AT_ONCE) continue
      encoded.push(...(await encodeBatch(parts, batch)))
      onProgress?.(encoded.length)
      batch = []
    }
  if (batch.length > 0) encoded.push(...(await encodeBatch(parts, batch)))
  return encoded
}

/** What share of each source's rows is taken, so that all together are at most `rowsMax`, about. */
function sharesOf({ sources }: DataSummary, rowsMax: number): ReadonlyMap<string, number> {
  const roots = sources.reduce((sum, { judging }) => sum + Math.sqrt(judging), 0)
  const half = rowsMax / 2
  return new Map(
    sources.map(({ name, judging }) => {
      const rows = half / sources.length + (half * Math.sqrt(judging)) / roots
      return [name, Math.min(1, rows / (judging || 1))]
    }),
  )
}

interface RowInLanguage {
  readonly row: TrainingRow
  /** null where it is neither stated nor told, or nobody asks. */
  readonly language: string | null
}

/** As `textScorer` has it. */
function languageOf({ text, language }: TrainingRow, languages: readonly string[]): string | null {
  return primarySubtag(language) ?? languageAmong(detectLanguage(text), languages)
}

async function encodeBatch(
  { kind, pool, asRead, ngramMargin: marginOf }: EncodeRowsParts,
  batch: readonly RowInLanguage[],
): Promise<EncodedRow[]> {
  const isOfKind = (language: string | null) => language === null || kind.languages.includes(language)
  const { rows, width } = await pool.encode(
    batch.map(({ row: { text }, language }) => (isOfKind(language) ? asRead(text) : text)),
  )
  return batch.map(({ row, language }, i) => {
    const { text, target, weight, fold, source } = row
    const output = rows.slice(i * width, (i + 1) * width)
    if (!output.every(Number.isFinite))
      throw new NicrError(
        'NICR_MODEL_FAILED',
        `the encoder gives no numbers for ${JSON.stringify(text.slice(0, 80))}`,
      )
    // What the n-grams make of a language that they do not know is noise.
    const ngramMargin = marginOf === null || !isOfKind(language) ? 0 : marginOf(row)
    return { output, ngramMargin, target, weight, fold, source, language }
  })
}
