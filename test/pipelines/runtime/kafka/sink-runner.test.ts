import { randomBytes } from 'node:crypto'
import type { Admin, Producer } from 'kafkajs'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type ClickHouse, createClickHouse } from '../../../../pipelines/clickhouse.ts'
import { createKafka, RETRY } from '../../../../pipelines/runtime/kafka/client.ts'
import type { BatchContext } from '../../../../pipelines/runtime/kafka/group-consumer.ts'
import { SINK_NAME, SinkRunner } from '../../../../pipelines/runtime/kafka/sink-runner.ts'
import { statedPartition } from '../../../../pipelines/runtime/kafka/transactions.ts'
import { RuntimeMetrics } from '../../../../pipelines/runtime/metrics.ts'
import { headerText } from '../../../../pipelines/runtime/records.ts'
import { type SchemaSource, TopicCodecs } from '../../../../pipelines/runtime/topic-codecs.ts'
import { schemaTextOf, type TopicName } from '../../../../schemas/topics.ts'
import { silent } from '../../../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../../../support/own-nicr.ts'
import { type PartProxy, startHttpProxy } from '../../../support/proxy.ts'
import { aContent, anAnnotator } from '../../../support/records.ts'
import { sharedStackConfig, stackMissing } from '../../../support/stack.ts'
import { until } from '../../../support/until.ts'

