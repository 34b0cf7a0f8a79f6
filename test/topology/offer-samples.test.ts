import { expect, it } from 'vitest'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { declareProcessor } from '../../pipelines/runtime/processor-declaration.ts'
import { offerSamples } from '../../processors/offer-samples/offer-samples.ts'
import type { DriftReport } from '../../schemas/records.ts'
import { START } from '../simulation/community.ts'
import { aDriftReport } from '../support/records.ts'
import { DAY, T0 } from '../support/retraining.ts'

/** Drift reports through `offer-samples`: what taggers are asked, and how much of it. */

const contributor = (name: string, contentIds: string[], changes = {}) => ({
  name,
  weight: 3,
  count: 12,
  expected: 0,
  contentIds,
  revisions: contentIds.map((_, i) => i),
  ...changes,
})

const newWords = (
  id: string,
  contributors: DriftReport['contributors'],
  changes: Partial<DriftReport> = {},
) => aDriftReport({ id, feature: 'terms', finding: 'NEW_WORDS', at: T0, contributors, ...changes })

async function samplesOf(reports: readonly DriftReport[], crashes: readonly number[] = []) {
  const driver = new MemoryDriver({
    topology: [declareProcessor(offerSamples)],
    partitions: 1,
    recordsMax: 2,
  })
  driver.advanceTime(T0 + 3 * DAY - START)
  for (const report of reports) await driver.pipe('drift-reports', report.kind, report)
  for (const commits of crashes) {
    driver.crashAfter(commits)
    await driver.drain().catch(error => {
      if (!(error instanceof CrashError)) throw error
    })
    driver.restart()
  }
  await driver.drain()
  return (await driver.read('label-samples')).map(({ key, value }) => ({ key, ...value }))
}

it('offers a few contents of each new word, with their revision and how likely they were chosen', async () => {
  const samples = await samplesOf([
    newWords('r1', [contributor('glorp', ['c1', 'c2', 'c3', 'c4']), contributor('touch grass', ['c5'])]),
  ])
  expect(samples.map(({ contentId, revision }) => [contentId, revision])).toEqual([
    ['c1', 0],
    ['c5', 0],
    ['c2', 1],
    ['c3', 2],
  ])
  expect(samples.map(({ samplingProbability }) => samplingProbability)).toEqual([0.25, 1 / 12, 0.25, 0.25])
  for (const sample of samples)
    expect(sample).toMatchObject({ source: 'drift', kind: 'niceness', requestId: null, text: null, at: T0 })
  expect(samples.map(({ key }) => key)).toEqual(samples.map(({ contentId }) => contentId))
})

it('offers nothing of drift without words, or of its end', async () => {
  const plain = contributor('location', ['c1'])
  expect(
    await samplesOf([
      aDriftReport({ contributors: [plain] }),
      newWords('r2', [plain], { drifted: false, finding: 'CLEARED' }),
    ]),
  ).toEqual([])
})

it('offers a content once a revision and kind, whatever names it and wherever it crashes', async () => {
  const reports = ['r1', 'r2', 'r3', 'r4', 'r5'].map((id, i) =>
    newWords(id, [contributor(`glorp${i}`, ['c1', `d${i}`])], {
      finding: i % 2 === 0 ? 'NEW_WORDS' : 'NEW_COMPANY',
    }),
  )
  const again = [...reports, ...reports, newWords('r6', [contributor('glorp', ['c1'])], { kind: 'toxicity' })]
  const samples = await samplesOf(again)
  expect(samples.map(({ kind, contentId }) => `${kind} ${contentId}`).sort()).toEqual(
    ['c1', 'd0', 'd1', 'd2', 'd3', 'd4']
      .map(id => `niceness ${id}`)
      .concat('toxicity c1')
      .sort(),
  )
  expect(new Set(samples.map(({ sampleId }) => sampleId)).size).toBe(samples.length)
  expect(await samplesOf(again, [0, 1, 0, 2])).toEqual(samples)
})

it('asks only so much of people a report and a day, and goes on the next day', async () => {
  const flood = (day: number) =>
    Array.from({ length: 40 }, (_, i) =>
      newWords(
        `${day}-${i}`,
        Array.from({ length: 9 }, (_, k) =>
          contributor(`w${k}`, [`${day}-${i}-${k}-a`, `${day}-${i}-${k}-b`]),
        ),
        { at: T0 + day * DAY },
      ),
    )
  expect(await samplesOf(flood(0).slice(0, 1))).toHaveLength(12)
  expect(await samplesOf([...flood(0), ...flood(1)])).toHaveLength(240)
})
