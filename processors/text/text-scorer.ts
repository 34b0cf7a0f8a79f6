import {
  type Decision,
  type ModelCard,
  type Preparation,
  REASONS_MAX,
  type Reason,
  type Scorable,
  type Scorer,
} from '../scorer.ts'
import { createDraftMemory } from './draft-memory.ts'
import { createFeatureReader } from './features.ts'
import type { TextPrediction } from './heads.ts'
import { detectLanguage } from './language.ts'
import { areLatin, languageAmong, primarySubtag } from './language-tags.ts'
import { createReadingMemory, type Reading, type ReadingAsker } from './reading-memory.ts'
import type { TextInput } from './text-input.ts'

export interface TextScorerRule {
  readonly kind: string
  /** Primary language subtags the models were trained on. */
  readonly languages: readonly string[]
  /** Top of the scale less its bottom; what counts as a reason depends on it. */
  readonly scaleWidth: number
  label(value: number, card: ModelCard): string
  probability(value: number, card: ModelCard): number | null
}

/** A word that moves the score by less than this share of the scale is no reason. */
const REASON_SHARE_MIN = 0.005

/** The scorer of a kind that reads text by the hashed linear family. */
export function textScorer(rule: TextScorerRule): Scorer<TextInput, TextPrediction> {
  let asker: ReadingAsker | null = null
  // Kinds are declared in every process; those whose processor does not run in this one must not be waited for.
  const askerOnce = () => {
    asker ??= readingMemory.asker()
    return asker
  }
  return {
    kind: rule.kind,
    prepare(content, card): Preparation<TextInput> {
      const stated = primarySubtag(content.language)
      const reading = readOnce(content, askerOnce)
      const { input } = reading
      if (input.buckets.length === 0) return { status: 'EMPTY', language: stated }
      // What the platform states is believed, unless the very letters say otherwise.
      const languages = card?.languages ?? rule.languages
      const language = stated ?? languageAmong(languageOnce(reading), languages)
      const trainedFor = language === null || languages.includes(language)
      const isOfOtherLetters = input.foreignLetters > input.latinLetters && areLatin(languages)
      if (!trainedFor || isOfOtherLetters) return { status: 'UNSUPPORTED', language }
      // Only a version that reads more than its kind minds which it is.
      return {
        status: 'READY',
        input: card?.languages === undefined ? input : { ...input, language },
        language,
      }
    },
    decide(content, input, prediction, card): Decision | null {
      const { value } = prediction
      if (prediction.isUnknown === true) return null
      return {
        value,
        label: rule.label(value, card),
        probability: rule.probability(value, card),
        reasons: reasonsOf(content, input, prediction, rule.scaleWidth * REASON_SHARE_MIN),
        ...(prediction.degraded === true && { degraded: true }),
      }
    },
  }
}

const readFeatures = createFeatureReader()
const draftMemory = createDraftMemory()
const readingMemory = createReadingMemory()
/** What was read last: a kind asks twice, and the kinds of a draft one after the other. */
let lastRead: { readonly draft: object | undefined; readonly reading: Reading } | null = null

/** Reads a content once for all kinds of the process: see `ReadingAsker`. */
function readOnce(content: Scorable, asker: () => ReadingAsker): Reading {
  const { text, draft, id } = content
  // Asked first: the memory holds a content until it knows that every kind had it.
  const known = id === undefined ? null : asker().recall(id, text)
  if (lastRead !== null && lastRead.reading.text === text && lastRead.draft === draft) return lastRead.reading
  const reading = known ?? { text, input: readInput(content), language: undefined }
  if (id !== undefined && known === null) asker().remember(id, reading)
  lastRead = { draft, reading }
  return reading
}

function readInput({ text, draft }: Scorable): TextInput {
  return draft === undefined || text.length < DRAFT_UNITS_MIN
    ? readFeatures(text)
    : draftMemory.read(draft, text)
}

/** From so many units on, a draft's text is worth remembering. */
const DRAFT_UNITS_MIN = 1000

function languageOnce(reading: Reading): string | null {
  if (reading.language === undefined) reading.language = detectLanguage(reading.text)
  return reading.language
}

/** Words, the heaviest first, of the text that is decided. */
const heaviest = new Uint32Array(REASONS_MAX)

/** The words that moved the score most, heaviest first; of equals the earlier one. Only they are taken out to be compared. */
function reasonsOf(
  content: Scorable,
  input: TextInput,
  prediction: TextPrediction,
  weightMin: number,
): Reason[] {
  const { wordWeights } = prediction
  let count = 0
  for (let word = 0; word < wordWeights.length; word++) {
    const weight = Math.abs(wordWeights[word]!)
    if (weight < weightMin) continue
    let place = count
    while (place > 0 && Math.abs(wordWeights[heaviest[place - 1]!]!) < weight) place--
    if (place === REASONS_MAX) continue
    if (count < REASONS_MAX) count++
    heaviest.copyWithin(place + 1, place, count - 1)
    heaviest[place] = word
  }
  const reasons: Reason[] = []
  for (let place = 0; place < count; place++) {
    const word = heaviest[place]!
    const start = input.spans[2 * word]!
    const end = input.spans[2 * word + 1]!
    const without = prediction.valueWithout(word)
    const text = content.text.slice(start, end)
    reasons.push({ start, end, weight: wordWeights[word]!, without, source: 'TEXT', text })
  }
  return reasons
}
