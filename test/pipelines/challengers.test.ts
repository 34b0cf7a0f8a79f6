import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Champions } from '../../pipelines/champions.ts'
import { committedModelsDir, resolveModel } from '../../pipelines/model-registry.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import { scoringStep } from '../../pipelines/runtime/scoring-step.ts'
import { isInCanary } from '../../processors/retrain/canary.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import type { ModelPromotion, Score } from '../../schemas/records.ts'
import { MemoryPromotions } from '../support/memory-promotions.ts'
import { aPromotion, committedVersion, copyVersion } from '../support/model-versions.ts'
import { aContent } from '../support/records.ts'
import { runStep } from '../support/run-step.ts'

const scorer: Scorer<unknown, unknown> = {
  kind: 'niceness',
  prepare: ({ text }) =>
    text === '' ? { status: 'EMPTY', language: null } : { status: 'READY', input: text, language: null },
  decide: (_content, _input, prediction) => ({
    value: prediction as number,
    label: 'plain',
    probability: null,
    reasons: [{ start: 0, end: 1, weight: 1, source: 'TEXT' }],
  }),
}
const answering = (version: string, value: number | Error): Model<unknown, unknown> => ({
  card: { kind: 'niceness', version, settings: {} },
  predict: inputs => {
    if (value instanceof Error) throw value
    return inputs.map(() => value)
  },
  close: async () => undefined,
})
const ids = Array.from({ length: 100 }, (_, i) => `c${i}`)

async function scored(challenger: Model<unknown, unknown>, share: number, onChallengerFailed = () => {}) {
  let at = 0
  const step = scoringStep({
    scorer,
    model: () => answering('2', 4),
    challenger: () => ({ model: challenger, share }),
    onChallengerFailed,
    textLengthMax: 1000,
    now: () => 0,
    clock: () => at++,
  })
  const { emitted, rejected } = await runStep(step, [
    ...ids.map((id, offset) => {
      const value = aContent({ id })
      return { topic: 'content', partition: 0, offset, key: id, value, appendedAt: value.at } as const
    }),
  ])
  expect(rejected).toEqual([])
  return emitted.map(({ value }) => value as Score)
}

const by = (scores: readonly Score[], alias: Score['alias']) => scores.filter(one => one.alias === alias)

describe('a challenger in its shadow', () => {
  it('scores every content beside the champion, who answers; reasons are the answer’s alone', async () => {
    const scores = await scored(answering('3', 9), 0)
    expect(by(scores, 'CHAMPION').map(({ modelVersion, value }) => [modelVersion, value])).toEqual(
      ids.map(() => ['2', 4]),
    )
    expect(by(scores, 'CHALLENGER').map(({ modelVersion, value }) => [modelVersion, value])).toEqual(
      ids.map(() => ['3', 9]),
    )
    expect(by(scores, 'CHAMPION').every(({ reasons }) => reasons.length === 1)).toBe(true)
    expect(by(scores, 'CHALLENGER').every(({ reasons }) => reasons.length === 0)).toBe(true)
    expect(new Set(scores.map(({ id }) => id)).size).toBe(200)
    // One tick of the test's clock a batch: 1 ms over 100 contents.
    expect(scores.every(({ scoringMicros }) => scoringMicros === 10)).toBe(true)
  })

  it('is timed as the champion is, though it has the texts read already', async () => {
    let at = 0
    let isRead = false
    const reading: Scorer<unknown, unknown> = {
      ...scorer,
      prepare: (content, card) => {
        if (!isRead) at += 5
        return scorer.prepare(content, card)
      },
    }
    const taking = (version: string, ms: number): Model<unknown, unknown> => ({
      ...answering(version, 4),
      predict: inputs => {
        isRead = true
        at += ms
        return inputs.map(() => 4)
      },
    })
    const step = scoringStep({
      scorer: reading,
      model: () => taking('2', 1),
      challenger: () => ({ model: taking('3', 2), share: 0 }),
      textLengthMax: 1000,
      now: () => 0,
      clock: () => at,
    })
    const value = aContent()
    const { emitted } = await runStep(step, [
      { topic: 'content', partition: 0, offset: 0, key: value.id, value, appendedAt: value.at },
    ])
    const micros = emitted.map(({ value }) => [(value as Score).alias, (value as Score).scoringMicros])
    expect(micros).toEqual([
      ['CHAMPION', 1000],
      ['CHALLENGER', 2000],
    ])
  })

  it('that fails harms nobody: the champion answers, and it is told', async () => {
    let failures = 0
    const scores = await scored(answering('3', new Error('no memory')), 0.5, () => failures++)
    expect(by(scores, 'CHAMPION')).toHaveLength(100)
    expect(by(scores, 'CHALLENGER')).toEqual([])
    expect(failures).toBe(1)
  })
})

