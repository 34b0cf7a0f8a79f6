import type { LineMarks } from '../../processors/images/line-marks.ts'
import type { LogoEntry } from '../../processors/images/logo-template.ts'
import type { PictureSignature } from '../../processors/images/picture-signature.ts'
import type { LogoMatch, SeenImage } from '../../processors/images/seen-image.ts'
import type { ErrorCode } from '../../schemas/errors.ts'
import type { ImageLimits } from './decode-image.ts'

/** What is seen in a file itself, whoever posted it and whatever the text model says of its words today. */
export type ImageFacts = Omit<SeenImage, 'ref' | 'words' | 'copyOf'>

/** Facts, and by what a picture that looks the same is told from one with other words. */
export interface SeenFacts {
  readonly facts: ImageFacts
  readonly marks: LineMarks
}

/** What a thread is told. A picture is opened first; then it is seen, compared with a known one, only searched for logos, or let go. */
export type ToSight =
  | { readonly type: 'OPEN'; readonly bytes: Uint8Array; readonly sha256: string }
  | { readonly type: 'SEE'; readonly timeoutMs: number }
  | { readonly type: 'COMPARE'; readonly marks: LineMarks }
  | { readonly type: 'SEARCH' }
  | { readonly type: 'DROP' }
  | { readonly type: 'LOGOS'; readonly logos: readonly LogoEntry[] }

/** What it answers to OPEN, SEE, COMPARE and SEARCH; the others have no answer. */
export type FromSight =
  /** null: an animation, which is known by its file only. */
  | { readonly type: 'OPENED'; readonly signature: PictureSignature | null }
  | ({ readonly type: 'SEEN' } & SeenFacts)
  | { readonly type: 'COMPARED'; readonly isSame: boolean }
  | { readonly type: 'SEARCHED'; readonly logos: readonly LogoMatch[] }
  | { readonly type: 'FAILED'; readonly code: ErrorCode; readonly detail: string }

export interface SightThreadData {
  readonly limits: ImageLimits
}
