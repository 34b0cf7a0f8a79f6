import { setTimeout as delay } from 'node:timers/promises'
import type { Publication, Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import type { Community, CommunityEvent } from './community/community.ts'
import type { Truth } from './community/truth.ts'

/** The platform of the simulated community: it publishes what happens there as a backend does, into Kafka, when it happens. */
export interface Platform {
  /** Contents published. */
  readonly contents: number
  /** Those of them that are in slang. */
  readonly inSlang: number
  /** What a published content really is; undefined for one that was not. */
  truthOf(contentId: string): Truth | undefined
  /** Publishes until the signal is aborted. @throws NicrError as `Publisher.publish` */
  run(signal: AbortSignal): Promise<void>
}

export interface PlatformParts {
  readonly community: Community
  readonly publisher: Pick<Publisher, 'publish'>
  /** Contents a second, by the place of the next. */
  readonly rateAt: (index: number) => number
}

/** Events are sent together so often. */
const SEND_EVERY_MS = 100
/** What cannot be sent in time is not made up for. */
const LATE_MS_MAX = 500

export function createPlatform({ community, publisher, rateAt }: PlatformParts): Platform {
  const truths = new Map<string, Truth>()
  let contents = 0
  let inSlang = 0

  async function send(events: readonly CommunityEvent[], at: number): Promise<void> {
    const said: Publication<'content'>[] = []
    const votes: Publication<'votes'>[] = []
    const reports: Publication<'reports'>[] = []
    for (const { type, record } of events) {
      if (type === 'content') said.push({ key: record.id, value: { ...record, at } })
      else if (type === 'vote') votes.push({ key: record.contentId, value: { ...record, at } })
      else reports.push({ key: record.contentId ?? record.id, value: { ...record, at } })
    }
    // What is voted on is there before the vote.
    await publisher.publish('content', said)
    if (votes.length > 0) await publisher.publish('votes', votes)
    if (reports.length > 0) await publisher.publish('reports', reports)
    contents += said.length
    inSlang += said.filter(({ key }) => truths.get(key)!.slang.length > 0).length
  }

  return {
    get contents() {
      return contents
    },
    get inSlang() {
      return inSlang
    },
    truthOf: contentId => truths.get(contentId),
    async run(signal) {
      const events = community.events()
      let next = events.next().value
      let dueAt = Date.now()
      while (!signal.aborted) {
        const now = Date.now()
        dueAt = Math.max(dueAt, now - LATE_MS_MAX)
        const due: CommunityEvent[] = []
        while (dueAt <= now) {
          if (next.type === 'content') {
            truths.set(next.record.id, next.truth)
            dueAt += 1000 / rateAt(next.index)
          }
          due.push(next)
          next = events.next().value
        }
        if (due.length > 0) await send(due, now)
        await delay(SEND_EVERY_MS, undefined, { signal }).catch(() => undefined)
      }
    },
  }
}
