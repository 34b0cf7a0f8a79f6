import type { Admin } from 'kafkajs'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { declareBackfill, LIVE_LAG_MAX, runBackfill } from '../../cli/run-backfill.ts'
import type { Services } from '../../cli/services.ts'
import { personHash } from '../../pipelines/erasures.ts'
import { imageSpam } from '../../pipelines/image-spam.ts'
import type { LookAtImage } from '../../pipelines/images/look-at-images.ts'
import { niceness } from '../../pipelines/niceness.ts'
import { createKafka, RETRY } from '../../pipelines/runtime/kafka/client.ts'
import { deleteGroup, takeStretch } from '../../pipelines/runtime/kafka/group-positions.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { Pace, paceBesideLive } from '../../pipelines/runtime/pace.ts'
import type { Model, Scorer } from '../../processors/scorer.ts'
import type { Content } from '../../schemas/records.ts'
import { silent } from '../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import { openOwnServices } from '../support/own-services.ts'
import { aContent, anErasure } from '../support/records.ts'
import { aSeenImage } from '../support/seen-images.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

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

  it('waits while the live processor is behind, and goes on when it has caught up', async () => {
    const topic = own.fullName('content')
    const live = { groupId: own.fullName('content').replace(/content$/, niceness.processorName), topic }
    const at = (from: number) => ({ from, until: null, log: silent })
    const since = Date.now() + 1
    await until('the clock is past it', () => Date.now() > since)
    const missed = Array.from({ length: LIVE_LAG_MAX + 1 }, (_, i) => aContent({ id: `m${i}`, text: 'four' }))
    await own.publisher.publish(
      'content',
      missed.map(value => ({ key: value.id, value })),
    )
    await takeStretch(own.kafka, live, at(since))
    const waits: number[] = []
    let scored = 0
    const other = { ...model, card: { ...model.card, version: '10' } } as Model<unknown, unknown>
    const running = runBackfill(services, {
      ...wish,
      model: other,
      from: since,
      onWaiting: lag => waits.push(lag),
      onProgress: done => {
        scored = done
      },
    })
    await until('it waits', () => waits.length > 0)
    expect([waits[0], scored]).toEqual([LIVE_LAG_MAX + 1, 0])
    // The live processor reads on to the end.
    await deleteGroup(own.kafka, live.groupId, silent)
    await takeStretch(own.kafka, live, at(Date.now() + 60_000))
    expect(await running).toMatchObject({ scored: LIVE_LAG_MAX + 1, isDone: true })
    // All partitions wait as one.
    expect(waits).toHaveLength(1)
  })
})

