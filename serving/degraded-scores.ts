import type { Decision } from '../processors/scorer.ts'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import { within } from './deadline.ts'
import type { DraftScorer, KindScore } from './ports.ts'

/** One kind's answer to a draft; where no model answered in time, or not of all there is, a DEGRADED one that says why. */
export interface KindAnswer {
  readonly kind: string
  readonly status: KindScore['status']
  readonly decision: Decision | null
  /** Null where no version scored. */
  readonly modelVersion: string | null
  readonly language: string | null
  readonly code: ErrorCode | null
}

export function degradedAnswer(kind: string, code: ErrorCode, language: string | null = null): KindAnswer {
  return { kind, status: 'DEGRADED', decision: null, modelVersion: null, language, code }
}

/**
 * One answer a kind, within `scoringMs`: a kind that is too slow, has no model or refuses the text is degraded, and the
 * others are answered all the same. Bugs are thrown.
 */
export async function scoreOrDegrade(
  drafts: DraftScorer,
  text: string,
  options: {
    readonly language: string | null
    readonly kinds: readonly string[]
    readonly scoringMs: number
  },
): Promise<readonly KindAnswer[]> {
  return Promise.all(options.kinds.map(kind => scoreKind(drafts, text, { ...options, kind })))
}

async function scoreKind(
  drafts: DraftScorer,
  text: string,
  options: { readonly language: string | null; readonly kind: string; readonly scoringMs: number },
): Promise<KindAnswer> {
  const { language, kind, scoringMs } = options
  const degraded = (code: ErrorCode) => degradedAnswer(kind, code, language)
  if (!drafts.kinds.includes(kind)) return degraded('NICR_MODEL_NOT_FOUND')
  try {
    const answer = drafts.score(text, { language, kinds: [kind] })
    // Models that answer at once need no timer.
    const scores = answer instanceof Promise ? await within(scoringMs, answer, () => null) : answer
    if (scores === null) return degraded('NICR_SCORING_TIMEOUT')
    const score = scores.find(one => one.kind === kind)
    return score === undefined ? degraded('NICR_MODEL_NOT_FOUND') : { ...score, code: null }
  } catch (error) {
    if (error instanceof NicrError) return degraded(error.code)
    throw error
  }
}
