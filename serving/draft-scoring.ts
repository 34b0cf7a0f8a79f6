import type { Reason } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import type { DraftScorer, KindScore, ScoreRecord } from './ports.ts'
import type { ReasonBody } from './routes/shapes.ts'

/** Scores a draft, but answers with NICR_SCORING_TIMEOUT where the models take longer than `scoringMs`. */
export async function scoreWithin(
  drafts: DraftScorer,
  text: string,
  options: {
    readonly language: string | null
    readonly kinds?: readonly string[]
    readonly scoringMs: number
  },
): Promise<readonly KindScore[]> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    const timeout = () =>
      reject(new NicrError('NICR_SCORING_TIMEOUT', `no score within ${options.scoringMs} ms; try again`))
    timer = setTimeout(timeout, options.scoringMs)
  })
  try {
    return await Promise.race([drafts.score(text, options.language, options.kinds), late])
  } finally {
    clearTimeout(timer)
  }
}

/** @throws NicrError NICR_TEXT_TOO_LONG */
export function checkTextLength(text: string, textLengthMax: number): void {
  if (text.length > textLengthMax)
    throw new NicrError(
      'NICR_TEXT_TOO_LONG',
      `the text has ${text.length} UTF-16 code units, at most ${textLengthMax} are scored; shorten or split it`,
    )
}

/** What is said of a text as a whole: its niceness, and the larger of its kinds' spam scores with the kind that decided. */
export function nicenessOf(scores: readonly KindScore[]): KindScore | undefined {
  return scores.find(score => score.kind === 'niceness')
}

export function spamOf(scores: readonly (KindScore | ScoreRecord)[]): {
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
