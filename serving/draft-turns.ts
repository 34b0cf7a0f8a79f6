/**
 * Whose draft is scored next, over all sockets. Drafts that arrived in the same turn of the event loop are scored after it,
 * in order of arrival, so that of several texts of a draft only the latest is. Scoring pauses after `turnMs` for
 * what came in meanwhile: newer texts, and everything else the process does.
 */
export interface DraftTurns {
  /** A draft waits at most once, so no more wait than sockets may have drafts. */
  add(draft: WaitingDraft): void
}

export interface WaitingDraft {
  /** Scores the latest text. Never throws. */
  score(): void
}

export function createDraftTurns(turnMs: number): DraftTurns {
  let waiting: WaitingDraft[] = []
  /** How many of `waiting` had their turn. */
  let done = 0
  let isPlanned = false

  function plan(): void {
    isPlanned = true
    setImmediate(takeTurn)
  }

  function takeTurn(): void {
    isPlanned = false
    const endAt = performance.now() + turnMs
    while (done < waiting.length) {
      waiting[done++]!.score()
      if (done < waiting.length && performance.now() >= endAt) {
        plan()
        return
      }
    }
    waiting = []
    done = 0
  }

  return {
    add(draft) {
      waiting.push(draft)
      if (!isPlanned) plan()
    },
  }
}
