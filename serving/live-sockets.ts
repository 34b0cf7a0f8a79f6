import { createDraftTurns } from './draft-turns.ts'
import type { Principal } from './keys.ts'
import { LiveSession, type SessionParts, type Wish } from './live-session.ts'
import type { FeedEntry } from './score-feed.ts'

/** The open sockets, by what they follow, so that a score costs no more than the sockets that want it. */
export interface LiveSockets {
  open(parts: Omit<SessionParts, 'follow' | 'unfollow' | 'turns'>): void
  readonly size: number
  /** Open sockets of one key, or of one author's tickets of it. */
  countOf(principal: Principal): number
  /** Gives an entry to the sockets that follow its content, its author or all; answers how many took it at once. */
  offer(entry: FeedEntry): number
  pingAll(): void
  /** Closes the sockets that were opened with the key of that id, or with its tickets. */
  closeOf(keyId: string, code: number, reason: string): void
  /** Closes every socket with `code`; those that have not answered after `drainMs` are cut. */
  drain(close: { readonly code: number; readonly reason: string; readonly drainMs: number }): Promise<void>
}

/** @param draftTurnMs see `DraftTurns` */
export function createLiveSockets(draftTurnMs: number): LiveSockets {
  const turns = createDraftTurns(draftTurnMs)
  /** With who opened each. */
  const sessions = new Map<LiveSession, Principal>()
  /** Sockets by who holds them; one without any has no entry. */
  const held = new Map<string, number>()
  const byContent = new Map<string, Set<LiveSession>>()
  const byAuthor = new Map<string, Set<LiveSession>>()
  const ofAll = new Set<LiveSession>()
  /** What each session is filed under, to take it out when it closes. */
  const filed = new Map<LiveSession, { readonly content: Set<string>; readonly authors: Set<string> }>()
  let emptied: () => void = () => {}

  function follow(session: LiveSession, wish: Wish): void {
    const places = filed.get(session)
    if (places === undefined) return
    for (const id of wish.content) file(byContent, places.content, id, session)
    for (const id of wish.authors) file(byAuthor, places.authors, id, session)
    if (wish.all) ofAll.add(session)
  }

  function unfollow(session: LiveSession, wish: Wish): void {
    const places = filed.get(session)
    if (places === undefined) return
    for (const id of wish.content) unfile(byContent, places.content, id, session)
    for (const id of wish.authors) unfile(byAuthor, places.authors, id, session)
    if (wish.all) ofAll.delete(session)
  }

  function leave(session: LiveSession): void {
    const places = filed.get(session)
    if (places === undefined) return
    unfollow(session, { content: [...places.content], authors: [...places.authors], all: true })
    filed.delete(session)
    sessions.delete(session)
    if (sessions.size === 0) emptied()
  }

  function offerTo(some: Iterable<LiveSession> | undefined, entry: FeedEntry): number {
    let taken = 0
    for (const session of some ?? []) {
      if (session.lastOfferedSeq === entry.seq) continue
      session.lastOfferedSeq = entry.seq
      if (session.offer(entry)) taken++
    }
    return taken
  }

  return {
    open(parts) {
      const session = new LiveSession({ ...parts, turns, follow, unfollow })
      const holder = holderOf(parts.principal)
      sessions.set(session, parts.principal)
      held.set(holder, (held.get(holder) ?? 0) + 1)
      filed.set(session, { content: new Set(), authors: new Set() })
      parts.metrics.liveSockets.set(sessions.size)
      parts.socket.once('close', () => {
        leave(session)
        const left = (held.get(holder) ?? 1) - 1
        if (left === 0) held.delete(holder)
        else held.set(holder, left)
        parts.metrics.liveSockets.set(sessions.size)
      })
    },
    get size() {
      return sessions.size
    },
    offer: entry =>
      offerTo(byContent.get(entry.record.contentId), entry) +
      offerTo(byAuthor.get(entry.record.author), entry) +
      offerTo(ofAll, entry),
    pingAll() {
      for (const session of sessions.keys()) session.ping()
    },
    closeOf(keyId, code, reason) {
      for (const [session, { id }] of sessions) if (id === keyId) session.close(code, reason)
    },
    countOf: principal => held.get(holderOf(principal)) ?? 0,
    async drain({ code, reason, drainMs }) {
      if (sessions.size === 0) return
      const allClosed = new Promise<void>(resolve => {
        emptied = resolve
      })
      for (const session of sessions.keys()) session.close(code, reason)
      const cut = setTimeout(() => {
        for (const session of sessions.keys()) session.terminate()
      }, drainMs)
      await allClosed
      clearTimeout(cut)
    },
  }
}

function holderOf({ id, author }: Principal): string {
  return author === null ? id : `${id} ${author}`
}

function file(
  index: Map<string, Set<LiveSession>>,
  places: Set<string>,
  id: string,
  session: LiveSession,
): void {
  places.add(id)
  const there = index.get(id)
  if (there === undefined) index.set(id, new Set([session]))
  else there.add(session)
}

function unfile(
  index: Map<string, Set<LiveSession>>,
  places: Set<string>,
  id: string,
  session: LiveSession,
): void {
  places.delete(id)
  const there = index.get(id)
  there?.delete(session)
  if (there?.size === 0) index.delete(id)
}
