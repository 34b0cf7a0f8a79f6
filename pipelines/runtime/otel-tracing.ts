import { randomUUID } from 'node:crypto'
import { ROOT_CONTEXT, type Span, SpanKind, SpanStatusCode, TraceFlags, trace } from '@opentelemetry/api'
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  type Sampler,
  type SpanExporter,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import type { Logger } from 'pino'
import { packageVersion } from '../../schemas/package-root.ts'
import type { TracingConfig } from '../settings-tracing.ts'
import type { TraceParent } from './traceparent.ts'
import type { OpenSpan, SpanStart, Tracing } from './tracing.ts'
import { within } from './within.ts'

/** The only module that loads OpenTelemetry; `openTracing` loads it where traces are on. */

/** Spans that wait to be sent; what is more is dropped, so that a collector that is away fills no memory. */
const SPANS_WAITING_MAX = 2048
const SPANS_PER_EXPORT_MAX = 512
const EXPORT_EVERY_MS = 2_000
/** An export that takes longer is given up, with its spans. */
const EXPORT_MS_MAX = 5_000
/** A process that stops waits no longer than this for a collector. */
const CLOSE_MS_MAX = 2_000
/** So much of an attribute is kept. */
const ATTRIBUTE_LENGTH_MAX = 256

const kinds = {
  server: SpanKind.SERVER,
  consumer: SpanKind.CONSUMER,
  producer: SpanKind.PRODUCER,
  client: SpanKind.CLIENT,
} as const satisfies Record<SpanStart['kind'], SpanKind>

/** @param exporter takes spans instead of the configured URL */
export async function createTracing(
  config: TracingConfig,
  log: Logger,
  exporter?: SpanExporter,
): Promise<Tracing> {
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({
        'service.version': packageVersion(),
        'service.instance.id': randomUUID(),
        ...config.resource,
      }),
    ),
    sampler: samplerOf(config),
    spanLimits: { attributeValueLengthLimit: ATTRIBUTE_LENGTH_MAX },
    spanProcessors: [
      new BatchSpanProcessor({
        exporter: saying(exporter ?? (await exporterOf(config)), log),
        maxQueueSize: SPANS_WAITING_MAX,
        maxExportBatchSize: SPANS_PER_EXPORT_MAX,
        scheduledDelayMillis: EXPORT_EVERY_MS,
        exportTimeoutMillis: EXPORT_MS_MAX,
      }),
    ],
  })
  const tracer = provider.getTracer('nicr', packageVersion())
  return {
    open({ name, kind, parent, attributes, startedAt }) {
      const options = {
        kind: kinds[kind],
        attributes,
        ...(startedAt !== undefined && { startTime: startedAt }),
      }
      const span = tracer.startSpan(name, options, parent === null ? ROOT_CONTEXT : contextOf(parent))
      return span.isRecording() ? openSpan(span) : null
    },
    close: () =>
      within(CLOSE_MS_MAX, provider.shutdown(), () => new Error('the collector does not answer')).catch(
        () => undefined,
      ),
  }
}

function openSpan(span: Span): OpenSpan {
  const { traceId, spanId } = span.spanContext()
  return {
    context: { traceId, spanId, sampled: true },
    set: attributes => void span.setAttributes(attributes),
    end(failure) {
      if (failure !== undefined)
        span.setAttribute('error.type', failure).setStatus({ code: SpanStatusCode.ERROR })
      span.end()
    },
  }
}

function contextOf({ traceId, spanId, sampled }: TraceParent) {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags, isRemote: true })
}

function samplerOf({ sampler, share }: TracingConfig): Sampler {
  const root = {
    always_on: () => new AlwaysOnSampler(),
    always_off: () => new AlwaysOffSampler(),
    traceidratio: () => new TraceIdRatioBasedSampler(share),
  }[sampler.replace('parentbased_', '') as 'always_on' | 'always_off' | 'traceidratio']()
  return sampler.startsWith('parentbased_') ? new ParentBasedSampler({ root }) : root
}

async function exporterOf({ protocol, url, headers }: TracingConfig): Promise<SpanExporter> {
  const { OTLPTraceExporter } =
    protocol === 'http/json'
      ? await import('@opentelemetry/exporter-trace-otlp-http')
      : await import('@opentelemetry/exporter-trace-otlp-proto')
  return new OTLPTraceExporter({ url, headers: { ...headers }, timeoutMillis: EXPORT_MS_MAX })
}

/** The exporter, which says in the log when spans begin to be lost, and when they arrive again. */
function saying(exporter: SpanExporter, log: Logger): SpanExporter {
  let isFailing = false
  return {
    export: (spans, done) =>
      exporter.export(spans, result => {
        const fails = result.code !== 0
        if (fails && !isFailing)
          log.warn(
            { error: result.error?.name, spans: spans.length },
            'traces cannot be sent; spans are dropped',
          )
        if (!fails && isFailing) log.warn('traces are sent again')
        isFailing = fails
        done(result)
      }),
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  }
}
