import { NicrError } from '../../schemas/errors.ts'
import type { TraceParent } from './traceparent.ts'

/**
 * Spans of what this process does. Whoever may be traced holds a `Tracing`, or null where traces are off: then nothing of
 * OpenTelemetry is loaded, and no header is looked at.
 *
 * What a span says is public to whoever reads traces: where a record lies, how long it took, the code of what went wrong. It
 * never says a text, an author, a key, or an id that a platform or a browser gave.
 */
export interface Tracing {
  /** Opens a span; null where its trace is not kept. */
  open(span: SpanStart): OpenSpan | null
  /** Sends what is still here, for a few seconds at most. */
  close(): Promise<void>
}

export interface SpanStart {
  readonly name: string
  readonly kind: 'server' | 'consumer' | 'producer' | 'client'
  /** null: a trace begins, if the sampler keeps it. */
  readonly parent: TraceParent | null
  readonly attributes: Attributes
  /** When it began, by the process's own clock (`performance.now()`); now unless given. */
  readonly startedAt?: number
}

export type Attributes = Readonly<Record<string, string | number>>

export interface OpenSpan {
  /** What its children name as their parent. */
  readonly context: TraceParent
  set(attributes: Attributes): void
  /** @param failure what it failed with, as `failureOf` names it; none: it did not */
  end(failure?: string): void
}

/** An error by its code, or its class: a message may quote what must not be told. */
export function failureOf(error: unknown): string {
  if (error instanceof NicrError) return error.code
  return error instanceof Error ? error.name : typeof error
}
