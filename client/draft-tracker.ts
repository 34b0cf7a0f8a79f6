import type { DraftHistory, OutcomeName } from './frames.ts'

/**
 * What became of a draft, decided by what its author did and saw:
 *
 * - POSTED_AS_IS: unchanged since the first score was shown.
 * - MODIFIED: changed, then posted.
 * - DELETED: discarded.
 * - IGNORED: posted with the meter dismissed, or before any score.
 *
 * A score that a typing author runs past was not shown to anybody: one counts once it has stood for `READ_MS`, once the
 * text was changed otherwise than by typing on, or once the draft was posted under it. Of the texts only what these
 * rules need is held, in memory; none leaves the tracker.
 */
export interface DraftTracker {
  readonly id: string
  /** The author changed the text. */
  changed(text: string): void
  /** A score appeared beside the text it is of. */
  shown(text: string, niceness: number, modelVersion: string): void
  posted(text: string, isDismissed: boolean): DraftEnd
  discarded(): DraftEnd
}

export interface DraftEnd extends Required<DraftHistory> {
  readonly outcome: OutcomeName
}

interface Shown {
  readonly text: string
  readonly niceness: number
  readonly at: number
}

/** Between two letters of a slow typist, and less than it takes to look up and read a number. */
const READ_MS = 400

/** `now`: ms of any clock that does not go back. */
export function createDraftTracker(id: string, now: () => number): DraftTracker {
  let first: Shown | null = null
  let last: Shown | null = null
  let modelVersion = ''
  let edits = 0

  function end(outcome: OutcomeName): DraftEnd {
    return {
      outcome,
      nicenessFirst: first?.niceness ?? null,
      nicenessLast: last?.niceness ?? null,
      edits,
      modelVersion,
    }
  }

  return {
    id,
    changed(text) {
      if (last !== null && (now() - last.at >= READ_MS || !text.startsWith(last.text))) first ??= last
      if (first !== null) edits++
    },
    shown(text, niceness, version) {
      last = { text, niceness, at: now() }
      modelVersion = version
    },
    posted(text, isDismissed) {
      first ??= last
      if (first === null || isDismissed) return end('IGNORED')
      return end(text === first.text ? 'POSTED_AS_IS' : 'MODIFIED')
    },
    discarded() {
      first ??= last
      return end('DELETED')
    },
  }
}
