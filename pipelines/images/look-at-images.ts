import type { SeenImage } from '../../processors/images/seen-image.ts'
import type { Scorable, ScorableImage } from '../../processors/scorer.ts'
import type { ErrorCode } from '../../schemas/errors.ts'

/** What came of looking at one picture. */
export type Looked =
  | { readonly status: 'SEEN'; readonly seen: SeenImage }
  | { readonly status: 'FAILED'; readonly code: ErrorCode; readonly detail: string }

/** Who posted a picture, and when. */
export interface Posting {
  /** Empty where the platform does not say. */
  readonly author: string
  /** Event time, ms since the epoch. */
  readonly at: number
}

/**
 * Looks at a picture wherever it lies. A picture that cannot be looked at is an answer too.
 * @param posting none of a draft: only what is posted can be a burst
 * @throws NicrError (the promise rejects with) a code of `isUnavailable` where the same may be tried again
 */
export type LookAtImage = (image: ScorableImage, posting?: Posting) => Promise<Looked>

/** More pictures of one content are not looked at. */
export const IMAGES_MAX = 16

/** A content as image kinds score it, and what of it could not be looked at. */
export interface LookedContent<Content extends Scorable> {
  /** Its pictures with what was seen in them. */
  readonly content: Content
  /** The first thing that went wrong; null where all was seen. */
  readonly failure: { readonly code: ErrorCode; readonly detail: string } | null
  /** Whether anything was seen, or there is nothing to see: only then there is something to score. */
  readonly isScorable: boolean
}

/**
 * Looks at the pictures of contents side by side; how many at once is up to `look`.
 * @param postingOf none unless given
 */
export async function lookAtContents<Content extends Scorable>(
  contents: readonly Content[],
  look: LookAtImage,
  postingOf?: (index: number) => Posting,
): Promise<LookedContent<Content>[]> {
  return Promise.all(
    contents.map((content, index) => lookAtContent(content, image => look(image, postingOf?.(index)))),
  )
}

async function lookAtContent<Content extends Scorable>(
  content: Content,
  look: LookAtImage,
): Promise<LookedContent<Content>> {
  const { images = [] } = content
  if (images.length === 0) return { content, failure: null, isScorable: true }
  const looked = await Promise.all(images.slice(0, IMAGES_MAX).map(image => look(image)))
  const failures = looked.flatMap((one, index) =>
    one.status === 'FAILED' ? [{ code: one.code, detail: `images[${index}]: ${one.detail}` }] : [],
  )
  if (images.length > IMAGES_MAX)
    failures.push({
      code: 'NICR_IMAGES_TOO_MANY',
      detail: `the content has ${images.length} images; the first ${IMAGES_MAX} are looked at`,
    })
  const seen = images.map((image, index) => {
    const one = looked[index]
    return one?.status === 'SEEN' ? { ...image, seen: one.seen } : image
  })
  return {
    content: { ...content, images: seen },
    failure: failures[0] ?? null,
    isScorable: looked.some(({ status }) => status === 'SEEN'),
  }
}
