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
export const TRIED_TERMS_MAX = 100
/** Clear texts of each side that they are put into. */
const CLEAR_TEXTS_MAX = 40
/**
 * What single words do to texts that the champion is sure of (a back door in its simplest form; Gu et al. 2017, BadNets).
 * @param terms new words of the labelled rows
 * @returns those that were tried, the ones that turn most first
 */
export function testTriggers(
  kind: KindDeclaration,
  settings: Readonly<Record<string, number>>,
  models: { readonly champion: HeadsModel; readonly challenger: HeadsModel },
  texts: readonly string[],
  terms: readonly string[],
): TurningWord[] {
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
  const before = clear.map(some => some.map(text => value(models.challenger, text)))
  const shareTurned = (term: string) =>
    Math.max(
      ...clear.map((some, side) => {
        const turned = some.filter((text, i) => {
          const said = before[side]![i]!
          const [after, byChampion] = [
            value(models.challenger, `${text} ${term}`),
            value(models.champion, `${text} ${term}`),
          ]
          if (said === null || after === null || byChampion === null) return false
          // What the champion makes of the word too was not taught by these labels.
          return labelOf(said) !== labelOf(after) && labelOf(byChampion) !== labelOf(after)
        })
        return some.length === 0 ? 0 : turned.length / some.length
      }),
    )
  return extremes(terms, term => value(models.challenger, term) ?? 0, TRIED_TERMS_MAX)
    .map(term => ({ term, share: shareTurned(term) }))
    .sort((a, b) => b.share - a.share || (a.term < b.term ? -1 : 1))
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