describe.skipIf(stackMissing() !== null)('the ClickHouse sink on real parts', () => {
  let nicr: OwnNicr
  let proxy: PartProxy & { readonly url: string }
  let producer: Producer
  let admin: Admin
  let sink: SinkRunner | null = null
  let registry = new Registry()
  let failures: unknown[] = []
  const closing: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    nicr = await startOwnNicr()
    proxy = await startHttpProxy(nicr.env['CLICKHOUSE_URL']!)
    const client = createKafka(nicr.kafka, silent)
    producer = client.producer({ createPartitioner: statedPartition, retry: RETRY })
    admin = client.admin({ retry: RETRY })
    await producer.connect()
    await admin.connect()
  })
  afterEach(async () => {
    proxy.switchTo('open')
    await stopSink()
    expect(failures).toEqual([])
    failures = []
  })
  afterAll(async () => {
    await producer?.disconnect()
    await admin?.disconnect()
    for (const close of closing) await close()
    await proxy?.close()
    await nicr?.close()
  })

  it('waits while ClickHouse is away: nothing is committed, then everything is stored, once', async () => {
    await startSink()
    await publish('before', 50)
    await stored('before', 50)
    const committed = await committedOffsets('content')
    proxy.switchTo('refuse')
    await publish('away', 200)
    await until('the sink has tried a few times', () => proxy.connections >= 4)
    expect(await committedOffsets('content')).toEqual(committed)
    expect(await metricsOf('nicr_processor_waiting')).toMatchObject([
      { labels: { processor: SINK_NAME, part: 'clickhouse' } },
    ])
    proxy.switchTo('open')
    await stored('away', 200)
    await until(
      'nothing waits any more',
      async () => (await metricsOf('nicr_processor_waiting')).length === 0,
    )
    await until('all is read', async () =>
      (await metricsOf('nicr_processor_unread_age_seconds')).every(({ value }) => value === 0),
    )
    expect(await countIn('content_log', 'away')).toBe(200)
    expect(await nicr.readRaw('dead-letters')).toEqual([])
  })

  it('stores once what ClickHouse took without being able to say so', async () => {
    await startSink()
    proxy.switchTo('deaf')
    await publish('unheard', 100)
    await until('some answers were lost', () => proxy.kept >= 4)
    proxy.switchTo('open')
    await stored('unheard', 100)
    // Not only in the view: the token keeps the repeats out of the table.
    expect(await countIn('content_log', 'unheard')).toBe(100)
  })

  it('keeps its membership while ClickHouse hangs for longer than a session', async () => {
    await startSink()
    await publish('warm', 1)
    await stored('warm', 1)
    const before = await member()
    proxy.switchTo('silent')
    await publish('hanging', 20)
    const startedAt = performance.now()
    await until('a session would have ended', () => performance.now() - startedAt > 14_000)
    expect(await member()).toBe(before)
    proxy.switchTo('refuse')
    proxy.switchTo('open')
    await stored('hanging', 20)
  })

  it('gives a row that ClickHouse refuses to the dead letters, and stores its neighbours', async () => {
    // A column that holds numbers only, as a migration gone wrong might leave it.
    await nicr.clickhouse.command('ALTER TABLE content_log MODIFY COLUMN thread Nullable(UInt32)')
    await nicr.publisher.publish(
      'content',
      Array.from({ length: 60 }, (_, index) => {
        const id = `refused-${index}`
        return { key: id, value: aContent({ id, thread: index % 20 === 7 ? 'not a number' : '12' }) }
      }),
    )
    await startSink()
    await stored('refused', 57)
    await until(
      'the dead letters are stored',
      async () => (await lettersStored('NICR_CLICKHOUSE_REFUSED')) === 3,
    )
    expect(await metricsOf('nicr_dead_letters_total')).toEqual([
      { labels: { processor: SINK_NAME, code: 'NICR_CLICKHOUSE_REFUSED' }, value: 3 },
    ])
    const letters = (await nicr.readRaw('dead-letters')).map(({ key, headers }) => [
      String(key),
      headerText(headers, 'nicr-processor'),
    ])
    expect(letters.sort()).toEqual([
      ['refused-27', SINK_NAME],
      ['refused-47', SINK_NAME],
      ['refused-7', SINK_NAME],
    ])
    await nicr.clickhouse.command('ALTER TABLE content_log MODIFY COLUMN thread Nullable(String)')
  })

  it('stores dead letters with their code and the original bytes, and what was never a record among them', async () => {
    await startSink()
    const value = Buffer.from([0, 1, 2, 255])
    await send('content', { key: Buffer.from([0xff]), value, headers: { x: Buffer.from([0, 255]) } })
    await send('content', { key: null, value: null })
    await send('content', { key: Buffer.from('foreign'), value: Buffer.from([0, 127, 0, 0, 0, 2]) })
    await send('dead-letters', { key: null, value: Buffer.from('by hand') })
    // What was replayed and rejected again.
    const text = (value: string) => Buffer.from(value)
    const again = {
      'nicr-for': text('score-niceness'),
      'nicr-code': text('NICR_TEXT_TOO_LONG'),
      'nicr-processor': text('score-niceness'),
    }
    await send('dead-letters', { key: null, value, headers: again })
    const rows = async () =>
      nicr.clickhouse.query<{ code: string; value: string | null; processor: string }>(
        "SELECT code, hex(value) AS value, processor FROM dead_letters WHERE code != 'NICR_CLICKHOUSE_REFUSED'",
      )
    await until('they are stored', async () => (await rows()).length >= 5)
    expect(
      new Set((await rows()).map(({ code, value, processor }) => `${code} ${value} ${processor}`)),
    ).toEqual(
      new Set([
        `NICR_RECORD_UNDECODABLE 000102FF ${SINK_NAME}`,
        `NICR_RECORD_EMPTY null ${SINK_NAME}`,
        `NICR_SCHEMA_UNKNOWN 007F00000002 ${SINK_NAME}`,
        'NICR_TEXT_TOO_LONG 000102FF score-niceness',
        ` ${Buffer.from('by hand').toString('hex').toUpperCase()} `,
      ]),
    )
  })

  it('leaves the value of a dead letter behind that no dead letter can hold, and goes on', async () => {
    await startSink()
    const value = randomBytes(2 * 1024 * 1024)
    await send('feature-profiles', { key: Buffer.from('huge'), value })
    await until('its dead letter is there', async () => (await letterOf('huge')) !== undefined)
    const letter = await letterOf('huge')
    expect([letter?.value, headerText(letter!.headers, 'nicr-value-omitted')]).toEqual([
      null,
      '2097152 bytes',
    ])
    await publish('neighbour', 10)
    await stored('neighbour', 10)
  })

  it('takes an empty value on a compacted topic for what it is: the entry is gone', async () => {
    await startSink()
    await nicr.publisher.publish('annotators', [
      { key: 'ada', value: anAnnotator({ annotator: 'ada' }) },
      { key: 'grace', value: anAnnotator({ annotator: 'grace' }) },
    ])
    await send('annotators', { key: Buffer.from('ada'), value: null })
    const roster = async () =>
      (await nicr.clickhouse.query<{ annotator: string }>('SELECT annotator FROM annotators')).map(
        ({ annotator }) => annotator,
      )
    await until('only grace is left', async () => (await roster()).join() === 'grace')
  })

  it('repeats nothing in the views after a restart, also where offsets were not committed any more', async () => {
    await startSink()
    await publish('again', 100)
    await stored('again', 100)
    await stopSink()
    const before = await totals()
    for (const topic of ['content', 'dead-letters', 'annotators'] as const)
      await admin.setOffsets({
        groupId: groupId(),
        topic: nicr.fullName(topic),
        partitions: (await admin.fetchTopicOffsets(nicr.fullName(topic))).map(({ partition }) => ({
          partition,
          offset: '0',
        })),
      })
    await startSink()
    await publish('after', 10)
    await stored('after', 10)
    await until('everything was read again', async () => (await lag('content')) === 0)
    expect(await totals()).toEqual({ ...before, content: before.content + 10 })
  })

  const metricsOf = async (name: string) => (await registry.getSingleMetric(name)!.get()).values

  async function startSink(): Promise<void> {
    registry = new Registry()
    const address = { ...nicr.config.clickhouse, url: proxy.url }
    const clickhouse = createClickHouse(address)
    closing.push(() => clickhouse.close())
    sink = new SinkRunner({
      kafka: nicr.kafka,
      config: nicr.config,
      clickhouse,
      codecs: nicr.codecs,
      metrics: new RuntimeMetrics(registry),
      log: silent,
      onFailed: error => failures.push(error),
    })
    await sink.start()
  }

  async function stopSink(): Promise<void> {
    await sink?.stop()
    sink = null
  }

  function groupId(): string {
    return `${nicr.config.topics.prefix}${SINK_NAME}`
  }

  async function publish(name: string, count: number): Promise<void> {
    const publications = Array.from({ length: count }, (_, index) => {
      const id = `${name}-${index}`
      return { key: id, value: aContent({ id }) }
    })
    await nicr.publisher.publish('content', publications)
  }

  async function send(
    topic: TopicName,
    message: { key: Buffer | null; value: Buffer | null; headers?: Record<string, Buffer> },
  ): Promise<void> {
    await producer.send({ topic: nicr.fullName(topic), messages: [{ ...message, partition: 0 }] })
  }

  async function stored(name: string, count: number): Promise<void> {
    await until(`${count} rows of ${name} are stored`, async () => (await countIn('content', name)) >= count)
    expect(await countIn('content', name)).toBe(count)
  }

  async function countIn(table: string, name: string): Promise<number> {
    const [row] = await nicr.clickhouse.query<{ n: number }>(
      `SELECT count() AS n FROM ${table} WHERE startsWith(id, {name:String})`,
      { name: `${name}-` },
    )
    return row!.n
  }

  async function letterOf(key: string) {
    return (await nicr.readRaw('dead-letters')).find(letter => String(letter.key) === key)
  }

  async function lettersStored(code: string): Promise<number> {
    const [row] = await nicr.clickhouse.query<{ n: number }>(
      'SELECT count() AS n FROM dead_letters WHERE code = {code:String}',
      { code },
    )
    return row!.n
  }

  /** Without the rows that were refused: the column takes them now. */
  async function totals() {
    const [row] = await nicr.clickhouse.query<{ content: number; letters: number; annotators: number }>(
      "SELECT (SELECT count() FROM content WHERE NOT startsWith(id, 'refused-')) AS content, (SELECT count() FROM dead_letters) AS letters, (SELECT count() FROM annotators) AS annotators",
    )
    return row!
  }

  async function committedOffsets(topic: TopicName): Promise<string[]> {
    const [answer] = await admin.fetchOffsets({ groupId: groupId(), topics: [nicr.fullName(topic)] })
    return answer!.partitions.map(({ partition, offset }) => `${partition}: ${offset}`).sort()
  }

  async function lag(topic: TopicName): Promise<number> {
    const ends = await admin.fetchTopicOffsets(nicr.fullName(topic))
    const committed = await committedOffsets(topic)
    return ends.filter(({ partition, high }) => !committed.includes(`${partition}: ${high}`)).length
  }

  async function member(): Promise<string | undefined> {
    const { groups } = await admin.describeGroups([groupId()])
    return groups[0]?.members[0]?.memberId
  }
})

