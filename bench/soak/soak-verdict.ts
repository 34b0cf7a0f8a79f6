/** Numbers by name. */
export type Measures = Readonly<Record<string, number>>

/** What was measured at one moment of a soak; a measure that failed is missing. */
export interface SoakPoint {
  /** Since the load began. */
  readonly minutes: number
  readonly measures: Measures
}

/** Measures all. What fails or comes to no number is left out: hours of others are not to be lost for it. */
export async function measureAll(measures: readonly (() => Promise<Measures>)[]): Promise<Measures> {
  const outcomes = await Promise.allSettled(measures.map(measure => measure()))
  const found = outcomes.flatMap(one => (one.status === 'fulfilled' ? Object.entries(one.value) : []))
  return Object.fromEntries(found.filter(([, value]) => Number.isFinite(value)))
}

/** Whether a measure stayed where it was. */
export interface Flatness {
  readonly measure: string
  /** Median of the second quarter of the time: what starts has started by then. */
  readonly early: number
  /** Median of the last quarter. */
  readonly late: number
  readonly highest: number
  readonly isFlat: boolean
}

/** How much a measure may grow from early to late: by this share, or by so much where it is small. */
export interface Slack {
  readonly share: number
  readonly least: number
}

/** Judges each measure that a slack is stated for. @throws Error for fewer than 8 points */
export function judgeSoak(
  points: readonly SoakPoint[],
  slacks: Readonly<Record<string, Slack>>,
): readonly Flatness[] {
  if (points.length < POINTS_MIN) throw new Error(`${points.length} points are too few to judge a soak by`)
  const end = points.at(-1)!.minutes
  const within = (measure: string, from: number, to: number) =>
    points
      .filter(({ minutes }) => minutes >= from * end && minutes <= to * end)
      .map(({ measures }) => measures[measure])
      .filter(value => value !== undefined)
  return Object.entries(slacks).map(([measure, { share, least }]) => {
    const early = median(within(measure, 1 / 4, 1 / 2))
    const late = median(within(measure, 3 / 4, 1))
    const highest = Math.max(...within(measure, 0, 1))
    return { measure, early, late, highest, isFlat: late - early <= Math.max(least, share * early) }
  })
}

const POINTS_MIN = 8

/** NaN of nothing, which is never flat. */
function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
}
