import { createHash } from 'node:crypto'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { gradeOf } from './metrics.ts'
import { readAllRows, type TrainingFile } from './training-rows.ts'

/** Texts whose repeats are noticed, the first of the files: 50 MB at most. Beyond them the counts are lower bounds. */
const TEXTS_REMEMBERED_MAX = 500_000
/** Of 500,000 texts two share six bytes of the hash with a chance of one in two thousand. */
const KEY_BYTES = 6

export interface RepeatedRows {
  /** Rows whose text an earlier row had. */
  readonly duplicates: number
  /** Those of them whose label is of another class than that of the text's first row. */
  readonly contradictions: number
}

/** Counts rows that repeat a text. All are trained on: how often people say a thing, and disagree on it, is information. */
export async function countRepeatedRows(
  kind: KindDeclaration,
  files: readonly TrainingFile[],
): Promise<RepeatedRows> {
  const classOfText = new Map<number, number | string>()
  let duplicates = 0
  let contradictions = 0
  for await (const batch of readAllRows(kind, files)) {
    for (const { text, target } of batch) {
      const key = createHash('sha1').update(text).digest().readUIntBE(0, KEY_BYTES)
      const label = classOf(kind, target)
      const first = classOfText.get(key)
      if (first !== undefined) {
        duplicates++
        if (first !== label) contradictions++
      } else if (classOfText.size < TEXTS_REMEMBERED_MAX) classOfText.set(key, label)
    }
  }
  return { duplicates, contradictions }
}

function classOf({ training }: KindDeclaration, target: number): number | string {
  return training.objective === 'GRADED' ? gradeOf(target, training.middle) : target
}
