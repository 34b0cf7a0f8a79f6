import {
  type DefaultVersionOf,
  foldPromotion,
  noPromotions,
  type Promotions,
} from '../processors/fold-promotions.ts'
import { emptyLoop, foldLoop, type LoopState } from '../processors/retrain/loop-state.ts'
import { followTopic, type TopicFollower, type TopicLogParts } from './topic-follower.ts'

/** What the topics of the loop come to, followed from their first records on. */
export interface LoopLog {
  readonly state: LoopState
  readonly promotions: Promotions
  /** Offset after the last request that was read. */
  readonly requestsRead: number
  /** Resolves once all that lies on the topics now was taken in. @throws what kafkajs takes for passing */
  catchUp(): Promise<void>
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
    await follower.start(async records => records.forEach(take))
  }
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
    stop,
  }
}
