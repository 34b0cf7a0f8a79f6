import type { ErrorCode } from '../schemas/errors.ts'
import { NicrError } from '../schemas/errors.ts'
import { nicenessOf } from './draft-scoring.ts'
import type { KindScore } from './ports.ts'

/**
 * The drafts of one socket. Of each draft one text is being scored and at most one waits; a later text takes the
 * waiting one's place, and the answer to a text that has been overtaken is thrown away: latest text wins, nothing
 * stale is answered. Texts are held only while they wait or are scored.
 */
export interface DraftDesk {
  receive(draft: DraftText): void
  /** What a draft's author was shown, for its outcome; the draft is then forgotten. */
  settle(id: string): DraftHistory
}

export interface DraftText {
  readonly id: string
  readonly seq: number
  readonly text: string
  readonly language: string | null
}

export interface DraftHistory {
  readonly nicenessFirst: number | null
  readonly nicenessLast: number | null
  /** Texts that came after the first score was shown. */
  readonly edits: number
  readonly modelVersion: string
}

export interface DraftDeskOptions {
  readonly score: (draft: DraftText) => Promise<readonly KindScore[]>
  readonly answer: (draft: DraftText, scores: readonly KindScore[]) => void
  readonly fail: (draft: DraftText, code: ErrorCode, detail: string) => void
  /** A bug in scoring: to be logged without its message. */
  readonly report: (bug: unknown) => void
  /** A text will never be answered because a later one came. */
  readonly skipped: () => void
  readonly draftsMax: number
}

interface Draft {
  seq: number
  scoring: boolean
  waiting: DraftText | null
  history: DraftHistory
}

const UNSEEN: DraftHistory = { nicenessFirst: null, nicenessLast: null, edits: 0, modelVersion: '' }

export function createDraftDesk(options: DraftDeskOptions): DraftDesk {
  /** In order of last use, so the first idle one is the one to forget. */
  const drafts = new Map<string, Draft>()

  function draftOf(id: string): Draft | null {
    let draft = drafts.get(id)
    if (draft === undefined) {
      if (drafts.size >= options.draftsMax && !forgetOne()) return null
      draft = { seq: -1, scoring: false, waiting: null, history: UNSEEN }
    }
    drafts.delete(id)
    drafts.set(id, draft)
    return draft
  }

  function forgetOne(): boolean {
    for (const [id, draft] of drafts) if (!draft.scoring) return drafts.delete(id)
    return false
  }

  async function scoreLatest(draft: Draft, first: DraftText): Promise<void> {
    draft.scoring = true
    for (let text: DraftText | null = first; text !== null; text = takeWaiting(draft))
      await scoreOne(draft, text)
    draft.scoring = false
  }

  function takeWaiting(draft: Draft): DraftText | null {
    const { waiting } = draft
    draft.waiting = null
    return waiting
  }

  async function scoreOne(draft: Draft, text: DraftText): Promise<void> {
    try {
      const scores = await options.score(text)
      if (draft.waiting !== null) return options.skipped()
      draft.history = shown(draft.history, scores)
      options.answer(text, scores)
    } catch (error) {
      if (!(error instanceof NicrError)) options.report(error)
      if (draft.waiting !== null) return options.skipped()
      if (error instanceof NicrError) options.fail(text, error.code, error.message)
      else options.fail(text, 'NICR_INTERNAL', 'the draft could not be scored')
    }
  }

  return {
    receive(text) {
      const draft = draftOf(text.id)
      if (draft === null)
        return options.fail(
          text,
          'NICR_RATE_LIMITED',
          `${options.draftsMax} drafts of this socket are being scored at once; wait for one`,
        )
      if (text.seq <= draft.seq) return options.skipped()
      draft.seq = text.seq
      if (draft.history.modelVersion !== '')
        draft.history = { ...draft.history, edits: draft.history.edits + 1 }
      if (!draft.scoring) return void scoreLatest(draft, text)
      if (draft.waiting !== null) options.skipped()
      draft.waiting = text
    },
    settle(id) {
      const draft = drafts.get(id)
      drafts.delete(id)
      return draft?.history ?? UNSEEN
    },
  }
}

function shown(history: DraftHistory, scores: readonly KindScore[]): DraftHistory {
  const niceness = nicenessOf(scores)
  if (niceness?.decision == null) return history
  const { value } = niceness.decision
  return {
    ...history,
    nicenessFirst: history.nicenessFirst ?? value,
    nicenessLast: value,
    modelVersion: niceness.modelVersion,
  }
}
