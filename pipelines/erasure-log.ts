import { Erasures } from './erasures.ts'
import { followTopic, type TopicLogParts } from './topic-follower.ts'

/** The erasures of the log: all that were there once it was started, and what comes. */
export interface ErasureLog extends Pick<Erasures, 'covers'> {
  /** Resolves when all that lies on the topic was read. @throws NicrError as `followTopic` */
  start(): Promise<void>
  stop(): Promise<void>
}

export function followErasures(parts: TopicLogParts): ErasureLog {
  const erasures = new Erasures()
  const follower = followTopic('erasures', parts)
  return {
    covers: (topic, row) => erasures.covers(topic, row),
    start: () =>
      follower.start(async records => {
        for (const { value } of records) erasures.add(value)
      }),
    stop: () => follower.stop(),
  }
}
