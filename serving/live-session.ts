import type { FastifyBaseLogger } from 'fastify'
import type { WebSocket } from 'ws'
import { parseTraceparent, type TraceParent } from '../pipelines/runtime/traceparent.ts'
import type { Tracing } from '../pipelines/runtime/tracing.ts'
import { type ErrorCode, NicrError } from '../schemas/errors.ts'
import { decodeCursor, type Offsets } from './cursor.ts'
import { checkTextLength, EXPLAINED_KINDS, scoreWithin, shownKindsOf } from './draft-scoring.ts'
import type { DraftTurns } from './draft-turns.ts'
import { createFeedReader, type FeedReader } from './feed-reader.ts'
import { createFrameRate, type FrameRate } from './frame-rate.ts'
import { hasRole, type Principal } from './keys.ts'
import type { Limits } from './limits.ts'
import { createDraftDesk, type DraftDesk, type DraftHistory, type DraftText } from './live-drafts.ts'
import { type ClientFrame, draftScoreFrame, feedFrame, parseFrame } from './live-frames.ts'
import type { ServingMetrics } from './metrics.ts'
import type { DraftScorer, KindScore, Publish } from './ports.ts'
import { describeBug } from './problems.ts'
import type { FeedEntry, ScoreFeed } from './score-feed.ts'

/** What a session stands on. `subscribed` tells the index of sockets what this one now follows. */
export interface SessionParts {
  readonly socket: WebSocket
  readonly principal: Principal
  readonly feed: ScoreFeed
  readonly drafts: DraftScorer
  readonly turns: DraftTurns
  readonly publish: Publish
  readonly limits: Limits
  readonly textLengthMax: number
  readonly metrics: ServingMetrics
  readonly now: () => number
  readonly log: FastifyBaseLogger
  readonly tracing?: Tracing | null | undefined
  readonly follow: (session: LiveSession, wish: Wish) => void
  readonly unfollow: (session: LiveSession, wish: Wish) => void
}

export interface Wish {
  readonly content: readonly string[]
  readonly authors: readonly string[]
  readonly all: boolean
}

export const closeCodes = { goingAway: 1001, policy: 1008, tryAgainLater: 1013 } as const

/** One socket of /v1/live: takes its frames, and gives it what it follows as fast as it reads. */
export class LiveSession {
  readonly #parts: SessionParts
  readonly #reader: FeedReader
  readonly #desk: DraftDesk
  readonly #kinds: readonly string[]
  /** A cursor that came before the first subscription waits for it. */
  #resumeAt: Offsets | null = null
  #resumed = false
  readonly #rate: FrameRate
  #answeredPing = true
  /** The entry it was offered last: a session may follow a content in several ways and is offered it once. */
  lastOfferedSeq = -1

