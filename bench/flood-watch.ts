import type { Server } from '../demo/http.ts'
import { openLiveSocket } from './live-socket.ts'

/** A moderator's socket that follows every score, and authors' sockets that send drafts, with what each took. */
export interface FloodWatch {
  /** Forgets what was measured and what is still expected of texts. */
  begin(): void
  /** Of a content that is posted now: its niceness. */
  expectScore(contentId: string): void
  /** Its image spam, which is only counted. */
  expectPicture(contentId: string): void
  /** It was not taken, so none comes. */
  dropPicture(contentId: string): void
  sendDraft(id: string, text: string): void
  /** Posts and drafts without an answer. */
  readonly waiting: number
  readonly picturesWaiting: number
  /** ms, since `begin`. */
  taken(): {
    readonly postMs: readonly number[]
    readonly draftMs: readonly number[]
    readonly missed: number
  }
  close(): void
}

interface Frame {
  readonly type: string
  readonly kind?: string
  readonly contentId?: string
  readonly id?: string
}

/** Authors that type: of one socket's drafts only the latest text is answered. */
const AUTHORS = 25

/** @throws NicrError NICR_BENCH_FAILED if a socket is refused */
export async function openFloodWatch({ url, key }: Server): Promise<FloodWatch> {
  const posts = new Map<string, number>()
  const drafts = new Map<string, number>()
  const pictures = new Set<string>()
  let [postMs, draftMs]: [number[], number[]] = [[], []]
  const settle = (begun: Map<string, number>, id: string, took: number[]) => {
    const at = begun.get(id)
    if (at !== undefined) took.push(performance.now() - at)
    begun.delete(id)
  }
  const onFrame = ({ type, kind, contentId = '', id = '' }: Frame) => {
    if (type === 'draft-score') settle(drafts, id, draftMs)
    if (type !== 'score') return
    if (kind === 'niceness') settle(posts, contentId, postMs)
    if (kind === 'image-spam') pictures.delete(contentId)
  }
  const moderator = await openLiveSocket({ url, key }, onFrame)
  moderator.send(JSON.stringify({ type: 'subscribe', all: true }))
  const authors = await Promise.all(
    Array.from({ length: AUTHORS }, () => openLiveSocket({ url, key }, onFrame)),
  )
  let turn = 0
  return {
    begin() {
      ;[postMs, draftMs] = [[], []]
      posts.clear()
      drafts.clear()
    },
    expectScore: contentId => posts.set(contentId, performance.now()),
    expectPicture: contentId => pictures.add(contentId),
    dropPicture: contentId => pictures.delete(contentId),
    sendDraft(id, text) {
      drafts.set(id, performance.now())
      authors[turn++ % AUTHORS]!.send(JSON.stringify({ type: 'draft', id, seq: 1, text }))
    },
    get waiting() {
      return posts.size + drafts.size
    },
    get picturesWaiting() {
      return pictures.size
    },
    taken: () => ({ postMs, draftMs, missed: posts.size + drafts.size }),
    close() {
      for (const socket of [moderator, ...authors]) socket.close()
    },
  }
}
