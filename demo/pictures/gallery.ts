import { setTimeout as delay } from 'node:timers/promises'
import type { Publisher } from '../../pipelines/runtime/kafka/publisher.ts'
import type { Reason } from '../../processors/scorer.ts'
import type { Content } from '../../schemas/records.ts'
import { type Server, upload } from '../http.ts'
import type { LiveScores, ScoreFrame } from '../live-scores.ts'
import type { PaintedPicture } from './campaign.ts'

/** What Nicr said of a posted picture. */
export interface PictureScore {
  /** Probability of spam, 0–1. */
  readonly value: number
  readonly label: string
  readonly reasons: readonly Reason[]
}

/** A picture that was posted. */
export interface PostedPicture extends PaintedPicture {
  readonly contentId: string
  readonly author: string
  /** As content names the image. */
  readonly ref: string
  /** null: none came in time. */
  readonly score: PictureScore | null
}

/** Posts pictures as a platform does, and reads what is said of them as anybody may who follows the scores. */
export interface Gallery {
  /**
   * One after the other at the gallery's pace; resolves once all are scored, or it took too long.
   * @throws NicrError as `Publisher.publish`, Error where the server refuses a picture, the signal's reason
   */
  post(pictures: readonly (() => Promise<PaintedPicture>)[], signal: AbortSignal): Promise<PostedPicture[]>
  /** Texts without pictures; by text what text-spam says, `spam` or `ham`; null: no score came. @throws as `post` */
  write(texts: readonly string[], signal: AbortSignal): Promise<(string | null)[]>
}

export interface GalleryParts {
  readonly server: Server
  readonly publisher: Pick<Publisher, 'publish'>
  readonly scores: Pick<LiveScores, 'onScore'>
  /** Between two posts. */
  readonly everyMs: number
  /** That a score may take after the last post. */
  readonly scoreMsMax: number
}

export const PICTURE_KIND = 'image-spam'
const TEXT_KIND = 'text-spam'
const LOOK_EVERY_MS = 50
/** What stands beside a picture says nothing. */
const BESIDE = ['look at this', 'nice weekend everyone', 'found this today', 'so this happened'] as const

export function createGallery({ server, publisher, scores, everyMs, scoreMsMax }: GalleryParts): Gallery {
  const frames = new Map<string, ScoreFrame>()
  const waited = new Set<string>()
  scores.onScore(frame => {
    if (waited.has(frame.contentId)) frames.set(`${frame.kind} ${frame.contentId}`, frame)
  })
  let count = 0

  async function publish(prefix: string, text: string, images: Content['images']): Promise<Content> {
    const number = ++count
    // Everybody posts once: nothing is known of the author.
    const author = `${prefix}-author-${number}`
    const content: Content = {
      ...{ id: `${prefix}-${number}`, kind: 'POST', action: 'CREATED', revision: 0 },
      ...{ author, authorSince: null, thread: null, parent: null, language: 'en' },
      text,
      images,
      at: Date.now(),
    }
    waited.add(content.id)
    await publisher.publish('content', [{ key: content.id, value: content }])
    return content
  }

  async function scored(kind: string, ids: readonly string[], signal: AbortSignal): Promise<void> {
    const until = performance.now() + scoreMsMax
    while (performance.now() < until && !ids.every(id => frames.has(`${kind} ${id}`)))
      await delay(LOOK_EVERY_MS, undefined, { signal })
  }

  return {
    async post(pictures, signal) {
      const posted: Omit<PostedPicture, 'score'>[] = []
      for (const paint of pictures) {
        const pause = delay(everyMs, undefined, { signal })
        pause.catch(() => undefined)
        const picture = await paint()
        const { ref } = await upload<{ readonly ref: string }>(server, '/v1/images', picture)
        const beside = BESIDE[count % BESIDE.length]!
        const { id, author } = await publish('picture', beside, [
          { ref, sha256: null, mimeType: picture.mimeType },
        ])
        posted.push({ ...picture, contentId: id, author, ref })
        await pause
      }
      const ids = posted.map(({ contentId }) => contentId)
      await scored(PICTURE_KIND, ids, signal)
      return posted.map(one => ({ ...one, score: scoreOf(frames.get(`${PICTURE_KIND} ${one.contentId}`)) }))
    },
    async write(texts, signal) {
      const ids: string[] = []
      for (const text of texts) {
        ids.push((await publish('text', text, [])).id)
        await delay(everyMs, undefined, { signal })
      }
      await scored(TEXT_KIND, ids, signal)
      return ids.map(id => frames.get(`${TEXT_KIND} ${id}`)?.label ?? null)
    },
  }
}

function scoreOf(frame: ScoreFrame | undefined): PictureScore | null {
  if (frame === undefined || frame.value === null || frame.label === null) return null
  const { value, label, reasons } = frame
  return { value, label, reasons }
}
