import { cohenKappa, krippendorffAlpha, type Metric } from './agreement.ts'
import { type LabelScale, reliabilityFrom } from './join-labels.ts'

/** What two or more people said of a content: values in the order of labellers. */
export interface Answers {
  readonly labellers: readonly string[]
  readonly values: readonly number[]
}

export interface PersonFigures {
  readonly labeller: string
  readonly answers: number
  /** Median of showing to answering; null where it is not known. */
  readonly seconds: number | null
  /** Hidden checks answered, and how many of them right. */
  readonly checks: number
  readonly checksRight: number
  /** ms since the epoch. */
  readonly lastAt: number
}

export interface AgreementReport {
  /** Krippendorff's α over all; null where nothing can be compared. */
  readonly alpha: number | null
  /** Contents that two people or more answered. */
  readonly compared: number
  /** Those who answered the most alike questions first. */
  readonly pairs: readonly {
    readonly one: string
    readonly other: string
    readonly compared: number
    /** Cohen's κ; of a scale with weights by the square of the difference. */
    readonly kappa: number | null
  }[]
  readonly people: readonly (PersonFigures & {
    /** Share of the hidden checks answered right; null without any. */
    readonly accuracy: number | null
    /** α over the contents this person answered too. */
    readonly alpha: number | null
    /** How far the answers are believed, 0–1. */
    readonly reliability: number
  })[]
}

const PAIRS_MAX = 200
/** A content that more people answered is compared among the first of them: pairs grow with the square. */
const COMPARED_PEOPLE_MAX = 20

/** How far people agree on a kind, and how right each is. */
export function agreementReport(
  { objective }: LabelScale,
  units: readonly Answers[],
  people: readonly PersonFigures[],
): AgreementReport {
  const metric: Metric = objective === 'BINARY' ? 'nominal' : 'interval'
  const byPerson = new Map<string, (readonly number[])[]>()
  const byPair = new Map<string, { one: string; other: string; values: [number, number][] }>()
  for (const { labellers, values } of units) {
    for (const labeller of labellers) {
      const own = byPerson.get(labeller)
      if (own === undefined) byPerson.set(labeller, [values])
      else own.push(values)
    }
    for (const [one, other, pair] of pairsOf(labellers, values)) {
      const key = `${one}\0${other}`
      const known = byPair.get(key)
      if (known === undefined) byPair.set(key, { one, other, values: [pair] })
      else known.values.push(pair)
    }
  }
  return {
    alpha: krippendorffAlpha(
      units.map(({ values }) => values),
      metric,
    ),
    compared: units.length,
    pairs: [...byPair.values()]
      .sort((left, right) => right.values.length - left.values.length || (left.one < right.one ? -1 : 1))
      .slice(0, PAIRS_MAX)
      .map(({ one, other, values }) => ({
        one,
        other,
        compared: values.length,
        kappa: cohenKappa(values, metric),
      })),
    people: people.map(person => ({
      ...person,
      accuracy: person.checks === 0 ? null : person.checksRight / person.checks,
      alpha: krippendorffAlpha(byPerson.get(person.labeller) ?? [], metric),
      reliability: reliabilityFrom(objective, { asked: person.checks, right: person.checksRight }),
    })),
  }
}

/** Every two people of a content, in the order of their names. */
function* pairsOf(
  labellers: readonly string[],
  values: readonly number[],
): Generator<readonly [string, string, [number, number]]> {
  const said = labellers
    .map((name, i) => ({ name, value: values[i]! }))
    .slice(0, COMPARED_PEOPLE_MAX)
    .sort((left, right) => (left.name < right.name ? -1 : 1))
  for (const [i, one] of said.entries())
    for (const other of said.slice(i + 1)) yield [one.name, other.name, [one.value, other.value]]
}
