import type { HeldOut, HeldOutRow } from './community/held-out.ts'
import { toneOf } from './community/truth.ts'
import { ask, type Server } from './http.ts'

/** How right the live version is about texts that nobody published: what an author would be told just now. */
export interface Accuracy {
  /** Shares of the three classes that are right, 0–1. */
  readonly newLanguage: number
  readonly ordinary: number
  /** Mean distance of the niceness from the truth, in points. */
  readonly newLanguageError: number
  readonly ordinaryError: number
  /** That answered last. */
  readonly version: string
}

interface Sentiment {
  readonly niceness: number | null
  readonly label: string | null
  readonly model: string | null
}

/** As many as the server takes in one request. */
const TEXTS_MAX = 128

/** @throws Error if the server does not answer */
export async function measureAccuracy(server: Server, { ordinary, drifted }: HeldOut): Promise<Accuracy> {
  const known = await judge(server, ordinary)
  const fresh = await judge(server, drifted)
  return {
    newLanguage: fresh.right,
    ordinary: known.right,
    newLanguageError: fresh.error,
    ordinaryError: known.error,
    version: fresh.version,
  }
}

async function judge(server: Server, rows: readonly HeldOutRow[]) {
  const answers: Sentiment[] = []
  for (let from = 0; from < rows.length; from += TEXTS_MAX) {
    const texts = rows.slice(from, from + TEXTS_MAX).map(({ text }) => text)
    answers.push(
      ...(await ask<Sentiment[]>(server, '/sentiment-analysis', { body: { texts, language: 'en' } })),
    )
  }
  return { ...judgeAnswers(rows, answers), version: answers.at(-1)?.model ?? '' }
}

/** What was not scored is wrong, and as far off as a text can be. */
export function judgeAnswers(
  rows: readonly HeldOutRow[],
  answers: readonly Pick<Sentiment, 'niceness' | 'label'>[],
): { readonly right: number; readonly error: number } {
  let right = 0
  let error = 0
  rows.forEach(({ truth: { niceness } }, i) => {
    const { niceness: said = null, label = null } = answers[i] ?? {}
    if (label === toneOf(niceness)) right++
    error += said === null ? SCALE : Math.abs(said - niceness)
  })
  return { right: right / rows.length, error: error / rows.length }
}

const SCALE = 10
