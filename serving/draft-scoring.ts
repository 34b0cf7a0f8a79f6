import type { DraftWish } from '../pipelines/draft-scorer.ts'
import type { Reason } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import { within } from './deadline.ts'
import type { DraftScorer, KindScore } from './ports.ts'
import type { ReasonBody } from './routes/shapes.ts'
import type { ScoreRecord } from './score-heads.ts'

/**
 * Scores a draft: at once where the models answer at once, else within `scoringMs`.
 * @throws NicrError (the promise rejects with) NICR_SCORING_TIMEOUT where the models take longer
 */
export function scoreWithin(
  drafts: DraftScorer,
  text: string,
  wish: DraftWish,
  scoringMs: number,
): readonly KindScore[] | Promise<readonly KindScore[]> {
  const scores = drafts.score(text, wish)
  if (!(scores instanceof Promise)) return scores
  return within(scoringMs, scores, () => {
    throw new NicrError('NICR_SCORING_TIMEOUT', `no score within ${scoringMs} ms; try again`)
  })
}

/** @throws NicrError NICR_TEXT_TOO_LONG */
export function checkTextLength(text: string, textLengthMax: number): void {
  if (text.length > textLengthMax)
    throw new NicrError(
      'NICR_TEXT_TOO_LONG',
      `the text has ${text.length} UTF-16 code units, at most ${textLengthMax} are scored; shorten or split it`,
    )
}

/** The kinds that a draft's author is shown something of: no other need be scored. */
export function shownKindsOf(kinds: readonly string[]): readonly string[] {
  return kinds.filter(kind => kind === NICENESS_KIND || kind.endsWith(SPAM_KIND_ENDING))
}

const NICENESS_KIND = 'niceness'
/** Kinds whose reasons a draft's author is shown. */
export const EXPLAINED_KINDS: readonly string[] = [NICENESS_KIND]

/** What is said of a text as a whole: its niceness, and the larger of its kinds' spam scores with the kind that decided. */
export function nicenessOf(scores: readonly KindScore[]): KindScore | undefined {
  return scores.find(score => score.kind === NICENESS_KIND)
}

export function spamOf(scores: readonly (Pick<KindScore, 'kind' | 'decision'> | ScoreRecord)[]): {
  readonly spam: number | null
  readonly decidedBy: string | null
} {
  let spam: number | null = null
  let decidedBy: string | null = null
  for (const score of scores) {
    const value = 'decision' in score ? (score.decision?.value ?? null) : score.value
    if (!score.kind.endsWith(SPAM_KIND_ENDING) || value === null) continue
    if (spam !== null && value <= spam) continue
    spam = value
    decidedBy = score.kind
  }
  return { spam, decidedBy }
}

/** text-spam, image-spam: kinds whose value is the calibrated probability of spam. */
const SPAM_KIND_ENDING = '-spam'

/** A reason as clients get it: fields of images only where it is one. */
export function reasonBody(reason: Reason | ScoreRecord['reasons'][number]): ReasonBody {
  const { start, end, weight, source, text } = reason
  const without = reason.without ?? null
  if (source === 'TEXT') return { start, end, weight, source, text: text ?? null, without }
  return {
    start,
    end,
    weight,
    source,
    text: text ?? null,
    without,
    image: reason.image ?? null,
    box: reason.box ?? null,
  }
}
