import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { packagePath } from '../../schemas/package-root.ts'

/** A TypeScript file of the project as rules see it. */
export interface SourceFile {
  /** From the root, with forward slashes: `schemas/topics.ts`. */
  readonly path: string
  readonly lines: readonly string[]
  /** The same lines with comments blanked; strings stay. */
  readonly code: readonly string[]
  /** What it imports: a path from the root, or the name of a package or `node:` module. */
  readonly imports: readonly string[]
}

export const sourceFolders = [
  'schemas',
  'processors',
  'pipelines',
  'serving',
  'client',
  'jobs',
  'local',
  'cli',
  'bench',
  'demo',
] as const

/** Every TypeScript file of these folders, in order of path. */
export function readSources(folders: readonly string[] = sourceFolders): SourceFile[] {
  return folders.flatMap(folder => filesUnder(folder, '.ts')).map(readSource)
}

/** Paths of files below a folder of the project, from the root, in order. */
export function filesUnder(folder: string, ending = ''): string[] {
  return readdirSync(packagePath(folder), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith(ending))
    .map(entry => posix.join(folder, ...relativeParts(folder, entry.parentPath), entry.name))
    .sort()
}

function relativeParts(folder: string, parentPath: string): string[] {
  return parentPath
    .slice(packagePath(folder).length)
    .split(/[\\/]/)
    .filter(part => part !== '')
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(packagePath(), path), 'utf8')
  const code = withoutComments(text)
  return { path, lines: text.split('\n'), code: code.split('\n'), imports: importsOf(path, code) }
}

/**
 * Blanks comments and keeps line breaks. Strings, templates and regular expressions are stepped over, so that `//` in a
 * URL is no comment; good enough for formatted code, not a parser.
 */
export function withoutComments(text: string): string {
  const token =
    /('(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`|(?<=[(=,:[!&|?{};\n]\s*)\/(?![*/])(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*)|\/\*[\s\S]*?\*\/|\/\/[^\n]*/g
  return text.replace(token, (all, kept: string | undefined) => kept ?? all.replaceAll(/[^\n]/g, ' '))
}

function importsOf(path: string, code: string): string[] {
  const specifiers = code.matchAll(
    /\bfrom\s+'([^']+)'|\bimport\s*\(\s*'([^']+)'|^import\s+'([^']+)'|\brequire\('([^']+)'\)/gm,
  )
  return [...specifiers].map(([, from, dynamic, bare, required]) => {
    const specifier = (from ?? dynamic ?? bare ?? required)!
    return specifier.startsWith('.') ? posix.join(dirname(path), specifier) : specifier
  })
}

/** A function and how many lines are its own: those of functions within it are theirs. */
export interface FunctionSpan {
  /** Counted from 1. */
  readonly line: number
  readonly head: string
  readonly ownLines: number
}

/**
 * Functions of a formatted file: a head that ends in `{` is closed by the next line of its own indentation that begins
 * with `}`. The formatter makes that so; a file it has not seen may be misread.
 */
export function functionsOf({ code, lines }: SourceFile): FunctionSpan[] {
  const spans: { start: number; end: number }[] = []
  for (let start = 0; start < code.length; start++) {
    if (!isFunctionHead(code, start)) continue
    const end = endOf(code, start)
    if (end !== null) spans.push({ start, end })
  }
  return spans.map(({ start, end }) => {
    const within = spans.filter(inner => inner.start > start && inner.end <= end)
    const outermost = within.filter(
      inner => !within.some(other => other.start < inner.start && inner.end <= other.end),
    )
    const taken = outermost.reduce((sum, inner) => sum + inner.end - inner.start + 1, 0)
    return { line: start + 1, head: lines[start]!.trim(), ownLines: end - start + 1 - taken }
  })
}

const method =
  /^\s*(?:(?:public|private|protected|static|async|override|get|set)\s+)*\*?[\w$#]+(?:<.*>)?\(.*\{$/
const statement = /^\s*(?:}\s*)?(?:if|for|while|switch|catch|else|return|do|try|with)\b/

function isFunctionHead(code: readonly string[], at: number): boolean {
  const line = code[at]!.trimEnd()
  if (!line.endsWith('{') || statement.test(line)) return false
  if (/=> \{$/.test(line) || /\bfunction\b/.test(line) || method.test(line)) return true
  if (!/^\s*\).*\{$/.test(line)) return false
  const opener = openerOf(code, at)
  return opener !== null && !statement.test(opener)
}

/** The line that a `)` at the beginning of a line belongs to. */
function openerOf(code: readonly string[], at: number): string | null {
  const depth = indentation(code[at]!)
  for (let line = at - 1; line >= 0; line--)
    if (code[line]!.trim() !== '' && indentation(code[line]!) <= depth) return code[line]!
  return null
}

function endOf(code: readonly string[], start: number): number | null {
  const depth = indentation(code[start]!)
  for (let line = start + 1; line < code.length; line++)
    if (code[line]!.trimStart().startsWith('}') && indentation(code[line]!) === depth) return line
  return null
}

function indentation(line: string): number {
  return line.length - line.trimStart().length
}
