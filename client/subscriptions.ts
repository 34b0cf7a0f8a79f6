import type { Wish } from './frames.ts'
import type { ClientLimits } from './limits.ts'

/** What a client follows, so that a new socket can be told in one frame. */
export interface Subscriptions {
  /** @throws RangeError beyond the limits; then nothing was added */
  add(wish: Wish): void
  remove(wish: Wish): void
  /** Null where nothing is followed. */
  all(): Wish | null
}

export function createSubscriptions(limits: Pick<ClientLimits, 'contentMax' | 'authorsMax'>): Subscriptions {
  let content = new Set<string>()
  let authors = new Set<string>()
  let all = false

  return {
    add(wish) {
      const contentNext = new Set([...content, ...(wish.content ?? [])])
      const authorsNext = new Set([...authors, ...(wish.authors ?? [])])
      if (contentNext.size > limits.contentMax || authorsNext.size > limits.authorsMax)
        throw new RangeError(
          `a client follows at most ${limits.contentMax} contents and ${limits.authorsMax} authors`,
        )
      content = contentNext
      authors = authorsNext
      all ||= wish.all === true
    },
    remove(wish) {
      for (const id of wish.content ?? []) content.delete(id)
      for (const id of wish.authors ?? []) authors.delete(id)
      if (wish.all === true) all = false
    },
    all() {
      if (!all && content.size === 0 && authors.size === 0) return null
      return {
        ...(content.size > 0 ? { content: [...content] } : {}),
        ...(authors.size > 0 ? { authors: [...authors] } : {}),
        ...(all ? { all: true as const } : {}),
      }
    },
  }
}
