import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { readJsonLines } from '../pipelines/jsonl.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { committedModelsDir } from '../pipelines/model-registry.ts'
import { scoreBatch } from '../pipelines/runtime/inference/score-batch.ts'
import type { Model } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import {
  type DisguisedRow,
  type ExpectedRow,
  type IdentityRow,
  identityTexts,
  measureCivil,
  measureIdentity,
  measureObfuscation,
  measurePictures,
  measurePlain,
  type PictureRow,
  type Rules,
  rulesOf,
  type SuiteResult,
  type SuiteScore,
  slotCount,
  type TextRow,
} from './suite-measures.ts'

/** A suite that was read: what it wants scored, and what it says of the scores. */
export interface Suite {
  readonly name: string
  /** Every text to be scored, or the path of every picture; some may be there twice. */
  readonly texts: readonly string[]
  measure(scoreOf: (text: string) => SuiteScore, rules: Rules): SuiteResult
}

/** Scores texts, or pictures by their paths, in order. */
export type ScoreTexts = (texts: readonly string[]) => Promise<readonly SuiteScore[]>

/** Rows of one suite; they are held in memory. */
const SUITE_ROWS_MAX = 20_000

/**
 * Reads the suites of a kind, `<modelsDir>/<kind>/suites/<name>.jsonl`, by name. The name says what is measured; see
 * `suiteReaders`. A file whose only row is `{"sameAs": "<kind>"}` stands for the suite of that name of the other kind.
 * A kind without the folder has no suites.
 * @throws NicrError NICR_INPUT_INVALID (file and line), NICR_FILE_UNREADABLE
 */
export async function suitesOf(
  kindName: string,
  modelsDir: string = committedModelsDir,
): Promise<readonly Suite[]> {
  const folder = (kind: string) => join(modelsDir, kind, 'suites')
  const names = (await namesIn(folder(kindName))).filter(name => name.endsWith('.jsonl')).sort()
  return Promise.all(
    names.map(async fileName => {
      const own = join(folder(kindName), fileName)
      const rows = await readRows(own)
      const other = rows.length === 1 ? rows[0]?.fields['sameAs'] : undefined
      if (other === undefined) return readSuite(own, rows)
      if (typeof other !== 'string' || basename(other) !== other)
        throw invalid(own, 1, 'sameAs is not the name of a kind')
      const shared = join(folder(other), fileName)
      return readSuite(shared, await readRows(shared))
    }),
  )
}

/**
 * Runs suites on a model: every text is scored once, whichever suites ask for it.
 * @returns results by the suites' names
 */
export async function runSuites(
  kind: Pick<KindDeclaration, 'scale' | 'training'>,
  suites: readonly Suite[],
  score: ScoreTexts,
): Promise<Readonly<Record<string, SuiteResult>>> {
  const texts = [...new Set(suites.flatMap(suite => suite.texts))]
  const scores = await score(texts)
  const byText = new Map(texts.map((text, i) => [text, scores[i] ?? null]))
  const rules = rulesOf(kind)
  const scoreOf = (text: string) => byText.get(text) ?? null
  return Object.fromEntries(suites.map(suite => [suite.name, suite.measure(scoreOf, rules)]))
}

/** Scores suites as the stream scores posts. Texts without a score, or of an unsupported language, give null. */
export function scoreTextsBy(kind: KindDeclaration, model: Model<unknown, unknown>): ScoreTexts {
  return async texts => {
    const scored = await scoreBatch(
      kind.scorer,
      model,
      texts.map(text => ({ text })),
      { detail: 'VALUE' },
    )
    return scored.map(one =>
      one.status === 'SCORED' ? { value: one.decision.value, label: one.decision.label } : null,
    )
  }
}

/** A row of a suite's file, an object. */
interface Row {
  readonly file: string
  readonly line: number
  readonly fields: Readonly<Record<string, unknown>>
}

