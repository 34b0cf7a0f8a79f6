import { randomBytes } from 'node:crypto'
import type { Admin, Producer } from 'kafkajs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createKafka,
  type KafkaSettings,
  kafkaConstants,
  RETRY,
  SESSION_TIMEOUT_MS,
  TRANSACTION_TIMEOUT_MS,
} from '../../../../pipelines/runtime/kafka/client.ts'
import { askCoordinator, type Broker, createCluster } from '../../../../pipelines/runtime/kafka/cluster.ts'
import { LogReader } from '../../../../pipelines/runtime/kafka/log-reader.ts'
import {
  exactlyOnceTransport,
  type KafkaTaskTransport,
} from '../../../../pipelines/runtime/kafka/task-transport.ts'
import { connectAdmin } from '../../../../pipelines/runtime/kafka/topic-admin.ts'
import type { OutputRecord } from '../../../../pipelines/runtime/records.ts'
import { topicConfig, topics } from '../../../../schemas/topics.ts'
import { KafkaDriver, silent } from '../../../support/kafka-driver.ts'
import { aContent } from '../../../support/records.ts'
import { sharedStackConfig, stackMissing } from '../../../support/stack.ts'
import { until } from '../../../support/until.ts'
import { lengthTopology } from '../../../topology/topologies.ts'

