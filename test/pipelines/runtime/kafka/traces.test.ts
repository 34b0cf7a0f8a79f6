import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { followChampions, startProcessing } from '../../../../cli/services.ts'
import { type Serving, startServing } from '../../../../cli/serving.ts'
import { readConfig } from '../../../../pipelines/config.ts'
import { createKafka } from '../../../../pipelines/runtime/kafka/client.ts'
import { SINK_NAME } from '../../../../pipelines/runtime/kafka/sink-runner.ts'
import { openTracing } from '../../../../pipelines/runtime/open-tracing.ts'
import { headerText } from '../../../../pipelines/runtime/records.ts'
import type { Tracing } from '../../../../pipelines/runtime/tracing.ts'
import { packagePath } from '../../../../schemas/package-root.ts'
import type { TopicName } from '../../../../schemas/topics.ts'
import { openKeyStore } from '../../../../serving/keys.ts'
import { silent } from '../../../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../../../support/own-nicr.ts'
import { openOwnServices } from '../../../support/own-services.ts'
import { aContent } from '../../../support/records.ts'
import { stackMissing } from '../../../support/stack.ts'
import {
  type Collector,
  SAMPLED,
  type SeenSpan,
  SPAN_ID,
  startCollector,
  TRACE_ID,
  UNSAMPLED,
} from '../../../support/traces.ts'
import { until } from '../../../support/until.ts'

const KEY = 'nicr_test-key-of-traces'
const TEXT = 'thank you, that was a secret'
const OTHER_TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'
/** What a span must never say: who wrote, what, and under which ids. */
const PRIVATE = /secret|ann-the-author|content-|draft-1|nicr_test/

