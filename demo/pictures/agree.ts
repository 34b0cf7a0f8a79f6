import { setTimeout as delay } from 'node:timers/promises'
import type { Box } from '../../processors/images/raster.ts'
import { createKey } from '../../serving/key-file.ts'
import { ask, type Server } from '../http.ts'
import { PICTURE_KIND, type PostedPicture } from './gallery.ts'

/** Two people who tag pictures. One alone is believed by half: the second makes a tagged picture count in full. */
export interface Pair {
  /**
   * Both call a post's picture spam; the first draws a box around a mark where there is one.
   * @throws Error where the server does not take a label
   */
  callSpam(
    picture: Pick<PostedPicture, 'contentId' | 'ref'>,
    mark: { readonly name: string; readonly box: Box } | null,
  ): Promise<void>
}

export interface PairParts {
  readonly url: string
  readonly keysFile: string
  readonly signal: AbortSignal
}

const NAMES = ['picture-tagger-1', 'picture-tagger-2'] as const
const ROLES = ['label'] as const
/** A new key is known after a second or two, and a content can be tagged once ClickHouse has it. */
const RETRY_MS = 500
const RETRIES_MAX = 40

/** Gives each of them a key of their own, as `nicr keys create` does. */
export function hirePair({ url, keysFile, signal }: PairParts): Pair {
  const [first, second] = NAMES.map((name): Server => {
    const made = createKey({ keysFile, name, roles: ROLES, by: 'demo', now: Date.now() })
    return { url, key: made.key }
  }) as [Server, Server]
  return {
    async callSpam({ contentId, ref }, mark) {
      const boxes = mark === null ? [] : [{ image: ref, name: mark.name, ...mark.box }]
      await answer(first, { contentId, boxes }, signal)
      await answer(second, { contentId, boxes: [] }, signal)
    },
  }
}

async function answer(
  server: Server,
  label: { readonly contentId: string; readonly boxes: readonly object[] },
  signal: AbortSignal,
): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      const { version } = await ask<{ readonly version: string }>(
        server,
        `/v1/label/guideline?kind=${PICTURE_KIND}`,
        { signal },
      )
      const body = { ...label, kind: PICTURE_KIND, label: 'spam', guidelineVersion: version }
      await ask(server, '/v1/labels', { body, signal })
      return
    } catch (error) {
      if (signal.aborted || tries >= RETRIES_MAX) throw error
      await delay(RETRY_MS, undefined, { signal })
    }
  }
}
