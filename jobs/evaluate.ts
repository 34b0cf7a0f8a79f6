import type { LookAtImage } from '../pipelines/images/look-at-images.ts'
import { type JsonLine, readJsonLineBatches } from '../pipelines/jsonl.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { labelsWanted, targetOf } from '../pipelines/label-values.ts'
import { type Scored, scoreBatch } from '../pipelines/runtime/inference/score-batch.ts'
import { lookAtPicture, PICTURE_ROWS_MAX, type ScorableRow, scorableRow } from '../pipelines/score-rows.ts'
import type { Model } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import { metricsByLanguage } from './language-metrics.ts'
import { lexiconBaseline } from './lexicon-baseline.ts'
import { gradeOf, metricsOf } from './metrics.ts'

/** Rows of one evaluation, all files together: three numbers are kept of each, metrics sort copies; 0.6 GB at most. */
const EVALUATED_ROWS_MAX = 1_000_000

/** Metrics by name (design §7), six digits; null where the rows leave one undefined, such as `auc` of one class. */
export type Figures = Readonly<Record<string, number | null>>

/** What the model made of some rows, beside references that learned nothing. */
export interface Evaluation {
  readonly figures: Figures
  /** Rows the model gave no value (empty, too long, of a language it was not trained on, a picture that is refused): the neutral answer counts. */
  readonly unscored: number
  /**
   * `constant`: the neutral answer for every row. `majority`: the commonest class of these very rows. `lexicon`: a list
   * of words (`jobs/lexicon-baseline.ts`); only for kinds that have one. All are cut at 0.5, or at the grades.
   */
  readonly baselines: Readonly<Record<string, Figures>>
  /** The model's figures of each language with `LANGUAGE_ROWS_MIN` rows that it read; empty where no two have as many. */
  readonly languages: Readonly<Record<string, Figures>>
}

export interface EvaluateOptions {
  readonly kind: KindDeclaration
  readonly model: Model<unknown, unknown>
  readonly files: readonly string[]
  /** The field that holds the text; `text` unless given. */
  readonly textField?: string
  /** Longest text that is scored, in UTF-16 code units. */
  readonly textLengthMax: number
  /** The field that holds the path of an image; `image` unless given. */
  readonly imageField?: string
  /** Looks at the pictures that the rows of a file name; kinds that look at pictures need it. */
  readonly lookFrom?: ((file: string) => LookAtImage) | undefined
  readonly onProgress?: (rows: number) => void
}

/**
 * Measures a model on labelled rows, file by file and all together, by the version's own threshold: nothing is fitted to
 * the files. Rows are scored as they are read, and only numbers of them are kept.
 * @throws NicrError NICR_INPUT_INVALID (file, line, field; a file without rows; too many rows), NICR_FILE_UNREADABLE
 */
export async function evaluateFiles(
  options: EvaluateOptions,
): Promise<{ readonly sets: readonly Evaluation[]; readonly all: Evaluation }> {
  const { kind, model, files } = options
  const sets: Columns[] = []
  let rows = 0
  for (const file of files) {
    const columns = await readColumns(file, rows, options)
    if (columns.targets.length === 0) throw new NicrError('NICR_INPUT_INVALID', `${file} holds no rows`)
    rows += columns.targets.length
    sets.push(columns)
  }
  const evaluated = sets.map(columns => evaluationOf(kind, model.card.settings, columns))
  if (sets.length === 1) return { sets: evaluated, all: evaluated[0]! }
  const together: Columns = {
    targets: sets.flatMap(set => set.targets),
    values: sets.flatMap(set => set.values),
    lexicon: sets.flatMap(set => set.lexicon),
    languages: sets.flatMap(set => set.languages),
    unscored: sets.reduce((sum, set) => sum + set.unscored, 0),
  }
  return { sets: evaluated, all: evaluationOf(kind, model.card.settings, together) }
}

/** What is kept of the rows: numbers, in the order of the rows. */
interface Columns {
  readonly targets: number[]
  readonly values: number[]
  /** Empty where the kind has no list of words. */
  readonly lexicon: number[]
  /** Stated or detected; null where neither, or the model gave no value. */
  readonly languages: (string | null)[]
  unscored: number
}

async function readColumns(file: string, rowsBefore: number, options: EvaluateOptions): Promise<Columns> {
  const { kind, model, onProgress } = options
  const lexicon = lexiconBaseline(kind)
  const columns: Columns = { targets: [], values: [], lexicon: [], languages: [], unscored: 0 }
  for await (const lines of batchesOf(kind, file)) {
    const read = lines.map(line => labelledRow(file, line, options))
    const look = options.lookFrom?.(file)
    const rows = look === undefined ? read : await Promise.all(read.map(row => lookAtRow(file, row, look)))
    const count = rowsBefore + columns.targets.length + rows.length
    if (count > EVALUATED_ROWS_MAX)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `${file}: more than ${EVALUATED_ROWS_MAX} rows; evaluate a part of them`,
      )
    const scored = await scoreBatch(
      kind.scorer,
      model,
      rows.map(row => row.content ?? { text: '' }),
      { detail: 'VALUE' },
    )
    for (const [i, row] of rows.entries()) {
      columns.targets.push(row.target)
      columns.values.push(answerOf(kind, scored[i]!, columns))
      columns.languages.push(languageOf(scored[i]!))
      if (lexicon !== null) columns.lexicon.push(lexicon(row.content?.text ?? ''))
    }
    onProgress?.(count)
  }
  return columns
}

