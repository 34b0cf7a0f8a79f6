import type { ExecutionProvider } from './encoder-session.ts'

/** Who is told how encoders run; one a process (`EncoderMetrics`). */
export interface EncoderWatch {
  /** A version was loaded; what it does is told to what this returns. */
  opened(encoder: OpenEncoder): EncoderTally
}

export interface OpenEncoder {
  readonly kind: string
  readonly version: string
  readonly provider: ExecutionProvider
  /** Of each process. */
  readonly threads: number
  /** As it is at this moment. */
  state(): PoolState
}

export interface PoolState {
  readonly processes: number
  readonly busy: number
  /** Texts that wait, by the lines of the pool. */
  readonly waiting: { readonly drafts: number; readonly reasons: number; readonly stream: number }
}

/** How a run may fail. */
export const runFailures = ['NICR_MODEL_FAILED', 'NICR_MODEL_INVALID', 'NICR_MODEL_BUSY'] as const
export type RunFailure = (typeof runFailures)[number]

/** Why the n-grams answer in an encoder's place. */
export const standInReasons = ['late', 'failed'] as const
export type StandInReason = (typeof standInReasons)[number]

/** What a pool tells of its runs. */
export interface RunTally {
  ran(texts: number, seconds: number): void
  failed(code: RunFailure): void
  /** A process ended that nobody had closed. */
  lost(): void
}

/** What a version tells. */
export interface EncoderTally extends RunTally {
  /** The n-grams answered for so many texts. */
  stoodIn(reason: StandInReason, texts: number): void
  closed(): void
}

const nothing = () => undefined

/** Nobody is told. */
export const unwatched: EncoderTally = {
  ran: nothing,
  failed: nothing,
  lost: nothing,
  stoodIn: nothing,
  closed: nothing,
}
