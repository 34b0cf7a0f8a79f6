import { TRACED_ELSEWHERE, type TracedTopic, traces } from '../../pipelines/erasures.ts'
import type { BlobsConfig } from '../../pipelines/settings-images.ts'
import { fullTopicName, type TopicName, topics } from '../../schemas/topics.ts'

/** What an erasure leaves behind, and until when. */
export interface LeftOver {
  /** Full name of a topic, or what else it is. */
  readonly what: string
  readonly why: string
  /** ms since the epoch by when it is gone; null: it stays. */
  readonly until: number | null
}

/** Blocks of a topic are deleted some time after their last record is due: Kafka looks every five minutes. */
const KAFKA_LOOKS_MS = 300_000
/** ClickHouse keeps parts that it has rewritten for eight minutes (`old_parts_lifetime`). */
const OLD_PARTS_MS = 480_000
/** A server keeps the scores of five minutes for sockets that come back. */
const LIVE_WINDOW_MS = 300_000

export interface LeftOverParts {
  readonly topicPrefix: string
  /** Retention of a topic as the broker has it, in ms by full name; -1 is for ever; undefined where it is not known. */
  readonly retentionOf: (topic: string) => number | undefined
  readonly blobs: BlobsConfig
}

/** What is left of a person, at most, after an erasure at `at`. */
export function leftOvers(at: number, { topicPrefix, retentionOf, blobs }: LeftOverParts): LeftOver[] {
  const ofTopics = ([...Object.keys(traces), ...Object.keys(TRACED_ELSEWHERE)] as TopicName[]).map(
    (name): LeftOver => {
      const full = fullTopicName(topicPrefix, name)
      const retention = retentionOf(full)
      const until = retention === undefined || retention < 0 ? null : at + retention + KAFKA_LOOKS_MS
      const held =
        name in TRACED_ELSEWHERE
          ? TRACED_ELSEWHERE[name as keyof typeof TRACED_ELSEWHERE]
          : HELD[name as TracedTopic]
      return { what: full, why: held, until }
    },
  )
  return [
    ...ofTopics.filter(({ what }) => retentionOf(what) !== undefined),
    {
      what: fullTopicName(topicPrefix, 'image-banks'),
      why: 'hashes of images that were marked, by no name; removed keys are compacted away when the broker does so',
      until: null,
    },
    {
      what: 'parts that ClickHouse has rewritten',
      why: 'on disk; no query reads them',
      until: at + OLD_PARTS_MS,
    },
    {
      what: 'scores in the memory of servers',
      why: 'for sockets that come back',
      until: at + LIVE_WINDOW_MS,
    },
    ...(blobs.store === 's3'
      ? [
          {
            what: `s3://${blobs.bucket}/${blobs.prefix}`,
            why: 'earlier versions of the images, where the bucket keeps versions: its lifecycle rules end them',
            until: null,
          },
        ]
      : []),
  ]
}

/** What the records of each topic hold of a person. */
const HELD: Readonly<Record<TracedTopic, string>> = {
  content: 'texts and image references, by author',
  scores: 'scores and reasons, by author',
  votes: 'votes, by voter',
  reports: 'reports and what was sent with them, by reporter',
  'draft-outcomes': 'what became of drafts; names a content at most',
  'label-samples': 'that a content was to be tagged; of a draft that was sent also its text',
  labels: 'what taggers said of a content: its id and their answer',
  'dead-letters': `records that could not be used, as they were: ${topics['dead-letters'].tableDays} days in ClickHouse where their key does not name a content of the author`,
}
