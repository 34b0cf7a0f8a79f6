import { NicrError } from '../../schemas/errors.ts'
import type { Letter } from './letter.ts'

/**
 * `--where` of `nicr dlq`: terms `field=value` or `field!=value`, joined by `and` and `or`; `and` binds closer, and there
 * are no parentheses. A value with blanks is quoted; `*` in a text stands for anything.
 */
type Where = (letter: Letter) => boolean

/** A term on who or what is named in letters, so that a slip in the name can be told from a lack of letters. */
interface NameTerm {
  readonly field: 'code' | 'processor'
  /** Whether the term speaks of this name. */
  readonly isFor: (name: string) => boolean
  /** What is said where there is no name that it speaks of. */
  readonly refusal: (why: string) => NicrError
}

export interface Filter {
  readonly takes: Where
  readonly names: readonly NameTerm[]
}

interface WhereContext {
  /** Of topics: `topic=content` is `topic=nicr.content`. */
  readonly topicPrefix: string
  /** Wall clock in ms, for `since=2h`. */
  readonly now: number
}

const TERM = /\s*([A-Za-z-]+)\s*(!=|=)\s*("[^"]*"|'[^']*'|[^\s"']+)/y
const JOINT = /\s+(and|or)(?=\s)/iy
const TERMS_MAX = 50

type Field = (value: string, context: WhereContext) => Where

const nameIn: Readonly<Record<NameTerm['field'], (letter: Letter) => string>> = {
  code: ({ code }) => code,
  processor: ({ processor }) => processor ?? '',
}

const fields: Readonly<Record<string, Field>> = {
  code: value => textTerm(value, nameIn.code),
  processor: value => textTerm(value, nameIn.processor),
  topic: (value, { topicPrefix }) => {
    const short = textTerm(topicPrefix + value, originTopic)
    const full = textTerm(value, originTopic)
    return letter => short(letter) || full(letter)
  },
  key: value => textTerm(value, ({ key }) => key?.toString('utf8') ?? ''),
  since: (value, { now }) => {
    const time = timeOf(value, now)
    return ({ at }) => at >= time
  },
  until: (value, { now }) => {
    const time = timeOf(value, now)
    return ({ at }) => at < time
  },
  offset: value => {
    const range = rangeOf(value)
    return ({ place }) => isWithin(place, range)
  },
  origin: value => {
    const range = rangeOf(value)
    return ({ origin }) => origin !== null && isWithin(origin, range)
  },
}

/** The fields of `--where`, for helps and errors. */
export const whereFields = Object.keys(fields)

/**
 * Compiles `--where`; an empty text takes every letter.
 * @throws NicrError NICR_INPUT_INVALID, which says where and what was expected
 */
export function parseWhere(text: string, context: WhereContext): Filter {
  if (text.trim() === '') return { takes: () => true, names: [] }
  /** Of each group one must hold; of a group all. */
  const groups: Where[][] = [[]]
  const names: NameTerm[] = []
  for (let at = 0, terms = 1; ; terms++) {
    if (terms > TERMS_MAX) throw invalid(text, at, `at most ${TERMS_MAX} terms are taken`)
    const term = matchAt(TERM, text, at)
    if (term === null)
      throw invalid(text, at, 'expected FIELD=VALUE or FIELD!=VALUE, such as code=NICR_RECORD_UNDECODABLE')
    groups.at(-1)!.push(compileTerm(text, at, term, context))
    names.push(...nameTerm(text, at, term))
    at += term[0].length
    if (text.slice(at).trim() === '') break
    const joint = matchAt(JOINT, text, at)
    if (joint === null)
      throw invalid(text, at, 'expected `and` or `or`; a value with blanks is written in quotes')
    if (joint[1]!.toLowerCase() === 'or') groups.push([])
    at += joint[0].length
  }
  return { takes: letter => groups.some(terms => terms.every(term => term(letter))), names }
}

function compileTerm(text: string, at: number, term: RegExpExecArray, context: WhereContext): Where {
  const [, name = '', operator, quoted = ''] = term
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined
  if (field === undefined)
    throw invalid(text, at, `there is no field ${name}; there are ${whereFields.join(', ')}`)
  const value = unquoted(quoted)
  try {
    const holds = field(value, context)
    return operator === '=' ? holds : letter => !holds(letter)
  } catch (error) {
    throw error instanceof NicrError ? invalid(text, at, error.message) : error
  }
}

function nameTerm(text: string, at: number, [, field = '', , quoted = '']: RegExpExecArray): NameTerm[] {
  if (field !== 'code' && field !== 'processor') return []
  const isFor = textMatcher(unquoted(quoted))
  return [{ field, isFor, refusal: why => invalid(text, at, why) }]
}

function unquoted(value: string): string {
  return /^["']/.test(value) ? value.slice(1, -1) : value
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at
  return pattern.exec(text)
}

function originTopic({ origin }: Letter): string {
  return origin?.topic ?? ''
}

function textTerm(value: string, read: (letter: Letter) => string): Where {
  const matches = textMatcher(value)
  return letter => matches(read(letter))
}

function textMatcher(value: string): (text: string) => boolean {
  if (!value.includes('*')) return text => text === value
  const pieces = value.split('*')
  return text => isLike(text, pieces)
}

/** Whether the pieces stand in the text in their order, the first at its start and the last at its end. */
function isLike(text: string, pieces: readonly string[]): boolean {
  const first = pieces[0]!
  const last = pieces.at(-1)!
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false
  let at = first.length
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at)
    if (found < 0) return false
    at = found + piece.length
  }
  return at <= text.length - last.length
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** A time, or how long ago, in ms since the epoch. */
function timeOf(value: string, now: number): number {
  const ago = /^(\d{1,6})([smhd])$/.exec(value)
  if (ago !== null) return now - Number(ago[1]) * UNIT_MS[ago[2]!]!
  const at = /^\d{4}-\d{2}-\d{2}/.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at))
    throw expected('a time such as 2026-11-23T20:00:00Z, or an age such as 30m, 2h or 7d', value)
  return at
}

interface Range {
  readonly partition: number
  readonly first: number
  /** Inclusive. */
  readonly last: number
}

function rangeOf(value: string): Range {
  const parts = /^(\d{1,9}):(\d{1,15})(?:(-)(\d{1,15})?)?$/.exec(value)
  if (parts === null) throw expected('PARTITION:OFFSET, PARTITION:FIRST-LAST or PARTITION:FIRST-', value)
  const first = Number(parts[2])
  const last = parts[3] === undefined ? first : Number(parts[4] ?? Number.POSITIVE_INFINITY)
  if (last < first) throw expected('a range whose last offset is not below its first', value)
  return { partition: Number(parts[1]), first, last }
}

function isWithin({ partition, offset }: { partition: number; offset: number }, range: Range): boolean {
  return partition === range.partition && offset >= range.first && offset <= range.last
}

function expected(what: string, value: string): NicrError {
  return new NicrError('NICR_INPUT_INVALID', `${JSON.stringify(value)} is not ${what}`)
}

function invalid(text: string, at: number, why: string): NicrError {
  const column = at + (/^\s*/.exec(text.slice(at))?.[0].length ?? 0) + 1
  return new NicrError('NICR_INPUT_INVALID', `--where ${JSON.stringify(text)}, column ${column}: ${why}`)
}
