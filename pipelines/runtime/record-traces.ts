import type { RawHeader, RawRecord } from './records.ts'
import { sampledParent, type TraceParent, traceHeaders } from './traceparent.ts'
import { failureOf, type OpenSpan, type SpanStart, type Tracing } from './tracing.ts'

/**
 * Spans of records, by OpenTelemetry's conventions for messaging. Each record that belongs to a kept trace has a span of its
 * own under the one that wrote it, so that a trace is one tree from the browser to ClickHouse.
 *
 * Source: https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 */

/** Records of a batch that get spans. Those beyond hand their trace on without one. */
const SPANS_PER_BATCH_MAX = 64

const NO_HEADERS: readonly RawHeader[] = Object.freeze([])

export interface TracedBatch {
  /** Full name. */
  readonly topic: string
  readonly partition: number
  readonly group: string
  readonly records: readonly RawRecord[]
}

/** The spans of a batch's records; null where none of them belongs to a kept trace, which is nearly always. */
export function traceBatch(tracing: Tracing | null | undefined, batch: TracedBatch): BatchTrace | null {
  if (tracing === null || tracing === undefined) return null
  let traced: BatchTrace | null = null
  for (const { headers, offset } of batch.records) {
    if (headers.length === 0) continue
    const parent = sampledParent(headers)
    if (parent === null) continue
    traced ??= new BatchTrace(tracing, batch)
    traced.add(offset, parent)
  }
  return traced
}

/** Of one batch, the records that belong to kept traces, by their offsets. */
export class BatchTrace {
  private readonly tracing: Tracing
  private readonly batch: TracedBatch
  /** Not ended yet. */
  private readonly spans = new Map<number, OpenSpan>()
  private readonly headers = new Map<number, readonly RawHeader[]>()
  private readonly failures = new Map<number, string>()

  constructor(tracing: Tracing, batch: TracedBatch) {
    this.tracing = tracing
    this.batch = batch
  }

  add(offset: number, parent: TraceParent): void {
    const { topic, partition, group, records } = this.batch
    const span =
      this.spans.size >= SPANS_PER_BATCH_MAX
        ? null
        : this.tracing.open({
            name: `process ${topic}`,
            kind: 'consumer',
            parent,
            attributes: {
              ...placeOf(topic, partition, offset),
              'messaging.operation.type': 'process',
              'messaging.operation.name': 'process',
              'messaging.consumer.group.name': group,
              'nicr.batch.records': records.length,
            },
          })
    if (span !== null) this.spans.set(offset, span)
    this.headers.set(offset, traceHeaders(span?.context ?? parent))
  }

  /** Headers of what follows from the record at `offset`. */
  headersOf(offset: number): readonly RawHeader[] {
    return this.headers.get(offset) ?? NO_HEADERS
  }

  /** The span of the record at `offset`, while it is open. */
  spanOf(offset: number): OpenSpan | null {
    return this.spans.get(offset) ?? null
  }

  /** The record could not be used: its span says why when it ends. */
  rejected(offset: number, code: string): void {
    if (this.spans.has(offset)) this.failures.set(offset, code)
  }

  /** Opens a span under each open one; answers what ends them. */
  openChildren(child: Omit<SpanStart, 'parent'>): (failure?: string) => void {
    const children = [...this.spans.values()].map(({ context }) =>
      this.tracing.open({ ...child, parent: context }),
    )
    return failure => {
      for (const span of children) span?.end(failure)
    }
  }

  /** Ends the spans of records before `nextOffset`: what follows from them is in place. */
  committed(nextOffset: number): void {
    for (const [offset, span] of this.spans) {
      if (offset >= nextOffset) continue
      this.spans.delete(offset)
      span.end(this.failures.get(offset))
    }
  }

  /** Ends the spans that are left: the batch failed, and comes again. */
  failed(error: unknown): void {
    for (const span of this.spans.values()) span.end(failureOf(error))
    this.spans.clear()
  }
}

/** Sends a record under the span of what caused it. `send` is given the record's headers, and answers where it lies. */
export async function traceSend<Place extends { readonly partition: number; readonly offset: number }>(
  {
    tracing,
    topic,
    parent,
  }: { readonly tracing: Tracing; readonly topic: string; readonly parent: TraceParent },
  send: (headers: readonly RawHeader[]) => Promise<Place>,
): Promise<Place> {
  const span = tracing.open({
    name: `send ${topic}`,
    kind: 'producer',
    parent,
    attributes: {
      'messaging.system': 'kafka',
      'messaging.destination.name': topic,
      'messaging.operation.type': 'send',
      'messaging.operation.name': 'send',
    },
  })
  try {
    const place = await send(traceHeaders(span?.context ?? parent))
    span?.set(placeOf(topic, place.partition, place.offset))
    span?.end()
    return place
  } catch (error) {
    span?.end(failureOf(error))
    throw error
  }
}

function placeOf(topic: string, partition: number, offset: number) {
  return {
    'messaging.system': 'kafka',
    'messaging.destination.name': topic,
    'messaging.destination.partition.id': String(partition),
    'messaging.kafka.offset': offset,
  }
}
