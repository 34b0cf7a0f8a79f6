import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { smallModel, smallScorer } from '../../../bench/small-model.ts'
import { readConfig } from '../../../pipelines/config.ts'
import { MemorySchemas } from '../../../pipelines/runtime/memory/memory-schemas.ts'
import { openTracing } from '../../../pipelines/runtime/open-tracing.ts'
import { headerText, type OutputRecord, type RawRecord } from '../../../pipelines/runtime/records.ts'
import { type ScoringParts, scoringStep } from '../../../pipelines/runtime/scoring-step.ts'
import { Task } from '../../../pipelines/runtime/task.ts'
import { TopicCodecs } from '../../../pipelines/runtime/topic-codecs.ts'
import type { Tracing } from '../../../pipelines/runtime/tracing.ts'
import { aContent } from '../../support/records.ts'
import {
  SAMPLED,
  SPAN_ID,
  startCollector,
  TRACE_ID,
  tracingInMemory,
  UNSAMPLED,
} from '../../support/traces.ts'

const silent = pino({ level: 'silent' })
const NICR_FOR = ['nicr-for', Buffer.from('p')] as const
const traced = (text: string) => [['traceparent', Buffer.from(text)]] as const

/** A scorer's task in memory; `outputs` is what it committed. */
async function aTask(tracing: Tracing | null, commit: () => Promise<void> = async () => undefined) {
  const codecs = new TopicCodecs(new MemorySchemas(), () => 0)
  const content = codecs.of('content')
  await content.open()
  const outputs: OutputRecord[] = []
  const task = new Task(
    {
      processor: 'p',
      group: 'nicr.p',
      partition: 3,
      topicPrefix: 'nicr.',
      reads: ['content'],
      writes: ['scores'],
      deadLettersInARowMax: 10,
    },
    {
      codecs,
      tracing,
      store: null,
      step: scoringStep({
        scorer: smallScorer as unknown as ScoringParts['scorer'],
        model: () => smallModel('1') as unknown as ReturnType<ScoringParts['model']>,
        textLengthMax: 1000,
        now: () => 0,
      }),
      transport: {
        initialise: async () => new Map(),
        async *restore() {},
        commit: async some => {
          await commit()
          outputs.push(...some)
        },
      },
    },
  )
  await task.start()
  const record = (
    offset: number,
    headers: RawRecord['headers'],
    value: Buffer = content.encode(
      aContent({ id: `content-${offset}`, text: 'a secret text', author: 'ann' }),
    ),
  ): RawRecord => ({ key: Buffer.from(`content-${offset}`), value, headers, offset, appendedAt: 0 })
  return {
    outputs,
    record,
    run: (records: readonly RawRecord[]) =>
      task.process({ topic: 'content', partition: 3, records, nextOffset: records.at(-1)!.offset + 1 }),
  }
}

const traceOf = ({ headers }: OutputRecord) => headerText(headers, 'traceparent')

