import type { RawHeader } from './records.ts'

/**
 * Where a trace goes on, as it travels in a header and in a frame.
 *
 * Source: https://www.w3.org/TR/trace-context/#traceparent-header
 */
export interface TraceParent {
  /** 32 hex digits. */
  readonly traceId: string
  /** Of the span that what follows belongs under: 16 hex digits. */
  readonly spanId: string
  /** Whether whoever began the trace keeps it. */
  readonly sampled: boolean
}

export const TRACE_HEADER = 'traceparent'

const PATTERN = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(?:-.*)?$/
const LENGTH = 55
const SAMPLED = 0x01
/** The last digit of the flags of most that are not sampled. */
const NO_FLAGS_AT = LENGTH - 1
const NO_FLAGS = 0x30

/** Null where it is none: who sends nonsense is not traced. Later versions are read as the first, as the standard wants. */
export function parseTraceparent(text: string): TraceParent | null {
  const [, version, traceId, spanId, flags] = PATTERN.exec(text) ?? []
  if (traceId === undefined || spanId === undefined || flags === undefined) return null
  if (version === 'ff' || (version === '00' && text.length !== LENGTH)) return null
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return null
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) !== 0 }
}

export function formatTraceparent({ traceId, spanId, sampled }: TraceParent): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`
}

/** The headers of a record whose trace goes on. */
export function traceHeaders(parent: TraceParent): readonly RawHeader[] {
  return [[TRACE_HEADER, Buffer.from(formatTraceparent(parent))]]
}

/** The trace that a record belongs to, if it is kept; null for most. */
export function sampledParent(headers: readonly RawHeader[]): TraceParent | null {
  for (const [name, value] of headers) {
    if (name !== TRACE_HEADER) continue
    if (value === null || value.length < LENGTH || value[NO_FLAGS_AT] === NO_FLAGS) return null
    const parent = parseTraceparent(value.toString('latin1'))
    return parent?.sampled === true ? parent : null
  }
  return null
}
