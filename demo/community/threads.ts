import type { Author } from './authors.ts'
import type { Draws } from './draws.ts'
import { topics } from './topics.ts'
import type { Written } from './writer.ts'

/** A conversation that is still going on. */
interface Thread {
  readonly id: string
  readonly topic: number
  /** Comments until it is over. */
  left: number
  /** What was written in it lately, the post first. */
  readonly said: { readonly id: string; readonly written: Written }[]
}

/** Where a content belongs. */
export interface Place {
  readonly thread: string
  readonly topic: number
  /** null where it opens the thread. */
  readonly parent: string | null
  /** What the author quotes of its parent; mostly nothing. */
  readonly quoted: string | null
}

const OPEN_MAX = 80
const POSTS_SHARE = 0.15
const COMMENTS_MEAN = 6
const SAID_MAX = 12
const QUOTE_CHANCE = 0.06
const QUOTE_LETTERS_MAX = 80
/** People stay with what they like to write about. */
const OWN_TOPIC_CHANCE = 0.85
const THREADS_LOOKED_AT = 4

/** The open conversations of a community; what falls out of memory gets no more replies. */
export class Threads {
  private readonly open: Thread[] = []

  /** Where an author writes next, as content `id`. */
  placeFor(author: Author, id: string, draws: Draws): Place {
    const topic = draws.chance(OWN_TOPIC_CHANCE) ? draws.pick(author.topics) : draws.below(topics.length)
    if (this.open.length === 0 || draws.chance(POSTS_SHARE)) {
      const left = 1 + Math.floor(-Math.log(1 - draws.uniform()) * COMMENTS_MEAN)
      const said: Thread['said'] = []
      this.open.push({ id: `thread-${id}`, topic, left, said })
      if (this.open.length > OPEN_MAX) this.open.shift()
      return { thread: `thread-${id}`, topic, parent: null, quoted: null }
    }
    const looked = Array.from({ length: THREADS_LOOKED_AT }, () => draws.pick(this.open))
    const thread = looked.find(one => one.topic === topic) ?? looked[0]!
    const parent = draws.chance(0.5) ? thread.said[0] : draws.pick(thread.said)
    const quoted = parent !== undefined && draws.chance(QUOTE_CHANCE) ? quotable(parent.written) : null
    return { thread: thread.id, topic: thread.topic, parent: parent?.id ?? null, quoted }
  }

  /** What an author then wrote there. */
  add(threadId: string, id: string, written: Written): void {
    const place = this.open.findIndex(thread => thread.id === threadId)
    const thread = this.open[place]
    if (thread === undefined) return
    thread.said.push({ id, written })
    if (thread.said.length > SAID_MAX) thread.said.splice(1, 1)
    if (thread.said.length > 1 && --thread.left <= 0) this.open.splice(place, 1)
  }
}

/** Only what is plain and of one short line: the tone of a text is that of its author, not of whom they quote. */
function quotable({ text, truth }: Written): string | null {
  const isPlain = truth.niceness >= 4 && truth.niceness <= 6 && !truth.spam && truth.slang.length === 0
  return isPlain && text.length <= QUOTE_LETTERS_MAX && !text.includes('\n') ? text : null
}