describe('records of a task', () => {
  it('that are sampled have a span each under what wrote them, and their scores carry it on', async () => {
    const { tracing, spans } = await tracingInMemory()
    const { run, record, outputs } = await aTask(tracing)
    await run([
      record(0, []),
      record(1, traced(SAMPLED)),
      record(2, traced(UNSAMPLED)),
      record(3, traced('no')),
    ])
    const [span, ...others] = await spans()
    expect(others).toEqual([])
    expect(span).toMatchObject({
      name: 'process nicr.content',
      traceId: TRACE_ID,
      parentId: SPAN_ID,
      failed: false,
      attributes: {
        'messaging.system': 'kafka',
        'messaging.destination.name': 'nicr.content',
        'messaging.destination.partition.id': '3',
        'messaging.kafka.offset': 1,
        'messaging.consumer.group.name': 'nicr.p',
        'messaging.operation.type': 'process',
        'nicr.batch.records': 4,
      },
    })
    expect(outputs.map(traceOf)).toEqual([null, `00-${TRACE_ID}-${span!.spanId}-01`, null, null])
    expect(outputs[0]!.headers).toEqual([])
    expect(JSON.stringify(span)).not.toMatch(/secret|ann|content-/)
  })

  it('have neither spans nor headers where traces are off', async () => {
    const { run, record, outputs } = await aTask(await openTracing(readConfig({}).tracing, silent))
    await run([record(0, traced(SAMPLED))])
    expect(outputs.map(({ headers }) => headers)).toEqual([[]])
  })

  it('that cannot be used have the code on their span, and the same dead letter as without traces', async () => {
    const headers = [...traced(SAMPLED), NICR_FOR]
    const letterOf = async (tracing: Tracing | null) => {
      const { run, record, outputs } = await aTask(tracing)
      await run([record(0, headers, Buffer.from('poison'))])
      return outputs
    }
    const { tracing, spans } = await tracingInMemory()
    expect(await letterOf(tracing)).toEqual(await letterOf(null))
    expect(await spans()).toMatchObject([
      { failed: true, attributes: { 'error.type': 'NICR_RECORD_UNDECODABLE' } },
    ])
  })

  it('beyond what a batch traces carry on the trace that they came with', async () => {
    const { tracing, spans } = await tracingInMemory()
    const { run, record, outputs } = await aTask(tracing)
    await run(Array.from({ length: 100 }, (_, offset) => record(offset, traced(SAMPLED))))
    const seen = await spans()
    expect(seen).toHaveLength(64)
    expect(outputs.map(traceOf)).toEqual([
      ...seen.map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`),
      ...Array.from({ length: 36 }, () => SAMPLED),
    ])
  })

  it('that a sampler of this process leaves out carry on the trace that they came with', async () => {
    const { tracing, spans } = await tracingInMemory({ OTEL_TRACES_SAMPLER: 'always_off' })
    const { run, record, outputs } = await aTask(tracing)
    await run([record(0, traced(SAMPLED))])
    expect(outputs.map(traceOf)).toEqual([SAMPLED])
    expect(await spans()).toEqual([])
  })

  it('of a batch that fails have spans that failed, without the message', async () => {
    const { tracing, spans } = await tracingInMemory()
    const { run, record } = await aTask(tracing, async () => {
      throw new TypeError('it quotes a secret text')
    })
    await expect(run([record(0, traced(SAMPLED))])).rejects.toThrow(TypeError)
    const seen = await spans()
    expect(seen).toMatchObject([{ failed: true, attributes: { 'error.type': 'TypeError' } }])
    expect(JSON.stringify(seen)).not.toContain('secret')
  })
})

describe('spans', () => {
  it('are sent in the form and with the headers that the settings say, and what is left when it closes', async () => {
    const collector = await startCollector()
    for (const protocol of ['http/json', 'http/protobuf']) {
      const { tracing: config } = readConfig({
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
        OTEL_EXPORTER_OTLP_HEADERS: 'api-key=a%20key',
        OTEL_SERVICE_NAME: 'a-service',
      })
      const tracing = await openTracing(config, silent)
      tracing!.open({ name: 'a span', kind: 'server', parent: null, attributes: {} })!.end()
      await tracing!.close()
    }
    collector.close()
    expect(collector.requests.map(({ url }) => url)).toEqual(['/v1/traces', '/v1/traces'])
    expect(collector.requests.map(({ headers }) => [headers['content-type'], headers['api-key']])).toEqual([
      ['application/json', 'a key'],
      ['application/x-protobuf', 'a key'],
    ])
    for (const { body } of collector.requests) {
      expect(body.includes('a span')).toBe(true)
      expect(body.includes('a-service')).toBe(true)
    }
  })

  it('that nobody takes are said once, and no more than some wait', async () => {
    const collector = await startCollector(400)
    const said: string[] = []
    const log = pino({ level: 'warn' }, { write: (line: string) => void said.push(line) })
    const { tracing: config } = readConfig({
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    })
    const tracing = await openTracing(config, log)
    for (let i = 0; i < 3000; i++)
      tracing!.open({ name: 's', kind: 'server', parent: null, attributes: {} })!.end()
    await tracing!.close()
    collector.close()
    expect(collector.requests.length).toBeGreaterThan(1)
    expect(collector.spans().length).toBeLessThanOrEqual(2048)
    expect(said).toHaveLength(1)
    expect(said[0]).toContain('traces cannot be sent')
  })
})
