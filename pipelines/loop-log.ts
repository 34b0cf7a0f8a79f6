import {
  type DefaultVersionOf,
  foldPromotion,
  noPromotions,
  type Promotions,
} from '../processors/fold-promotions.ts'
import { emptyLoop, foldLoop, type LoopState } from '../processors/retrain/loop-state.ts'
import { NicrError } from '../schemas/errors.ts'
import { within } from './runtime/within.ts'
import { followTopic, type TopicFollower, type TopicLogParts } from './topic-follower.ts'

/** What the topics of the loop come to, followed from their first records on. */
export interface LoopLog {
  readonly state: LoopState
  readonly promotions: Promotions
  /** Offset after the last request that was read. */
  readonly requestsRead: number
  /** Resolves once all that lies on the topics now was taken in. @throws what kafkajs takes for passing */
  catchUp(): Promise<void>
  /**
   * Resolves once the records with these ids were taken in.
   * @throws NicrError NICR_KAFKA_UNAVAILABLE if they do not come in time
   */
  until(ids: readonly string[]): Promise<void>
  stop(): Promise<void>
}

const TOPICS = ['retrain-requests', 'retrain-steps', 'automation', 'model-promotions'] as const
type LoopTopic = (typeof TOPICS)[number]

/**
 * Reads the requests, steps, promotions and pauses, and follows them.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE if they cannot be read in time
 */
export async function followLoop(parts: TopicLogParts, defaultOf: DefaultVersionOf): Promise<LoopLog> {
  const seen = { state: emptyLoop, promotions: noPromotions, requestsRead: 0 }
  const followers: TopicFollower<LoopTopic>[] = []
  const follow = async <Topic extends LoopTopic>(
    topic: Topic,
    take: (record: Parameters<Parameters<TopicFollower<Topic>['start']>[0]>[0][number]) => void,
  ) => {
    const follower = followTopic(topic, parts)
    followers.push(follower as unknown as TopicFollower<LoopTopic>)
    await follower.start(async records => {
      records.forEach(take)
      ids.add(records.map(({ value }) => value.id))
    })
  }
  const ids = new SeenIds()
  const stop = async () => {
    await Promise.all(followers.map(follower => follower.stop()))
  }
  try {
    await Promise.all([
      follow('retrain-requests', ({ value, offset }) => {
        seen.state = foldLoop(seen.state, { topic: 'retrain-requests', value })
        seen.requestsRead = offset + 1
      }),
      follow('retrain-steps', ({ value }) => {
        seen.state = foldLoop(seen.state, { topic: 'retrain-steps', value })
      }),
      follow('automation', ({ value }) => {
        seen.state = foldLoop(seen.state, { topic: 'automation', value })
      }),
      follow('model-promotions', record => {
        seen.promotions = foldPromotion(seen.promotions, record, defaultOf).promotions
      }),
    ])
  } catch (error) {
    await stop()
    throw error
  }
  return {
    get state() {
      return seen.state
    },
    get promotions() {
      return seen.promotions
    },
    get requestsRead() {
      return seen.requestsRead
    },
    async catchUp() {
      await Promise.all(followers.map(follower => follower.catchUp()))
    },
    until: wanted => ids.until(wanted),
    stop,
  }
}

/** Ids that are known again: those of the latest records. */
const SEEN_MAX = 10_000
const SEEN_MS_MAX = 15_000

class SeenIds {
  private readonly seen = new Set<string>()
  private readonly waiting = new Set<() => void>()

  add(ids: readonly string[]): void {
    for (const id of ids) this.seen.add(id)
    for (const id of this.seen) {
      if (this.seen.size <= SEEN_MAX) break
      this.seen.delete(id)
    }
    for (const look of this.waiting) look()
  }

  async until(ids: readonly string[]): Promise<void> {
    let look: (() => void) | undefined
    const all = new Promise<void>(resolve => {
      look = () => {
        if (ids.every(id => this.seen.has(id))) resolve()
      }
      this.waiting.add(look)
      look()
    })
    try {
      await within(SEEN_MS_MAX, all, () => {
        const why = `what was written to the loop’s topics did not come back within ${SEEN_MS_MAX / 1000} s`
        return new NicrError('NICR_KAFKA_UNAVAILABLE', why)
      })
    } finally {
      this.waiting.delete(look!)
    }
  }
}
