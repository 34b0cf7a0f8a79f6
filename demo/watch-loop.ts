import type { Services } from '../cli/services.ts'
import { followTopic } from '../pipelines/topic-follower.ts'
import type { Said } from './story.ts'

const TOPICS = [
  'drift-reports',
  'retrain-requests',
  'label-samples',
  'retrain-steps',
  'model-promotions',
] as const

/**
 * Reads what Nicr says on its own topics, as any consumer may, until it is stopped.
 * @throws NicrError NICR_KAFKA_UNAVAILABLE if they cannot be read in time
 */
export async function watchLoop(
  { addresses, config, codecs, log }: Services,
  onSaid: (said: Said) => void,
): Promise<{ stop(): Promise<void> }> {
  const parts = { kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log }
  const followers = TOPICS.map(topic => ({ topic, follower: followTopic(topic, parts) }))
  const stop = async () => {
    await Promise.all(followers.map(({ follower }) => follower.stop()))
  }
  try {
    await Promise.all(
      followers.map(({ topic, follower }) =>
        follower.start(async records => {
          for (const { value } of records) onSaid({ topic, value } as Said)
        }),
      ),
    )
  } catch (error) {
    await stop()
    throw error
  }
  return { stop }
}
