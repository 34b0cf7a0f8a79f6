import type { WatchedSlice } from '../processors/drift/declared-features.ts'
import { STEP_RECORDS_MAX } from '../processors/drift/monitor.ts'
import {
  addBins,
  PROFILE_RECORDS_MAX,
  ProfileBuilder,
  type ProfileLayout,
} from '../processors/drift/profile.ts'
import { quantileEdges } from '../processors/drift/rank-basis.ts'
import { DriftWindows } from '../processors/drift/windows.ts'
import { NicrError } from '../schemas/errors.ts'
import type { ProfileStep } from '../schemas/records.ts'
import { createDraws, REFERENCE_ROWS } from './drift-streams.ts'

/** What a report over stored profiles costs who asks for it. */
export interface DriftReportCost {
  readonly posts: number
  readonly features: number
  readonly slices: number
  /** Bytes of the bins that are read: what the profiles hold of all features and slices. */
  readonly megabytes: number
  /** From those bytes to the report. Not in it: fetching and decoding the records they lie in. */
  readonly seconds: number
  /** CPU time of it. */
  readonly cpuSeconds: number
  /** Figures of the report: each method of each feature. */
  readonly figures: number
}

const POSTS = 1_000_000
const FEATURES = 20
const SEED = 31
/** Reports of which the fastest counts: the first ones also compile. */
const REPORTS = 3
/** Far behind the window, so that it closes. */
const LATER_MS = 10 * 3_600_000

/** As the text kinds have them: all, and parts of it. */
const slices: readonly WatchedSlice[] = ['all', 'posts', 'comments', 'language', 'newAuthors'].map(name => ({
  name,
  description: name,
  holds: () => true,
}))
/** Slices of a record: always `all`; of the others posts or comments, most in the language, few of new authors. */
const memberships = [0b01011, 0b01101, 0b01101, 0b11011, 0b00101]

/**
 * Makes profiles of so many posts, as a scorer writes them, and judges them as one window against a reference by every method.
 * @throws NicrError NICR_BENCH_FAILED where the window does not hold every post
 */
export function driftReportCost(posts = POSTS): DriftReportCost {
  const draws = createDraws(SEED)
  const reference = Array.from({ length: FEATURES }, () =>
    Float64Array.from({ length: REFERENCE_ROWS }, () => draws.normal()),
  )
  const features = reference.map((column, index) => ({
    name: `f${index}`,
    description: '',
    edges: quantileEdges(column),
  }))
  const binsMax = Math.max(...features.map(({ edges }) => edges.length + 1))
  const layout: ProfileLayout = { version: 'bench', features, slices, binsMax }
  const before = countOf(
    stepsOf(layout, REFERENCE_ROWS, (row, feature) => reference[feature]![row]!),
    layout,
  )
  const stored = stepsOf(layout, posts, draws.normal)
  let seconds = Number.POSITIVE_INFINITY
  let cpuSeconds = Number.POSITIVE_INFINITY
  let figures = 0
  for (let report = 0; report < REPORTS; report++) {
    const startedAt = performance.now()
    const startedCpu = process.cpuUsage()
    const found = judge(layout, countOf(stored, layout), before)
    const { user, system } = process.cpuUsage(startedCpu)
    seconds = Math.min(seconds, (performance.now() - startedAt) / 1000)
    cpuSeconds = Math.min(cpuSeconds, (user + system) / 1e6)
    if (found.some(({ count }) => count !== posts) || found.length === 0)
      throw new NicrError('NICR_BENCH_FAILED', `the window of the report does not hold ${posts} posts`)
    figures = found.length
  }
  const bytes = stored.reduce((sum, { bins }) => sum + bins.byteLength, 0)
  return {
    posts,
    features: FEATURES,
    slices: slices.length,
    megabytes: bytes / 1e6,
    seconds,
    cpuSeconds,
    figures,
  }
}

type StoredStep = Pick<ProfileStep, 'bins' | 'count'>

/** The steps of the profiles of so many posts. Of their sums a report needs none, so they are not kept. */
function stepsOf(
  layout: ProfileLayout,
  rows: number,
  numberAt: (row: number, feature: number) => number,
): StoredStep[] {
  const builder = new ProfileBuilder(layout, STEP_RECORDS_MAX)
  const values = new Float64Array(layout.features.length)
  const record = { author: '', contentId: '', revision: 0, thread: '', at: 0, terms: new Set<string>() }
  const steps: StoredStep[] = []
  const place = { kind: 'bench', modelVersion: 'bench', topic: 'bench', partition: 0, skipped: 0 }
  for (let from = 0; from < rows; from += PROFILE_RECORDS_MAX) {
    const nextOffset = Math.min(rows, from + PROFILE_RECORDS_MAX)
    for (let row = from; row < nextOffset; row++) {
      for (let feature = 0; feature < values.length; feature++) values[feature] = numberAt(row, feature)
      builder.add({ ...record, offset: row, values, slices: memberships[row % memberships.length]! })
    }
    const profile = builder.take({ ...place, firstOffset: from, nextOffset })
    for (const { bins, count } of profile?.steps ?? []) steps.push({ bins, count })
  }
  return steps
}

interface Counted {
  readonly count: number
  readonly cells: Float64Array
}

/** All steps as one: profiles are sums. */
function countOf(steps: readonly StoredStep[], { features, slices, binsMax }: ProfileLayout): Counted {
  const cells = new Float64Array(slices.length * features.length * binsMax)
  let total = 0
  for (const { bins, count } of steps) {
    addBins(bins, cells)
    total += count
  }
  return { count: total, cells }
}

/** What the windows of the service say of these counts. */
function judge({ features, slices, binsMax }: ProfileLayout, current: Counted, reference: Counted) {
  const windows = new DriftWindows({
    features: features.map(({ name }) => name),
    slices: slices.map(({ name }) => name),
    bins: features.map(() => binsMax),
  })
  const referenceOf = (feature: number) =>
    reference.cells.subarray(feature * binsMax, (feature + 1) * binsMax)
  windows.add([{ ...current, at: 0, position: 0 }], referenceOf)
  return windows.add([{ ...current, at: LATER_MS, position: 1 }], referenceOf)
}
