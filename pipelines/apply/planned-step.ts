import type { ClickHouse } from '../clickhouse.ts'
import type { Config } from '../config.ts'
import type { SchemaRegistry } from '../schema-registry.ts'

/** One thing that should be, and what is needed to make it so. */
export interface Step {
  /** Such as `topic nicr.content`, `schema nicr.content-value` or `migration 0001_content`. */
  readonly what: string
  readonly action: 'create' | 'update' | 'keep'
  /** Anything worth saying about it. */
  readonly detail?: string
}

/** A step that is not taken yet. Taking it twice, or in two processes at once, does no harm. */
export interface PlannedStep extends Step {
  readonly run: () => Promise<void>
}

export interface ApplyParts {
  readonly config: Pick<Config, 'topics'>
  readonly admin: TopicAdmin
  readonly registry: SchemaRegistry
  readonly clickhouse: ClickHouse
  /** Processors that keep state: each has a changelog with as many partitions as its input. */
  readonly changelogs?: readonly { readonly processor: string; readonly partitions: 'data' | 'control' }[]
  /** Called with each step once it is taken (or, in a dry run, would be). */
  readonly report?: (step: Step) => void
}

/** What `apply` needs of a Kafka cluster. */
export interface TopicAdmin {
  /** The partitions of every topic there is, by full name. */
  list(): Promise<ReadonlyMap<string, { readonly partitions: number }>>
  /** Creates topics; one that is there already is left as it is, and no error. */
  create(topics: readonly NewTopic[]): Promise<void>
  /** The settings made on each topic itself, without those inherited from the broker. */
  describeConfigs(names: readonly string[]): Promise<ReadonlyMap<string, TopicSettings>>
  /** Replaces the settings made on a topic itself by these. */
  alterConfigs(name: string, settings: TopicSettings): Promise<void>
}

export type TopicSettings = Readonly<Record<string, string>>

export interface NewTopic {
  readonly name: string
  readonly partitions: number
  /** -1 leaves it to the broker. */
  readonly replication: number
  readonly config: TopicSettings
}
