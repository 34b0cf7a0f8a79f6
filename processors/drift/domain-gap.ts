import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport } from '../../schemas/records.ts'
import { CONTRIBUTORS_MAX, type MonitorLayout } from './monitor-findings.ts'
import { psi, psiThreshold, sumOf, usedBins } from './statistics/two-samples.ts'
import type { TrainingReference } from './training-reference.ts'

/**
 * How far a platform is from what its model was trained on, said once: by PSI for each feature, unknown words among them. A
 * feature is away where its PSI is more than chance gives at these numbers of records (chi-square · (1/n + 1/m), Yurdakul 2018;
 * level 0.001 over all features together, Bonferroni) and at least 0.1, below which it is customarily called stable. So records
 * that are drawn as the training rows were are called away once in 1,000 platforms at most, if they are independent.
 */
const FALSE_GAP_RATE = 0.001
const EFFECT_MIN = 0.1
/** The method's name in reports, also of windows. */
export const TRAINING_METHOD = 'psi-training'

/** Rows that the version was trained on, by bin, or null: for each feature of a layout. */
export type TrainingCounts = readonly (Float64Array | null)[]

/** The counts of a reference in the order of a layout, and as long as its bins. */
export function trainingCounts(
  { features, bins }: MonitorLayout,
  reference: TrainingReference,
): TrainingCounts {
  const known = new Map(reference.features.map(({ name, counts }) => [name, counts]))
  return features.map((name, i) => {
    const counts = known.get(name)
    if (counts === undefined || counts.length > bins[i]!) return null
    const own = new Float64Array(bins[i]!)
    own.set(counts)
    return own
  })
}

export interface DomainGap {
  /** Of the feature that differs most. */
  readonly statistic: number
  readonly threshold: number
  readonly pValue: number | null
  /** Features that are away with their PSI, heaviest first. */
  readonly away: readonly { readonly name: string; readonly psi: number; readonly count: number }[]
}

/**
 * Compares a platform's first records with the training rows.
 * @param ownCounts records of a feature by bin
 * @returns null where no feature is away
 */
export function domainGap(
  { features }: Pick<MonitorLayout, 'features'>,
  training: TrainingCounts,
  ownCounts: (feature: number) => ArrayLike<number> | null,
): DomainGap | null {
  const compared = training.filter(counts => counts !== null).length
  const away = features.flatMap((name, i) => {
    const own = ownCounts(i)
    const learned = training[i]
    if (own === null || learned === null || learned === undefined) return []
    const used = usedBins(learned, own).length
    const [before, now] = [sumOf(learned), sumOf(own)]
    const threshold = Math.max(EFFECT_MIN, psiThreshold(FALSE_GAP_RATE / compared, used, before, now))
    const { statistic, pValue } = psi(learned, own)
    return statistic > threshold ? [{ name, psi: statistic, count: now, threshold, pValue }] : []
  })
  away.sort((left, right) => right.psi - left.psi)
  const [most] = away
  if (most === undefined) return null
  return {
    statistic: most.psi,
    threshold: most.threshold,
    pValue: most.pValue,
    away: away.map(({ name, psi, count }) => ({ name, psi, count })),
  }
}

/** The gap as a report: no alarm, for a platform always differs from public data. */
export function gapReport(
  gap: DomainGap,
  names: Pick<DriftReport, 'kind' | 'modelVersion' | 'referenceVersion'>,
  window: { readonly from: number; readonly at: number; readonly count: number },
): DriftReport {
  const { from, at, count } = window
  const report = {
    ...names,
    feature: '*',
    slice: 'all',
    windowStart: Math.min(from, at),
    windowEnd: at + 1,
    method: TRAINING_METHOD,
    statistic: gap.statistic,
    threshold: gap.threshold,
    pValue: gap.pValue,
    eValue: null,
    effect: gap.statistic,
    effectLow: null,
    effectHigh: null,
    drifted: false,
    finding: 'DOMAIN_GAP',
    count,
    changedAt: null,
    contributors: gap.away.slice(0, CONTRIBUTORS_MAX).map(({ name, psi, count: held }) => ({
      name,
      weight: psi,
      count: held,
      expected: null,
      contentIds: [],
      revisions: [],
    })),
    at,
  }
  // Two versions may come so far at the same event time.
  const referenceVersion = `${names.referenceVersion}@${names.modelVersion}`
  return { id: driftReportId({ ...report, referenceVersion }), ...report }
}