it('stores what it can read though batches beside it push its schema out of the codec meanwhile', async () => {
  let registered: (schema: string) => void = () => undefined
  const late = new Promise<string>(resolve => {
    registered = resolve
  })
  const schema = schemaTextOf('content')!
  const LATE = 2
  const schemas: SchemaSource = {
    schemaById: id => (id === LATE ? late : Promise.resolve(schema)),
    idOfTopic: async () => 1,
  }
  const codecs = new TopicCodecs(schemas, () => 0)
  await codecs.of('content').open()
  const framed = (schemaId: number, id = `c${schemaId}`) => {
    const bytes = Buffer.from(codecs.of('content').encode(aContent({ id })))
    bytes.writeInt32BE(schemaId, 1)
    return bytes
  }
  const stored: unknown[] = []
  const clickhouse = { insertRows: async (_table: string, rows: readonly object[]) => stored.push(...rows) }
  const sink = new SinkRunner({
    kafka: { brokers: ['127.0.0.1:1'], ssl: false, sslCa: null, sasl: null, clientId: 'sink' },
    config: sharedStackConfig(),
    clickhouse: clickhouse as unknown as ClickHouse,
    codecs,
    metrics: new RuntimeMetrics(new Registry()),
    log: silent,
    onFailed: () => undefined,
  })
  const context: BatchContext = {
    heartbeat: async () => undefined,
    isActive: () => true,
    commit: async () => undefined,
    seek: () => undefined,
  }
  const handle = (partition: number, values: readonly Buffer[]) => {
    const records = values.map((value, offset) => ({ key: null, value, headers: [], offset, appendedAt: 0 }))
    return sink.handle({ topic: 'content', partition, records, nextOffset: values.length }, context)
  }
  await handle(0, [framed(1)])
  const waiting = handle(0, [framed(1, 'beside'), framed(LATE)])
  const others = Array.from({ length: 205 }, (_, index) => framed(1000 + index))
  await handle(1, others)
  await handle(1, others.slice(0, 1))
  registered(schema)
  await waiting
  expect(stored.map(row => (row as { id: string }).id)).toEqual(
    expect.arrayContaining(['c1', 'beside', 'c2']),
  )
})