/** Pictures are held a few at a time. */
async function* batchesOf({ input }: KindDeclaration, file: string): AsyncGenerator<readonly JsonLine[]> {
  for await (const lines of readJsonLineBatches(file)) {
    const size = input === 'IMAGE' ? PICTURE_ROWS_MAX : Math.max(1, lines.length)
    for (let from = 0; from < lines.length; from += size) yield lines.slice(from, from + size)
  }
}

function answerOf(kind: KindDeclaration, scored: Scored, columns: Columns): number {
  if ('decision' in scored) return scored.decision.value
  columns.unscored++
  return neutralValue(kind)
}

function languageOf(scored: Scored): string | null {
  return 'decision' in scored ? scored.language : null
}

/** What is answered where nothing is known: the middle of a grade, no sign of spam or abuse. */
function neutralValue({ training, scale }: KindDeclaration): number {
  return training.objective === 'GRADED' ? (scale.min + scale.max) / 2 : scale.min
}

interface LabelledRow {
  readonly line: number
  readonly target: number
  /** Null for a text that is longer than the limit, or a picture that cannot be looked at: the stream would refuse it too. */
  readonly content: ScorableRow['content'] | null
}

function labelledRow(file: string, line: JsonLine, options: EvaluateOptions): LabelledRow {
  const { kind, textLengthMax, imageField = 'image' } = options
  const row = scorableRow(kind, line, options)
  const refuse = (problem: string) =>
    new NicrError('NICR_INPUT_INVALID', `${file}, line ${line.line}: ${problem}`)
  if ('error' in row) throw refuse(row.error)
  if (row.content.images?.length === 0) throw refuse(`the field ${imageField} is missing`)
  const { field } = kind.training
  const label = row.fields[field]
  const target = targetOf(kind, label)
  if (target === null)
    throw refuse(`the field ${field} is ${label === undefined ? 'missing' : labelsWanted(kind)}`)
  return { line: line.line, target, content: row.content.text.length > textLengthMax ? null : row.content }
}

/** @throws NicrError NICR_INPUT_INVALID where there is no such file: the row is wrong, not the picture */
async function lookAtRow(file: string, row: LabelledRow, look: LookAtImage): Promise<LabelledRow> {
  if (row.content === null) return row
  const looked = await lookAtPicture(row.content, look)
  if ('content' in looked) return { ...row, content: looked.content }
  if (looked.code === 'NICR_FILE_UNREADABLE')
    throw new NicrError('NICR_INPUT_INVALID', `${file}, line ${row.line}: ${looked.error}`)
  return { ...row, content: null }
}

function evaluationOf(
  kind: KindDeclaration,
  settings: Readonly<Record<string, number>>,
  columns: Columns,
): Evaluation {
  const { targets, values, lexicon } = columns
  const figures = (numbers: readonly number[], by: Readonly<Record<string, number>>) =>
    rounded(
      metricsOf(
        kind,
        targets.map((target, i) => ({ value: numbers[i]!, target })),
        by,
      ),
    )
  const same = (value: number) => figures(new Array<number>(targets.length).fill(value), {})
  const outcomes = targets.map((target, i) => ({
    value: values[i]!,
    target,
    language: columns.languages[i]!,
  }))
  const languages = [...metricsByLanguage(kind, outcomes, settings)]
  return {
    figures: figures(values, settings),
    unscored: columns.unscored,
    baselines: {
      constant: same(neutralValue(kind)),
      majority: same(majorityValue(kind, targets)),
      ...(lexicon.length === 0 ? {} : { lexicon: figures(lexicon, {}) }),
    },
    languages: Object.fromEntries(
      languages.length < 2 ? [] : languages.map(([name, metrics]) => [name, rounded(metrics)]),
    ),
  }
}

/** The middle of the commonest class; of equals the lower one. */
function majorityValue({ training, scale }: KindDeclaration, targets: readonly number[]): number {
  const share = (holds: (target: number) => boolean) => targets.filter(holds).length
  if (training.objective === 'BINARY') return share(target => target === 1) > targets.length / 2 ? 1 : 0
  const { middle } = training
  const classes = [
    { value: (scale.min + middle.min) / 2, count: share(target => gradeOf(target, middle) === 'low') },
    { value: (middle.min + middle.max) / 2, count: share(target => gradeOf(target, middle) === 'middle') },
    { value: (middle.max + scale.max) / 2, count: share(target => gradeOf(target, middle) === 'high') },
  ]
  return classes.reduce((a, b) => (b.count > a.count ? b : a)).value
}

function rounded(metrics: Readonly<Record<string, number>>): Figures {
  const entries = Object.entries(metrics)
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Number.isFinite(value) ? Math.round(value * 1e6) / 1e6 : null]),
  )
}
