/**
 * Splits ClickHouse SQL into tokens, just far enough to find clauses: it knows where strings, quoted names, comments and
 * brackets begin and end, and nothing about meaning. It works on latin1 text, so that offsets are byte offsets.
 */
export type Token = {
  kind: 'word' | 'name' | 'string' | 'number' | 'mark'
  /** The token as written; words are compared by `isWord`. */
  text: string
  /** Byte offsets: the first byte of the token, and the first after it. */
  start: number
  end: number
  /** How many brackets are open around the token; a closing bracket counts as outside. */
  depth: number
}

const openers = '([{'
const closers = ')]}'
const spacePattern = /\s+/y
const commentPattern = /--[^\n]*|#[ !][^\n]*|\/\*[\s\S]*?(?:\*\/|$)/y
const wordPattern = /[A-Za-z_][A-Za-z0-9_$]*/y
const numberPattern = /[0-9][0-9A-Za-z_.]*/y
const heredocPattern = /\$([A-Za-z0-9_]*)\$[\s\S]*?(?:\$\1\$|$)/y
const quotedPatterns: Record<string, RegExp> = {
  "'": /'(?:[^'\\]|\\[\s\S]|'')*(?:'|$)/y,
  '"': /"(?:[^"\\]|\\[\s\S]|"")*(?:"|$)/y,
  '`': /`(?:[^`\\]|\\[\s\S]|``)*(?:`|$)/y,
}

/** Yields the tokens of `sql` from byte `from` on; spaces and comments are left out. Never throws: what is malformed is the engine's to say. */
export function* tokens(sql: string, from = 0): Generator<Token> {
  let at = from
  let depth = 0
  while (at < sql.length) {
    const skipped = matchAt(spacePattern, sql, at) ?? matchAt(commentPattern, sql, at)
    if (skipped !== undefined) {
      at += skipped.length
      continue
    }
    const { kind, text } = readToken(sql, at)
    if (kind === 'mark' && closers.includes(text)) depth = Math.max(0, depth - 1)
    yield { kind, text, start: at, end: at + text.length, depth }
    if (kind === 'mark' && openers.includes(text)) depth += 1
    at += text.length
  }
}

/** Whether the token is this bare word, in any case. */
export function isWord(token: Token | undefined, ...words: string[]): boolean {
  return token?.kind === 'word' && words.includes(token.text.toUpperCase())
}

function readToken(sql: string, at: number): { kind: Token['kind']; text: string } {
  const char = sql[at]!
  const quoted = quotedPatterns[char]
  if (quoted !== undefined)
    return { kind: char === "'" ? 'string' : 'name', text: matchAt(quoted, sql, at) ?? char }
  const word = matchAt(wordPattern, sql, at)
  if (word !== undefined) return { kind: 'word', text: word }
  const number = matchAt(numberPattern, sql, at)
  if (number !== undefined) return { kind: 'number', text: number }
  const heredoc = char === '$' ? matchAt(heredocPattern, sql, at) : undefined
  if (heredoc !== undefined) return { kind: 'string', text: heredoc }
  return { kind: 'mark', text: char }
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0]
}
