import type { Admin, Producer } from 'kafkajs'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addDlqCommand } from '../../cli/commands/dlq.ts'
import type { Replay } from '../../pipelines/dead-letters/replay-plan.ts'
import { createKafka, RETRY } from '../../pipelines/runtime/kafka/client.ts'
import { ProcessorRunner } from '../../pipelines/runtime/kafka/processor-runner.ts'
import { RecordLog } from '../../pipelines/runtime/kafka/record-log.ts'
import { Replayer } from '../../pipelines/runtime/kafka/replayer.ts'
import { SinkRunner } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { statedPartition } from '../../pipelines/runtime/kafka/transactions.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import type { RawHeader } from '../../pipelines/runtime/records.ts'
import { silent } from '../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import { aContent } from '../support/records.ts'
import { runCommand } from '../support/run-command.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { lengthModel, lengthTopology } from '../topology/topologies.ts'

interface Report {
  readonly matched: number
  readonly replayed: number
  readonly before: number
  readonly refused: number
}

const NAMES = ['score-niceness', 'score-toxicity'] as const
const HEADERS: RawHeader[] = [
  ['x', Buffer.from([0, 255])],
  ['x', null],
]

describe.skipIf(stackMissing() !== null)('nicr dlq, on real parts', () => {
  let own: OwnNicr
  let admin: Admin
  let producer: Producer
  let runners: { stop(): Promise<void> }[] = []
  const failures: unknown[] = []

  beforeAll(async () => {
    own = await startOwnNicr()
    const client = createKafka(own.kafka, silent)
    admin = client.admin({ retry: RETRY })
    producer = client.producer({ createPartitioner: statedPartition, retry: RETRY })
    await admin.connect()
    await producer.connect()
    for (const [name, value] of Object.entries(own.env)) vi.stubEnv(name, value)
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await stopRunners()
    await producer?.disconnect()
    await admin?.disconnect()
    await own?.close()
    expect(failures).toEqual([])
  })

  async function startRunners(textLengthMax: number): Promise<void> {
    const parts = (clientId: string) => ({
      kafka: { ...own.kafka, clientId },
      config: own.config,
      codecs: own.codecs,
      metrics: new RuntimeMetrics(new Registry()),
      log: silent,
      onFailed: (error: unknown) => void failures.push(error),
    })
    const scorers = NAMES.map(name => {
      const kind = name.slice('score-'.length)
      const model = { ...lengthModel, card: { ...lengthModel.card, kind } }
      return new ProcessorRunner(lengthTopology(model, name, textLengthMax), parts(name))
    })
    const started = [...scorers, new SinkRunner({ ...parts('sink'), clickhouse: own.clickhouse })]
    runners = started
    await Promise.all(started.map(runner => runner.start()))
  }

  async function stopRunners(): Promise<void> {
    await Promise.all(runners.splice(0).map(runner => runner.stop()))
  }

  async function dlq<Answer>(...parameters: string[]): Promise<Answer> {
    const { code, stdout, stderr } = await runCommand(addDlqCommand, ['dlq', ...parameters, '--json'])
    if (code !== 0 && !parameters.includes('--topic')) throw new Error(stderr)
    return JSON.parse(stdout) as Answer
  }

  const scoresOf = async (kind: string) => (await own.read('scores')).filter(score => score.kind === kind)

  it('replays to the processor meant, byte for byte, once however often it is asked', async () => {
    await startRunners(20)
    const codec = own.codecs.of('content')
    await codec.open()
    // Without an id: what is derived must be the same again.
    const long = codec.encode(aContent({ id: '', text: 'longer than twenty characters' }))
    await producer.send({
      topic: own.fullName('content'),
      messages: [{ key: Buffer.from('k'), value: long, headers: HEADERS, partition: 2 } as never],
    })
    await until('both rejected it', async () => (await own.readRaw('dead-letters')).length === 2)
    await stopRunners()

    const listed = await dlq<{ count: number; groups: object[]; letters: { place: object }[] }>(
      'list',
      '--each',
    )
    expect(listed.count).toBe(2)
    expect(listed.groups).toEqual(
      expect.arrayContaining(
        NAMES.map(processor =>
          expect.objectContaining({
            code: 'NICR_TEXT_TOO_LONG',
            processor,
            topic: own.fullName('content'),
            count: 1,
          }),
        ),
      ),
    )
    const [letter] = await own.readRaw('dead-letters')
    const shown = await runCommand(addDlqCommand, ['dlq', 'show', `${letter!.partition}:${letter!.offset}`])
    expect(shown).toMatchObject({ code: 0, stderr: '' })
    expect(shown.stdout).toContain('"text": "longer than twenty characters"')
    expect(shown.stdout).toContain('header x: (null)')

    const wish = ['--where', 'processor=score-niceness and topic=content']
    const contents = async () => (await own.readRaw('content')).length
    expect(await dlq('replay', ...wish, '--dry-run')).toMatchObject({ matched: 1, replayed: 1 })
    expect(await contents()).toBe(1)
    expect(await dlq('replay', ...wish)).toMatchObject({ matched: 1, replayed: 1, before: 0 })
    expect(await dlq('replay', ...wish)).toMatchObject({ matched: 1, replayed: 0, before: 1 })
    const [first, again, ...more] = await own.readRaw('content')
    expect(more).toEqual([])
    expect([again!.partition, again!.key, again!.value]).toEqual([2, first!.key, long])
    expect(again!.headers.slice(0, 2)).toEqual(HEADERS)

    await startRunners(1000)
    await until('it is scored', async () => (await scoresOf('niceness')).length > 0)
    const [score] = await scoresOf('niceness')
    expect(score!.contentId).toBe(`${own.fullName('content')}:2:0`)
    // A later record on the same partition: the other processor has passed the replay by then.
    const after = codec.encode(aContent({ id: 'after' }))
    await producer.send({
      topic: own.fullName('content'),
      messages: [{ key: null, value: after, partition: 2 }],
    })
    await until('the next is scored', async () => (await scoresOf('toxicity')).length > 0)
    expect((await scoresOf('toxicity')).map(({ contentId }) => contentId)).toEqual(['after'])
    const stored = () => own.clickhouse.query<{ id: string }>('SELECT id FROM content_log ORDER BY _offset')
    await until('all is stored', async () => (await stored()).length >= 2)
    expect((await stored()).map(({ id }) => id)).toEqual([`${own.fullName('content')}:2:0`, 'after'])
    expect(await own.readRaw('dead-letters')).toHaveLength(2)
    await stopRunners()
  })

  it('takes letters of Kafka Connect and Kafka Streams from their own topics', async () => {
    const topic = `${own.fullName('content')}.their-dlq`
    await admin.createTopics({ topics: [{ topic, numPartitions: 2 }], waitForLeaders: true })
    const at = (prefix: string): RawHeader[] => [
      [`${prefix}topic`, Buffer.from(own.fullName('content'))],
      [`${prefix}partition`, Buffer.from('1')],
      [`${prefix}offset`, Buffer.from('5')],
    ]
    const connect: RawHeader[] = [
      ...at('__connect.errors.'),
      ['__connect.errors.connector.name', Buffer.from('to-lake')],
      ['__connect.errors.exception.class.name', Buffer.from('org.example.DataException')],
    ]
    const streams: RawHeader[] = [
      ['__streams.errors.exception', Buffer.from('org.example.Bad: no')],
      ...at('__streams.errors.'),
    ]
    const value = Buffer.from([1, 2, 254])
    const messages = [connect, streams].map((headers, partition) => ({
      key: null,
      value,
      headers,
      partition,
    }))
    await producer.send({ topic, messages: messages as never })
    const before = await own.readRaw('content')
    expect(await dlq('list', '--topic', topic)).toMatchObject({ count: 2 })
    expect(await dlq<Report>('replay', '--topic', topic)).toMatchObject({ replayed: 1, refused: 1 })
    expect(await dlq<Report>('replay', '--topic', topic, '--for', 'my-app')).toMatchObject({
      replayed: 1,
      before: 1,
    })
    const places = new Set(before.map(({ partition, offset }) => `${partition}:${offset}`))
    const added = (await own.readRaw('content')).filter(one => !places.has(`${one.partition}:${one.offset}`))
    expect(added.map(one => [one.partition, one.value, String(one.headers[0]![1])])).toEqual([
      [1, value, 'to-lake'],
      [1, value, 'my-app'],
    ])
  })

  it('lets one replay at a time write: the earlier one is fenced, and neither writes nor notes', async () => {
    const log = new RecordLog(own.kafka, silent)
    await log.open()
    const topicPrefix = own.config.topics.prefix
    const parts = { kafka: own.kafka, topicPrefix, log: silent, partitions: log.partitions, by: 'test' }
    const replayers = [0, 1].map(() => new Replayer({ ...parts, now: () => Date.now() }))
    try {
      for (const replayer of replayers) await replayer.open({ fence: true })
      const replay = (letterKey: string): Replay => ({
        letterKey,
        place: { topic: own.fullName('dead-letters'), partition: 0, offset: 0 },
        topic: own.fullName('votes'),
        partition: 0,
        processor: 'judge-readers',
        key: null,
        value: Buffer.from(letterKey),
        headers: [],
      })
      await expect(replayers[0]!.write([replay('early')])).rejects.toMatchObject({
        code: 'NICR_REPLAY_FENCED',
      })
      await replayers[1]!.write([replay('late')])
      const noted = await new Replayer({ ...parts, now: () => 0 }).open({ fence: false })
      expect(noted).toContain('late')
      expect(noted).not.toContain('early')
      expect((await own.readRaw('votes')).map(({ value }) => String(value))).toEqual(['late'])
    } finally {
      await Promise.all(replayers.map(replayer => replayer.close()))
      await log.close()
    }
  })

  it('takes the name of a processor that is gone, as long as a letter holds it, and any in the topic of another tool', async () => {
    const topic = own.fullName('dead-letters')
    const headers = [
      ['__connect.errors.topic', own.fullName('content')],
      ['nicr-processor', 'score-wit'],
      ['nicr-code', 'NICR_WIT_MISSING'],
    ].map(([name, text]) => [name, Buffer.from(text!)])
    await producer.send({ topic, messages: [{ key: null, value: null, headers, partition: 0 }] as never })
    expect(await dlq('list', '--where', 'processor=score-wit and code=NICR_WIT_*')).toMatchObject({
      count: 1,
    })
    expect(
      await dlq('list', '--topic', own.fullName('content'), '--where', 'processor=to-nowhere'),
    ).toMatchObject({ count: 0 })
  })

  it.each([
    [['list', '--where', 'cod=x'], 'there is no field cod'],
    [
      ['list', '--where', 'processor=score-nicness'],
      'there is no such processor; there are score-niceness, ',
    ],
    [['replay', '--where', 'since=2h and processor!=score-nicness'], 'column 14: there is no such processor'],
    [['list', '--where', 'code=NICR_TEXT_TO_LONG'], 'no letter has such a code'],
    [['list', '--topic', 'nowhere'], 'there is no topic nowhere'],
    [['show', '0:999999'], 'holds no letter at 0:999999'],
  ])('%j says what is wrong', async (parameters, why) => {
    const { code, stderr } = await runCommand(addDlqCommand, ['dlq', ...parameters])
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)])
    expect(stderr).toContain('NICR_INPUT_INVALID')
  })
})
