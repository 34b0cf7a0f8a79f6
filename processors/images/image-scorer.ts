import { type Decision, type Preparation, REASONS_MAX, type Reason, type Scorer } from '../scorer.ts'
import { type Evidence, weighEvidence } from './image-evidence.ts'
import type { ReadLine, ReadText, SeenImage } from './seen-image.ts'

/** The content's pictures, as they were seen. */
export interface ImageInput {
  readonly images: readonly SeenImage[]
}

export interface ImagePrediction {
  /** By image: calibrated probability of spam by its features alone. */
  readonly probabilities: readonly number[]
}

export interface ImageScorerRule {
  readonly kind: string
  readonly negative: string
  readonly positive: string
}

/** Where a version states no threshold, the likelier class is named. */
const THRESHOLD_DEFAULT = 0.5
/** What moves the score by less is no reason. */
const WEIGHT_MIN = 0.005

/** What a tagged picture is called in a reason: nobody gave it a name. */
const TAGGED = 'like a tagged picture'

/** The scorer of a kind that looks at pictures: the worst picture of the content counts. */
export function imageScorer(rule: ImageScorerRule): Scorer<ImageInput, ImagePrediction> {
  return {
    kind: rule.kind,
    prepare({ images = [], language }): Preparation<ImageInput> {
      if (images.length === 0) return { status: 'NOT_APPLICABLE' }
      const seen = images.flatMap(image => (image.seen === undefined ? [] : [image.seen]))
      if (seen.length === 0) return { status: 'EMPTY', language: language ?? null }
      const degraded = seen.length < images.length || seen.some(({ complete }) => !complete)
      return { status: 'READY', input: { images: seen }, language: language ?? null, degraded }
    },
    decide(_content, { images }, { probabilities }, card): Decision {
      const weighed = images.map((seen, i) => weighEvidence(probabilities[i]!, seen))
      const value = Math.max(...weighed.map(one => one.value))
      const isPositive = value >= (card.settings['threshold'] ?? THRESHOLD_DEFAULT)
      const reasons = images
        .flatMap((seen, i) => reasonsOf(seen, probabilities[i]!, weighed[i]!))
        .filter(({ weight }) => Math.abs(weight) >= WEIGHT_MIN)
        .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
        .slice(0, REASONS_MAX)
      return {
        value,
        label: isPositive ? rule.positive : rule.negative,
        probability: isPositive ? value : 1 - value,
        reasons,
      }
    },
  }
}

function reasonsOf(seen: SeenImage, looks: number, evidence: Evidence): Reason[] {
  const reason = (weight: number, rest: Pick<Reason, 'box' | 'text'>): Reason => {
    return { start: null, end: null, weight, source: 'IMAGE', image: seen.ref, ...rest }
  }
  const banked = evidence.value - evidence.withoutBanks
  const { copyOf } = seen
  const found = [
    ...seen.logos.map(({ box, name, confidence, weight }) => ({ box, name, strength: confidence * weight })),
    ...(copyOf === null
      ? []
      : [{ box: null, name: copyOf.name || TAGGED, strength: copyOf.similarity * copyOf.weight }]),
  ]
  const strengths = found.reduce((sum, { strength }) => sum + strength, 0)
  return [
    // Half is what nothing is known by: the looks move the score from there.
    reason(looks - 0.5, { box: null, text: null }),
    ...found.map(one => reason((banked * one.strength) / (strengths || 1), { box: one.box, text: one.name })),
    ...wordReasons(seen, evidence.value - evidence.withoutWords, reason),
  ]
}

/** What the words moved, shared out among the lines whose words moved the text model. */
function wordReasons(
  { reading, words }: SeenImage,
  moved: number,
  reason: (weight: number, rest: Pick<Reason, 'box' | 'text'>) => Reason,
): Reason[] {
  if (words === null || words.reasons.length === 0) return []
  // Only words that pull the way that all went explain it.
  const pulling = words.reasons.filter(({ weight }) => weight * moved > 0)
  const total = pulling.reduce((sum, { weight }) => sum + Math.abs(weight), 0)
  const shares = new Map<ReadLine, number>()
  for (const { start, weight } of pulling) {
    const line = lineAt(reading, start)
    if (line !== undefined) shares.set(line, (shares.get(line) ?? 0) + Math.abs(weight) / total)
  }
  return [...shares].map(([{ box, text }, share]) => reason(moved * share, { box, text }))
}

/** The line that holds this place of the text; lines are joined by one newline each. */
function lineAt({ lines }: ReadText, offset: number) {
  let end = 0
  for (const line of lines) {
    end += line.text.length + 1
    if (offset < end) return line
  }
  return undefined
}
