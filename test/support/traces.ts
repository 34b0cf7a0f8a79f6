import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ReadableSpan } from '@opentelemetry/sdk-trace'
import { pino } from 'pino'
import { readConfig } from '../../pipelines/config.ts'
import { createTracing } from '../../pipelines/runtime/otel-tracing.ts'
import type { Tracing } from '../../pipelines/runtime/tracing.ts'

/** A span as tests look at it. */
export interface SeenSpan {
  readonly name: string
  readonly traceId: string
  readonly spanId: string
  /** Empty: it began the trace. */
  readonly parentId: string
  readonly attributes: Readonly<Record<string, unknown>>
  readonly failed: boolean
}

export const TRACE_ID = '0af7651916cd43dd8448eb211c80319c'
export const SPAN_ID = 'b7ad6b7169203331'
export const SAMPLED = `00-${TRACE_ID}-${SPAN_ID}-01`
export const UNSAMPLED = `00-${TRACE_ID}-${SPAN_ID}-00`

/** Tracing whose spans stay here. `spans` closes it, and answers them in the order in which they ended. */
export async function tracingInMemory(
  env: Readonly<Record<string, string>> = {},
): Promise<{ tracing: Tracing; spans(): Promise<SeenSpan[]> }> {
  const ended: ReadableSpan[] = []
  const config = readConfig({ OTEL_TRACES_EXPORTER: 'otlp', ...env }).tracing!
  const tracing = await createTracing(config, pino({ level: 'silent' }), {
    export(spans, done) {
      ended.push(...spans)
      done({ code: 0 })
    },
    shutdown: async () => undefined,
  })
  return {
    tracing,
    async spans() {
      await tracing.close()
      return ended.map(span => ({
        name: span.name,
        traceId: span.spanContext().traceId,
        spanId: span.spanContext().spanId,
        parentId: span.parentSpanContext?.spanId ?? '',
        attributes: span.attributes,
        failed: span.status.code === 2,
      }))
    },
  }
}

/** What takes traces over HTTP, as a collector does. */
export interface Collector {
  readonly url: string
  readonly requests: { readonly url: string; readonly headers: IncomingHttpHeaders; readonly body: Buffer }[]
  /** Spans of requests in JSON. */
  spans(): SeenSpan[]
  close(): void
}

/** @param status how it answers */
export async function startCollector(status = 200): Promise<Collector> {
  const requests: Collector['requests'] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', chunk => chunks.push(chunk as Buffer))
    request.on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(status, { 'content-type': 'application/json' }).end('{}')
    })
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    spans: () => requests.flatMap(({ body }) => spansIn(JSON.parse(body.toString()) as Exported)),
    close: () => void server.close(),
  }
}

interface Exported {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly {
        readonly name: string
        readonly traceId: string
        readonly spanId: string
        readonly parentSpanId?: string
        readonly attributes: readonly { readonly key: string; readonly value: object }[]
        readonly status: { readonly code: number }
      }[]
    }[]
  }[]
}

function spansIn({ resourceSpans }: Exported): SeenSpan[] {
  return resourceSpans
    .flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans))
    .map(({ name, traceId, spanId, parentSpanId, attributes, status }) => ({
      name,
      traceId,
      spanId,
      parentId: parentSpanId ?? '',
      attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
      failed: status.code === 2,
    }))
}
