import { driftReportId } from '../../schemas/ids.ts'
import type { DriftReport } from '../../schemas/records.ts'
import { CONTRIBUTORS_MAX } from './monitor-findings.ts'
import type { ShareFinding } from './share-judgement.ts'

/** Names of a moved share in reports, and in `nicr models recalibrate`. */
export const CLASS_SHARE = 'CLASS_SHARE'
export const CLASS_SHARE_REFUSED = 'CLASS_SHARE_REFUSED'

/**
 * A moved share as a report: `statistic` is the new share, `threshold` the one before, `effect` the difference of their log-odds.
 * CLASS_SHARE may be corrected, and is `drifted` unless the share came back; CLASS_SHARE_REFUSED must not be, and names what else moved.
 */
export function shareReport(
  { away, move, unexplained, from, at: foundAt, count }: ShareFinding,
  names: Pick<DriftReport, 'kind' | 'modelVersion' | 'referenceVersion'>,
  appendedAt: number,
): DriftReport {
  const at = Math.min(foundAt, appendedAt)
  const windowStart = Math.min(from, at)
  const isRefused = unexplained.length > 0
  const report = {
    ...names,
    feature: 'score',
    slice: 'all',
    windowStart,
    windowEnd: at + 1,
    method: 'em',
    statistic: move.to.share,
    threshold: move.from.share,
    pValue: null,
    eValue: null,
    effect: move.shift,
    effectLow: move.shiftLow,
    effectHigh: move.shiftHigh,
    drifted: away && !isRefused,
    finding: isRefused ? CLASS_SHARE_REFUSED : CLASS_SHARE,
    count,
    changedAt: windowStart,
    contributors: unexplained
      .slice(0, CONTRIBUTORS_MAX)
      .map(one => ({ ...one, contentIds: [], revisions: [] })),
    at,
  }
  return { id: driftReportId(report), ...report }
}
