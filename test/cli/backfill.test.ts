import type { Admin } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runBackfill } from '../../cli/run-backfill.ts'
import type { Services } from '../../cli/services.ts'
import { personHash } from '../../pipelines/erasures.ts'
import { niceness } from '../../pipelines/niceness.ts'
import { createKafka, RETRY } from '../../pipelines/runtime/kafka/client.ts'
import { Pace } from '../../pipelines/runtime/pace.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import { silent } from '../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import { openOwnServices } from '../support/own-services.ts'
import { aContent, anErasure } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

const COUNT = 60
const NEVER = new AbortController().signal

/** Answers a text's length, up to 10. */
const scorer = {
  kind: 'niceness',
  prepare: ({ text }) => ({ status: 'READY', input: text.length, language: 'en' }),
  decide: (_content, _input, prediction) => ({
    value: prediction,
    label: 'plain',
    probability: null,
    reasons: [],
  }),
} satisfies Scorer<number, number>

const model: Model<number, number> = {
  card: { kind: 'niceness', version: '9', settings: {} },
  predict: inputs => inputs.map(length => Math.min(length, 10)),
  close: async () => undefined,
}

describe.skipIf(stackMissing() !== null)('a backfill, on real Kafka', () => {
  let own: OwnNicr
  let services: Services
  let admin: Admin
  let from: number

  beforeAll(async () => {
    own = await startOwnNicr()
    services = openOwnServices(own, own.config)
    admin = createKafka(own.kafka, silent).admin({ retry: RETRY })
    await admin.connect()
    await publish('before', aContent({ id: 'before' }))
    const [before] = await own.readRaw('content')
    from = before!.appendedAt + 1
    for (let index = 0; index < COUNT; index++)
      await publish(`c${index}`, aContent({ id: `c${index}`, text: 'four' }))
    await publish('gone', aContent({ id: 'gone', action: 'DELETED', revision: 1 }))
    await publish('ann', aContent({ id: 'ann', author: 'ann' }))
    const erasure = anErasure({ person: personHash('ann'), at: Date.now() + 60_000 })
    await own.publisher.publish('erasures', [{ key: 'ann', value: erasure }])
    const producer = createKafka(own.kafka, silent).producer({ retry: RETRY })
    await producer.connect()
    await producer.send({ topic: own.fullName('content'), messages: [{ key: 'bad', value: 'no Avro' }] })
    await producer.disconnect()
  })
  afterAll(async () => {
    await services?.close()
    await admin?.disconnect()
    await own?.close()
  })

  const publish = (key: string, value: ReturnType<typeof aContent>) =>
    own.publisher.publish('content', [{ key, value }])
  const kind = { processorName: niceness.processorName, scorer: scorer as Scorer<unknown, unknown> }
  const wish = { kind, model: model as Model<unknown, unknown>, until: null, rate: 10_000, signal: NEVER }
  const groups = async () => (await admin.listGroups()).groups.map(({ groupId }) => groupId)

  it('scores what was appended since, once, though it is stopped on the way; as BACKFILL, and without dead letters', async () => {
    const stop = new AbortController()
    const slow = { ...wish, from, rate: 1, signal: stop.signal, onProgress: () => stop.abort() }
    const first = await runBackfill(services, slow)
    expect(first).toMatchObject({ isResumed: false, isDone: false })
    expect(first.scored).toBeGreaterThan(0)
    // It does not race through the rest of what it had fetched.
    expect(first.scored).toBeLessThan(COUNT / 2)
    const second = await runBackfill(services, { ...wish, from })
    expect(second).toMatchObject({ isResumed: true, isDone: true, scored: COUNT - first.scored, rejected: 0 })
    const scores = await own.read('scores')
    expect(scores.map(({ contentId }) => contentId).sort()).toEqual(
      Array.from({ length: COUNT }, (_, index) => `c${index}`).sort(),
    )
    expect(
      new Set(scores.map(({ alias, modelVersion, value }) => `${alias} ${modelVersion} ${value}`)),
    ).toEqual(new Set(['BACKFILL 9 4']))
    expect(await own.readRaw('dead-letters')).toEqual([])
    expect(await own.readRaw('feature-profiles')).toEqual([])
    expect((await groups()).filter(id => id.includes('backfill'))).toEqual([])
  })

  it('done again gives the same ids: repeats, not new scores', async () => {
    expect(await runBackfill(services, { ...wish, from })).toMatchObject({ isResumed: false, scored: COUNT })
    const ids = (await own.read('scores')).map(({ id }) => id)
    expect([ids.length, new Set(ids).size]).toEqual([2 * COUNT, COUNT])
  })
})

describe('the pace of a backfill', () => {
  it('begins no more records a second than it may, over all that share it', async () => {
    let now = 0
    const wait = async (ms: number) => {
      now += ms
    }
    const pace = new Pace(100, { now: () => now, wait })
    for (let piece = 0; piece < 10; piece++) await pace.take(50)
    // The last of 500 records were begun after 450 of them had had their time.
    expect(now).toBe(4500)
  })
})
