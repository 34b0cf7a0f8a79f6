import { describe, expect, it } from 'vitest'
import { createRandom } from '../../jobs/random.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { resolveModel } from '../../pipelines/model-registry.ts'
import type { DriftReport } from '../../schemas/records.ts'
import { isFull } from '../support/full.ts'
import { hasPublicSets, type LabelledRow, publicRows, RowsToDesk } from '../support/scored-rows.ts'

/** What the detectors say of real posts: those of one period in any order, and those of another that follow. See docs/drift.md. */

/** Minutes of scoring, so for `npm run test:full`. */
const canRun = isFull && hasPublicSets
const RESHUFFLES = 20
const POSTS = 8000
/** One alarm in 100,000 posts is the budget, and these are 160,000. */
const ALARMED_MAX = 2

function reshuffled(rows: readonly LabelledRow[], seed: number): LabelledRow[] {
  const random = createRandom(seed)
  const keyed = rows.map(row => ({ row, key: random() }))
  return keyed.sort((left, right) => left.key - right.key).map(({ row }) => row)
}

/** Alarms of the sequential methods; windows are for analysts, and a gap is none. */
function alarmsOf(reports: readonly DriftReport[]): DriftReport[] {
  return reports.filter(({ drifted, pValue }) => drifted && pValue === null)
}

describe.skipIf(!canRun)('on dated tweets', { timeout: 600_000 }, () => {
  const rows = canRun ? publicRows('semeval-dated/train') : []
  const early = rows.filter(({ date }) => date! < '2013')
  const kind = kindNamed('niceness')

  it(`of ${RESHUFFLES} reshuffles of 2011 and 2012 no more raise an alarm than the budget says`, async () => {
    const champion = await resolveModel('niceness@champion')
    const alarmed: string[] = []
    for (let seed = 1; seed <= RESHUFFLES; seed++) {
      const platform = new RowsToDesk(kind)
      await platform.add(champion, reshuffled(early, seed).slice(0, POSTS))
      const alarms = alarmsOf(platform.reports).map(({ method, feature }) => `${method} ${feature}`)
      if (alarms.length > 0) alarmed.push(`${seed}: ${alarms}`)
      // What nothing changed about has no words that are new.
      expect(alarms.filter(alarm => alarm.includes('bayes'))).toEqual([])
    }
    expect(alarmed.length, alarmed.join('; ')).toBeLessThanOrEqual(ALARMED_MAX)
  })

  it('October 2014 after them is found within 1,000 posts', async () => {
    const champion = await resolveModel('niceness@champion')
    const platform = new RowsToDesk(kind)
    // Two days of posts: on the first, what is slow is taken for a rhythm.
    await platform.add(champion, reshuffled(early, 1).slice(0, 2 * POSTS))
    expect(alarmsOf(platform.reports)).toEqual([])
    const october = rows.filter(({ date }) => date!.startsWith('2014-10'))
    await platform.add(champion, october.slice(0, 1000))
    const methods = new Set(alarmsOf(platform.reports).map(({ method }) => method))
    expect(methods).toContain('adwin')
  })
})
