import { RANK_MOMENTS } from './rank-basis.ts'

/**
 * The rhythm of day and week in a feature: harmonics of a day (and, from two weeks on, of a week) fitted to the rank moments by
 * least squares. What is expected of the hour is taken out before anything is compared, so a rhythm is not drift, and a change
 * on top of it is.
 */

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const WEEK_MS = 7 * DAY_MS
const DAY_HARMONICS = 2
const WEEK_HARMONICS = 3
/** A rhythm of a day is believed from a day and a half on: less is a trend as well. */
const DAY_SPAN_MIN_MS = 1.5 * DAY_MS
const WEEK_SPAN_MIN_MS = 14 * DAY_MS
/** Parts of the day that must have been seen, of 8. */
const PARTS_MIN = 6
/** Parts of the week, of 56, that make a day and a half, and two weeks: what a clock that jumped makes of `from` and `to` is not believed. */
const DAY_SPAN_PARTS_MIN = 10
const WEEK_SPAN_PARTS_MIN = 42
/** A rhythm is believed if chance would show one as large, in one moment, in fewer than one of 10,000 references. */
const LOG_LEVEL = 9.2

export interface Season {
  /** Periods, ms; each has a sine and a cosine. */
  readonly periods: readonly number[]
  /** Mean of each moment over a whole period. */
  readonly means: readonly number[]
  /** `coefficients[moment][2 * i]` is the sine's of `periods[i]`, the next its cosine's. */
  readonly coefficients: readonly (readonly number[])[]
  /** Variance of what is taken out, at the worst hour. */
  readonly variance: number
  /** Covariance of mean and coefficients while the rhythm is not known, row by row: `unknownVarianceAt` reads it. */
  readonly covariance?: readonly number[]
}

/** Sums by hour of the week, from which a season is fitted: they merge by addition. */
export interface HourSums {
  /** First ms of the hours seen and end of the last, ms since the epoch. */
  from: number
  to: number
  /** For each part of the week: records, then the sums of the moments. */
  readonly hours: Float32Array
}

/** A week is summed up in parts of three hours. */
const PART_MS = 3 * HOUR_MS
const PARTS_A_WEEK = 56
const PARTS_A_DAY = 8
const WIDTH = RANK_MOMENTS + 1

export function createHourSums(): HourSums {
  return {
    from: Number.POSITIVE_INFINITY,
    to: Number.NEGATIVE_INFINITY,
    hours: new Float32Array(PARTS_A_WEEK * WIDTH),
  }
}

/** Forgets all hours seen. */
export function clearHours(sums: HourSums): void {
  sums.from = Number.POSITIVE_INFINITY
  sums.to = Number.NEGATIVE_INFINITY
  sums.hours.fill(0)
}

/** Adds records of about one time. */
export function addHour(into: HourSums, at: number, count: number, sums: ArrayLike<number>): void {
  into.from = Math.min(into.from, at)
  into.to = Math.max(into.to, at)
  const place = partOfWeek(at) * WIDTH
  into.hours[place]! += count
  for (let k = 0; k < RANK_MOMENTS; k++) into.hours[place + 1 + k]! += sums[k]!
}

/** Event time from the first records to the last, ms. */
function spanOf({ from, to }: HourSums): number {
  return to - from
}

/** Whether a day and a half was seen, so that a rhythm of the day shows. */
export function showsDay(sums: HourSums): boolean {
  if (!(spanOf(sums) >= DAY_SPAN_MIN_MS)) return false
  const seen = partsSeen(sums)
  return seen.length >= DAY_SPAN_PARTS_MIN && new Set(seen.map(part => part % PARTS_A_DAY)).size >= PARTS_MIN
}

/** Whether two weeks were seen, so that a rhythm of the week shows. */
export function showsWeek(sums: HourSums): boolean {
  return spanOf(sums) >= WEEK_SPAN_MIN_MS && partsSeen(sums).length >= WEEK_SPAN_PARTS_MIN
}

/** Whether a season was fitted to the week, too. */
export function knowsWeek(season: Season | null): boolean {
  return season !== null && season.periods.length > DAY_HARMONICS
}

/**
 * @param designEffects variance of a sum of records over their number, for each moment
 * @returns null where there is too little time to tell, or no rhythm
 */
