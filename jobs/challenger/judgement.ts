import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Challenger, Comparison, GateResult } from './challenger.ts'

/** Beside a version's manifest: how it compared with its parent, and what the gates said. */
const JUDGEMENT_FILE = 'judgement.json'

export interface Judgement {
  readonly passed: boolean
  readonly gates: readonly GateResult[]
  readonly comparison: Comparison
}

/** Writes it whole or not at all. */
export async function writeJudgement({ folder, passed, gates, comparison }: Challenger): Promise<void> {
  const judgement: Judgement = { passed, gates, comparison }
  const partial = join(folder.path, `.${JUDGEMENT_FILE}.partial`)
  await writeFile(partial, `${JSON.stringify(judgement, null, 2)}\n`)
  await rename(partial, join(folder.path, JUDGEMENT_FILE))
}

/** Of a version's folder; null where it was not judged to the end. */
export async function readJudgement(path: string): Promise<Judgement | null> {
  try {
    return JSON.parse(await readFile(join(path, JUDGEMENT_FILE), 'utf8')) as Judgement
  } catch {
    return null
  }
}
