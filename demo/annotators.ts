import { createDraws, type Draws } from './community/draws.ts'
import { type Tone, type Truth, toneOf } from './community/truth.ts'

/** How somebody tags. */
export interface AnnotatorHabit {
  readonly habit: 'careful' | 'average' | 'hurried' | 'careless' | 'contrary'
  /** Share of their answers that are of another class than the truth, 0–1. */
  readonly wrongShare: number
  /** Spread of a niceness about the truth where its class is right, in points. */
  readonly sd: number
  /** Mean of the seconds for an answer. */
  readonly seconds: number
}

export const annotatorHabits: Readonly<Record<AnnotatorHabit['habit'], AnnotatorHabit>> = {
  careful: { habit: 'careful', wrongShare: 0.02, sd: 0.5, seconds: 9 },
  average: { habit: 'average', wrongShare: 0.07, sd: 0.9, seconds: 6 },
  hurried: { habit: 'hurried', wrongShare: 0.14, sd: 1.2, seconds: 3 },
  careless: { habit: 'careless', wrongShare: 0.45, sd: 1.6, seconds: 2 },
  contrary: { habit: 'contrary', wrongShare: 0.8, sd: 0.9, seconds: 5 },
}

/** A sample to tag, and the truth that only the simulation knows. */
export interface TaggedSample {
  readonly id: string
  /** Model kind: niceness, text-spam or toxicity. */
  readonly kind: string
  readonly truth: Truth
}

export interface Answer {
  /** On the kind's own scale: niceness 0–10 in halves, spam and toxicity 0 or 1. */
  readonly value: number
  /** How long it took. */
  readonly seconds: number
}

/** Somebody who tags. The same sample gets the same answer, in whatever order samples come. */
export interface SimulatedAnnotator extends AnnotatorHabit {
  readonly name: string
  /** @throws Error for a kind that they were not taught */
  answer(sample: TaggedSample): Answer
}

/** The usual team: most of them are to be relied on. */
export const usualTeam: readonly (readonly [name: string, habit: AnnotatorHabit['habit']])[] = [
  ['tagger-careful-1', 'careful'],
  ['tagger-careful-2', 'careful'],
  ['tagger-careful-3', 'careful'],
  ['tagger-average-1', 'average'],
  ['tagger-average-2', 'average'],
  ['tagger-average-3', 'average'],
  ['tagger-hurried', 'hurried'],
  ['tagger-careless', 'careless'],
  ['tagger-contrary', 'contrary'],
]

/** Seconds of an answer lie between these times the habit's mean. */
const SECONDS_SPREAD = [0.5, 1.5] as const
/** Values that a class of niceness holds; answers keep off its borders. */
const ranges: Readonly<Record<Tone, readonly [number, number]>> = {
  unkind: [0, 3.5],
  plain: [4, 6],
  kind: [6.5, 10],
}
const middles: Readonly<Record<Tone, number>> = { unkind: 2, plain: 5, kind: 8 }
const others: Readonly<Record<Tone, readonly Tone[]>> = {
  unkind: ['plain', 'kind'],
  plain: ['unkind', 'kind'],
  kind: ['plain', 'unkind'],
}
const opposites: Readonly<Record<Tone, Tone>> = { unkind: 'kind', plain: 'unkind', kind: 'unkind' }

/** @param team name and habit of each */
export function createAnnotators(seed: number, team = usualTeam): SimulatedAnnotator[] {
  return team.map(([name, habit]) => {
    const settings = annotatorHabits[habit]
    return {
      ...settings,
      name,
      answer({ id, kind, truth }) {
        const draws = createDraws(hashOf(`${seed}/${name}/${kind}/${id}`))
        const isWrong = draws.chance(settings.wrongShare)
        const [least, most] = SECONDS_SPREAD
        const seconds = settings.seconds * (least + draws.uniform() * (most - least))
        return {
          value: valueFor(kind, truth, isWrong, settings, draws),
          seconds: Math.round(seconds * 10) / 10,
        }
      },
    }
  })
}

function valueFor(
  kind: string,
  truth: Truth,
  isWrong: boolean,
  settings: AnnotatorHabit,
  draws: Draws,
): number {
  if (kind === 'niceness') return nicenessOf(truth.niceness, isWrong, settings, draws)
  if (kind !== 'text-spam' && kind !== 'toxicity') throw new Error(`nobody was taught to tag ${kind}`)
  const isPositive = kind === 'toxicity' ? truth.toxic : truth.spam
  return isPositive !== isWrong ? 1 : 0
}

function nicenessOf(niceness: number, isWrong: boolean, { habit, sd }: AnnotatorHabit, draws: Draws): number {
  const truth = toneOf(niceness)
  const told = !isWrong ? truth : habit === 'contrary' ? opposites[truth] : draws.pick(others[truth])
  const [min, max] = ranges[told]
  const value = (isWrong ? middles[told] : niceness) + draws.normal() * sd
  return Math.round(Math.min(max, Math.max(min, value)) * 2) / 2
}

/** FNV-1a (Fowler, Noll, Vo), 32 bits, over UTF-16 code units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  return hash >>> 0
}
