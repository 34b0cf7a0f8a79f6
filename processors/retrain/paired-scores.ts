/** What two versions say of the same contents: sums over a window of them. */
export interface PairedScores {
  /** Contents that both scored. */
  readonly records: number
  /** Contents that the predecessor scored and the newcomer did not. */
  readonly missing: number
  /** Mean of newcomer less predecessor, on the kind's scale, and its variance. */
  readonly meanShift: number
  readonly shiftVariance: number
  /** Contents whose label differs. */
  readonly differing: number
  /** Median time for a content in microseconds, since a pause falls on either; null where it was not measured. */
  readonly newcomerMicros: number | null
  readonly predecessorMicros: number | null
  /** Labels and reports on these contents that one of the two is right about, and the other is not. */
  readonly newcomerRight: number
  readonly predecessorRight: number
}

export const noPairs: PairedScores = {
  records: 0,
  missing: 0,
  meanShift: 0,
  shiftVariance: 0,
  differing: 0,
  newcomerMicros: null,
  predecessorMicros: null,
  newcomerRight: 0,
  predecessorRight: 0,
}

/** The sums of two windows as those of one. */
export function joinPairs(a: PairedScores, b: PairedScores): PairedScores {
  const records = a.records + b.records
  if (records === 0) return { ...noPairs, missing: a.missing + b.missing }
  const meanShift = (a.records * a.meanShift + b.records * b.meanShift) / records
  const about = (one: PairedScores) => one.records * (one.shiftVariance + (one.meanShift - meanShift) ** 2)
  const mean = (of: (one: PairedScores) => number | null) => {
    const known = [a, b].filter(one => of(one) !== null && one.records > 0)
    const weight = known.reduce((sum, one) => sum + one.records, 0)
    return weight === 0 ? null : known.reduce((sum, one) => sum + one.records * of(one)!, 0) / weight
  }
  return {
    records,
    missing: a.missing + b.missing,
    meanShift,
    shiftVariance: (about(a) + about(b)) / records,
    differing: a.differing + b.differing,
    newcomerMicros: mean(one => one.newcomerMicros),
    predecessorMicros: mean(one => one.predecessorMicros),
    newcomerRight: a.newcomerRight + b.newcomerRight,
    predecessorRight: a.predecessorRight + b.predecessorRight,
  }
}