/** What each suite measures, by the name of its file. */
const suiteReaders: Readonly<Record<string, (rows: readonly Row[]) => Omit<Suite, 'name'>>> = {
  obfuscation: rows => {
    const disguised: DisguisedRow[] = rows.map(row => ({
      original: stringOf(row, 'original'),
      text: stringOf(row, 'text'),
      tactic: stringOf(row, 'tactic'),
    }))
    return {
      texts: disguised.flatMap(row => [row.original, row.text]),
      measure: (scoreOf, rules) => measureObfuscation(disguised, scoreOf, rules),
    }
  },
  'identity-terms': rows => {
    const terms = rows.map(identityRow)
    return {
      texts: identityTexts(terms).map(one => one.text),
      measure: (scoreOf, rules) => measureIdentity(terms, scoreOf, rules),
    }
  },
  'unhappy-civil': rows => {
    const civil: TextRow[] = rows.map(row => ({ text: stringOf(row, 'text') }))
    return {
      texts: civil.map(row => row.text),
      measure: (scoreOf, rules) => measureCivil(civil, scoreOf, rules),
    }
  },
  'plain-language': rows => {
    const expected = rows.map(expectedRow)
    return {
      texts: expected.map(row => row.text),
      measure: (scoreOf, rules) => measurePlain(expected, scoreOf, rules),
    }
  },
  pictures: rows => {
    const pictures = rows.map(
      (row): PictureRow => ({
        text: join(dirname(row.file), stringOf(row, 'image')),
        label: stringOf(row, 'label'),
        about: stringOf(row, 'about'),
      }),
    )
    return {
      texts: pictures.map(row => row.text),
      measure: (scoreOf, rules) => measurePictures(pictures, scoreOf, rules),
    }
  },
}

function readSuite(file: string, rows: readonly Row[]): Suite {
  const name = basename(file, '.jsonl')
  const read = Object.hasOwn(suiteReaders, name) ? suiteReaders[name] : undefined
  if (read === undefined) {
    const known = Object.keys(suiteReaders).join(', ')
    throw new NicrError('NICR_INPUT_INVALID', `${file}: no suite has this name; there are ${known}`)
  }
  return { name, ...read(rows) }
}

async function readRows(file: string): Promise<Row[]> {
  const rows: Row[] = []
  for await (const one of readJsonLines(file)) {
    if ('error' in one) throw invalid(file, one.line, one.error)
    const { line, value } = one
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw invalid(file, line, 'is not a JSON object')
    if (rows.length === SUITE_ROWS_MAX) throw invalid(file, line, `more than ${SUITE_ROWS_MAX} rows`)
    rows.push({ file, line, fields: value as Row['fields'] })
  }
  if (rows.length === 0) throw new NicrError('NICR_INPUT_INVALID', `${file} holds no rows`)
  return rows
}

function identityRow(row: Row): IdentityRow {
  if (!('template' in row.fields))
    return {
      plural: stringOf(row, 'plural'),
      adjective: stringOf(row, 'adjective'),
      singular: stringOf(row, 'singular'),
    }
  const template = stringOf(row, 'template')
  if (slotCount(template) === 1) return { template }
  throw invalid(row.file, row.line, 'the template wants one of {plural}, {adjective}, {singular}')
}

function expectedRow(row: Row): ExpectedRow {
  const text = stringOf(row, 'text')
  if ('label' in row.fields) return { text, label: stringOf(row, 'label') }
  const { min, max } = row.fields
  if (typeof min === 'number' && typeof max === 'number' && min <= max) return { text, min, max }
  throw invalid(row.file, row.line, 'wants a label, or numbers min and max')
}

function stringOf(row: Row, field: string): string {
  const value = row.fields[field]
  if (typeof value === 'string' && value !== '') return value
  throw invalid(row.file, row.line, `the field ${field} is not a text`)
}

function invalid(file: string, line: number, problem: string): NicrError {
  return new NicrError('NICR_INPUT_INVALID', `${file}, line ${line}: ${problem}`)
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw cause
  }
}