describe('a backfill of pictures', () => {
  const images = (...refs: string[]) => refs.map(ref => ({ ref, sha256: null, mimeType: null }))
  /** Pictures are named by how likely they are spam; one that begins with `broken` cannot be looked at. */
  const looked: string[] = []
  const look: LookAtImage = async ({ ref }) => {
    looked.push(ref)
    return ref.startsWith('broken')
      ? { status: 'FAILED', code: 'NICR_IMAGE_UNREADABLE', detail: `${ref} is no picture` }
      : { status: 'SEEN', seen: aSeenImage({ ref }) }
  }
  const pictureModel: Model<{ images: readonly { ref: string }[] }, { probabilities: number[] }> = {
    card: { kind: 'image-spam', version: '9', settings: {} },
    predict: inputs =>
      inputs.map(input => ({ probabilities: input.images.map(({ ref }) => Number.parseFloat(ref)) })),
    close: async () => undefined,
  }

  it('looks at those that may be scored only, few for one commit, and leaves out what cannot be looked at', async () => {
    const done: object[] = []
    const pictureKind = {
      processorName: imageSpam.processorName,
      scorer: imageSpam.scorer,
    }
    const paced: number[] = []
    const declaration = declareBackfill(
      'backfill-image-spam-9-0',
      { kind: pictureKind, model: pictureModel as Model<unknown, unknown>, rate: 50, look },
      1000,
      {
        endOf: () => 100,
        erasures: { covers: (_topic, { author }) => author === 'ann' },
        pace: async records => void paced.push(records),
        onDone: counts => done.push(counts),
      },
    )
    const driver = new MemoryDriver({ topology: [declaration], partitions: 1 })
    const publish = (value: Content) => driver.pipe('content', value.id, value)
    await publish(aContent({ id: 'plain' }))
    await publish(aContent({ id: 'broken', images: images('broken') }))
    await publish(aContent({ id: 'part', images: images('broken', '0.8') }))
    await publish(aContent({ id: 'ann', author: 'ann', images: images('of ann') }))
    await publish(aContent({ id: 'gone', action: 'DELETED', revision: 1, images: images('of none') }))
    for (let index = 5; index < 101; index++)
      await publish(aContent({ id: `c${index}`, images: images(`0.${100 + index}`) }))
    await driver.drain()
    const scores = (await driver.read('scores')).map(({ value }) => value)
    expect(scores.map(({ contentId }) => contentId)).toEqual([
      'part',
      ...Array.from({ length: 95 }, (_, index) => `c${5 + index}`),
    ])
    expect(scores[0]).toMatchObject({ alias: 'BACKFILL', status: 'DEGRADED', modelVersion: '9', value: 0.8 })
    expect(new Set(scores.map(({ alias }) => alias))).toEqual(new Set(['BACKFILL']))
    // Neither the last one, which was appended after the backfill began, nor what must not be scored.
    expect(looked.filter(ref => !ref.startsWith('0.') && ref !== 'broken')).toEqual([])
    expect(looked).not.toContain('0.200')
    expect(Math.max(...paced)).toBeLessThanOrEqual(32)
    expect(driver.readRaw('dead-letters')).toEqual([])
    driver.close()
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

  /** A live processor that is as far behind as the test says, each time it is asked. */
  function besideLive(lags: readonly number[], isStopped = () => false) {
    const left = [...lags]
    const begunAt: number[] = []
    const waits: number[] = []
    let asked = 0
    const clock = {
      now: () => performance.now(),
      wait: (ms: number) => new Promise<void>(resolve => void setTimeout(resolve, ms)),
    }
    const lagOf = async () => {
      asked++
      return left.shift() ?? 0
    }
    const onWaiting = (lag: number) => void waits.push(lag)
    const limits = { lagMax: 1000, everyMs: 2000 }
    const take = paceBesideLive(new Pace(100, clock), { ...clock, ...limits, lagOf, isStopped, onWaiting })
    const begin = async (records: number) => {
      await take(records)
      begunAt.push(performance.now())
    }
    return { begin, begunAt, waits, asked: () => asked }
  }

  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('begins nothing while the live processor is behind, whoever asks, and is paced anew after it', async () => {
    const { begin, begunAt, waits } = besideLive([1001, 5000, 1001, 1000])
    const startedAt = performance.now()
    const all = Promise.all(Array.from({ length: 8 }, () => begin(100)))
    await vi.runAllTimersAsync()
    await all
    expect(waits).toEqual([1001])
    expect(begunAt[0]! - startedAt).toBeGreaterThanOrEqual(6000)
    // No burst of all who waited: so many a second as ever.
    expect(begunAt.at(-1)! - begunAt[0]!).toBeGreaterThanOrEqual(6900)
  })

  it('looks again as it goes, not at every record', async () => {
    const { begin, begunAt, asked, waits } = besideLive([0, 2000, 0])
    const all = (async () => {
      for (let piece = 0; piece < 30; piece++) await begin(10)
    })()
    await vi.runAllTimersAsync()
    await all
    expect(waits).toEqual([2000])
    expect(asked()).toBeLessThanOrEqual(4)
    expect(Math.max(...begunAt.slice(1).map((at, i) => at - begunAt[i]!))).toBeGreaterThanOrEqual(2000)
  })

  it('waits for nobody any more once it is stopped', async () => {
    const { begin, begunAt } = besideLive(Array(100).fill(5000), () => true)
    await begin(1)
    expect(begunAt).toHaveLength(1)
  })
})
