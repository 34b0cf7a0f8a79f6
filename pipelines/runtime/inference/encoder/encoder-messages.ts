import type { ErrorCode } from '../../../../schemas/errors.ts'
import type { SessionSettings } from './encoder-session.ts'

/** Between a process that runs an encoder and the one that started it. */
export type ToEncoder =
  | { readonly type: 'OPEN'; readonly settings: SessionSettings }
  | { readonly type: 'ENCODE'; readonly texts: readonly string[] }

/** The answer to each, in order. */
export type FromEncoder =
  | { readonly type: 'OPENED' }
  | { readonly type: 'ENCODED'; readonly rows: Float32Array; readonly width: number }
  | { readonly type: 'FAILED'; readonly code: ErrorCode; readonly detail: string }
