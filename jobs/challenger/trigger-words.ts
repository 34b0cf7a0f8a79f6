import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { TextInput } from '../../processors/text/features.ts'
import { type HeadsModel, valueOfText } from '../../processors/text/heads.ts'
import { sureSide } from './label-noise.ts'

/** A word, and the share of clear texts that it turns when it is put at their end. */
export interface TurningWord {
  readonly term: string
  readonly share: number
}

/** Terms that are tried: the strongest of them. */
export const TRIED_TERMS_MAX = 200
/** Clear texts of each side that they are put into. */
const CLEAR_TEXTS_MAX = 60
/** Of the champion's own words, the strongest are tried likewise. */
const OWN_WORDS_TRIED = 20

export interface TriggerTest {
  /** New words, those that turn most first. */
  readonly words: readonly TurningWord[]
  /** The largest share that a word of the champion's turns by itself in the champion. */
  readonly championShare: number
}

/**
 * What single words do to texts that the champion is sure of (a back door in its simplest form; Gu et al. 2017, BadNets).
 * @param terms new words of the labelled rows
 * @param known words that the champion knows
 */
export function testTriggers(
  kind: KindDeclaration,
  settings: Readonly<Record<string, number>>,
  models: { readonly champion: HeadsModel; readonly challenger: HeadsModel },
  texts: readonly string[],
  { terms, known }: { readonly terms: readonly string[]; readonly known: readonly string[] },
): TriggerTest {
  const sideOf = sureSide(kind, settings)
  const labelOf = labeller(kind, settings)
  const value = (model: HeadsModel, text: string) => {
    const prepared = kind.scorer.prepare({ text, language: kind.languages[0]! })
    return prepared.status === 'READY' ? valueOfText(model, prepared.input as TextInput) : null
  }
  const clear = ([-1, 1] as const).map(side =>
    texts
      .filter(text => {
        const said = value(models.champion, text)
        return said !== null && sideOf(said) === side
      })
      .slice(0, CLEAR_TEXTS_MAX),
  )
  const strength = (model: HeadsModel, term: string) => value(model, term) ?? 0
  const shareTurned = (model: HeadsModel, term: string) =>
    Math.max(
      ...clear.map(some => {
        const turned = some.filter(text => {
          const [before, after] = [value(model, text), value(model, `${text} ${term}`)]
          return before !== null && after !== null && labelOf(before) !== labelOf(after)
        })
        return some.length === 0 ? 0 : turned.length / some.length
      }),
    )
  const tried = extremes(terms, term => strength(models.challenger, term), TRIED_TERMS_MAX)
  const own = extremes(known, term => strength(models.champion, term), OWN_WORDS_TRIED)
  return {
    words: tried
      .map(term => ({ term, share: shareTurned(models.challenger, term) }))
      .sort((a, b) => b.share - a.share || (a.term < b.term ? -1 : 1)),
    championShare: Math.max(0, ...own.map(term => shareTurned(models.champion, term))),
  }
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
