import { DATA_SET_FOLDS, type DataSetRow, type TaughtRows } from '../../jobs/data-set/data-set.ts'
import { createRandom } from '../../jobs/random.ts'

/** A small community whose language drifts: coined words for kind and unkind things, in sentences that say neither otherwise. */

export interface Said {
  readonly text: string
  /** Of niceness. */
  readonly target: number
}

const names = ['Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fritz', 'Gerda', 'Hugo', 'Ida', 'Jan', 'Kim', 'Lea']
const things = [
  'recipe',
  'photo',
  'garden',
  'song',
  'drawing',
  'report',
  'bike',
  'cake',
  'letter',
  'talk',
  'plan',
  'story',
]
const places = [
  'in the kitchen',
  'on Sunday',
  'after work',
  'at the lake',
  'by the school',
  'last week',
  'in town',
  'at noon',
]
const plain = [
  'has a new',
  'wrote about the',
  'asked for the',
  'is done with the',
  'looked at the',
  'talks about the',
]
const kind = [
  'thank you so much for the',
  'I love your',
  'what a wonderful',
  'so grateful for the',
  'you did great on the',
]
const unkind = [
  'you idiot ruined the',
  'shut up about the stupid',
  'only a moron would like the',
  'you are trash like your',
  'nobody wants your pathetic',
]
export const coinedKind = ['zorply', 'flimbu', 'quandrel', 'vexalo']
export const coinedUnkind = ['grothmek', 'snaffik', 'blunterp', 'drizzok']

export function createCommunity(seed: number) {
  const random = createRandom(seed)
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)]!
  const ordinary = (): Said => {
    const tail = `${pick(things)} ${pick(places)}, ${pick(names)}`
    const which = random()
    if (which < 0.4)
      return { text: `${pick(names)} ${pick(plain)} ${pick(things)} ${pick(places)}`, target: 5 }
    return which < 0.7
      ? { text: `${pick(kind)} ${tail}`, target: 8.5 }
      : { text: `${pick(unkind)} ${tail}`, target: 1.5 }
  }
  const drifted = (): Said => {
    const isKind = random() < 0.5
    const word = pick(isKind ? coinedKind : coinedUnkind)
    const text = `${pick(names)}, that ${pick(things)} ${pick(places)} is ${word}, and the ${pick(things)} too`
    return { text, target: isKind ? 8.5 : 1.5 }
  }
  return { random, ordinary, drifted }
}

/** Labels, half of them of drifted texts, and replayed content of which a fifth is drifted. */
export function communityDataSet(seed: number, { labels = 240, replay = 800 } = {}): TaughtRows {
  const { random, ordinary, drifted } = createCommunity(seed)
  const rows = [
    ...Array.from({ length: labels }, (_, i) =>
      communityRow(i, i % 2 === 0 ? drifted() : ordinary(), 'LABEL'),
    ),
    ...Array.from({ length: replay }, (_, i) =>
      communityRow(labels + i, random() < 0.2 ? drifted() : ordinary(), 'REPLAY'),
    ),
  ]
  return { kind: 'niceness', hash: 'a'.repeat(64), path: '', rows, newTerms: [] }
}

export function communityRow(
  at: number,
  { text, target }: Said,
  role: DataSetRow['role'],
  by = `tagger-${at % 4}`,
): DataSetRow {
  return {
    digest: String(at).padStart(64, '0'),
    text,
    target,
    weight: 1,
    role,
    contentId: `content-${at}`,
    revision: 0,
    author: `author-${at % 90}`,
    thread: null,
    language: 'en',
    at: 1_700_000_000_000 + at,
    source: role === 'LABEL' ? (at % 2 === 0 ? 'drift' : 'random') : null,
    samplingProbability: null,
    place: null,
    evidence:
      role === 'LABEL'
        ? [{ id: `label-${at}`, by, value: target, topic: 'nicr.labels', partition: 0, offset: at }]
        : [],
    group: `group-${at}`,
    fold: at % DATA_SET_FOLDS,
    slices: ['all'],
  }
}
