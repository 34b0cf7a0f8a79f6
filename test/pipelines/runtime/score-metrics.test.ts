import { Registry } from 'prom-client'
import { expect, it } from 'vitest'
import { ScoreMetrics } from '../../../pipelines/runtime/score-metrics.ts'

it('counts each score once, however often the counts are read', async () => {
  const registry = new Registry()
  const scores = new ScoreMetrics(registry)
  scores.count('niceness', { status: 'SCORED', alias: 'CHAMPION' })
  scores.count('niceness', { status: 'SCORED', alias: 'CHALLENGER' })
  await registry.metrics()
  scores.count('niceness', { status: 'SCORED', alias: 'CHAMPION' })
  scores.count('image-spam', { status: 'DEGRADED', alias: 'CHAMPION' })
  await registry.metrics()
  const lines = (await registry.metrics()).split('\n').filter(line => line.startsWith('nicr_'))
  expect(lines.toSorted()).toEqual([
    'nicr_scores_total{kind="image-spam",status="DEGRADED",alias="CHAMPION"} 1',
    'nicr_scores_total{kind="niceness",status="SCORED",alias="CHALLENGER"} 1',
    'nicr_scores_total{kind="niceness",status="SCORED",alias="CHAMPION"} 2',
  ])
})
