import { readFileSync } from 'node:fs'
import { packagePath } from './package-root.ts'
import type {
  Annotator,
  Automation,
  Content,
  DraftOutcome,
  DriftReport,
  Erasure,
  FeatureProfile,
  ImageBankEntry,
  Label,
  LabelSample,
  ModelPromotion,
  Report,
  RetrainRequest,
  RetrainStep,
  Score,
  Vote,
} from './records.ts'

/** What a topic is, whoever creates it. Full names carry the prefix: `nicr.` and the short name. */
export interface Topic {
  /** `data` topics have the configured number of partitions, `control` topics have one. */
  readonly partitions: 'data' | 'control'
  /** `configured`: NICR_RETENTION; `forever`: never deleted; otherwise ms. Compacted topics keep the last of each key. */
  readonly retention: 'configured' | 'forever' | number
  readonly cleanup: 'delete' | 'compact'
  /** What the record's key (a UTF-8 string) is. */
  readonly key: string
  /** The schema file without `.avsc`; null where the value is not ours to describe. */
  readonly schema: string | null
  /** `platform`: others write it too, so readers must be first to change; `nicr`: both ways. */
  readonly writers: 'platform' | 'nicr'
  /** How long ClickHouse keeps the rows of the topic's table, in days after they were appended. */
  readonly tableDays: number | 'forever'
  /** Largest record batch the broker takes. */
  readonly messageBytesMax: number
  readonly description: string
}

const dayMs = 86_400_000
const kib = 1024
const contentBytesMax = 1024 * kib
/** Kafka's own default, for topics of small records. */
const recordBytesMax = 1024 * kib

/** Every topic, in one table; `nicr apply` makes them so. */
export const topics = {
  content: {
    partitions: 'data',
    retention: 'configured',
    cleanup: 'delete',
    key: 'content id',
    schema: 'content',
    writers: 'platform',
    tableDays: 1095,
    messageBytesMax: contentBytesMax,
    description: 'Posts and comments as they are published, edited and deleted.',
  },
  votes: {
    partitions: 'data',
    retention: 'configured',
    cleanup: 'delete',
    key: 'content id',
    schema: 'vote',
    writers: 'platform',
    tableDays: 1095,
    messageBytesMax: recordBytesMax,
    description: 'Votes of readers.',
  },
  reports: {
    partitions: 'data',
    retention: 'configured',
    cleanup: 'delete',
    key: 'content or draft id',
    schema: 'report',
    writers: 'platform',
    tableDays: 1095,
    messageBytesMax: recordBytesMax,
    description: 'Contested scores and reported content.',
  },
  'draft-outcomes': {
    partitions: 'data',
    retention: 'configured',
    cleanup: 'delete',
    key: 'draft id',
    schema: 'draft-outcome',
    writers: 'platform',
    tableDays: 1095,
    messageBytesMax: recordBytesMax,
    description: 'What authors did with drafts after seeing a score, without the text.',
  },
  scores: {
    partitions: 'data',
    retention: 'configured',
    cleanup: 'delete',
    key: 'content id',
    schema: 'score',
    writers: 'nicr',
    tableDays: 1095,
    messageBytesMax: recordBytesMax,
    description: 'Scores of published content, one per kind and model version.',
  },
  'feature-profiles': {
    partitions: 'control',
    retention: 30 * dayMs,
    cleanup: 'delete',
    key: 'kind',
    schema: 'feature-profile',
    writers: 'nicr',
    tableDays: 400,
    messageBytesMax: 4 * recordBytesMax,
    description: 'Mergeable sums of features, one record per committed batch.',
  },
  'drift-reports': {
    partitions: 'control',
    retention: 365 * dayMs,
    cleanup: 'delete',
    key: 'kind',
    schema: 'drift-report',
    writers: 'nicr',
    tableDays: 1095,
    messageBytesMax: recordBytesMax,
    description: 'What the drift detectors found.',
  },
  'retrain-requests': {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'kind',
    schema: 'retrain-request',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'Kinds that should be trained anew, with the evidence.',
  },
  'label-samples': {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'content id',
    schema: 'label-sample',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'Content chosen for tagging.',
  },
  labels: {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'content id',
    schema: 'label',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'What people said about content.',
  },
  annotators: {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'compact',
    key: 'annotator',
    schema: 'annotator',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'The roster of taggers.',
  },
  'image-banks': {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'compact',
    key: 'entry id',
    schema: 'image-bank-entry',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'Tagged logos and pictures to recognise again.',
  },
  'model-promotions': {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'kind',
    schema: 'model-promotion',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'Which model version is live, and every one before it.',
  },
  'retrain-steps': {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'request id',
    schema: 'retrain-step',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'How retraining goes on.',
  },
  automation: {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'kind',
    schema: 'automation',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'Kinds whose training and promotion were paused or resumed, by whom.',
  },
  erasures: {
    partitions: 'control',
    retention: 'forever',
    cleanup: 'delete',
    key: 'hash of the person',
    schema: 'erasure',
    writers: 'nicr',
    tableDays: 'forever',
    messageBytesMax: recordBytesMax,
    description: 'Who was erased and when, as hashes: the audit, and what keeps their rows from coming back.',
  },
  'dead-letters': {
    partitions: 'data',
    retention: 'configured',
    cleanup: 'delete',
    key: 'as on the topic it came from',
    schema: null,
    writers: 'nicr',
    tableDays: 90,
    // The original untouched, plus room for the headers that say what went wrong.
    messageBytesMax: contentBytesMax + 64 * kib,
    description: 'Records that could not be processed, as they were, with the reason in their headers.',
  },
} as const satisfies Record<string, Topic>

