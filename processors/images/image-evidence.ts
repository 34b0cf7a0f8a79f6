import type { SeenImage } from './seen-image.ts'

/** What speaks for or against spam beside the picture's looks, which no set teaches: banks are empty there. */
export interface Evidence {
  /** Chance that the picture is spam, all told, 0–1. */
  readonly value: number
  /** The same without what was read, and without logos and copies. */
  readonly withoutWords: number
  readonly withoutBanks: number
}

/** Fewer letters say too little either way. */
const LETTERS_MIN = 12
/** Words count in full from this confidence of reading on, and not at all below the lower one. */
const CONFIDENCE = { none: 0.6, full: 0.9 } as const
/** How much of its log-odds the text model's verdict keeps: it was trained on messages, not on letters in pictures. */
const WORDS_SHARE = 0.9
/**
 * The text model may move a picture by so many log-odds at most: towards spam further than away from it, since an advert over
 * a harmless picture has harmless words beside it.
 */
const WORDS_LOG_ODDS = { least: -2, most: 4 } as const

/**
 * Puts a picture's looks together with what was read and recognised in it. Clear words move the log-odds by those of the text
 * model; marked logos and near-copies join by noisy-or, each as sure as it was found and as its entry weighs: more of it
 * never lowers the value.
 * @param looks probability by the picture's features, 0–1
 */
export function weighEvidence(looks: number, seen: SeenImage): Evidence {
  const read = sigmoid(logit(looks) + wordsLogOdds(seen))
  const unlike = [...seen.logos.map(logo => logo.confidence * logo.weight), copyStrength(seen)].reduce(
    (chance, strength) => chance * (1 - Math.min(1, Math.max(0, strength))),
    1,
  )
  const join = (value: number) => 1 - (1 - value) * unlike
  return { value: join(read), withoutWords: join(looks), withoutBanks: read }
}

function copyStrength({ copyOf }: SeenImage): number {
  return copyOf === null ? 0 : copyOf.similarity * copyOf.weight
}

function wordsLogOdds({ words, reading }: SeenImage): number {
  if (words === null || reading.text.replace(/[^\p{L}\p{N}]/gu, '').length < LETTERS_MIN) return 0
  const trust = (reading.confidence - CONFIDENCE.none) / (CONFIDENCE.full - CONFIDENCE.none)
  const logOdds = WORDS_SHARE * logit(words.probability)
  const kept = Math.max(WORDS_LOG_ODDS.least, Math.min(WORDS_LOG_ODDS.most, logOdds))
  return Math.max(0, Math.min(1, trust)) * kept
}

/** Log-odds of a probability, kept finite. */
function logit(probability: number): number {
  const kept = Math.max(1e-6, Math.min(1 - 1e-6, probability))
  return Math.log(kept / (1 - kept))
}

function sigmoid(margin: number): number {
  return 1 / (1 + Math.exp(-margin))
}
