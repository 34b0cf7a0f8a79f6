import type { Producer } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKafka, RETRY, TRANSACTION_TIMEOUT_MS } from '../../../../pipelines/runtime/kafka/client.ts'
import { TopicReader } from '../../../../pipelines/runtime/kafka/topic-reader.ts'
import { statedPartition } from '../../../../pipelines/runtime/kafka/transactions.ts'
import { MemorySchemas } from '../../../../pipelines/runtime/memory/memory-schemas.ts'
import { TopicCodecs } from '../../../../pipelines/runtime/topic-codecs.ts'
import type { TopicName } from '../../../../schemas/topics.ts'
import { isFull } from '../../../support/full.ts'
import { KafkaDriver, silent } from '../../../support/kafka-driver.ts'
import { aScore } from '../../../support/records.ts'
import { stackMissing } from '../../../support/stack.ts'
import { until } from '../../../support/until.ts'

describe.skipIf(stackMissing() !== null)('a reader of a whole topic', () => {
  let driver: KafkaDriver
  let codecs: TopicCodecs
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    codecs = new TopicCodecs(new MemorySchemas(), () => Date.now())
    await codecs.of('scores').open()
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  afterAll(() => driver?.close())

  async function newTopic(): Promise<void> {
    await driver?.close()
    driver = await KafkaDriver.start({ topology: [] })
  }

  it('hands over everything from a time on, says where it begins, and goes on with what comes', async () => {
    await newTopic()
    const old = await driver.pipe('scores', 'a', aScore({ id: 'old' }))
    const since = (await driver.readRaw('scores'))[0]!.appendedAt + 1
    await until('the clock moved on', () => Date.now() > since)
    for (let index = 0; index < 40; index++)
      await driver.pipe('scores', `k${index}`, aScore({ id: `s${index}` }))
    const { ids, starts, reader } = newReader()
    await reader.start(since, (partition, offset) => starts.set(partition, offset))
    expect(ids.sort()).toEqual(Array.from({ length: 40 }, (_, index) => `s${index}`).sort())
    expect(starts.size).toBe(4)
    expect(starts.get(old.partition)).toBe(old.offset + 1)
    await driver.pipe('scores', 'new', aScore({ id: 'new' }))
    await until('the new one came', () => ids.includes('new'))
  })

  it('is ready at once on an empty topic, and where everything is older', async () => {
    await newTopic()
    const first = newReader()
    await first.reader.start(0, () => undefined)
    await driver.pipe('scores', 'a', aScore({ id: 'a' }))
    const second = newReader()
    await second.reader.start(Date.now() + 60_000, () => undefined)
    expect(second.ids).toEqual([])
    await driver.pipe('scores', 'b', aScore({ id: 'b' }))
    await until('both have it', () => first.ids.length === 2 && second.ids.join() === 'b')
  })

  it('is ready where the topic ends with the markers of transactions, committed and aborted', async () => {
    await newTopic()
    const producer = await transactionalProducer()
    const value = codecs.of('scores').encode(aScore({ id: 'committed' }))
    for (const outcome of ['commit', 'abort', 'abort'] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic: driver.fullName('scores'), messages: [{ value, partition: 2 }] })
      await transaction[outcome]()
    }
    const { ids, reader } = newReader()
    await reader.start(0, () => undefined)
    expect(ids).toEqual(['committed'])
  })

  it('passes over what it cannot decode', async () => {
    await newTopic()
    const key = Buffer.from('k')
    await driver.pipeRaw('scores', { key, value: Buffer.from('poison') })
    await driver.pipeRaw('scores', { key, value: null })
    await driver.pipeRaw('scores', { key, value: Buffer.from([0, 0, 0, 9, 9, 1]) })
    await driver.pipe('scores', 'k', aScore({ id: 'good' }))
    const { ids, reader } = newReader()
    await reader.start(0, () => undefined)
    expect(ids).toEqual(['good'])
    await driver.pipeRaw('scores', { key, value: Buffer.from('poison at the end') })
    const late = newReader()
    await late.reader.start(0, () => undefined)
    expect(late.ids).toEqual(['good'])
  })

  it('leaves no group behind', async () => {
    await newTopic()
    const { reader, groupId } = newReader()
    await reader.start(0, () => undefined)
    const admin = createKafka(driver.kafka, silent).admin()
    await admin.connect()
    closing.push(() => admin.disconnect())
    const groups = async () => (await admin.listGroups()).groups.map(group => group.groupId)
    expect(await groups()).toContain(groupId)
    await reader.stop()
    closing.pop()
    expect(await groups()).not.toContain(groupId)
    await admin.disconnect()
  })

  it.skipIf(!isFull)(
    'waits no longer for a producer that vanished than its transaction may take',
    async () => {
      await newTopic()
      const vanished = await transactionalProducer()
      const open = await vanished.transaction()
      const value = codecs.of('scores').encode(aScore({ id: 'never committed' }))
      await open.send({ topic: driver.fullName('scores'), messages: [{ value, partition: 0 }] })
      await vanished.disconnect()
      await driver.pipeRaw('scores', {
        key: null,
        value: codecs.of('scores').encode(aScore({ id: 'behind it' })),
      })
      const startedAt = performance.now()
      const { ids, reader } = newReader()
      // Ready at once: what is behind an open transaction is not there yet.
      await reader.start(0, () => undefined)
      await until('what is behind it came', () => ids.join() === 'behind it')
      // The broker looks for such transactions every 10 s.
      expect(performance.now() - startedAt).toBeLessThan(2 * TRANSACTION_TIMEOUT_MS + 5000)
    },
  )

  function newReader() {
    const ids: string[] = []
    const starts = new Map<number, number>()
    const groupId = `${driver.fullName('scores' as TopicName)}.reader-${closing.length}-${Date.now()}`
    const reader = new TopicReader(
      { kafka: driver.kafka, topicPrefix: driver.config.topics.prefix, topic: 'scores', groupId },
      {
        codecs,
        onRecords: (_partition, records) => void ids.push(...records.map(({ value }) => value.id)),
        log: silent,
        onFailed: error => {
          throw error
        },
      },
    )
    closing.push(() => reader.stop())
    return { ids, starts, reader, groupId }
  }

  async function transactionalProducer(): Promise<Producer> {
    const producer = createKafka(driver.kafka, silent).producer({
      transactionalId: `${driver.fullName('scores')}/${closing.length}`,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      createPartitioner: statedPartition,
      retry: RETRY,
    })
    await producer.connect()
    closing.push(() => producer.disconnect())
    return producer
  }
})
