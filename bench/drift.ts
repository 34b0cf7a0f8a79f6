import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { FeatureDetector } from '../processors/drift/feature-detector.ts'
import { featureReference, type ReferenceStep } from '../processors/drift/feature-reference.ts'
import { LabelDetector } from '../processors/drift/label-detector.ts'
import { DriftMonitor, STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import type { MonitorStep } from '../processors/drift/monitor-findings.ts'
import { binOf, quantileEdges } from '../processors/drift/rank-basis.ts'
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
import { median } from './pipeline-result.ts'

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

export interface DriftBenchResult {
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
  /** One feature, of CPU time. */
  readonly updatesPerSecond: number
  readonly postsOf20FeaturesPerSecond: number
  readonly tokensPerSecond: number
  /** Updates in the time that reading the same numbers from JSON takes: the reference measured beside it. */
  readonly vsJsonParse: number
  readonly bytesPerFeature: number
}

/** Measures what the detectors of the stream find, when, how often falsely, and what they cost. Seeded: the same figures again but for the speeds. */
export function benchDrift({ runs, signal, report }: DriftBenchOptions): DriftBenchResult {
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
  step('drift: speed')
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
    ...speeds(),
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

function speeds() {
  const { reference, values } = drawStream('none', 77)
  const edges = quantileEdges(reference)
  const one = new FeatureDetector(featureReference(edges.length + 1, referenceSteps(reference, edges)), {
    logLevel: 10,
    recordsBetweenFalseAlarms: 1e6,
  })
  const update = () => {
    const bins = new Uint16Array(edges.length + 1)
    for (let from = 0; from < values.length; from += STEP_RECORDS_MAX) {
      bins.fill(0)
      const end = Math.min(values.length, from + STEP_RECORDS_MAX)
      for (let i = from; i < end; i++) bins[binOf(edges, values[i]!)]!++
      one.add(bins, 0, from * ROW_MS)
    }
  }
  const json = JSON.stringify([...values])
  for (let i = 0; i < 3; i++) update()
  const updatesPerSecond = median(times(7, () => values.length / cpuSecondsOf(update)))
  const parsedPerSecond = median(times(7, () => values.length / cpuSecondsOf(() => JSON.parse(json))))
  const columns = Array.from({ length: 20 }, (_, c) => drawStream('none', 80 + c))
  const { monitor, stepsOf } = monitorOf(
    columns.map(column => column.reference),
    row => row * ROW_MS,
  )
  const currents = columns.map(column => column.values)
  const watch = () => {
    for (const step of stepsOf(currents)) monitor.add([step], [])
  }
  watch()
  const posts = drawPosts(20_000, 0, 23)
  const words = monitorOf([Float64Array.of(0, 1)], () => 0, posts).monitor
  let tokens = 0
  for (const post of posts) tokens += post.size
  const read = () => {
    for (let from = 0; from < posts.length; from += 512) {
      const batch = posts.slice(from, from + 512)
      words.add([{ count: batch.length, at: 0, cells: new Uint16Array(2), position: 0 }], countTerms(batch))
    }
  }
  return {
    updatesPerSecond: Math.round(updatesPerSecond),
    vsJsonParse: updatesPerSecond / parsedPerSecond,
    postsOf20FeaturesPerSecond: Math.round(currents[0]!.length / cpuSecondsOf(watch)),
    tokensPerSecond: Math.round(tokens / cpuSecondsOf(read)),
    bytesPerFeature: bytesPerFeature(reference, edges),
  }
}

/** Growth of the process by one more feature and slice: its detector, its reference, and the counts that may join it. */
function bytesPerFeature(reference: Float64Array, edges: Float64Array): number {
  const steps = referenceSteps(reference, edges)
  const bins = edges.length + 1
  const budget = { logLevel: 10, recordsBetweenFalseAlarms: 1e6 }
  const held: unknown[] = []
  const make = () =>
    held.push([new FeatureDetector(featureReference(bins, steps), budget), new Float64Array(bins)])
  const collect = garbageCollector()
  const used = () => {
    // Twice: what lies outside the heap is freed after the arrays that owned it.
    collect()
    collect()
    const { heapUsed, arrayBuffers } = process.memoryUsage()
    return heapUsed + arrayBuffers
  }
  for (let i = 0; i < DETECTORS_WARM; i++) make()
  const before = used()
  for (let i = 0; i < DETECTORS_MEASURED; i++) make()
  return Math.round((used() - before) / DETECTORS_MEASURED)
}

const DETECTORS_WARM = 20
const DETECTORS_MEASURED = 1000

/** V8 collects on demand only where it was told so, which can be said at any time. */
function garbageCollector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

/** A monitor over columns of numbers, cut into bins by their reference, and what makes steps of further rows. */
function monitorOf(
  reference: readonly Float64Array[],
  referenceAt: (row: number) => number,
  posts: readonly Set<string>[] = [],
) {
  const edges = reference.map(column => quantileEdges(column))
  const bins = edges.map(own => own.length + 1)
  const binsMax = Math.max(...bins)
  const monitor = new DriftMonitor({ features: edges.map((_, c) => String(c)), slices: ['all'], bins })
  function* stepsOf(
    columns: readonly Float64Array[],
    timeOf = (row: number) => row * ROW_MS,
  ): Generator<MonitorStep> {
    const rows = columns[0]!.length
    for (let from = 0; from < rows; from += STEP_RECORDS_MAX) {
      const end = Math.min(rows, from + STEP_RECORDS_MAX)
      const cells = new Uint16Array(columns.length * binsMax)
      for (let c = 0; c < columns.length; c++) {
        const column = columns[c]!
        for (let row = from; row < end; row++) cells[c * binsMax + binOf(edges[c]!, column[row]!)]!++
      }
      yield { count: end - from, at: timeOf(from), cells, position: end - 1 }
    }
  }
  const terms = new Map(countTerms(posts).map(({ term, count }) => [term, count]))
  const steps = [...stepsOf(reference, referenceAt)]
  const missing = posts.length - reference[0]!.length
  // Words need as many records as there were posts.
  if (missing > 0) steps.push({ count: missing, at: 0, cells: new Uint16Array(binsMax), position: 0 })
  monitor.formReference(steps, terms)
  return { monitor, stepsOf }
}

function alarmsOf(monitor: DriftMonitor, step: MonitorStep) {
  return monitor.add([step], []).filter(({ cleared }) => !cleared)
}

function referenceSteps(values: Float64Array, edges: Float64Array): ReferenceStep[] {
  const steps: ReferenceStep[] = []
  for (let from = 0; from < values.length; from += STEP_RECORDS_MAX) {
    const bins = new Uint16Array(edges.length + 1)
    for (const value of values.subarray(from, from + STEP_RECORDS_MAX)) bins[binOf(edges, value)]!++
    steps.push({ at: from * ROW_MS, bins })
  }
  return steps
}

function countTerms(posts: readonly Set<string>[]) {
  const counts = new Map<string, number>()
  for (const post of posts) for (const word of post) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts].map(([term, count]) => ({ term, count, contentId: null }))
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

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

function cpuSecondsOf(work: () => void): number {
  const before = process.cpuUsage()
  work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
