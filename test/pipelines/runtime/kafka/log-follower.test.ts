import type { Producer } from 'kafkajs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createKafka, RETRY, TRANSACTION_TIMEOUT_MS } from '../../../../pipelines/runtime/kafka/client.ts'
import { LogFollower } from '../../../../pipelines/runtime/kafka/log-follower.ts'
import { statedPartition } from '../../../../pipelines/runtime/kafka/transactions.ts'
import { KafkaDriver, silent } from '../../../support/kafka-driver.ts'
import { stackMissing } from '../../../support/stack.ts'
import { until } from '../../../support/until.ts'

describe.skipIf(stackMissing() !== null)('a follower of a partition', () => {
  let driver: KafkaDriver
  let producer: Producer
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    driver = await KafkaDriver.start({ topology: [], partitions: 1 })
    producer = createKafka(driver.kafka, silent).producer({ createPartitioner: statedPartition })
    await producer.connect()
  })
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })
  afterAll(async () => {
    await producer?.disconnect()
    await driver?.close()
  })

  const write = (...values: string[]) =>
    producer.send({
      topic: driver.fullName('scores'),
      messages: values.map(value => ({ value, partition: 0 })),
    })

  function follower(
    options: { readonly topic?: string; readonly broker?: string; readonly refusals?: number } = {},
  ) {
    const values: string[] = []
    let refusals = options.refusals ?? 0
    const one = new LogFollower(
      {
        kafka: options.broker === undefined ? driver.kafka : { ...driver.kafka, brokers: [options.broker] },
        topic: options.topic ?? driver.fullName('scores'),
        startMsMax: 20_000,
        ...(options.broker === undefined ? {} : { startMsMax: 500 }),
      },
      {
        log: silent,
        onRecords: async records => {
          if (refusals-- > 0) throw new Error('not now')
          values.push(...records.map(({ value }) => String(value)))
        },
      },
    )
    closing.push(() => one.stop())
    return { values, one }
  }

  it('hands over everything before it is started, then what comes', async () => {
    await write('a', 'b')
    const { values, one } = follower()
    await one.start()
    expect(values).toEqual(['a', 'b'])
    await write('c')
    await until('c came', () => values.includes('c'))
    await one.stop()
    await write('d')
    const again = follower()
    await again.one.start()
    expect([values, again.values]).toEqual([
      ['a', 'b', 'c'],
      ['a', 'b', 'c', 'd'],
    ])
  })

  it('has everything that was there once it caught up', async () => {
    const { values, one } = follower()
    await one.start()
    for (const value of ['e', 'f', 'g']) {
      await write(value)
      await one.catchUp()
      expect(values.at(-1)).toBe(value)
    }
  })

  it('hands over nothing of an aborted transaction, and catches up behind it', async () => {
    const { values, one } = follower()
    await one.start()
    const transactional = createKafka(driver.kafka, silent).producer({
      transactionalId: driver.fullName('scores'),
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      createPartitioner: statedPartition,
      retry: RETRY,
    })
    await transactional.connect()
    closing.push(() => transactional.disconnect())
    for (const outcome of ['commit', 'abort'] as const) {
      const transaction = await transactional.transaction()
      await transaction.send({
        topic: driver.fullName('scores'),
        messages: [{ value: outcome, partition: 0 }],
      })
      await transaction[outcome]()
    }
    await until('the committed one came', () => values.at(-1) === 'commit')
    await one.catchUp()
    expect(values).not.toContain('abort')
  })

  it('hands over again what was refused', async () => {
    const { values, one } = follower({ refusals: 2 })
    await one.start()
    expect(new Set(values).size).toBe(values.length)
    expect(values).toContain('a')
  })

  it('says that a topic is missing, and that a broker does not answer', async () => {
    await expect(follower({ topic: 'no-such-topic' }).one.start()).rejects.toMatchObject({
      code: 'NICR_KAFKA_UNAVAILABLE',
      message: expect.stringContaining('run `nicr apply`'),
    })
    await expect(follower({ broker: '127.0.0.1:1' }).one.start()).rejects.toMatchObject({
      code: 'NICR_KAFKA_UNAVAILABLE',
      message: expect.stringMatching(/within 0.5 s.*do the brokers/),
    })
  })
})
