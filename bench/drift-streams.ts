import { createRandom } from '../jobs/random.ts'

/** Seeded streams on which detectors are measured: the scenarios of the survey, drawn anew. */

export const REFERENCE_ROWS = 10_000
const STREAM_ROWS = 100_000
export const CHANGE_AT = 20_000
/** Rows after the change that a detector is given. */
const AFTER_ROWS = 40_000
const ROWS_A_DAY = 24_000
export const ROW_MS = 3600

export interface Stream {
  readonly reference: Float64Array
  /** Event time of the reference's rows, ms. */
  readonly referenceAt: (row: number) => number
  readonly values: Float64Array
  /** Row at which it changes; null where nothing does. */
  readonly changeAt: number | null
}

interface Draws {
  uniform(): number
  normal(): number
}

export function createDraws(seed: number): Draws {
  const uniform = createRandom(seed)
  return {
    uniform,
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  }
}

const OUTLIER = 1e6

type Value = (draws: Draws, row: number, before: number) => number

const plain: Value = ({ normal }) => normal()
const daily = (row: number) => 0.5 * Math.sin((2 * Math.PI * row) / ROWS_A_DAY)
const withOutliers =
  (value: Value): Value =>
  (draws, row, before) =>
    row % 1000 === 500 ? OUTLIER : value(draws, row, before)
const logNormal: Value = ({ normal }) => {
  const spread = 0.8
  const scale = Math.sqrt((Math.exp(spread ** 2) - 1) * Math.exp(spread ** 2))
  return (Math.exp(spread * normal()) - Math.exp(spread ** 2 / 2)) / scale
}
const threads: Value = ({ normal }, _row, before) => 0.2 * before + Math.sqrt(1 - 0.04) * normal()
const since = (row: number) => row - CHANGE_AT
const shifted =
  (by: number): Value =>
  ({ normal }, row) =>
    normal() + (since(row) >= 0 ? by : 0)

/** Streams in which nothing changes. */
export const calmStreams: Readonly<Record<string, Value>> = {
  none: plain,
  heavyTail: logNormal,
  outliers: withOutliers(plain),
  dailyCycle: ({ normal }, row) => normal() + daily(row),
  threads,
}

/** Streams that change at `CHANGE_AT`. */
export const changingStreams: Readonly<Record<string, Value>> = {
  'mean+0.25sd': shifted(0.25),
  'mean+0.5sd': shifted(0.5),
  gradual: ({ normal }, row) => normal() + 0.5 * Math.min(1, Math.max(0, since(row) / 10_000)),
  'spread×1.5': ({ normal }, row) => normal() * (since(row) >= 0 ? 1.5 : 1),
  shape: ({ normal, uniform }, row) =>
    since(row) < 0 ? normal() : (uniform() < 0.5 ? -0.9 : 0.9) + Math.sqrt(0.19) * normal(),
  'mean+0.5sd, outliers': withOutliers(shifted(0.5)),
  'mean+0.5sd, dailyCycle': (draws, row, before) => shifted(0.5)(draws, row, before) + daily(row),
}

/** One run of a stream. Its reference shows no change and no outlier; that of a daily cycle is drawn from two whole days. */
export function drawStream(name: string, seed: number): Stream {
  const calm = calmStreams[name]
  const value = calm ?? changingStreams[name]
  if (value === undefined) throw new Error(`no stream is named ${name}`)
  const draws = createDraws(seed)
  const isDaily = name.includes('dailyCycle')
  const stride = isDaily ? (2 * ROWS_A_DAY) / REFERENCE_ROWS : 1
  const before = name.includes('outliers') ? plain : value
  const reference = new Float64Array(REFERENCE_ROWS)
  for (let i = 0; i < reference.length; i++)
    reference[i] = isDaily
      ? draws.normal() + daily(i * stride)
      : before(draws, calm === undefined ? 0 : 1 + (i % 400), reference[i - 1] ?? 0)
  const values = new Float64Array(calm === undefined ? CHANGE_AT + AFTER_ROWS : STREAM_ROWS)
  for (let i = 0; i < values.length; i++) values[i] = value(draws, i, values[i - 1] ?? 0)
  return {
    reference,
    referenceAt: row => row * stride * ROW_MS,
    values,
    changeAt: calm === undefined ? CHANGE_AT : null,
  }
}

const CONSONANTS = 'bdfgklmnprstvz'
const VOWELS = 'aeiou'
export const NEW_WORDS = ['quelix', 'vornap', 'zashel', 'wimbro', 'thuxal'] as const
const VOCABULARY = 20_000

/** Posts of 5 to 40 made-up words as common as words are (Zipf–Mandelbrot); `rate` of them hold a new word. */
export function drawPosts(count: number, rate: number, seed: number): Set<string>[] {
  const { uniform } = createDraws(seed)
  const posts: Set<string>[] = []
  for (let i = 0; i < count; i++) {
    const words = new Set(drawSentence(uniform))
    if (uniform() < rate) words.add(NEW_WORDS[Math.floor(uniform() * NEW_WORDS.length)]!)
    posts.push(words)
  }
  return posts
}

/** The words of such posts in order, repeats among them. */
export function drawSentences(count: number, seed: number): string[][] {
  const { uniform } = createDraws(seed)
  return Array.from({ length: count }, () => drawSentence(uniform))
}

function drawSentence(uniform: () => number): string[] {
  const length = 5 + Math.floor(uniform() * 36)
  return Array.from({ length }, () => wordAt(rankOf(uniform())))
}

/** Inverse of the distribution 1 / (rank + 2.7) over the vocabulary. */
function rankOf(share: number): number {
  return Math.min(VOCABULARY - 1, Math.floor(2.7 * ((VOCABULARY + 2.7) / 2.7) ** share - 2.7))
}

/** The word of a rank in frequency, from 0. */
export function wordAt(rank: number): string {
  let rest = rank
  let word = ''
  do {
    word +=
      CONSONANTS[rest % CONSONANTS.length]! + VOWELS[Math.floor(rest / CONSONANTS.length) % VOWELS.length]!
    rest = Math.floor(rest / (CONSONANTS.length * VOWELS.length))
  } while (rest > 0)
  return word
}
