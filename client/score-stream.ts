import type { ClearedFrame, ErrorFrame, ScoreFrame, Wish } from './frames.ts'
import type { LiveClient } from './live-client.ts'

/** `gap`: the reader was away for longer than the server remembers; what was missed is read by GET. */
export type StreamItem = ScoreFrame | ClearedFrame | { readonly type: 'gap'; readonly detail: string }

/** Frames that wait for a slow reader before the socket is closed until it has caught up. */
const QUEUE_MAX = 1_000

/**
 * Scores as an async iterator: `for await (const frame of streamScores(client, { all: true }))`. A reader that is
 * slower than the scores come costs no more memory than `queueMax` frames: then the client is paused, and goes on from
 * its cursor once half of them are read. Give the stream a client of its own; leaving the loop ends the subscription.
 */
export async function* streamScores(
  client: LiveClient,
  wish: Wish,
  { queueMax = QUEUE_MAX }: { readonly queueMax?: number } = {},
): AsyncGenerator<StreamItem, void> {
  const queue: StreamItem[] = []
  let wake: () => void = () => {}
  let paused = false

  function take(item: StreamItem): void {
    queue.push(item)
    if (queue.length >= queueMax && !paused) {
      paused = true
      client.pause()
    }
    wake()
  }

  const ends = [
    client.on('score', take),
    client.on('cleared', take),
    client.on('gap', ({ detail }: ErrorFrame) => take({ type: 'gap', detail })),
    client.on('state', () => wake()),
  ]
  client.subscribe(wish)
  try {
    for (;;) {
      const item = queue.shift()
      if (item !== undefined) yield item
      else if (client.state === 'CLOSED') return
      else
        await new Promise<void>(resolve => {
          wake = resolve
        })
      if (paused && queue.length <= queueMax / 2) {
        paused = false
        client.unpause()
      }
    }
  } finally {
    for (const end of ends) end()
    client.unsubscribe(wish)
    if (paused) client.unpause()
  }
}
