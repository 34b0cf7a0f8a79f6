import type { TraceParent } from '../pipelines/runtime/traceparent.ts'
import type { ErrorCode } from '../schemas/errors.ts'
import { NicrError } from '../schemas/errors.ts'
import { nicenessOf } from './draft-scoring.ts'
import type { DraftTurns, WaitingDraft } from './draft-turns.ts'
import type { KindScore } from './ports.ts'

/**
 * The drafts of one socket. Of each draft one text is being scored and at most one waits; a later text takes the
 * waiting one's place, and the answer to a text that has been overtaken is thrown away: latest text wins, nothing
 * stale is answered. Texts are held only while they wait or are scored; of a long draft scorers hold the last one, in
 * memory and as long as the draft is known here.
 */
export interface DraftDesk {
  receive(draft: DraftText): void
  /** What a draft's author was shown, for its outcome; the draft is then forgotten. */
  settle(id: string): DraftHistory
  /** The socket is gone: what waits is dropped. */
  close(): void
}

export interface DraftText {
  readonly id: string
  readonly seq: number
  readonly text: string
  readonly language: string | null
  /** By the process's own clock, in milliseconds. */
  readonly receivedAt: number
  /** The trace that it belongs to; null where it says none, or traces are off. */
  readonly parent?: TraceParent | null
}

export interface DraftHistory {
  readonly nicenessFirst: number | null
  readonly nicenessLast: number | null
  /** Texts that came after the first score was shown. */
  readonly edits: number
  readonly modelVersion: string
}

export interface DraftDeskOptions {
  /** @param draft stands for the draft that the text is one of */
  readonly score: (text: DraftText, draft: object) => readonly KindScore[] | Promise<readonly KindScore[]>
  readonly answer: (draft: DraftText, scores: readonly KindScore[]) => void
  readonly fail: (draft: DraftText, code: ErrorCode, detail: string) => void
  /** A bug in scoring: to be logged without its message. */
  readonly report: (bug: unknown) => void
  /** A text will never be answered because a later one came. */
  readonly skipped: () => void
  readonly turns: DraftTurns
  readonly draftsMax: number
}

const UNSEEN: DraftHistory = { nicenessFirst: null, nicenessLast: null, edits: 0, modelVersion: '' }

export function createDraftDesk(options: DraftDeskOptions): DraftDesk {
  /** In order of last use, so the first idle one is the one to forget. */
  const drafts = new Map<string, Draft>()

  function draftOf(id: string): Draft | null {
    let draft = drafts.get(id)
    if (draft === undefined) {
      if (drafts.size >= options.draftsMax && !forgetOne()) return null
      draft = new Draft(options)
    } else if (drafts.size === 1) return draft
    drafts.delete(id)
    drafts.set(id, draft)
    return draft
  }

  function forgetOne(): boolean {
    for (const [id, draft] of drafts) if (draft.isIdle) return drafts.delete(id)
    return false
  }

  return {
    receive(text) {
      const draft = draftOf(text.id)
      if (draft !== null) return draft.receive(text)
      options.fail(
        text,
        'NICR_RATE_LIMITED',
        `${options.draftsMax} drafts of this socket are being scored at once; wait for one`,
      )
    },
    settle(id) {
      const draft = drafts.get(id)
      drafts.delete(id)
      return draft?.history ?? UNSEEN
    },
    close() {
      for (const draft of drafts.values()) draft.drop()
      drafts.clear()
    },
  }
}

class Draft implements WaitingDraft {
  readonly #options: DraftDeskOptions
  #seq = -1
  #state: 'IDLE' | 'QUEUED' | 'SCORING' = 'IDLE'
  #waiting: DraftText | null = null
  history = UNSEEN

  constructor(options: DraftDeskOptions) {
    this.#options = options
  }

  get isIdle(): boolean {
    return this.#state === 'IDLE'
  }

  receive(text: DraftText): void {
    const { skipped } = this.#options
    if (text.seq <= this.#seq) {
      skipped()
      return
    }
    this.#seq = text.seq
    if (this.history.modelVersion !== '') this.history = { ...this.history, edits: this.history.edits + 1 }
    if (this.#waiting !== null) skipped()
    this.#waiting = text
    if (this.#state === 'IDLE') this.#queue()
  }

  drop(): void {
    this.#waiting = null
  }

  #queue(): void {
    this.#state = 'QUEUED'
    this.#options.turns.add(this)
  }

  score(): void {
    const text = this.#waiting
    this.#waiting = null
    this.#state = 'IDLE'
    if (text === null) return
    try {
      const scores = this.#options.score(text, this)
      if (scores instanceof Promise) this.#await(text, scores)
      else this.#answer(text, scores)
    } catch (error) {
      this.#fail(text, error)
    }
  }

  /** A later text that came meanwhile is scored next, and this one is not answered. */
  #await(text: DraftText, scores: Promise<readonly KindScore[]>): void {
    this.#state = 'SCORING'
    const settled = (answer: () => void) => {
      this.#state = 'IDLE'
      if (this.#waiting === null) return answer()
      this.#options.skipped()
      this.#queue()
    }
    scores.then(
      scored => settled(() => this.#answer(text, scored)),
      error => settled(() => this.#fail(text, error)),
    )
  }

  #answer(text: DraftText, scores: readonly KindScore[]): void {
    this.history = shown(this.history, scores)
    this.#options.answer(text, scores)
  }

  #fail(text: DraftText, error: unknown): void {
    const { fail, report } = this.#options
    if (error instanceof NicrError) fail(text, error.code, error.message)
    else {
      report(error)
      fail(text, 'NICR_INTERNAL', 'the draft could not be scored')
    }
  }
}

function shown(history: DraftHistory, scores: readonly KindScore[]): DraftHistory {
  const niceness = nicenessOf(scores)
  if (niceness?.decision == null) return history
  const { value } = niceness.decision
  return {
    nicenessFirst: history.nicenessFirst ?? value,
    nicenessLast: value,
    edits: history.edits,
    modelVersion: niceness.modelVersion,
  }
}