/** A topic's short name, without the prefix. */
export type TopicName = keyof typeof topics

/** A record that could not be processed: key, value and headers as they were, and the reason in further headers. */
export interface DeadLetter {
  readonly key: Buffer | null
  /** null: the record had no value. */
  readonly value: Buffer | null
  /** In order; a name may occur more than once. */
  readonly headers: readonly (readonly [name: string, value: Buffer | null])[]
}

interface Records {
  content: Content
  votes: Vote
  reports: Report
  'draft-outcomes': DraftOutcome
  scores: Score
  'feature-profiles': FeatureProfile
  'drift-reports': DriftReport
  'retrain-requests': RetrainRequest
  'label-samples': LabelSample
  labels: Label
  annotators: Annotator
  'image-banks': ImageBankEntry
  'model-promotions': ModelPromotion
  'retrain-steps': RetrainStep
  automation: Automation
  erasures: Erasure
  'dead-letters': DeadLetter
}

/** The record that lies on a topic. */
export type RecordOf<T extends TopicName> = Records[T]

export const topicNames = Object.keys(topics) as readonly TopicName[]

/** `content` with the prefix `nicr.` is `nicr.content`. */
export function fullTopicName(prefix: string, name: TopicName): string {
  return prefix + name
}

/** The short name of a full one; null where it is not one of our topics. */
export function shortTopicName(prefix: string, full: string): TopicName | null {
  const name = full.startsWith(prefix) ? full.slice(prefix.length) : ''
  return Object.hasOwn(topics, name) ? (name as TopicName) : null
}

/** The compacted topic that holds a processor's state. */
export function changelogTopicName(prefix: string, processor: string): string {
  return `${prefix}${processor}-changelog`
}

/** The registry's subject for the values of a topic. */
export function subjectOf(fullTopic: string): string {
  return `${fullTopic}-value`
}

/** The ClickHouse view of a topic; its storage is `<view>_log`. */
export function tableOf(name: TopicName): string {
  return name.replaceAll('-', '_')
}

/** The Avro schema of a topic's values as its file has it; null where they are not Avro. */
export function schemaTextOf(name: TopicName): string | null {
  const file = topics[name].schema
  return file === null ? null : readFileSync(packagePath('schemas', `${file}.avsc`), 'utf8').trim()
}

/** The parsed Avro schema of a topic's values; null where they are not Avro. Read once. */
export function schemaOf(name: TopicName): object | null {
  const known = schemas.get(name)
  if (known !== undefined) return known
  const text = schemaTextOf(name)
  if (text === null) return null
  const schema = JSON.parse(text) as object
  schemas.set(name, schema)
  return schema
}

/** At most one entry for each topic. */
const schemas = new Map<TopicName, object>()

/** How the registry must compare a new schema of the topic with all earlier ones. */
export function compatibilityOf(name: TopicName): 'BACKWARD_TRANSITIVE' | 'FULL_TRANSITIVE' {
  return topics[name].writers === 'platform' ? 'BACKWARD_TRANSITIVE' : 'FULL_TRANSITIVE'
}

/**
 * The broker's settings of a topic. Append time keeps replays of old data from being deleted by retention.
 * @param retentionMs what NICR_RETENTION says
 */
export function topicConfig(topic: Topic, retentionMs: number): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': topic.cleanup,
    'retention.ms': String(retentionMsOf(topic, retentionMs)),
    'max.message.bytes': String(topic.messageBytesMax),
    'message.timestamp.type': 'LogAppendTime',
  }
}

/** The broker's settings of a changelog: the last state of each key. */
export function changelogConfig(): Readonly<Record<string, string>> {
  return {
    'cleanup.policy': 'compact',
    'retention.ms': '-1',
    'max.message.bytes': String(recordBytesMax),
    'message.timestamp.type': 'LogAppendTime',
  }
}

/** Retention in ms; -1 is forever, as Kafka writes it. */
function retentionMsOf(topic: Topic, configuredMs: number): number {
  if (topic.retention === 'configured') return configuredMs
  return topic.retention === 'forever' ? -1 : topic.retention
}
