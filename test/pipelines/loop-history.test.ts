import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { createLoopHistory, type LoopHistory } from '../../pipelines/loop-history.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import type { ModelPromotion, RetrainRequest, RetrainStep } from '../../schemas/records.ts'
import { type RecordOf, type TopicName, tableOf } from '../../schemas/topics.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { aModelPromotion } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

const T0 = Date.UTC(2026, 2, 1, 10)
const MINUTE = 60_000

describe.skipIf(stackMissing() !== null)('the history of the loop', () => {
  let clickhouse: ClickHouse
  let history: LoopHistory
  let nextOffset = 0
  async function store<T extends TopicName>(topic: T, ...records: RecordOf<T>[]) {
    const rows = records.map(record =>
      rowOf(topic, record, {
        topic: `nicr.${topic}`,
        partition: 0,
        offset: nextOffset++,
        appendedAt: T0 + 120 * MINUTE,
      }),
    )
    await clickhouse.insertRows(`${tableOf(topic)}_log`, rows, {
      deduplicationToken: `${topic}:${nextOffset}`,
    })
  }
  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    history = createLoopHistory({ clickhouse, defaultOf: kind => (kind === 'niceness' ? '2' : '1') })
  })
  afterAll(() => dropDatabase(clickhouse))

  const loopOf = async (kind: string) => (await history.overview(kind))[0]!

  it('knows kinds nothing was ever asked of, on their committed version', async () => {
    const kinds = await history.overview()
    expect(kinds.map(({ kind }) => kind)).toContain('text-spam')
    expect(await loopOf('niceness')).toEqual({
      kind: 'niceness',
      champion: { version: '2', since: null },
      challenger: null,
      phase: 'none',
      predecessor: null,
      paused: null,
      labelsNeeded: 150,
      open: [],
      ended: [],
    })
  })

  it('follows a request from its labels to its shadow, its canary, its promotion and its roll-back', async () => {
    await store('retrain-requests', aRequest('r1', T0))
    expect(await loopOf('niceness')).toMatchObject({ phase: 'tagging', open: [{ id: 'r1', last: null }] })

    await store(
      'retrain-steps',
      aStep('r1', 1, { step: 'REQUESTED', task: 'request' }),
      aStep('r1', 2, { task: 'tag', figures: { labels: 10, labelsNeeded: 150 } }),
      aStep('r1', 3, { task: 'tag', progress: 0.56, figures: { labels: 84, labelsNeeded: 150 } }),
    )
    const tagging = await loopOf('niceness')
    expect(tagging.phase).toBe('tagging')
    expect(tagging.open[0]).toMatchObject({
      policy: 'drift',
      reason: 'It drifts.',
      evidence: [{ source: 'drift-report', ref: 'd1', feature: 'score', value: -0.5, threshold: null }],
      requestedAt: T0,
      expiresAt: null,
      last: { step: 'TAGGING', task: 'tag', progress: 0.56, figures: { labels: 84, labelsNeeded: 150 } },
    })
    // One entry a task: when it began, and what was last said.
    expect(tagging.open[0]!.steps.map(({ task, since, at }) => [task, since, at])).toEqual([
      ['request', T0 + MINUTE, T0 + MINUTE],
      ['tag', T0 + 2 * MINUTE, T0 + 3 * MINUTE],
    ])

    await store('retrain-steps', aStep('r1', 4, { step: 'TRAINING', task: 'compare', modelVersion: '3' }))
    expect(await loopOf('niceness')).toMatchObject({
      phase: 'training',
      open: [{ last: { task: 'compare', modelVersion: '3' } }],
    })

    await store('retrain-steps', aStep('r1', 5, { step: 'SHADOW', task: 'shadow', modelVersion: '3' }))
    await store('model-promotions', promotion(5, { alias: 'CHALLENGER', version: '3', share: 0 }))
    expect(await loopOf('niceness')).toMatchObject({
      phase: 'shadow',
      champion: { version: '2', since: null },
      challenger: { version: '3', share: 0, since: T0 + 5 * MINUTE },
    })
    await store(
      'model-promotions',
      promotion(6, { alias: 'CHALLENGER', version: '3', previous: '3', share: 0.2 }),
    )
    expect(await loopOf('niceness')).toMatchObject({ phase: 'canary', challenger: { share: 0.2 } })

    await store('retrain-steps', aStep('r1', 7, { step: 'PROMOTED', task: 'promote', modelVersion: '3' }))
    await store(
      'model-promotions',
      promotion(7, { version: '3', requestId: 'r1' }),
      promotion(7, { alias: 'CHALLENGER', version: '2', previous: '3', share: 0, requestId: 'r1' }),
      promotion(7, { version: '9', previous: '8' }),
    )
    expect(await loopOf('niceness')).toMatchObject({
      phase: 'watch',
      champion: { version: '3', since: T0 + 7 * MINUTE },
      challenger: { version: '2' },
      predecessor: '2',
      open: [],
      ended: [{ id: 'r1', last: { step: 'PROMOTED' } }],
    })

    await store('retrain-steps', aStep('r1', 9, { step: 'REJECTED', task: 'roll-back', modelVersion: '3' }))
    await store(
      'model-promotions',
      promotion(9, { version: '2', previous: '3' }),
      promotion(9, { alias: 'CHALLENGER', version: '', previous: '2', share: 0 }),
    )
    expect(await loopOf('niceness')).toMatchObject({
      phase: 'none',
      champion: { version: '2' },
      challenger: null,
      predecessor: null,
      ended: [{ last: { step: 'REJECTED', task: 'roll-back' } }],
    })
  })

  it('says what is paused by its last word', async () => {
    const said = { kind: 'toxicity', by: 'ada', reason: 'The guideline changes.' }
    await store('automation', { id: 'a1', ...said, paused: true, at: T0 })
    expect((await loopOf('toxicity')).paused).toEqual({
      by: 'ada',
      reason: 'The guideline changes.',
      at: T0,
    })
    expect((await loopOf('niceness')).paused).toBeNull()
    await store('automation', { id: 'a2', ...said, paused: false, at: T0 + MINUTE })
    expect((await loopOf('toxicity')).paused).toBeNull()
  })

  it('keeps the last 20 that ended, the latest first', async () => {
    const many = Array.from({ length: 25 }, (_, i) => `s${i}`)
    await store('retrain-requests', ...many.map((id, i) => aRequest(id, T0 + i, 'text-spam')))
    await store(
      'retrain-steps',
      ...many.map((id, i) => aStep(id, i, { kind: 'text-spam', step: 'EXPIRED', task: 'expire' })),
    )
    const { ended, open } = await loopOf('text-spam')
    expect(open).toEqual([])
    expect(ended.map(({ id }) => id)).toEqual(many.toReversed().slice(0, 20))
  })

  it('tells what was promoted, what was not followed, and what was live at a time', async () => {
    const all = await history.promotions({ limit: 100 })
    expect(all.live).toBeNull()
    expect(all.promotions.map(({ alias, version }) => `${alias} ${version}`)).toEqual([
      'CHALLENGER ',
      'CHAMPION 2',
      'CHAMPION 9',
      'CHALLENGER 2',
      'CHAMPION 3',
      'CHALLENGER 3',
      'CHALLENGER 3',
    ])
    expect(all.promotions[2]!.ignored).toContain('it follows 8')
    expect(all.promotions.filter(({ ignored }) => ignored !== null)).toHaveLength(1)
    expect(all.promotions[0]).not.toHaveProperty('artifact')

    const at = async (minutes: number) =>
      (await history.promotions({ kind: 'niceness', at: T0 + minutes * MINUTE, limit: 1 })).live
    expect(await at(1)).toEqual([{ kind: 'niceness', version: '2', challenger: null, since: null }])
    expect(await at(8)).toEqual([{ kind: 'niceness', version: '3', challenger: '2', since: T0 + 7 * MINUTE }])
    expect(await at(10)).toEqual([
      { kind: 'niceness', version: '2', challenger: null, since: T0 + 9 * MINUTE },
    ])
  })

  it('tries and watches nothing once a person ended a watch by going back, and forth again', async () => {
    const kind = 'toxicity'
    const ofAda = { kind, by: 'ada' }
    await store(
      'model-promotions',
      promotion(20, { kind, version: '2', previous: '1' }),
      promotion(20, { kind, alias: 'CHALLENGER', version: '1', previous: null, share: 0 }),
    )
    expect(await loopOf(kind)).toMatchObject({ phase: 'watch', predecessor: '1' })
    await store('model-promotions', promotion(21, { ...ofAda, version: '1', previous: '2' }))
    const leftOver = { phase: 'none', predecessor: null, challenger: { version: '1' }, open: [] }
    expect(await loopOf(kind)).toMatchObject({ ...leftOver, champion: { version: '1' } })
    await store('model-promotions', promotion(22, { ...ofAda, version: '2', previous: '1' }))
    expect(await loopOf(kind)).toMatchObject({ ...leftOver, champion: { version: '2' } })
  })
})

function promotion(minutes: number, changes: Partial<ModelPromotion>): ModelPromotion {
  const at = T0 + minutes * MINUTE
  return aModelPromotion({
    id: `${minutes} ${changes.alias} ${changes.version}`,
    at,
    by: 'retrain',
    artifact: 'file:///secret',
    ...changes,
  })
}

function aRequest(id: string, requestedAt: number, kind = 'niceness'): RetrainRequest {
  return {
    id,
    kind,
    policy: 'drift',
    reason: 'It drifts.',
    evidence: [
      { source: 'drift-report', ref: 'd1', feature: 'score', value: -0.5, threshold: null, detail: 'moved' },
    ],
    modelVersion: '2',
    by: 'request-retrain',
    requestedAt,
    expiresAt: null,
  }
}

function aStep(requestId: string, minutes: number, changes: Partial<RetrainStep>): RetrainStep {
  return {
    id: `${requestId} ${minutes} ${changes.task}`,
    requestId,
    kind: 'niceness',
    step: 'TAGGING',
    task: 'tag',
    progress: 0,
    figures: {},
    detail: '',
    modelVersion: null,
    at: T0 + minutes * MINUTE,
    ...changes,
  }
}