export function fitSeason(sums: HourSums, designEffects: Float64Array): Season | null {
  if (!showsDay(sums)) return null
  const periods = Array.from({ length: DAY_HARMONICS }, (_, i) => DAY_MS / (i + 1))
  if (showsWeek(sums)) for (let i = 1; i <= WEEK_HARMONICS; i++) periods.push(WEEK_MS / i)
  const terms = 2 * periods.length
  const { matrix, right, records } = normalEquations(sums, periods)
  const means: number[] = []
  const coefficients: number[][] = []
  let isRhythm = false
  for (let k = 0; k < RANK_MOMENTS; k++) {
    const solved = solve(matrix, right[k]!)
    if (solved === null) return null
    // Twice the log-likelihood gained is chi-square with `terms` degrees: Laurent & Massart's bound of its tail.
    const limit = designEffects[k]! * (terms + 2 * Math.sqrt(terms * LOG_LEVEL) + 2 * LOG_LEVEL)
    isRhythm ||= gained(solved, right[k]!, records) > limit
    means.push(solved[0]!)
    coefficients.push(solved.slice(1))
  }
  // Where the location has a rhythm, spread and shape of the pooled ranks have one too, a weaker one.
  if (!isRhythm) return null
  const effect = Math.max(...designEffects)
  return { periods, means, coefficients, variance: (effect * terms) / records }
}

/** Fills `into` with what the season lets expect of each moment at a time. */
export function seasonAt(season: Season, at: number, into: Float64Array): void {
  into.set(season.means)
  season.periods.forEach((period, i) => {
    const angle = waveAngle(at, period)
    const sine = Math.sin(angle)
    const cosine = Math.cos(angle)
    for (let k = 0; k < RANK_MOMENTS; k++) {
      const own = season.coefficients[k]!
      into[k]! += own[2 * i]! * sine + own[2 * i + 1]! * cosine
    }
  })
}

/** The least squares of the means of the parts of a week, each weighed by its records; the mean itself is a term too. */
function normalEquations({ hours }: HourSums, periods: readonly number[]) {
  const terms = 1 + 2 * periods.length
  const matrix = Array.from({ length: terms }, () => new Array<number>(terms).fill(0))
  const right = Array.from({ length: RANK_MOMENTS }, () => new Array<number>(terms).fill(0))
  let records = 0
  for (let hour = 0; hour < PARTS_A_WEEK; hour++) {
    const count = hours[hour * WIDTH]!
    if (count === 0) continue
    records += count
    const row = [1]
    const at = middleOf(hour)
    for (const period of periods) {
      const angle = waveAngle(at, period)
      const mean = meanOverPart(period)
      row.push(mean * Math.sin(angle), mean * Math.cos(angle))
    }
    for (let i = 0; i < terms; i++) {
      for (let j = 0; j < terms; j++) matrix[i]![j]! += count * row[i]! * row[j]!
      for (let k = 0; k < RANK_MOMENTS; k++) right[k]![i]! += row[i]! * hours[hour * WIDTH + 1 + k]!
    }
  }
  return { matrix, right, records }
}

/** Mean of a wave over a part of the week, of its value in the middle. */
function meanOverPart(period: number): number {
  const half = (Math.PI * PART_MS) / period
  return Math.sin(half) / half
}

/** Phase of a period at a time, radians. */
export function waveAngle(at: number, period: number): number {
  return (2 * Math.PI * (at % period)) / period
}

/** Gauss and Jordan with pivots; null where the matrix is singular. */
export function solve(matrix: readonly (readonly number[])[], right: readonly number[]): number[] | null {
  const size = right.length
  const rows = matrix.map((row, i) => [...row, right[i]!])
  for (let column = 0; column < size; column++) {
    let pivot = column
    for (let i = column + 1; i < size; i++)
      if (Math.abs(rows[i]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = i
    const lead = rows[pivot]![column]!
    if (Math.abs(lead) < PIVOT_MIN) return null
    ;[rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!]
    for (let i = 0; i < size; i++) {
      if (i === column) continue
      const factor = rows[i]![column]! / lead
      for (let j = column; j <= size; j++) rows[i]![j]! -= factor * rows[column]![j]!
    }
  }
  return rows.map((row, i) => row[size]! / row[i]!)
}

const PIVOT_MIN = 1e-9

/** Twice the log-likelihood that harmonics gain over the mean alone. */
function gained(solved: readonly number[], right: readonly number[], records: number): number {
  return dot(solved, right) - right[0]! ** 2 / records
}

function dot(left: readonly number[], right: readonly number[]): number {
  return left.reduce((sum, value, i) => sum + value * right[i]!, 0)
}

/** Weeks are counted from the epoch, a Thursday: only that the same hour comes again matters. */
function partOfWeek(at: number): number {
  return Math.floor((((at % WEEK_MS) + WEEK_MS) % WEEK_MS) / PART_MS)
}

function middleOf(part: number): number {
  return (part + 0.5) * PART_MS
}

/** Parts of the week with records. */
function partsSeen({ hours }: HourSums): number[] {
  return Array.from({ length: PARTS_A_WEEK }, (_, part) => part).filter(part => hours[part * WIDTH]! > 0)
}
