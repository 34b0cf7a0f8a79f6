import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { shareReportOf } from '../../pipelines/share-reports.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import type { DriftReport } from '../../schemas/records.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { aDriftReport } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

/** Reports of moved shares as they lie in ClickHouse. */

const T0 = Date.UTC(2026, 2, 1, 10)

describe.skipIf(stackMissing() !== null)('reports of a moved share', () => {
  let clickhouse: ClickHouse
  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    const moved = { kind: 'text-spam', modelVersion: '2', feature: 'score', method: 'em', threshold: 0.1 }
    const found = (id: string, hour: number, changes: Partial<DriftReport>) =>
      aDriftReport({ ...moved, id, at: T0 + hour, windowEnd: T0 + hour + 1, drifted: true, ...changes })
    const reports = [
      found('old', 1, { finding: 'CLASS_SHARE', statistic: 0.2, effect: 0.8 }),
      found('new', 2, { finding: 'CLASS_SHARE', statistic: 0.3, effect: 1.35, contributors: [] }),
      found('plain', 3, { finding: null, method: 'adwin' }),
      found('other', 4, { finding: 'CLASS_SHARE', modelVersion: '3', statistic: 0.9, effect: 4 }),
      found('no', 5, {
        finding: 'CLASS_SHARE_REFUSED',
        kind: 'toxicity',
        drifted: false,
        contributors: [
          { name: 'length', weight: 0.4, count: 9, expected: null, contentIds: [], revisions: [] },
        ],
      }),
    ]
    for (const [offset, report] of reports.entries()) {
      const place = { topic: 'nicr.drift-reports', partition: 0, offset, appendedAt: Date.now() }
      await clickhouse.insertRows('drift_reports_log', [rowOf('drift-reports', report, place)], {
        deduplicationToken: report.id,
      })
    }
  })
  afterAll(() => dropDatabase(clickhouse))

  it('the latest about the version is taken, or the one that is named', async () => {
    const about = { kind: 'text-spam', modelVersion: '2' }
    expect(await shareReportOf(clickhouse, about)).toMatchObject({ id: 'new', statistic: 0.3, effect: 1.35 })
    expect(await shareReportOf(clickhouse, { ...about, id: 'old' })).toMatchObject({ statistic: 0.2 })
    await expect(shareReportOf(clickhouse, { ...about, id: 'gone' })).rejects.toThrow('no drift report gone')
    await expect(shareReportOf(clickhouse, { ...about, modelVersion: '7' })).rejects.toMatchObject({
      code: 'NICR_REPORT_NOT_FOUND',
    })
  })

  it('a refused one says what moved beside the share', async () => {
    const refused = shareReportOf(clickhouse, { kind: 'toxicity', modelVersion: '2' })
    await expect(refused).rejects.toThrow('more than the share moved (length)')
  })

  it('is no drift that stays open until it comes back', async () => {
    const open = await clickhouse.query<{ method: string }>('SELECT method FROM current_drifts')
    expect(open.filter(({ method }) => method === 'em')).toEqual([])
  })
})
