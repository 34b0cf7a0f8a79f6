/**
 * Reads a statement as the HTTP interface has to: where an INSERT's data begins, which FORMAT is asked for, whether it
 * only reads. Parsing proper stays with the engine.
 */
import { ClickHouseException } from './exceptions.ts'
import { isWord, type Token, tokens } from './lexer.ts'

/** An INSERT whose rows follow in a format: `head` is the SQL before the clauses, `settings` a SETTINGS clause or ''. */
export type DataInsert = {
  kind: 'data-insert'
  head: string
  settings: string
  format: string
  dataStart: number
}

/**
 * Any other statement. `rows` says how its result is had: `file` where INTO OUTFILE may be added at `formatStart` (or at
 * the end), `memory` for SHOW and its like, `none` for what returns nothing. `format` is the one it names itself.
 */
export type PlainStatement = {
  kind: 'plain'
  rows: 'file' | 'memory' | 'none'
  readsOnly: boolean
  format?: string
  formatStart?: number
  end: number
}

const selectWords = ['SELECT', 'WITH', 'FROM']
const showWords = ['SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'CHECK', 'KILL']
const readingWords = [...selectWords, 'SHOW', 'DESCRIBE', 'DESC', 'EXPLAIN', 'EXISTS', 'USE', 'SET']
/** After these words `format` is a column's name, as in ORDER BY format DESC. */
const operandExpected = new Set(
  'BY SELECT AS WHERE AND OR NOT IN FROM ON HAVING PREWHERE DISTINCT LIKE ILIKE BETWEEN THEN ELSE WHEN CASE IS LIMIT OFFSET USING JOIN WITH QUALIFY'.split(
    ' ',
  ),
)

/**
 * @param sql the statement as latin1 text, possibly followed by data
 * @param options.queryEnd where the URL's query ends and the body begins: an INSERT without FORMAT takes the body as data
 * @param options.insertFormat the format asked for by header or parameter, for such an INSERT
 * @throws ClickHouseException for an empty query, for two statements and for files on the server's side
 */
export function readStatement(
  sql: string,
  options: { queryEnd: number; insertFormat: string },
): DataInsert | PlainStatement {
  const first = tokens(sql).next().value as Token | undefined
  if (first === undefined) throw new ClickHouseException('SYNTAX_ERROR', 'Syntax error: Empty query')
  const insert = isWord(first, 'INSERT') ? readInsert(sql, options) : undefined
  return insert ?? readPlain(sql, first)
}

/** The head of `INSERT INTO [TABLE] [FUNCTION] target [(columns)] [SETTINGS …] FORMAT f | VALUES`; undefined for INSERT … SELECT. */
function readInsert(
  sql: string,
  options: { queryEnd: number; insertFormat: string },
): DataInsert | undefined {
  const list = insertTokens(sql)
  let target = isWord(list.peek(1), 'INTO') ? 2 : 1
  if (isWord(list.peek(target), 'TABLE')) target += 1
  if (isWord(list.peek(target), 'FUNCTION')) target += 1
  let settingsStart: number | undefined
  let previous = list.peek(target)
  for (let index = target + 1; ; index += 1) {
    const token = list.peek(index)
    const headEnd = settingsStart ?? previous?.end ?? sql.length
    const head = () => utf8(sql.slice(0, headEnd)).trimEnd()
    const settings = (end: number) => (settingsStart === undefined ? '' : utf8(sql.slice(settingsStart, end)))
    if (
      token === undefined ||
      (token.start > options.queryEnd && options.queryEnd > 0 && !continues(token))
    ) {
      const dataStart = Math.min(options.queryEnd + 1, sql.length)
      return {
        kind: 'data-insert',
        head: head(),
        settings: settings(previous?.end ?? 0),
        format: options.insertFormat,
        dataStart,
      }
    }
    if (token.depth === 0 && previous?.text !== '.') {
      if (isWord(token, 'FORMAT')) {
        const format = list.peek(index + 1)
        if (format === undefined) return undefined
        return {
          kind: 'data-insert',
          head: head(),
          settings: settings(token.start),
          format: format.text,
          dataStart: dataAfter(sql, format.end),
        }
      }
      if (isWord(token, 'VALUES')) {
        return {
          kind: 'data-insert',
          head: head(),
          settings: settings(token.start),
          format: 'Values',
          dataStart: token.end,
        }
      }
      if (isWord(token, 'FROM') && isWord(list.peek(index + 1), 'INFILE')) throw serverFile('FROM INFILE')
      if (isWord(token, 'SELECT', 'WITH', 'FROM', 'WATCH')) return undefined
      if (token.text === '(' && isWord(list.peek(index + 1), 'SELECT', 'WITH')) return undefined
      if (isWord(token, 'SETTINGS')) settingsStart ??= token.start
    }
    previous = token
  }
}

/** Tokens read one at a time, since beyond the head there may be gigabytes of data that are not SQL. */
function insertTokens(sql: string): { peek: (index: number) => Token | undefined } {
  const source = tokens(sql)
  const seen: Token[] = []
  return {
    peek(index) {
      while (seen.length <= index) {
        const next = source.next()
        if (next.done) return undefined
        seen.push(next.value)
      }
      return seen[index]
    },
  }
}

/** Whether a token of the body still belongs to the INSERT that the URL began. */
function continues(token: Token): boolean {
  return token.depth > 0 || isWord(token, 'FORMAT', 'VALUES', 'SELECT', 'WITH', 'SETTINGS', 'FROM')
}

/** Data begin after the first line break behind the format's name, or after the spaces if there is none; a `;` may stand between. */
function dataAfter(sql: string, formatEnd: number): number {
  const gap = /[ \t\f]*(?:;[ \t\f]*)?(?:\r?\n)?/y
  gap.lastIndex = formatEnd
  return formatEnd + (gap.exec(sql)?.[0].length ?? 0)
}

function readPlain(sql: string, first: Token): PlainStatement {
  const top: Token[] = []
  let depthMax = 0
  let insertSeen = isWord(first, 'INSERT')
  let inlineData = false
  for (const token of tokens(sql)) {
    depthMax = Math.max(depthMax, token.depth)
    if (token.depth > 0) continue
    if (inlineData) break
    const before = top.at(-1)
    if (before?.text === ';' && token.text !== ';') {
      const detail = `Syntax error (Multi-statements are not allowed): failed at position ${before.end}`
      throw new ClickHouseException('SYNTAX_ERROR', detail)
    }
    if (isWord(before, 'INTO') && isWord(token, 'OUTFILE')) throw serverFile('INTO OUTFILE')
    if (isWord(before, 'FROM') && isWord(token, 'INFILE')) throw serverFile('FROM INFILE')
    insertSeen ||= isWord(token, 'INSERT') && isWord(first, 'WITH')
    // INSERT … SELECT … FROM input(…) FORMAT f is followed by data, which is not SQL any more.
    inlineData = insertSeen && isWord(before, 'FORMAT') && token.kind === 'word'
    top.push(token)
  }
  const end = inlineData ? sql.length : (top.find(token => token.text === ';')?.start ?? sql.length)
  const format = insertSeen ? undefined : findFormat(top.filter(token => token.start < end))
  const rows = insertSeen ? 'none' : resultPlace(first)
  const readsOnly = !insertSeen && (isWord(first, ...readingWords) || first.text === '(')
  return { kind: 'plain', rows, readsOnly, end, ...format }
}

function resultPlace(first: Token): PlainStatement['rows'] {
  if (isWord(first, ...selectWords) || first.text === '(') return 'file'
  return isWord(first, ...showWords) ? 'memory' : 'none'
}

/** The FORMAT clause stands last, but for a SETTINGS clause. */
function findFormat(top: Token[]): { format: string; formatStart: number } | undefined {
  for (let index = top.length - 2; index > 0; index -= 1) {
    const [before, word, name, after] = [top[index - 1]!, top[index]!, top[index + 1]!, top[index + 2]]
    if (!isWord(word, 'FORMAT') || name.kind !== 'word') continue
    if (after !== undefined && !isWord(after, 'SETTINGS')) continue
    const operand =
      before.kind === 'word' ? !operandExpected.has(before.text.toUpperCase()) : isOperandEnd(before)
    if (operand) return { format: name.text, formatStart: word.start }
  }
  return undefined
}

function isOperandEnd(token: Token): boolean {
  return token.kind !== 'mark' || [')', ']', '}', '*'].includes(token.text)
}

function serverFile(clause: string): ClickHouseException {
  return new ClickHouseException('SUPPORT_IS_DISABLED', `${clause} is not allowed over HTTP`)
}

function utf8(latin1: string): string {
  return Buffer.from(latin1, 'latin1').toString('utf8')
}