/** From a browser's frame, a POST and a foreign producer, over real Kafka, to real ClickHouse and a socket. */
describe.skipIf(stackMissing() !== null)('traces', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-traces-'))
  const undo: (() => unknown)[] = [() => rmSync(dataDir, { recursive: true, force: true })]
  let nicr: OwnNicr
  let collector: Collector
  let tracing: Tracing
  let traced: Serving
  let untraced: Serving
  let seen: readonly SeenSpan[] = []

  beforeAll(async () => {
    nicr = await startOwnNicr()
    collector = await startCollector()
    undo.push(
      () => nicr.close(),
      () => collector.close(),
    )
    const { tracing: settings } = readConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    })
    tracing = (await openTracing(settings, silent))!
    const { server, access } = nicr.config
    const config = {
      ...nicr.config,
      dataDir,
      server: { ...server, port: 0 },
      access: { ...access, keysFile: join(dataDir, 'keys.json') },
    }
    const services = openOwnServices(nicr, config, tracing)
    undo.push(() => services.close())
    const champions = await followChampions(services, { challengers: false })
    undo.push(() => champions.close())
    const onFailed = (name: string, error: unknown) => console.error(name, error)
    const names = ['score-niceness', SINK_NAME]
    const processing = await startProcessing(services, champions, { names, onFailed })
    undo.push(() => processing.stop())
    const serve = (own: typeof services) =>
      startServing(own, {
        lookWithin: () => Promise.reject(new Error('no picture is sent here')),
        champions,
        keys: openKeyStore({ keysFile: config.access.keysFile, devKey: KEY }),
        processing,
        onFailed: error => onFailed('live', error),
      })
    traced = await serve(services)
    undo.push(() => traced.stop())
    const without = openOwnServices(nicr, config)
    untraced = await serve(without)
    undo.push(async () => {
      await untraced.stop()
      await without.close()
    })
    await send()
    await tracing.close()
    seen = collector.spans()
  }, 120_000)

  afterAll(async () => {
    for (const step of undo.reverse()) await step()
  })

  /** All that the tests look at, and waits until it has arrived. */
  async function send(): Promise<void> {
    const socket = new WebSocket(`${traced.url.replace('http', 'ws')}/v1/live`, 'nicr.v1', {
      headers: { 'X-API-Key': KEY },
    })
    undo.push(() => socket.terminate())
    const pushed = new Set<string>()
    socket.on('message', data => {
      const frame = JSON.parse(String(data)) as { type: string; contentId?: string }
      pushed.add(frame.contentId ?? frame.type)
    })
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    socket.send(JSON.stringify({ type: 'subscribe', all: true, ack: true }))
    socket.send(JSON.stringify({ type: 'draft', id: 'draft-1', seq: 0, text: TEXT, traceparent: SAMPLED }))
    await until('it follows', () => pushed.has('subscribed') && pushed.has('draft-score'))
    await post(traced, 'content-posted', SAMPLED)
    await post(traced, 'content-unsampled', UNSAMPLED)
    await post(untraced, 'content-untraced', SAMPLED)
    await produce('content-produced', `00-${OTHER_TRACE_ID}-${SPAN_ID}-01`)
    await until('all were pushed', () =>
      ['posted', 'unsampled', 'untraced', 'produced'].every(name => pushed.has(`content-${name}`)),
    )
    // A span of the sink ends once its rows are stored.
    await until('all are stored', () =>
      [TRACE_ID, OTHER_TRACE_ID].every(traceId =>
        (['content', 'scores'] as const).every(topic =>
          collector
            .spans()
            .some(
              span =>
                span.traceId === traceId &&
                span.name === `process ${nicr.fullName(topic)}` &&
                group(span) === SINK_NAME,
            ),
        ),
      ),
    )
  }

  async function post({ url }: Serving, id: string, traceparent: string): Promise<void> {
    const { status } = await fetch(`${url}/v1/content`, {
      method: 'POST',
      headers: { 'x-api-key': KEY, 'content-type': 'application/json', traceparent },
      body: JSON.stringify({ id, author: 'ann-the-author', text: TEXT }),
    })
    expect(status).toBe(202)
  }

  /** As a platform would that produces to Kafka itself. */
  async function produce(id: string, traceparent: string): Promise<void> {
    const codec = nicr.codecs.of('content')
    await codec.open()
    const producer = createKafka(nicr.kafka, silent).producer()
    await producer.connect()
    const value = codec.encode(aContent({ id, text: TEXT, author: 'ann-the-author', at: Date.now() }))
    await producer.send({
      topic: nicr.fullName('content'),
      messages: [{ key: id, value, headers: { traceparent } }],
    })
    await producer.disconnect()
  }

  const of = (traceId: string) => seen.filter(span => span.traceId === traceId)
  const group = (span: SeenSpan) =>
    String(span.attributes['messaging.consumer.group.name']).slice(nicr.config.topics.prefix.length)
  const process = (spans: readonly SeenSpan[], topic: TopicName, by: RegExp) => {
    const found = spans.filter(
      span => span.name === `process ${nicr.fullName(topic)}` && by.test(group(span)),
    )
    expect(found, `${topic} ${by}`).toHaveLength(1)
    return found[0]!
  }
  const headersOf = async (topic: TopicName, id: string) => {
    const records = (await nicr.readRaw(topic)).filter(({ key }) => String(key) === id)
    expect(records).toHaveLength(1)
    return records[0]!.headers
  }

  it('of a POST are one tree: server, topic, scorer, ClickHouse, socket', async () => {
    const spans = of(TRACE_ID)
    const server = spans.find(({ name }) => name === 'POST /v1/content')!
    expect(server.parentId).toBe(SPAN_ID)
    const send = spans.find(({ name }) => name === `send ${nicr.fullName('content')}`)!
    expect(send.parentId).toBe(server.spanId)
    const scorer = process(spans, 'content', /^score-niceness$/)
    expect(scorer.parentId).toBe(send.spanId)
    expect(process(spans, 'content', /^clickhouse-sink$/).parentId).toBe(send.spanId)
    const sink = process(spans, 'scores', /^clickhouse-sink$/)
    const live = process(spans, 'scores', /^live\..*/)
    expect([sink.parentId, live.parentId]).toEqual([scorer.spanId, scorer.spanId])
    expect(Number(live.attributes['nicr.live.sockets'])).toBe(1)
    const insert = spans.find(({ name }) => name === 'INSERT scores_log')!
    expect(insert.parentId).toBe(sink.spanId)
    expect(insert.attributes).toMatchObject({ 'db.system.name': 'clickhouse', 'db.operation.name': 'INSERT' })
    expect(spans.find(({ name }) => name === 'score draft')?.parentId).toBe(SPAN_ID)
    expect(headerText(await headersOf('content', 'content-posted'), 'traceparent')).toContain(send.spanId)
    expect(headerText(await headersOf('scores', 'content-posted'), 'traceparent')).toContain(scorer.spanId)
    expect(spans.filter(({ failed }) => failed)).toEqual([])
  })

  it('of a foreign producer go on as it began them', async () => {
    const spans = of(OTHER_TRACE_ID)
    const scorer = process(spans, 'content', /^score-niceness$/)
    expect(scorer.parentId).toBe(SPAN_ID)
    expect(process(spans, 'scores', /^clickhouse-sink$/).parentId).toBe(scorer.spanId)
  })

  it('add no header to records whose trace is not kept, nor where they are off', async () => {
    for (const id of ['content-unsampled', 'content-untraced'])
      for (const topic of ['content', 'scores'] as const) expect(await headersOf(topic, id)).toEqual([])
    expect(new Set(seen.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID, OTHER_TRACE_ID]))
  })

  it('say neither texts nor authors, ids or keys', () => {
    expect(seen.length).toBeGreaterThan(10)
    for (const { body } of collector.requests) expect(body.toString()).not.toMatch(PRIVATE)
  })
})

describe('where traces are off', () => {
  // Of its API alone, which does nothing, prom-client loads some.
  it('OpenTelemetry is not loaded', () => {
    const program = `
      const { openTracing } = await import(process.argv[1] + '/dist/pipelines/runtime/open-tracing.js')
      for (const command of ['up', 'serve', 'process']) await import(process.argv[1] + '/dist/cli/commands/' + command + '.js')
      if ((await openTracing(null)) !== null) throw new Error('traces are on')
      const { createRequire } = await import('node:module')
      const loaded = Object.keys(createRequire(process.argv[1] + '/').cache)
      console.log(JSON.stringify([loaded.length > 100, loaded.filter(path => /@opentelemetry.(?!api)/.test(path))]))`
    const said = execFileSync(process.execPath, ['--input-type=module', '-e', program, packagePath('.')])
    expect(JSON.parse(said.toString())).toEqual([true, []])
  })
})
