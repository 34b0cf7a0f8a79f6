import { observeText, textFeatures } from '../processors/drift/observe-text.ts'
import { termsOf } from '../processors/drift/term-reader.ts'
import { sketchFeatures, sketchText } from '../processors/drift/text-sketch.ts'
import { createFeatureReader } from '../processors/text/features.ts'
import type { JsonLine } from './jsonl.ts'

/** A row of a drift file: numbers by name, words, or a labelled score; or what is wrong with it. */
export type DriftRow =
  | {
      readonly line: number
      /** Event time, ms since the epoch; null where the row states none. */
      readonly at: number | null
      readonly id: string | null
      readonly values: ReadonlyMap<string, number>
      /** Words, and pairs of neighbours. */
      readonly terms: ReadonlySet<string>
      /** Who wrote it and where it belongs; empty where the row does not say. */
      readonly author: string
      readonly thread: string
      /** A score and the truth: not watched as features. */
      readonly labelled: { readonly probability: number; readonly label: number } | null
    }
  | { readonly line: number; readonly error: string }

/** What is read of a text. */
const readFeatures = [...textFeatures, ...sketchFeatures]
/** Fields that are no features. */
const RESERVED = new Set(['at', 'id', 'text', 'author', 'thread', 'label', 'y'])
const PROBABILITY_FIELDS = ['probability', 'score', 'p'] as const
const LABEL_FIELDS = ['label', 'y'] as const
/** Numbers of one row; more are no row of features. */
export const ROW_FEATURES_MAX = 1024

/** Makes a reader of rows: `{"at", <feature>: number or array of numbers, …}` or `{"id", "at", "text"}`, mixed as they like. */
export function createDriftRowReader(): (line: JsonLine) => DriftRow {
  const readText = createFeatureReader()
  const observed = new Float64Array(readFeatures.length)
  return row => {
    if ('error' in row) return row
    const { line, value } = row
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      return { line, error: 'is not a JSON object' }
    const fields = value as Readonly<Record<string, unknown>>
    const at = timeOf(fields['at'])
    if (at === undefined) return { line, error: 'the field at is neither milliseconds nor an ISO 8601 time' }
    const values = new Map<string, number>()
    const problem = readNumbers(fields, values)
    if (problem !== null) return { line, error: problem }
    let terms: ReadonlySet<string> = new Set()
    const { text, id } = fields
    if (typeof text === 'string') {
      const input = readText(text)
      observeText(text, input, observed)
      sketchText(input, observed, textFeatures.length)
      readFeatures.forEach(({ name }, i) => {
        values.set(name, observed[i]!)
      })
      terms = termsOf(text, input, true)
    } else if (text !== undefined) return { line, error: 'the field text is not a string' }
    const labelled = labelledOf(fields)
    if (labelled !== null) for (const name of PROBABILITY_FIELDS) values.delete(name)
    if (values.size === 0 && labelled === null)
      return {
        line,
        error: 'has neither a number nor a text: {"at", "<feature>": number} or {"id", "at", "text"}',
      }
    return {
      line,
      at,
      id: nameOf(id) ?? null,
      values,
      terms,
      author: nameOf(fields['author']) ?? '',
      thread: nameOf(fields['thread']) ?? '',
      labelled,
    }
  }
}

function nameOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

/** Adds the numbers of a row; null means missing, as does a number that is not finite. */
function readNumbers(fields: Readonly<Record<string, unknown>>, into: Map<string, number>): string | null {
  for (const [name, value] of Object.entries(fields)) {
    if (RESERVED.has(name)) continue
    if (Array.isArray(value)) {
      for (const [i, one] of value.entries()) {
        const number = numberOf(one)
        if (number === undefined) return `the field ${name} holds ${typeof one} at ${i}, not a number`
        into.set(`${name}[${i}]`, number)
      }
      continue
    }
    const number = numberOf(value)
    if (number === undefined) return `the field ${name} is ${typeof value}, not a number`
    into.set(name, number)
  }
  return into.size > ROW_FEATURES_MAX
    ? `has ${into.size} numbers, at most ${ROW_FEATURES_MAX} are taken`
    : null
}

/** NaN stands for a missing number; undefined for what is none. */
function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value === null || (typeof value === 'string' && /^[+-]?(nan|inf(inity)?)$/i.test(value)))
    return Number.NaN
  return undefined
}

/** null where none is stated, undefined where it is none. */
function timeOf(value: unknown): number | null | undefined {
  if (value === undefined || value === null) return null
  const at = typeof value === 'string' ? Date.parse(value) : value
  return typeof at === 'number' && Number.isFinite(at) ? at : undefined
}

function labelledOf(
  fields: Readonly<Record<string, unknown>>,
): { probability: number; label: number } | null {
  const probability = PROBABILITY_FIELDS.map(name => fields[name]).find(isProbability)
  const label = LABEL_FIELDS.map(name => fields[name]).find(value => value !== undefined)
  const truth = typeof label === 'boolean' ? Number(label) : label
  return probability === undefined || (truth !== 0 && truth !== 1) ? null : { probability, label: truth }
}

function isProbability(value: unknown): value is number {
  return typeof value === 'number' && value > 0 && value < 1
}
