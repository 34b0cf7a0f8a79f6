import { basename } from 'node:path'
import type { JsonLine } from '../pipelines/jsonl.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { labelsWanted, targetOf } from '../pipelines/label-values.ts'
import { createNormalisedText, normaliseInto } from '../processors/text/normalise.ts'
import { NicrError } from '../schemas/errors.ts'

export interface TrainingRow {
  readonly text: string
  /** GRADED: on the kind's scale; BINARY: 0 or 1. */
  readonly target: number
  readonly weight: number
  /** 0 to FOLDS − 1: the same for texts that differ only in case, digits or spacing, and for rows of one group. */
  readonly fold: number
  /** Where the row comes from, as its labels mean it. */
  readonly source: string
  readonly aspects: Readonly<Record<string, number>> | null
  readonly isAuxiliary: boolean
  readonly isCorrective: boolean
  /** As the row states it, a BCP 47 tag; null where it states none. */
  readonly language: string | null
}

export const FOLDS = 20
/** Held out to measure, and for nothing else. */
export const TEST_FOLD = 0

/** A heavier row would take steps so long that learning swings instead of settling. */
const WEIGHT_MAX = 10

/**
 * A line of a file as a row.
 * @throws NicrError NICR_INPUT_INVALID with file, line and field
 */
export function toRow(kind: KindDeclaration, path: string, row: JsonLine): TrainingRow {
  const refuse = (problem: string) =>
    new NicrError('NICR_INPUT_INVALID', `${path}, line ${row.line}: ${problem}`)
  if ('error' in row) throw refuse(row.error)
  if (typeof row.value !== 'object' || row.value === null) throw refuse('is not a JSON object')
  const fields = row.value as Readonly<Record<string, unknown>>
  const { text } = fields
  if (typeof text !== 'string') throw refuse('the field text is not a string')
  const target = targetOf(kind, fields[kind.training.field])
  if (target === null) throw refuse(`the field ${kind.training.field} is ${labelsWanted(kind)}`)
  const weight = fields['weight'] ?? 1
  if (typeof weight !== 'number' || !(weight >= 0 && weight <= WEIGHT_MAX))
    throw refuse(`the field weight is not a number from 0 to ${WEIGHT_MAX}`)
  const source = fields['source'] ?? sourceNameOf(path)
  if (typeof source !== 'string' || !SOURCE_NAME.test(source))
    throw refuse('the field source is not a name of 1 to 40 letters, digits, points, dashes and underscores')
  const aspects = aspectsOf(fields['aspects'])
  if (aspects === undefined) throw refuse('the field aspects is not an object of numbers from 0 to 1')
  const [isAuxiliary, isCorrective] = ['auxiliary', 'corrective'].map(name => {
    const value = fields[name] ?? false
    if (typeof value !== 'boolean') throw refuse(`the field ${name} is neither true nor false`)
    return value
  }) as [boolean, boolean]
  const group = fields['group'] ?? null
  if (group !== null && typeof group !== 'string' && typeof group !== 'number')
    throw refuse('the field group is neither a string nor a number')
  const language = fields['language'] ?? null
  if (language !== null && typeof language !== 'string') throw refuse('the field language is not a string')
  const fold = group === null ? foldOfText(text) : foldOfGroup(String(group))
  return { text, target, weight, fold, source, aspects, isAuxiliary, isCorrective, language }
}

const SOURCE_NAME = /^[\w.-]{1,40}$/

/** The file's name without its endings, as a name of a source. */
function sourceNameOf(path: string): string {
  const name = basename(path).replace(/\.jsonl(\.gz)?$/, '')
  return name.replace(/[^\w.-]/g, '_').slice(0, 40) || 'rows'
}

function aspectsOf(value: unknown): Readonly<Record<string, number>> | null | undefined {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object' || Array.isArray(value)) return undefined
  const isShare = (one: unknown) => typeof one === 'number' && one >= 0 && one <= 1
  const named = Object.keys(value).every(name => SOURCE_NAME.test(name))
  return named && Object.values(value).every(isShare) ? (value as Record<string, number>) : undefined
}

const normalised = createNormalisedText()
const FNV_OFFSET = 0x811c9dc5
const FNV_PRIME = 0x01000193

/** By a hash (FNV-1a) of the normalised text without digits and spaces. */
function foldOfText(text: string): number {
  normaliseInto(normalised, text)
  let hash = FNV_OFFSET
  for (let i = 0; i < normalised.length; i++) {
    const code = normalised.codes[i]!
    if (code === 0x20 || (code >= 0x30 && code <= 0x39)) continue
    hash = Math.imul(hash ^ code, FNV_PRIME)
  }
  return foldOfHash(hash)
}

/** By its exact name: groups are often told apart by digits alone. */
function foldOfGroup(name: string): number {
  let hash = FNV_OFFSET
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), FNV_PRIME)
  return foldOfHash(hash)
}

function foldOfHash(hash: number): number {
  // Its low bits are little mixed.
  const mixed = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b)
  return ((mixed ^ (mixed >>> 13)) >>> 0) % FOLDS
}
