import { type ConnectionState, openConnection, type WebSocketConstructor } from './connection.ts'
import { createDrafts, type Draft } from './drafts.ts'
import type {
  ClearedFrame,
  DraftHistory,
  DraftScoreFrame,
  ErrorFrame,
  OutcomeFrame,
  OutcomeName,
  ScoreFrame,
  ServerFrame,
  Wish,
} from './frames.ts'
import { type ClientLimits, clientLimits } from './limits.ts'
import { createSubscriptions } from './subscriptions.ts'

export interface LiveClientOptions {
  /** Where Nicr is: `https://nicr.example`, or `wss://…`; the path is added. */
  readonly url: string
  /** A ticket of `POST /v1/tickets`, or what gets one. Asked before each socket, since tickets are short-lived. */
  readonly ticket?: string | (() => string | Promise<string>)
  /** An API key, for programs only: it must not be in a page. */
  readonly key?: string
  /** Where there is no global WebSocket (Node 20): the one of the package `ws`. */
  readonly webSocket?: WebSocketConstructor
  /** Where an earlier client stopped; what was missed since comes first. */
  readonly cursor?: string
  readonly limits?: Partial<ClientLimits>
  /** The page's own trace, asked for with each draft and outcome: a W3C `traceparent`, or nothing. */
  readonly traceparent?: () => string | null | undefined
  /** 0 to 1, for the jitter. */
  readonly random?: () => number
}

/** What can be listened to, and what a listener is given. */
export interface LiveEvents {
  readonly score: ScoreFrame
  readonly cleared: ClearedFrame
  /** Errors that are about no waiting draft. */
  readonly error: ErrorFrame
  /** The break was longer than the server remembers: read by GET what was missed. */
  readonly gap: ErrorFrame
  readonly state: { readonly state: ConnectionState; readonly detail: string }
}

/**
 * A client of /v1/live. It opens a socket at once and comes back by itself: subscriptions hold over breaks, and scores
 * go on from the cursor of the last one, without loss or repeats as far back as the server remembers.
 */
export interface LiveClient {
  readonly state: ConnectionState
  /** Where the next client would go on; null before the first subscription. */
  readonly cursor: string | null
  /**
   * Scores a draft. The latest text wins: null for one that was overtaken, or whose outcome was given.
   * @throws LiveError where the server refuses the text or does not answer
   */
  score(draft: Draft): Promise<DraftScoreFrame | null>
  /** What became of a draft. Waits for a socket; lost only if that breaks while it carries it. */
  settle(id: string, outcome: OutcomeName, more?: DraftHistory & { readonly contentId?: string }): void
  /** @throws RangeError beyond `contentMax` or `authorsMax` */
  subscribe(wish: Wish): void
  unsubscribe(wish: Wish): void
  /** Answers what ends the listening. */
  on<Name extends keyof LiveEvents>(name: Name, listener: (event: LiveEvents[Name]) => void): () => void
  /** Opens the next socket now instead of waiting. */
  retryNow(): void
  /** Closes the socket until `unpause`, which goes on from the cursor: for readers that cannot keep up. */
  pause(): void
  unpause(): void
  close(): void
}

