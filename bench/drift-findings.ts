import { LabelDetector } from '../processors/drift/label-detector.ts'
import { STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import { alarmsOf, countTerms, monitorOf, times } from './drift-monitor.ts'
import {
  CHANGE_AT,
  calmStreams,
  changingStreams,
  createDraws,
  drawPosts,
  drawStream,
  NEW_WORDS,
  REFERENCE_ROWS,
  ROW_MS,
} from './drift-streams.ts'
import { falseLanguage, postsToCompany, postsToExpressions } from './new-language.ts'

export interface DriftBenchOptions {
  /** Runs of each scenario. */
  readonly runs: number
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

export interface Delay {
  readonly median: number | null
  readonly p90: number | null
  readonly missed: number
}

export interface DriftFindings {
  readonly runs: number
  /** Alarms in 100,000 events of one feature where nothing changed. */
  readonly falseAlarmsPer100k: Readonly<Record<string, number>>
  /** Events from the change to its first alarm. */
  readonly delay: Readonly<Record<string, Delay>>
  /** Alarms over 100,000 rows of 20 features where nothing changed. */
  readonly alarmsOf20Features: number
  /** Rows until all 9 moved features of 20 were named, and others that were. */
  readonly moved9of20: { readonly rows: number | null; readonly others: number }
  /** Posts until all five new words were named, by their share of posts; and words named falsely in 20,000 posts. */
  readonly newWords: Readonly<Record<string, number | null>>
  readonly falseWords: number
  /** Posts that are read for pairs until all five expressions of known words were named, by their share of posts. */
  readonly newExpressions: Readonly<Record<string, number | null>>
  /** Posts that are read for pairs until all five words with other neighbours than before were named. */
  readonly newCompany: number | null
  /** Expressions and words in new company named falsely in 20,000 posts. */
  readonly falseExpressions: number
  /** Vectors (64 numbers, moved by 0.5 along one direction) until named. */
  readonly embedding: Delay & { readonly falseRuns: number }
  /** Labelled posts until the truth left the score. */
  readonly concept: Delay & { readonly falseIn100k: number }
}

/** Measures what the detectors of the stream find, when, and how often falsely. Seeded: the same figures again. */
export function driftFindings({ runs, signal, report }: DriftBenchOptions): DriftFindings {
  const step = (what: string) => {
    signal.throwIfAborted()
    report(what)
  }
  const falseAlarmsPer100k: Record<string, number> = {}
  const delay: Record<string, Delay> = {}
  for (const name of Object.keys(calmStreams)) {
    step(`drift: ${name}`)
    falseAlarmsPer100k[name] = falseAlarms(name, runs)
  }
  for (const name of Object.keys(changingStreams)) {
    step(`drift: ${name}`)
    delay[name] = delayOf(times(runs, run => firstAlarmAfter(name, run)))
  }
  step('drift: 20 features')
  const calm = table(0)
  const moved = table(9)
  step('drift: words')
  const newWords: Record<string, number | null> = {}
  for (const rate of [0.01, 0.02, 0.05, 0.2]) newWords[`${100 * rate}%`] = postsToWords(rate).all
  step('drift: expressions')
  const newExpressions: Record<string, number | null> = {}
  for (const rate of [0.05, 0.2]) newExpressions[`${100 * rate}%`] = postsToExpressions(rate)
  const company = postsToCompany()
  const falseExpressions = falseLanguage()
  step('drift: vectors')
  const embedding = {
    ...delayOf(times(runs, run => vectors(run, 0.5))),
    falseRuns: times(runs, run => vectors(run, 0)).filter(at => at !== null).length,
  }
  step('drift: labels')
  const concept = { ...delayOf(times(runs, run => labels(run, true))), falseIn100k: labelAlarms() }
  return {
    runs,
    falseAlarmsPer100k,
    delay,
    alarmsOf20Features: calm.alarms,
    moved9of20: { rows: moved.rows, others: moved.others },
    newWords,
    falseWords: postsToWords(0).others,
    newExpressions,
    newCompany: company,
    falseExpressions,
    embedding,
    concept,
  }
}

function falseAlarms(name: string, runs: number): number {
  let alarms = 0
  let rows = 0
  for (let run = 0; run < runs; run++) {
    const stream = drawStream(name, seedOf(name, run))
    const { monitor, stepsOf } = monitorOf([stream.reference], stream.referenceAt)
    for (const step of stepsOf([stream.values])) alarms += alarmsOf(monitor, step).length
    rows += stream.values.length
  }
  return (alarms * 100_000) / rows
}

/** Events from the change to the first alarm; null where there is none. Alarms before it are not counted as one. */
function firstAlarmAfter(name: string, run: number): number | null {
  const stream = drawStream(name, seedOf(name, run))
  const { monitor, stepsOf } = monitorOf([stream.reference], stream.referenceAt)
  for (const step of stepsOf([stream.values])) {
    const isFound = alarmsOf(monitor, step).length > 0
    if (isFound && step.position >= CHANGE_AT) return step.position + 1 - CHANGE_AT
  }
  return null
}

/** 20 features as a scorer emits them: correlated, heavy tailed, bounded, mostly zero, counted. */
function table(moved: number): { alarms: number; rows: number | null; others: number } {
  const draw = (rows: number, seed: number, shift: number) => {
    const draws = createDraws(seed)
    const columns = Array.from({ length: 20 }, () => new Float64Array(rows))
    for (let row = 0; row < rows; row++) {
      const groups = [draws.normal(), draws.normal()]
      for (let c = 0; c < 20; c++) columns[c]![row] = tableValue(c, groups, draws)
    }
    for (let c = 0; c < shift; c++) {
      const mean = columns[c]!.reduce((sum, value) => sum + value, 0) / rows
      const sd = Math.sqrt(columns[c]!.reduce((sum, value) => sum + (value - mean) ** 2, 0) / rows)
      for (let row = 0; row < rows; row++) columns[c]![row]! += 0.5 * sd
    }
    return columns
  }
  const { monitor, stepsOf } = monitorOf(draw(REFERENCE_ROWS, 11, 0), row => row * ROW_MS)
  const first = new Map<string, number>()
  let alarms = 0
  for (const step of stepsOf(draw(moved > 0 ? 5000 : 100_000, 12, moved)))
    for (const { feature } of alarmsOf(monitor, step)) {
      alarms++
      if (!first.has(feature)) first.set(feature, step.position + 1)
    }
  const named = [...first].filter(([feature]) => Number(feature) < moved)
  return {
    alarms,
    rows: named.length === moved && moved > 0 ? Math.max(...named.map(([, row]) => row)) : null,
    others: first.size - named.length,
  }
}

function tableValue(
  column: number,
  groups: readonly number[],
  { normal, uniform }: ReturnType<typeof createDraws>,
): number {
  if (column < 8) return Math.SQRT1_2 * groups[column < 4 ? 0 : 1]! + Math.SQRT1_2 * normal()
  if (column < 12) return Math.exp(3 + 0.8 * normal())
  if (column < 16) return 10 * Math.max(uniform(), uniform(), uniform())
  if (column < 18) return uniform() < 0.7 ? 0 : uniform() * uniform() * 0.3
  return Math.floor(-Math.log(1 - uniform()) * (column === 18 ? 3 : 12))
}

function postsToWords(rate: number, seed = 22): { all: number | null; others: number } {
  const { monitor } = monitorOf([Float64Array.of(0, 1)], () => 0, drawPosts(20_000, 0, 21))
  const first = new Map<string, number>()
  const posts = drawPosts(20_000, rate, seed)
  for (let from = 0; from < posts.length; from += STEP_RECORDS_MAX) {
    const batch = posts.slice(from, from + STEP_RECORDS_MAX)
    const position = from + batch.length - 1
    const step = { count: batch.length, at: from * ROW_MS, cells: new Uint16Array(2), position }
    for (const { contributors } of monitor.add([step], countTerms(batch)))
      for (const { name } of contributors) if (!first.has(name)) first.set(name, position + 1)
  }
  const found = NEW_WORDS.map(word => first.get(word))
  const isAll = found.every(at => at !== undefined)
  return {
    all: isAll ? Math.max(...found.map(at => at ?? 0)) : null,
    others: [...first.keys()].filter(word => !(NEW_WORDS as readonly string[]).includes(word)).length,
  }
}

const DIMENSIONS = 64
const VECTORS = 20_000

/** Vectors until anything is found; null if nothing is. */
function vectors(run: number, shift: number): number | null {
  const draws = createDraws(3000 + run)
  const columns = (rows: number, by: Float64Array) =>
    Array.from({ length: DIMENSIONS }, (_, c) =>
      Float64Array.from({ length: rows }, () => draws.normal() + by[c]!),
    )
  const { monitor, stepsOf } = monitorOf(
    columns(REFERENCE_ROWS, new Float64Array(DIMENSIONS)),
    row => row * ROW_MS,
  )
  const direction = Float64Array.from({ length: DIMENSIONS }, () => draws.normal())
  const length = Math.hypot(...direction)
  const moved = direction.map(part => (shift * part) / length)
  for (const step of stepsOf(columns(VECTORS, moved)))
    if (alarmsOf(monitor, step).length > 0) return step.position + 1
  return null
}

const LABELS_BEFORE = 3000

/** Labels from the change to the alarm: the posts stay as they were, and the truth follows the score less. */
function labels(run: number, changes: boolean, rows = 4000): number | null {
  const { normal, uniform } = createDraws(4000 + run)
  const detector = new LabelDetector(1_000_000)
  for (let i = 0; i < LABELS_BEFORE + rows; i++) {
    const x = normal()
    const probability = 1 / (1 + Math.exp(1 - 1.5 * x))
    const truth = changes && i >= LABELS_BEFORE ? 1 / (1 + Math.exp(1 - 0.3 * x)) : probability
    const finding = detector.add(probability, uniform() < truth ? 1 : 0, i * ROW_MS)
    if (finding !== null && i >= LABELS_BEFORE) return i + 1 - LABELS_BEFORE
  }
  return null
}

function labelAlarms(): number {
  return labels(99, false, 100_000) === null ? 0 : 1
}

function delayOf(delays: readonly (number | null)[]): Delay {
  const found = delays.filter(delay => delay !== null).sort((left, right) => left - right)
  return {
    median: found[Math.floor(found.length / 2)] ?? null,
    p90: found[Math.floor(found.length * 0.9)] ?? null,
    missed: delays.length - found.length,
  }
}

function seedOf(name: string, run: number): number {
  let seed = run
  for (const letter of name) seed = (Math.imul(seed, 31) + letter.charCodeAt(0)) >>> 0
  return seed
}