it('a challenger in its canary answers its share, and there the champion scores along', async () => {
  const scores = await scored(answering('3', 9), 0.3)
  const answered = by(scores, 'CHAMPION').filter(({ modelVersion }) => modelVersion === '3')
  expect(answered.map(({ contentId }) => contentId)).toEqual(
    ids.filter(id => isInCanary('niceness', id, 0.3)),
  )
  expect(answered.length).toBeGreaterThan(10)
  const along = by(scores, 'CHALLENGER').filter(({ modelVersion }) => modelVersion === '2')
  expect(along.map(({ contentId }) => contentId)).toEqual(answered.map(({ contentId }) => contentId))
})

describe('the challenger that promotions name', () => {
  let dir: string
  let promotions: MemoryPromotions
  let champions: Champions
  let digest: string
  const registry = new Registry()

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'nicr-challengers-'))
    digest = await copyVersion(dir, 'niceness', '71')
    promotions = new MemoryPromotions()
    registry.clear()
    champions = await Champions.follow({
      registry: { modelsDirs: [committedModelsDir, dir] },
      challengers: true,
      promotions,
      metrics: new RuntimeMetrics(registry),
      log: pino({ level: 'silent' }),
    })
  })
  afterEach(async () => {
    await champions.close()
    await rm(dir, { recursive: true })
  })
  const challenge = (changes: Partial<ModelPromotion>) =>
    promotions.append(aPromotion({ alias: 'CHALLENGER', version: '71', digest, share: 0, ...changes }))
  const now = () => {
    const rival = champions.challengerOf({ kind: 'niceness' })
    return rival && [rival.model.card.version, rival.share]
  }

  it('is loaded, takes a share, and goes again; the champion stays what it was', async () => {
    expect(now()).toBeNull()
    await challenge({})
    expect(now()).toEqual(['71', 0])
    expect(await registry.metrics()).toContain('version="71",alias="challenger"} 1')
    const { model } = champions.challengerOf({ kind: 'niceness' })!
    await challenge({ previous: '71', share: 0.2 })
    expect(now()).toEqual(['71', 0.2])
    // A share is no reason to load it again.
    expect(champions.challengerOf({ kind: 'niceness' })!.model).toBe(model)
    await challenge({ previous: '71', version: '', digest: '' })
    expect(now()).toBeNull()
    expect(await registry.metrics()).not.toContain('alias="challenger"')
    expect(champions.of({ kind: 'niceness' }).card.version).toBe(await committedVersion('niceness'))
  })

  it('does not answer the share of its successor until that is loaded', async () => {
    const next = await copyVersion(dir, 'niceness', '72')
    await challenge({})
    const followed = challenge({ previous: '71', version: '72', digest: next, share: 0.2 })
    // What was read is folded at once, and loading takes its time.
    expect(now()).toEqual(['71', 0])
    await followed
    expect(now()).toEqual(['72', 0.2])
  })

  it('does not score along beside itself once it is the champion, and does again after a rollback', async () => {
    const committed = await committedVersion('niceness')
    await challenge({})
    await promotions.append(aPromotion({ version: '71', digest, previous: committed }))
    expect(champions.of({ kind: 'niceness' }).card.version).toBe('71')
    expect(now()).toBeNull()
    const back = (await resolveModel(`niceness@${committed}`)).manifest
    await promotions.append(
      aPromotion({ version: committed, digest: back.digest, artifact: '', previous: '71' }),
    )
    expect(now()).toEqual(['71', 0])
  })

  it('is none where its file is not what was promoted', async () => {
    await appendFile(join(dir, 'niceness', '71', 'model.onnx'), 'x')
    await challenge({})
    expect(now()).toBeNull()
    expect(await registry.metrics()).toContain(
      'nicr_model_promotions_total{kind="niceness",outcome="unusable"} 1',
    )
  })

  it('answers nothing where an older record says 1 of one that only scores along', async () => {
    await challenge({ share: 1 })
    expect(now()).toEqual(['71', 0])
  })
})
