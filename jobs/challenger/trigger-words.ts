import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { TextInput } from '../../processors/text/text-input.ts'
import { sureSide } from './label-noise.ts'
import type { TextValues } from './text-values.ts'

/** A word, and the share of clear texts that it turns when it is put at their end. */
export interface TurningWord {
  readonly term: string
  readonly share: number
}

/** Terms that are tried: the strongest of them. */
const TRIED_TERMS_MAX = 100
/** Clear texts of each side that they are put into. */
const CLEAR_TEXTS_MAX = 40
/**
 * What single words do to texts that the champion is sure of (a back door in its simplest form; Gu et al. 2017, BadNets). Of an
 * encoder, what the platform taught of the word is added to what the network says of the text without it.
 * @param terms new words of the labelled rows
 * @returns those that were tried, the ones that turn most first
 */
export function testTriggers(
  kind: KindDeclaration,
  settings: Readonly<Record<string, number>>,
  models: { readonly champion: TextValues; readonly challenger: TextValues },
  texts: readonly string[],
  terms: readonly string[],
): TurningWord[] {
  const sideOf = sureSide(kind, settings)
  const labelOf = labeller(kind, settings)
  const read = (text: string) => {
    const prepared = kind.scorer.prepare({ text, language: kind.languages[0]! }, models.champion.card)
    return prepared.status === 'READY' ? (prepared.input as TextInput) : null
  }
  const value = (model: TextValues, text: string) => {
    const input = read(text)
    return input && model.of(input)
  }
  const valueWith = (model: TextValues, text: string, term: string) => {
    // Inputs are read again, since a reader may give out the same one.
    const [base, input] = [read(text), read(`${text} ${term}`)]
    return base && input && model.of(input, base)
  }
  const strength = (term: string) => {
    const input = read(term)
    return input === null ? 0 : models.challenger.of(input, null)
  }
  const clear = ([-1, 1] as const).map(side =>
    spread(
      texts.filter(text => {
        const said = value(models.champion, text)
        return said !== null && sideOf(said) === side && isFar(kind, said)
      }),
      CLEAR_TEXTS_MAX,
    ),
  )
  const before = clear.map(some => some.map(text => value(models.challenger, text)))
  const shareTurned = (term: string) =>
    Math.max(
      ...clear.map((some, side) => {
        const turned = some.filter((text, i) => {
          const said = before[side]![i]!
          const [after, byChampion] = [
            valueWith(models.challenger, text, term),
            valueWith(models.champion, text, term),
          ]
          if (said === null || after === null || byChampion === null) return false
          // What the champion makes of the word too was not taught by these labels.
          return labelOf(said) !== labelOf(after) && labelOf(byChampion) !== labelOf(after)
        })
        return some.length === 0 ? 0 : turned.length / some.length
      }),
    )
  return extremes(terms, strength, TRIED_TERMS_MAX)
    .map(term => ({ term, share: shareTurned(term) }))
    .sort((a, b) => b.share - a.share || (a.term < b.term ? -1 : 1))
}

/** Share of the scale between a grade and the next label, from which on no ordinary word turns it. */
const FAR_SHARE = 0.15

/** Whether a grade is far from another label; of a class the side is sure already. */
function isFar({ training, scale }: KindDeclaration, value: number): boolean {
  if (training.objective === 'BINARY') return true
  const { min, max } = training.middle
  return Math.max(min - value, value - max) >= FAR_SHARE * (scale.max - scale.min)
}

/** At most so many, evenly over all: neighbours in a suite resemble each other. */
function spread<T>(all: readonly T[], max: number): readonly T[] {
  const step = Math.max(1, all.length / max)
  return Array.from({ length: Math.min(max, all.length) }, (_, i) => all[Math.floor(i * step)]!)
}

/** The lowest and the highest, half of each. */
function extremes(terms: readonly string[], strength: (term: string) => number, max: number): string[] {
  if (terms.length <= max) return [...terms]
  const sorted = terms
    .map(term => ({ term, strength: strength(term) }))
    .sort((a, b) => a.strength - b.strength || (a.term < b.term ? -1 : 1))
  return [...sorted.slice(0, max / 2), ...sorted.slice(-max / 2)].map(one => one.term)
}

function labeller(
  { training }: KindDeclaration,
  settings: Readonly<Record<string, number>>,
): (value: number) => number {
  if (training.objective === 'BINARY') return value => Number(value >= (settings['threshold'] ?? 0.5))
  const { min, max } = training.middle
  return value => (value < min ? -1 : value > max ? 1 : 0)
}
