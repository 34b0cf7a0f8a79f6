import { setTimeout as delay } from 'node:timers/promises'
import type { Community } from '../../demo/community/community.ts'
import type { Server } from '../../demo/http.ts'
import { type Campaign, createCampaign } from '../../demo/pictures/campaign.ts'
import { createGallery, type GalleryParts } from '../../demo/pictures/gallery.ts'
import { openLiveSocket } from '../live-socket.ts'
import { typedDrafts } from '../typed-drafts.ts'

/** What goes on beside a community that talks: authors type, and people post pictures. */

const AUTHORS = 20
/** All authors together. */
const DRAFTS_PER_SECOND = 20
const PICTURE_EVERY_MS = 10_000
/** A picture that has no score by then counts as not scored. */
const SCORE_MS_MAX = 60_000
/** Texts that are typed again and again. */
const TEXTS = 500

/** Counted over the whole soak. */
export interface SoakCounts {
  drafts: number
  answeredDrafts: number
  pictures: number
  scoredPictures: number
}

/** Types comments into sockets until the signal. @throws NicrError NICR_BENCH_FAILED where a socket is refused */
export async function typeDrafts(
  server: Server,
  community: Community,
  counts: SoakCounts,
  signal: AbortSignal,
): Promise<void> {
  const texts = textsOf(community)
  const onFrame = ({ type }: { readonly type: string }): void => {
    if (type === 'draft-score') counts.answeredDrafts++
  }
  const sockets = await Promise.all(Array.from({ length: AUTHORS }, () => openLiveSocket(server, onFrame)))
  const authors = sockets.map((socket, i) => ({ socket, typed: typedDrafts(texts, i) }))
  try {
    for (let turn = 0; !signal.aborted; turn++) {
      const { socket, typed } = authors[turn % authors.length]!
      socket.send(JSON.stringify({ type: 'draft', ...typed.next().value }))
      counts.drafts++
      await delay(1000 / DRAFTS_PER_SECOND, undefined, { signal }).catch(() => undefined)
    }
  } finally {
    for (const socket of sockets) socket.close()
  }
}

function textsOf(community: Community): readonly string[] {
  const texts: string[] = []
  for (const event of community.events()) {
    if (event.type === 'content') texts.push(event.record.text)
    if (texts.length === TEXTS) break
  }
  return texts
}

/**
 * Posts pictures, spam and innocent ones in turn, until the signal. Where a busy machine does not answer an upload in time, the
 * round counts as not scored. @throws as `Gallery.post`
 */
export async function postPictures(
  parts: Pick<GalleryParts, 'server' | 'publisher' | 'scores'>,
  seed: number,
  counts: SoakCounts,
  signal: AbortSignal,
): Promise<void> {
  const campaign = createCampaign(seed)
  const gallery = createGallery({ ...parts, everyMs: PICTURE_EVERY_MS, scoreMsMax: SCORE_MS_MAX })
  while (!signal.aborted) {
    const round = oneOfEach(campaign)
    const posted = await gallery.post(round, signal).catch((error: unknown) => {
      if (signal.aborted) return null
      if (error instanceof Error && error.name === 'TimeoutError') return []
      throw error
    })
    if (posted === null) return
    counts.pictures += round.length
    counts.scoredPictures += posted.filter(({ score }) => score !== null).length
  }
}

function oneOfEach({ advert, innocent, copy, shared }: Campaign) {
  return [() => advert(), () => innocent(), () => copy(), () => shared()]
}
