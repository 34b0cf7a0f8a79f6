import type { ErrorCode } from '../../../../schemas/errors.ts'
import type { SessionSettings } from './encoder-session.ts'

/** What a process makes of texts. */
export interface EncodedTexts {
  /** Numbers, `[text][width]`. */
  readonly rows: Float32Array
  readonly width: number
  /** What the process took for it, ms. */
  readonly ms: number
}

/** Between a process that runs an encoder and the one that started it. */
export type ToEncoder =
  | { readonly type: 'OPEN'; readonly settings: SessionSettings }
  | { readonly type: 'ENCODE'; readonly texts: readonly string[] }

/** The answer to each, in order. */
export type FromEncoder =
  | { readonly type: 'OPENED' }
  | ({ readonly type: 'ENCODED' } & EncodedTexts)
  | { readonly type: 'FAILED'; readonly code: ErrorCode; readonly detail: string }
