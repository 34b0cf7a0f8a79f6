import { once } from 'node:events'
import { createWriteStream, existsSync } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { nicenessSets } from '../jobs/sets-niceness.ts'
import { readJsonLines } from '../pipelines/jsonl.ts'
import { packagePath } from '../schemas/package-root.ts'
import { contentEvents } from './content-events.ts'
import { predictSmall } from './small-model.ts'

/** Comments to train on and to score, and where they are from: a set of people's comments if it is here, else invented ones. */
export interface Comments {
  readonly corpus: 'goemotions' | 'invented'
  readonly rows: readonly Comment[]
}

export interface Comment {
  readonly text: string
  readonly niceness: number
}

const INVENTED_ROWS = 43_000

/** Where the public sets lie, beside the project. */
export function publicSetsDir(): string {
  return packagePath('..', 'shared', 'data')
}

/** @param dataDir where the public sets are, if anywhere */
export async function readComments(dataDir = publicSetsDir()): Promise<Comments> {
  const set = nicenessSets.find(({ path }) => path.startsWith('goemotions/'))!
  const path = join(dataDir, set.path)
  if (!existsSync(path)) return { corpus: 'invented', rows: [...inventedComments(INVENTED_ROWS)] }
  const rows: Comment[] = []
  for await (const row of readJsonLines(path)) {
    const fields = 'error' in row ? null : set.toRow(row.value as Record<string, unknown>)
    if (fields !== null) rows.push({ text: String(fields['text']), niceness: Number(fields['niceness']) })
  }
  return { corpus: 'goemotions', rows }
}

/** Texts of invented words, graded by a model of fixed weights: something can be learned from them. */
function* inventedComments(count: number): Generator<Comment> {
  for (const { text } of contentEvents(count))
    yield { text, niceness: Math.round(predictSmall(text).niceness) }
}

/** Writes `count` rows for the trainer, the comments again and again. */
export async function writeComments({ rows }: Comments, count: number, path: string): Promise<void> {
  const file = createWriteStream(path)
  for (let i = 0; i < count; i++)
    if (!file.write(`${JSON.stringify(rows[i % rows.length])}\n`)) await once(file, 'drain')
  await finished(file.end())
}

/** The comments run together and cut into texts of equal length, at most `countMax`. */
export function cutTexts({ rows }: Comments, length: number, countMax: number): string[] {
  const texts: string[] = []
  let rest = ''
  for (const { text } of rows) {
    rest = rest === '' ? text : `${rest} ${text}`
    for (; rest.length >= length; rest = rest.slice(length)) {
      if (texts.length === countMax) return texts
      texts.push(rest.slice(0, length))
    }
  }
  return texts
}