  constructor(parts: SessionParts) {
    this.#parts = parts
    this.#reader = createFeedReader(parts.feed, parts.principal.author)
    this.#kinds = shownKindsOf(parts.drafts.kinds)
    this.#desk = createDraftDesk({
      score: (text, draft) => this.#score(text, draft),
      answer: (draft, scores) => this.#answer(draft, scores),
      fail: (draft, code, detail) => this.#fail(draft, code, detail),
      report: bug => parts.log.error({ bug: describeBug(bug, true) }, 'scoring a draft failed'),
      skipped: () => parts.metrics.draftsSkipped.inc(),
      turns: parts.turns,
      draftsMax: parts.limits.draftsPerSocketMax,
    })
    this.#rate = createFrameRate(parts.limits, parts.now())
    parts.socket.on('pong', () => {
      this.#answeredPing = true
    })
    parts.socket.once('close', () => this.#desk.close())
    parts.socket.on('ping', data => {
      if (this.#mayReceive() && !this.#isFull() && this.#isOpen()) parts.socket.pong(data)
    })
    parts.socket.on('message', (data, isBinary) => this.#receive(data.toString(), isBinary))
  }

  /** A new entry of the feed; answers whether it was pushed. A socket that is full gets it later, from the window. */
  offer(entry: FeedEntry): boolean {
    if (!this.#reader.takes(entry)) return false
    if (this.#isFull()) {
      this.#reader.fallBehind(entry)
      return false
    }
    this.#push(entry)
    return true
  }

  /** Pings, unless the last ping was not answered: then the other side is gone. */
  ping(): void {
    const { socket } = this.#parts
    if (!this.#answeredPing) socket.terminate()
    else if (this.#isOpen()) socket.ping()
    this.#answeredPing = false
  }

  close(code: number, reason: string): void {
    this.#parts.socket.close(code, reason)
  }

  terminate(): void {
    this.#parts.socket.terminate()
  }

  #receive(data: string, isBinary: boolean): void {
    if (!this.#mayReceive()) return
    const parsed = isBinary
      ? ({ ok: false, detail: 'frames are text, not binary' } as const)
      : parseFrame(data)
    this.#parts.metrics.countFrame('in', parsed.ok ? parsed.frame.type : 'invalid')
    if (!parsed.ok) {
      this.#error('NICR_FRAME_INVALID', parsed.detail)
      return
    }
    try {
      this.#handle(parsed.frame)
    } catch (error) {
      if (!(error instanceof NicrError)) throw error
      this.#error(error.code, error.message, 'id' in parsed.frame ? { id: parsed.frame.id } : {})
    }
  }

  #handle(frame: ClientFrame): void {
    switch (frame.type) {
      case 'draft':
        this.#receiveDraft(frame)
        break
      case 'outcome':
        this.#publishOutcome(frame)
        break
      case 'subscribe':
        this.#subscribe(wishOf(frame), frame.ack === true)
        break
      case 'unsubscribe':
        this.#unsubscribe(wishOf(frame), frame.ack === true)
        break
      case 'resume':
        this.#resume(frame.cursor, frame.ack === true)
        break
      default:
        frame satisfies never
    }
  }

  #receiveDraft(frame: Extract<ClientFrame, { type: 'draft' }>): void {
    const { id, seq, text, language } = frame
    checkTextLength(text, this.#parts.textLengthMax)
    const parent = this.#traceOf(frame)
    this.#desk.receive({ id, seq, text, language: language ?? null, receivedAt: performance.now(), parent })
  }

  /** The trace that a frame says it belongs to, where traces are on. */
  #traceOf({ traceparent }: { readonly traceparent?: string }): TraceParent | null {
    if (traceparent === undefined || !this.#parts.tracing) return null
    const parent = parseTraceparent(traceparent)
    return parent?.sampled === true ? parent : null
  }

  /** A span of a draft that was answered; those that were overtaken have none. */
  #traceDraft({ parent, receivedAt }: DraftText, failure?: ErrorCode): void {
    if (!parent) return
    this.#parts.tracing
      ?.open({
        name: 'score draft',
        kind: 'server',
        parent,
        attributes: { 'network.protocol.name': 'websocket' },
        startedAt: receivedAt,
      })
      ?.end(failure)
  }

  #subscribe(wish: Wish, ack: boolean): void {
    const { principal, limits } = this.#parts
    if (wish.all && !hasRole(principal, 'moderate'))
      throw new NicrError(
        'NICR_ROLE_MISSING',
        'only moderators may follow all scores; follow contents or authors',
      )
    if (principal.author !== null && (wish.all || wish.authors.some(author => author !== principal.author)))
      throw new NicrError('NICR_ROLE_MISSING', 'this ticket reads the scores of its own author only')
    if (this.#reader.contentCount + wish.content.length > limits.contentSubscriptionsMax)
      throw new NicrError(
        'NICR_SUBSCRIPTION_LIMIT',
        `a socket follows at most ${limits.contentSubscriptionsMax} contents`,
      )
    if (this.#reader.authorCount + wish.authors.length > limits.authorSubscriptionsMax)
      throw new NicrError(
        'NICR_SUBSCRIPTION_LIMIT',
        `a socket follows at most ${limits.authorSubscriptionsMax} authors`,
      )
    this.#reader.follow(wish)
    this.#parts.follow(this, wish)
    if (this.#resumeAt !== null) this.#goBackTo(this.#resumeAt)
    if (ack) this.#send('subscribed', JSON.stringify({ type: 'subscribed', cursor: this.#reader.cursor() }))
  }

  #unsubscribe(wish: Wish, ack: boolean): void {
    this.#reader.unfollow(wish)
    this.#parts.unfollow(this, wish)
    if (ack) this.#send('unsubscribed', JSON.stringify({ type: 'unsubscribed' }))
  }

  #resume(cursor: string, ack: boolean): void {
    const offsets = decodeCursor(cursor)
    if (offsets === null)
      throw new NicrError('NICR_FRAME_INVALID', 'resume/cursor: is not a cursor of this server')
    // Each resume walks the window, so it is granted once.
    if (this.#resumed)
      throw new NicrError('NICR_FRAME_INVALID', 'resume: a socket resumes once; open another')
    if (!this.#parts.feed.covers(offsets))
      throw new NicrError(
        'NICR_CURSOR_EXPIRED',
        'the cursor is older than the window; read by GET /v1/scores and subscribe anew',
      )
    this.#resumed = true
    if (this.#reader.followsAny) this.#goBackTo(offsets)
    else this.#resumeAt = offsets
    if (ack) this.#send('resumed', JSON.stringify({ type: 'resumed' }))
  }

  #goBackTo(offsets: Offsets): void {
    this.#resumeAt = null
    if (this.#reader.resume(offsets) === 'EXPIRED')
      throw new NicrError(
        'NICR_CURSOR_EXPIRED',
        'the cursor is older than the window; read by GET /v1/scores and subscribe anew',
      )
    this.#catchUp()
  }

  /** Writes what the reader has missed until the socket is full; the rest follows as it drains. */
  #catchUp = (): void => {
    while (this.#reader.isBehind && !this.#isFull() && this.#isOpen()) {
      const entry = this.#reader.next()
      if (entry === null) return
      if (entry === 'LOST') {
        this.close(closeCodes.tryAgainLater, 'read too slowly: what was missed has left the window')
        return
      }
      this.#push(entry)
    }
  }

  #push(entry: FeedEntry): void {
    this.#send(entry.type, feedFrame(entry, this.#reader.cursor()))
    this.#parts.metrics.scorePushSeconds.observe(
      Math.max(0, this.#parts.now() - entry.record.scoredAt) / 1000,
    )
  }

  #score({ text, language }: DraftText, draft: object): readonly KindScore[] | Promise<readonly KindScore[]> {
    const { drafts, limits } = this.#parts
    const wish = { language, kinds: this.#kinds, reasonsOf: EXPLAINED_KINDS, draft }
    return scoreWithin(drafts, text, wish, limits.scoringMs)
  }

  #answer(draft: DraftText, scores: readonly KindScore[]): void {
    const { draftsScored, draftSeconds } = this.#parts.metrics
    draftsScored.inc()
    draftSeconds.observe((performance.now() - draft.receivedAt) / 1000)
    this.#sendUnlessFull('draft-score', draftScoreFrame(draft, scores))
    this.#traceDraft(draft)
  }

  #fail(draft: DraftText, code: ErrorCode, detail: string): void {
    this.#error(code, detail, { id: draft.id, seq: draft.seq })
    this.#traceDraft(draft, code)
  }

  #publishOutcome(frame: Extract<ClientFrame, { type: 'outcome' }>): void {
    const { id, outcome, contentId } = frame
    const { publish, now, log } = this.#parts
    const history = historyOf(this.#desk.settle(id), frame)
    const record = { draftId: id, contentId: contentId ?? null, outcome, ...history, at: now() }
    publish('draft-outcomes', id, record, this.#traceOf(frame)).catch((error: unknown) => {
      if (error instanceof NicrError) return this.#error(error.code, error.message, { id })
      log.error({ bug: describeBug(error, false) }, 'publishing an outcome failed')
      this.#error('NICR_INTERNAL', 'the outcome could not be kept', { id })
    })
  }

  #error(code: ErrorCode, detail: string, about: { readonly id?: string; readonly seq?: number } = {}): void {
    this.#sendUnlessFull('error', JSON.stringify({ type: 'error', code, detail, ...about }))
  }

  #sendUnlessFull(type: string, frame: string): void {
    if (!this.#isFull()) this.#send(type, frame)
  }

  #send(type: string, frame: string): void {
    if (!this.#isOpen()) return
    this.#parts.metrics.countFrame('out', type)
    this.#parts.socket.send(frame, this.#catchUp)
  }

  #isOpen(): boolean {
    return this.#parts.socket.readyState === this.#parts.socket.OPEN
  }

  #isFull(): boolean {
    return this.#parts.socket.bufferedAmount > this.#parts.limits.bufferedBytesMax
  }

  /** What comes too fast is not looked at; its sender is told once a burst, and closed when it goes on. */
  #mayReceive(): boolean {
    const verdict = this.#rate.take(this.#parts.now())
    if (verdict === 'WARN')
      this.#error(
        'NICR_RATE_LIMITED',
        `more than ${this.#parts.limits.framesPerSecondMax} frames a second; frames are being ignored`,
      )
    if (verdict === 'CLOSE') this.close(closeCodes.policy, 'too many frames')
    return verdict === 'TAKE'
  }
}

/** What the client says that its author was shown, and what this socket showed where it says nothing. */
function historyOf(
  here: DraftHistory,
  { nicenessFirst, nicenessLast, edits, modelVersion }: ShownToAuthor,
): DraftHistory {
  return {
    nicenessFirst: nicenessFirst ?? here.nicenessFirst,
    nicenessLast: nicenessLast ?? here.nicenessLast,
    edits: edits ?? here.edits,
    modelVersion: modelVersion ?? here.modelVersion,
  }
}

type ShownToAuthor = Pick<
  Extract<ClientFrame, { type: 'outcome' }>,
  'nicenessFirst' | 'nicenessLast' | 'edits' | 'modelVersion'
>

function wishOf(frame: {
  readonly content?: string[]
  readonly authors?: string[]
  readonly all?: true
}): Wish {
  const wish = { content: frame.content ?? [], authors: frame.authors ?? [], all: frame.all === true }
  if (wish.content.length === 0 && wish.authors.length === 0 && !wish.all)
    throw new NicrError('NICR_FRAME_INVALID', 'give content, authors or all')
  return wish
}
