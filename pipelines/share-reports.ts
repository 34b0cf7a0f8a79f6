import { CLASS_SHARE, CLASS_SHARE_REFUSED } from '../processors/drift/share-report.ts'
import { NicrError } from '../schemas/errors.ts'
import type { ClickHouse } from './clickhouse.ts'

/** What a report says of a moved share of a kind's class. */
export interface ShareReport {
  readonly id: string
  readonly kind: string
  readonly modelVersion: string
  readonly finding: string | null
  readonly drifted: boolean
  /** The new share, and the one before. */
  readonly statistic: number
  readonly threshold: number
  readonly effect: number | null
  /** What else moved. */
  readonly names: readonly string[]
}

const FIELDS = `SELECT id, kind, modelVersion, r.finding AS finding, drifted, statistic, threshold, effect, contributors.name AS names
FROM drift_reports AS r`

const BY_ID = `${FIELDS} WHERE id = {id:String} LIMIT 1`

const LATEST = `${FIELDS}
WHERE kind = {kind:String} AND modelVersion = {modelVersion:String} AND r.finding IN ('${CLASS_SHARE}', '${CLASS_SHARE_REFUSED}')
ORDER BY at DESC, _offset DESC LIMIT 1`

/**
 * The report to recalibrate a kind by.
 * @param id that very one; the latest about the version unless given
 * @throws NicrError NICR_REPORT_NOT_FOUND; NICR_INPUT_INVALID for one that does not tell of a share to correct, NICR_CLICKHOUSE_*
 */
export async function shareReportOf(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, modelVersion, id }: { kind: string; modelVersion: string; id?: string | undefined },
): Promise<ShareReport & { readonly effect: number }> {
  const [report] =
    id === undefined
      ? await clickhouse.query<ShareReport>(LATEST, { kind, modelVersion })
      : await clickhouse.query<ShareReport>(BY_ID, { id })
  if (report === undefined)
    throw new NicrError(
      'NICR_REPORT_NOT_FOUND',
      id === undefined
        ? `no report says that the share of a class moved under ${kind}@${modelVersion}; state one with --share`
        : `there is no drift report ${id}`,
    )
  const { effect } = report
  const problem = problemOf(report, kind)
  if (problem === null && effect !== null) return { ...report, effect }
  throw new NicrError('NICR_INPUT_INVALID', `the report ${report.id} ${problem ?? 'states no effect'}`)
}

function problemOf({ kind, finding, drifted, names }: ShareReport, wanted: string): string | null {
  if (kind !== wanted) return `is about ${kind}, not ${wanted}`
  if (finding === CLASS_SHARE_REFUSED)
    return `says that more than the share moved (${names.join(', ')}), so it must not be corrected alone; retrain instead`
  if (finding !== CLASS_SHARE) return `does not tell of a share: its finding is ${finding ?? 'plain drift'}`
  return drifted ? null : 'says that the share came back to what it was: there is nothing to correct'
}
