import WebSocket from 'ws'
import type { Reason } from '../processors/scorer.ts'
import type { SeenScore } from '../schemas/records.ts'
import type { Server } from './http.ts'

/** The scores as readers see them beside the posts: what the live server pushes to a moderator's page. */
export interface LiveScores {
  /** The last score of a content of this kind; null: none was pushed yet. */
  seen(contentId: string, kind: string): SeenScore | null
  /** Mean niceness of what was pushed since this was last asked; null for nothing. */
  takeMeanNiceness(): number | null
  /** Told of every score from now on. */
  onScore(listener: (frame: ScoreFrame) => void): void
  close(): void
}

/** A score as it is pushed, as far as the demo reads it. */
export interface ScoreFrame {
  readonly type: string
  readonly contentId: string
  readonly kind: string
  readonly value: number | null
  readonly label: string | null
  readonly reasons: readonly Reason[]
  readonly model: string
}

/** Scores of so many contents and kinds are remembered: readers report what they have just read. */
const REMEMBERED_MAX = 3_000

/** Follows all scores. @throws Error if the socket is refused */
export async function followLiveScores({ url, key }: Server): Promise<LiveScores> {
  const known = new Map<string, SeenScore>()
  const listeners: ((frame: ScoreFrame) => void)[] = []
  let sum = 0
  let count = 0
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`, 'nicr.v1', {
    headers: { 'x-api-key': key },
  })
  socket.on('message', data => {
    const frame = JSON.parse(String(data)) as ScoreFrame
    const { type, contentId, kind, value, model } = frame
    if (type !== 'score') return
    for (const listener of listeners) listener(frame)
    if (value === null) return
    known.set(`${kind} ${contentId}`, { value, modelVersion: model })
    if (known.size > REMEMBERED_MAX) known.delete(known.keys().next().value!)
    if (kind !== 'niceness') return
    sum += value
    count++
  })
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', reject)
  })
  // The server's end is told by its process.
  socket.on('error', () => undefined)
  socket.send(JSON.stringify({ type: 'subscribe', all: true }))
  return {
    seen: (contentId, kind) => known.get(`${kind} ${contentId}`) ?? null,
    takeMeanNiceness() {
      const mean = count === 0 ? null : sum / count
      sum = 0
      count = 0
      return mean
    },
    onScore: listener => void listeners.push(listener),
    close: () => socket.close(),
  }
}