/** What kafkajs 2.2.4 leaves to its user, on a real broker: one test for each way in which it could go wrong. */
describe.skipIf(stackMissing() !== null)('exactly once on Kafka', () => {
  let kafka: KafkaSettings
  let prefix: string
  let closing: (() => Promise<unknown>)[]

  beforeEach(async () => {
    prefix = `x${randomBytes(4).toString('hex')}.`
    const config = sharedStackConfig()
    kafka = { brokers: config.kafka.brokers ?? [], ssl: false, sslCa: null, sasl: null, clientId: 'test' }
    closing = []
    const admin = await connectAdmin(kafka, silent)
    const names = ['content', 'scores', 'dead-letters'] as const
    await admin.create(
      names.map(name => ({
        name: prefix + name,
        partitions: 2,
        replication: 1,
        config: topicConfig(topics[name], 3_600_000),
      })),
    )
    await admin.close()
  })
  afterEach(async () => {
    for (const close of closing.reverse()) await close().catch(() => undefined)
  })

  it('hides three overlapping aborted transactions from readers', async () => {
    const producers: Producer[] = []
    for (const name of ['a', 'b', 'c', 'd']) producers.push(await transactionalProducer(`${prefix}${name}`))
    const transactions = await Promise.all(producers.map(producer => producer.transaction()))
    const send = (index: number, value: string) =>
      transactions[index]!.send({ topic: `${prefix}scores`, messages: [{ value, partition: 0 }] })
    for (const [index, value] of [
      [2, 'c1'],
      [0, 'a1'],
      [3, 'd1'],
      [1, 'b1'],
      [0, 'a2'],
      [3, 'd2'],
      [2, 'c2'],
      [1, 'b2'],
    ] as const)
      await send(index, value)
    await transactions[1]!.abort()
    await send(0, 'a3')
    await send(3, 'd3')
    await transactions[0]!.abort()
    await send(2, 'c3')
    await transactions[2]!.abort()
    await transactions[3]!.commit()
    await until('the markers are written', async () => (await valuesOf('scores')).length > 0)
    expect(await valuesOf('scores')).toEqual(['d1', 'd2', 'd3'])
    expect(await consume('scores', 3)).toEqual(['d1', 'd2', 'd3'])
  })

  it('counts what a group has still to read by records, not by marks of transactions', async () => {
    const producer = await transactionalProducer(`${prefix}p`)
    for (const [value, end] of [
      ['one', 'commit'],
      ['never', 'abort'],
      ['two', 'commit'],
    ] as const) {
      const transaction = await producer.transaction()
      await transaction.send({ topic: `${prefix}scores`, messages: [{ value, partition: 0 }] })
      await transaction[end]()
    }
    const admin = await connectAdmin(kafka, silent)
    closing.push(() => admin.close())
    const place = `${prefix}scores/0`
    const positions = () => admin.positionsOf(`${prefix}nobody`, [`${prefix}scores`])
    // Three records, each with a mark behind it.
    await until('the marks are written', async () => (await positions()).get(place)?.end === 6)
    const unreadFrom = async (next: number | null) =>
      (await admin.unreadOf(new Map([[place, { next, end: 6 }]]))).get(place)
    expect([await unreadFrom(null), await unreadFrom(0), await unreadFrom(1)]).toEqual([2, 2, 1])
    // Where a group that read all has committed: behind `two`, before its mark.
    expect(await unreadFrom(5)).toBe(0)
  })

  it('fences a zombie: its outputs are never seen and its offsets never count', async () => {
    const zombie = await transport()
    await zombie.initialise()
    await zombie.commit([output('first')], { topic: 'content', nextOffset: 1 })
    const owner = await transport()
    expect(await owner.initialise()).toEqual(new Map([['content', 1]]))
    await expect(
      zombie.commit([output('from the zombie')], { topic: 'content', nextOffset: 5 }),
    ).rejects.toThrow()
    await owner.commit([output('second')], { topic: 'content', nextOffset: 2 })
    await until('the markers are written', async () => (await valuesOf('scores')).length > 1)
    expect(await valuesOf('scores')).toEqual(['first', 'second'])
    const next = await transport()
    expect(await next.initialise()).toEqual(new Map([['content', 2]]))
  })

  it('ends what the last owner left open before it reads the committed offsets', async () => {
    const left = await transactionalProducer(`${prefix}score-length/0`)
    const open = await left.transaction()
    await open.send({ topic: `${prefix}scores`, messages: [{ value: 'left open', partition: 0 }] })
    await open.sendOffsets({
      consumerGroupId: `${prefix}score-length`,
      topics: [{ topic: `${prefix}content`, partitions: [{ partition: 0, offset: '9' }] }],
    })
    const owner = await transport()
    expect(await owner.initialise()).toEqual(new Map())
    await owner.commit([output('new owner')], { topic: 'content', nextOffset: 3 })
    await expect(open.commit()).rejects.toThrow()
    await until('the markers are written', async () => (await valuesOf('scores')).length > 0)
    expect(await valuesOf('scores')).toEqual(['new owner'])
  })

  it.each([
    { decided: true, there: [['marked', 'new owner'], ['left without a marker']], from: [['content', 9]] },
    { decided: false, there: [['new owner'], []], from: [] },
  ])(
    'ends what a broker left without a marker as it was decided (committed: $decided)',
    async ({ decided, there, from }) => {
      await leaveWithoutMarker(decided)
      const owner = await transport()
      expect([...(await owner.initialise())]).toEqual(from)
      await owner.commit([output('new owner')], { topic: 'content', nextOffset: 12 })
      await until('the markers are written', async () => (await valuesOf('scores')).includes('new owner'))
      expect([await valuesOf('scores'), await valuesOf('scores', 1)]).toEqual(there)
    },
  )

  it('commits outputs that exceed one record batch in one transaction', async () => {
    const owner = await transport()
    await owner.initialise()
    const large = Buffer.alloc(400 * 1024, 'x')
    await owner.commit(
      Array.from({ length: 7 }, () => ({ ...output(''), value: large })),
      { topic: 'content', nextOffset: 7 },
    )
    await until('the markers are written', async () => (await valuesOf('scores')).length > 0)
    expect((await valuesOf('scores')).length).toBe(7)
  })

  it('takes transactions one after the other without kafkajs’s long first back-off', async () => {
    // kafkajs waits 300 ms before it tries again, and does so when the last transaction is still being completed.
    expect(await medianMs(await transactionalProducer(`${prefix}quick`))).toBeLessThan(300)
    expect([RETRY.initialRetryTime, TRANSACTION_TIMEOUT_MS, SESSION_TIMEOUT_MS]).toEqual([10, 10_000, 10_000])
  })

  it('commits positions one right behind the other where batches have no outputs', async () => {
    let task!: KafkaTaskTransport
    // A broker that has just started knows no coordinator of groups yet.
    await until('the task has begun', async () => {
      task = await transport()
      return task.initialise().then(
        () => true,
        () => false,
      )
    })
    for (let nextOffset = 1; nextOffset <= 50; nextOffset++)
      await task.commit([], { topic: 'content', nextOffset })
    expect(await (await transport()).initialise()).toEqual(new Map([['content', 50]]))
  })

  it('scores everything once while instances come and go', async () => {
    const driver = await KafkaDriver.start({
      topology: [lengthTopology()],
      env: { NICR_BATCH_RECORDS: '20' },
    })
    closing.push(() => driver.close())
    const publish = async (from: number, to: number) => {
      for (let index = from; index < to; index++)
        await driver.pipe('content', `c${index}`, aContent({ id: `c${index}`, text: 'text' }))
    }
    await publish(0, 100)
    const joining = driver.addInstance()
    await publish(100, 300)
    const [second] = await joining
    await until('both have tasks', () => second!.tasks.length === 2 && driver.runners[0]!.tasks.length === 2)
    expect([...second!.tasks, ...driver.runners[0]!.tasks].sort()).toEqual([0, 1, 2, 3])
    await publish(300, 400)
    await driver.runners.shift()!.stop()
    await publish(400, 500)
    await driver.drain()
    const scores = await driver.read('scores')
    expect(new Set(scores.map(({ value }) => value.contentId)).size).toBe(500)
    expect(scores.length).toBe(500)
    expect(driver.failures).toEqual([])
  })

  async function transport(): Promise<KafkaTaskTransport> {
    const client = createKafka(kafka, silent)
    const admin = client.admin()
    await admin.connect()
    const logReader = new LogReader(client)
    const cluster = createCluster(client)
    await cluster.connect()
    const made = exactlyOnceTransport({
      kafka: client,
      admin,
      logReader,
      cluster,
      writes: [{ topic: `${prefix}scores`, partitions: [0, 1] }],
      partitionsOf: () => 2,
      topicPrefix: prefix,
      group: `${prefix}score-length`,
      partition: 0,
      reads: ['content'],
    })
    closing.push(
      () => made.close(),
      () => admin.disconnect(),
      () => logReader.close(),
      () => cluster.disconnect(),
    )
    return made
  }

  async function transactionalProducer(transactionalId: string): Promise<Producer> {
    const producer = createKafka(kafka, silent).producer({
      transactionalId,
      maxInFlightRequests: 1,
      transactionTimeout: TRANSACTION_TIMEOUT_MS,
      retry: RETRY,
      createPartitioner: () => () => 0,
    })
    closing.push(() => producer.disconnect())
    await producer.connect()
    return producer
  }

  /**
   * A transaction of the task's id that is decided and marked on scores/0 and in the group, and open on scores/1 although nothing is
   * under way: as by a broker that was killed while it wrote the markers. Partitions are not told of what they are written.
   */
  async function leaveWithoutMarker(committed: boolean): Promise<void> {
    const client = createKafka(kafka, silent)
    const admin = client.admin()
    await admin.connect()
    closing.push(() => admin.disconnect())
    await verifyWrites(admin, false)
    const cluster = createCluster(client)
    await cluster.connect()
    closing.push(() => cluster.disconnect())
    const transactionalId = `${prefix}score-length/0`
    const group = `${prefix}score-length`
    const scores = { topic: `${prefix}scores`, partitions: [0] }
    const id = { id: transactionalId, of: 'transaction' } as const
    const transaction = {
      transactionalId,
      ...(await askCoordinator(cluster, id, coordinator =>
        coordinator.initProducerId({ transactionalId, transactionTimeout: TRANSACTION_TIMEOUT_MS }),
      )),
    }
    const ask = (request: (coordinator: Broker) => Promise<unknown>) => askCoordinator(cluster, id, request)
    await ask(coordinator => coordinator.addPartitionsToTxn({ ...transaction, topics: [scores] }))
    await ask(coordinator => coordinator.addOffsetsToTxn({ ...transaction, groupId: group }))
    await cluster.addTargetTopic(scores.topic)
    const leader = (await cluster.findBroker({
      nodeId: Object.keys(cluster.findLeaderForPartitions(scores.topic, [0, 1]))[0]!,
    })) as Broker & Writes
    for (const [partition, value] of ['marked', 'left without a marker'].entries())
      await leader.produce({
        ...transaction,
        topicData: [
          {
            topic: scores.topic,
            partitions: [
              { partition, firstSequence: 0, messages: [{ key: null, value: Buffer.from(value) }] },
            ],
          },
        ],
      })
    await askCoordinator(cluster, { id: group, of: 'group' }, coordinator =>
      (coordinator as Broker & Writes).txnOffsetCommit({
        ...transaction,
        groupId: group,
        topics: [{ topic: `${prefix}content`, partitions: [{ partition: 0, offset: '9' }] }],
      }),
    )
    await ask(coordinator => coordinator.endTxn({ ...transaction, transactionResult: committed }))
    await verifyWrites(admin, true)
  }

  async function valuesOf(topic: string, partition = 0): Promise<string[]> {
    const reader = new LogReader(createKafka(kafka, silent))
    closing.push(() => reader.close())
    const values: string[] = []
    for await (const records of reader.read(prefix + topic, partition))
      values.push(...records.map(({ value }) => String(value)))
    return values
  }

  /** By kafkajs's own consumer, with the mends in place. */
  async function consume(topic: string, count: number): Promise<string[]> {
    const consumer = createKafka(kafka, silent).consumer({ groupId: `${prefix}reader`, maxWaitTimeInMs: 100 })
    closing.push(() => consumer.disconnect())
    const values: string[] = []
    await consumer.connect()
    await consumer.subscribe({ topic: prefix + topic, fromBeginning: true })
    await consumer.run({ eachMessage: async ({ message }) => void values.push(String(message.value)) })
    await until('all committed records were read', () => values.length >= count)
    return values
  }

  async function medianMs(producer: Producer): Promise<number> {
    const times: number[] = []
    for (let index = 0; index < 8; index++) {
      const startedAt = performance.now()
      const transaction = await producer.transaction()
      await transaction.send({ topic: `${prefix}scores`, messages: [{ value: 'x', partition: 0 }] })
      await transaction.commit()
      times.push(performance.now() - startedAt)
    }
    return times.sort((left, right) => left - right)[times.length >> 1]!
  }
})

interface Writes {
  produce(request: object): Promise<unknown>
  txnOffsetCommit(request: object): Promise<unknown>
}

/** The embedded broker's id. */
const BROKER = '1'

/** Whether brokers refuse what is written in a transaction to a partition that was not named before (KIP-890). */
async function verifyWrites(admin: Admin, isOn: boolean): Promise<void> {
  const value = String(isOn)
  await admin.alterConfigs({
    validateOnly: false,
    resources: [
      {
        type: kafkaConstants.ConfigResourceTypes.BROKER,
        name: BROKER,
        configEntries: [{ name: 'transaction.partition.verification.enable', value }],
      },
    ],
  })
}

function output(value: string): OutputRecord {
  return { destination: { topic: 'scores' }, partition: 0, key: null, value: Buffer.from(value), headers: [] }
}