export function createLiveClient(options: LiveClientOptions): LiveClient {
  const limits: ClientLimits = { ...clientLimits, ...options.limits }
  const drafts = createDrafts(limits)
  const subscriptions = createSubscriptions(limits)
  const outcomes: OutcomeFrame[] = []
  const listeners = new Map<string, Set<(event: never) => void>>()
  let cursor = options.cursor ?? null
  /** Whether what is followed now was followed at the cursor, and whether this socket has been told of it. */
  let goesOn = cursor !== null
  let resumed = false
  let poll: ReturnType<typeof setTimeout> | undefined

  const connection = openConnection({
    url: liveUrl(options.url),
    protocols: async () => ['nicr.v1', ...(await credentialOf(options))],
    webSocket: options.webSocket ?? globalWebSocket(),
    limits,
    random: options.random ?? Math.random,
    opened() {
      resumed = false
      const wish = subscriptions.all()
      if (wish !== null) follow(wish)
      drafts.sendAgain()
      flush()
    },
    received: receive,
    changed: (state, detail) => emit('state', { state, detail }),
  })

  function emit<Name extends keyof LiveEvents>(name: Name, event: LiveEvents[Name]): void {
    for (const listener of listeners.get(name) ?? []) listener(event as never)
  }

  /** The cursor goes first and waits for the one subscription: nothing can be pushed in between. */
  function follow(wish: Wish): void {
    if (!resumed && goesOn && cursor !== null) connection.send({ type: 'resume', cursor })
    resumed = true
    connection.send({ type: 'subscribe', ...wish, ack: true })
  }

  function receive(frame: ServerFrame): void {
    if ('cursor' in frame) {
      cursor = frame.cursor
      goesOn = true
    }
    if (frame.type === 'draft-score') drafts.answer(frame)
    else if (frame.type === 'error') fail(frame)
    else if (frame.type === 'score') emit('score', frame)
    else if (frame.type === 'cleared') emit('cleared', frame)
  }

  function fail(frame: ErrorFrame): void {
    if (drafts.fail(frame)) return
    const isGap = frame.code === 'NICR_CURSOR_EXPIRED'
    if (isGap) goesOn = false
    emit(isGap ? 'gap' : 'error', frame)
  }

  function trace(): { readonly traceparent?: string } {
    const traceparent = options.traceparent?.()
    return traceparent ? { traceparent } : {}
  }

  const isFull = () => connection.bufferedBytes > limits.bufferedBytesMax

  /** Sends what waits, as far as the socket takes it, and looks again while something is left. */
  function flush(): void {
    clearTimeout(poll)
    if (connection.state !== 'OPEN') return
    drafts.flush(draft => !isFull() && connection.send({ type: 'draft', ...draft, ...trace() }))
    while (outcomes.length > 0 && !isFull() && connection.send(outcomes[0]!)) outcomes.shift()
    if (outcomes.length > 0 || drafts.waiting) poll = setTimeout(flush, limits.drainPollMs)
  }

  return {
    get state() {
      return connection.state
    },
    get cursor() {
      return cursor
    },
    score(draft) {
      const answer = drafts.add(draft)
      flush()
      return answer
    },
    settle(id, outcome, more = {}) {
      drafts.forget(id)
      outcomes.push({ type: 'outcome', id, outcome, ...more, ...trace() })
      if (outcomes.length > limits.outcomesMax) outcomes.shift()
      flush()
    },
    subscribe(wish) {
      subscriptions.add(wish)
      if (connection.state === 'OPEN') follow(wish)
    },
    unsubscribe(wish) {
      subscriptions.remove(wish)
      connection.send({ type: 'unsubscribe', ...wish })
      if (subscriptions.all() === null) goesOn = false
    },
    on(name, listener) {
      const all = listeners.get(name) ?? new Set()
      listeners.set(name, all.add(listener))
      return () => void all.delete(listener)
    },
    retryNow: () => connection.retryNow(),
    pause: () => connection.pause(),
    unpause: () => connection.unpause(),
    close() {
      clearTimeout(poll)
      drafts.close()
      connection.close()
    },
  }
}

function liveUrl(url: string): string {
  return `${url.replace(/^http/, 'ws').replace(/\/(?:v1\/live)?$/, '')}/v1/live`
}

/** As a sub-protocol: a browser's socket carries no header. */
async function credentialOf({ ticket, key }: LiveClientOptions): Promise<string[]> {
  if (ticket !== undefined) return [`nicr.ticket.${typeof ticket === 'string' ? ticket : await ticket()}`]
  return key === undefined ? [] : [`nicr.key.${key}`]
}

function globalWebSocket(): WebSocketConstructor {
  const { WebSocket: found } = globalThis as { readonly WebSocket?: WebSocketConstructor }
  if (found === undefined)
    throw new TypeError(
      'there is no WebSocket here (Node before 22): give `webSocket`, e.g. that of the package ws',
    )
  return found
}
