import { expect, it } from 'vitest'
import { createDraws } from '../../bench/drift-streams.ts'
import { createRandom } from '../../jobs/random.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { topology } from '../../pipelines/topology.ts'
import { type JudgedScore, wilsonLimits } from '../../processors/drift/judge-labels.ts'
import type { Label } from '../../schemas/records.ts'
import { aLabel } from '../support/records.ts'

/** Labels through judge-labels, their scores looked up. */

async function reportsOf(labels: readonly (Partial<Label> & { score?: Partial<JudgedScore> | null })[]) {
  const scores = new Map<string, JudgedScore>()
  const records = labels.map(({ score, ...label }, i) => {
    const record = aLabel({
      id: `l${i}`,
      contentId: `c${i}`,
      kind: 'text-spam',
      boxes: [],
      at: 1_600_000_000_000 + i,
      ...label,
    })
    if (score !== null)
      scores.set(record.id, { modelVersion: '1', probability: null, agrees: true, error: null, ...score })
    return record
  })
  const [judge] = topology({
    modelOf: () => {
      throw new Error('no model is asked for')
    },
    textLengthMax: 1,
    topicPrefix: 'nicr.',
    now: () => 0,
    lookUpScores: async () => scores,
  }).filter(({ name }) => name === 'judge-labels')
  const driver = new MemoryDriver({ topology: [judge!], partitions: 1, recordsMax: 20 })
  for (const record of records) await driver.pipe('labels', record.contentId, record)
  await driver.drain()
  return (await driver.read('drift-reports')).map(({ value }) => value)
}

/** Labels of posts that are spam with the chance that was scored, or with another from a place on. */
function labelsOf(count: number, chanceOf: (scored: number, i: number) => number) {
  const random = createRandom(5)
  return Array.from({ length: count }, (_, i) => {
    const probability = 0.02 + 0.96 * random() ** 2
    return { value: random() < chanceOf(probability, i) ? 1 : 0, score: { probability } }
  })
}

it('says how often people agree, in windows with limits', async () => {
  const reports = await reportsOf(
    Array.from({ length: 250 }, (_, i) => ({ value: 1, score: { agrees: i % 10 !== 0 } })),
  )
  expect(reports).toMatchObject([
    { method: 'accuracy', feature: 'labels', statistic: 0.9, count: 100, drifted: false, modelVersion: '1' },
    { method: 'accuracy', statistic: 0.9, count: 100, drifted: false },
  ])
  const [low, high] = wilsonLimits(90, 100)
  expect(reports[0]).toMatchObject({ effectLow: low, effectHigh: high })
})

it('raises an alarm where people agree surely less than before', async () => {
  const labels = Array.from({ length: 400 }, (_, i) => ({
    value: 1,
    score: { agrees: i < 300 ? i % 10 !== 0 : i % 2 === 0 },
  }))
  expect(
    (await reportsOf(labels)).filter(({ method }) => method === 'accuracy').map(({ drifted }) => drifted),
  ).toEqual([false, false, false, true])
})

it('finds that the truth left the score, and is silent while it follows it', async () => {
  const concept = (reports: Awaited<ReturnType<typeof reportsOf>>) =>
    reports.filter(({ finding }) => finding === 'CONCEPT')
  expect(concept(await reportsOf(labelsOf(2000, scored => scored)))).toEqual([])
  const left = concept(await reportsOf(labelsOf(1300, (scored, i) => (i < 1000 ? scored : 0.35))))
  expect(left[0]).toMatchObject({ method: 'label-e-detector', drifted: true, kind: 'text-spam' })
})

it('counts no label twice, none that was taken back, and none without a score', async () => {
  const once = Array.from({ length: 99 }, () => ({ value: 1 }))
  const none = [
    { id: 'l1', value: 1 },
    { value: 1, withdrawn: true },
    { value: 1, score: null },
  ]
  expect(await reportsOf([...once, ...none])).toEqual([])
  expect(await reportsOf([...once, ...none, { value: 1 }])).toHaveLength(1)
})

it('finds that people are further from a score on a scale than they were', async () => {
  const { normal } = createDraws(4)
  const graded = (count: number, spread: number) =>
    Array.from({ length: count }, () => ({
      kind: 'niceness',
      value: 5,
      score: { error: Math.min(1, Math.abs(spread * normal())) },
    }))
  const sequential = (reports: Awaited<ReturnType<typeof reportsOf>>) =>
    reports.filter(({ method }) => method === 'error-e-detector')
  expect(sequential(await reportsOf(graded(2000, 0.15)))).toEqual([])
  const [found] = sequential(await reportsOf([...graded(600, 0.15), ...graded(100, 0.3)]))
  expect(found).toMatchObject({ feature: 'labels', finding: 'CONCEPT', drifted: true, kind: 'niceness' })
  expect(found!.effectLow).toBeGreaterThan(0)
})

it('counts on where people label what the model before scored', async () => {
  const labels = Array.from({ length: 210 }, (_, i) => ({
    value: 1,
    score: { modelVersion: i % 2 === 0 ? '2' : '1' },
  }))
  expect((await reportsOf(labels)).map(({ modelVersion }) => modelVersion).sort()).toEqual(['1', '2'])
})

it('begins anew with another model', async () => {
  const labels = Array.from({ length: 150 }, (_, i) => ({
    value: 1,
    score: { modelVersion: i < 80 ? '1' : '2' },
  }))
  expect(await reportsOf(labels)).toEqual([])
})

it('limits of a share are those of Wilson', () => {
  // scipy.stats.binomtest(k, n).proportion_ci(method='wilson')
  const [low, high] = wilsonLimits(8, 10)
  expect(low).toBeCloseTo(0.4901624715366418, 12)
  expect(high).toBeCloseTo(0.9433178485456248, 12)
  expect(wilsonLimits(0, 0)).toEqual([0, 1])
})
