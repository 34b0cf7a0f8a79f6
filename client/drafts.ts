import type { DraftScoreFrame, ErrorFrame } from './frames.ts'
import type { ClientLimits } from './limits.ts'

/** Why a draft has no score: `code` is the server's, or NO_ANSWER where it sent none in time, or CLOSED. */
export class LiveError extends Error {
  override readonly name = 'LiveError'
  readonly code: string

  constructor(code: string, detail: string) {
    super(detail)
    this.code = code
  }
}

export interface Draft {
  readonly id: string
  readonly text: string
  readonly language?: string
}

/**
 * The drafts of a client. Of each there is one text, the latest; an earlier one that was still waiting is answered
 * with null. Texts are held until they are scored and no longer.
 */
export interface Drafts {
  add(draft: Draft): Promise<DraftScoreFrame | null>
  /** Gives each text that waits to `send`, until it answers false: the socket is full, or gone. */
  flush(send: (draft: Draft & { readonly seq: number }) => boolean): void
  answer(frame: DraftScoreFrame): void
  /** Answers whether the error was about a text that waits. */
  fail(frame: ErrorFrame): boolean
  /** The draft is done with. */
  forget(id: string): void
  /** A new socket knows of none: texts without an answer are sent again. */
  sendAgain(): void
  readonly waiting: boolean
  close(): void
}

interface Entry {
  seq: number
  /** Null once answered. */
  pending: Pending | null
}

interface Pending {
  readonly draft: Draft
  sent: boolean
  timer: ReturnType<typeof setTimeout> | undefined
  readonly resolve: (frame: DraftScoreFrame | null) => void
  readonly reject: (error: LiveError) => void
}

export function createDrafts(limits: ClientLimits): Drafts {
  /** In order of last use, so the first is the one to forget. */
  const entries = new Map<string, Entry>()

  /** Takes the text that waits out of an entry. */
  function settle(entry: Entry): Pending | null {
    const { pending } = entry
    entry.pending = null
    clearTimeout(pending?.timer)
    return pending
  }

  function forget(id: string): void {
    const entry = entries.get(id)
    if (entry === undefined) return
    entries.delete(id)
    settle(entry)?.resolve(null)
  }

  function markSent(entry: Entry, pending: Pending): void {
    pending.sent = true
    pending.timer = setTimeout(
      () => settle(entry)?.reject(new LiveError('NO_ANSWER', 'the server did not answer in time')),
      limits.answerMs,
    )
  }

  return {
    add(draft) {
      const entry = entries.get(draft.id) ?? { seq: 0, pending: null }
      entries.delete(draft.id)
      entries.set(draft.id, entry)
      if (entries.size > limits.draftsMax) forget(entries.keys().next().value!)
      settle(entry)?.resolve(null)
      entry.seq++
      return new Promise((resolve, reject) => {
        entry.pending = { draft, sent: false, timer: undefined, resolve, reject }
      })
    },
    flush(send) {
      for (const entry of entries.values()) {
        const { pending, seq } = entry
        if (pending === null || pending.sent) continue
        if (!send({ ...pending.draft, seq })) return
        markSent(entry, pending)
      }
    },
    answer(frame) {
      const entry = entries.get(frame.id)
      if (entry?.seq === frame.seq) settle(entry)?.resolve(frame)
    },
    fail({ id, seq, code, detail }) {
      const entry = id === undefined ? undefined : entries.get(id)
      if (entry === undefined || (seq ?? entry.seq) !== entry.seq) return false
      const pending = settle(entry)
      pending?.reject(new LiveError(code, detail))
      return pending !== null
    },
    forget,
    sendAgain() {
      for (const { pending } of entries.values()) {
        if (pending === null) continue
        clearTimeout(pending.timer)
        pending.sent = false
      }
    },
    get waiting() {
      for (const { pending } of entries.values()) if (pending !== null && !pending.sent) return true
      return false
    },
    close() {
      for (const entry of entries.values())
        settle(entry)?.reject(new LiveError('CLOSED', 'the client was closed'))
      entries.clear()
    },
  }
}
