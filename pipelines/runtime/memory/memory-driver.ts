import type { RecordOf, TopicName } from '../../../schemas/topics.ts'
import type { ProcessorDeclaration } from '../processor-declaration.ts'
import type { RawHeader, RawRecord } from '../records.ts'
import { StateStore } from '../state-store.ts'
import { Task } from '../task.ts'
import { type SchemaSource, TopicCodecs } from '../topic-codecs.ts'
import { MemoryBroker } from './memory-broker.ts'
import { MemorySchemas } from './memory-schemas.ts'

export interface MemoryDriverSettings {
  readonly topology: readonly ProcessorDeclaration[]
  readonly partitions?: number
  readonly recordsMax?: number
  readonly deadLettersInARowMax?: number
  readonly schemas?: SchemaSource
}

/** A record read back: decoded, or raw where the topic's values are not Avro. */
export interface ReadRecord<Topic extends TopicName> {
  readonly partition: number
  readonly offset: number
  readonly key: string | null
  readonly value: RecordOf<Topic>
}

const PREFIX = 'nicr.'

/**
 * Runs a topology in memory, through the real tasks and the real Avro bytes: no broker, time moved by hand, crashes
 * where the test says. What it cannot show is what belongs to Kafka: rebalances, time-outs, in-doubt commits.
 */
export class MemoryDriver {
  private readonly settings: MemoryDriverSettings
  private readonly broker: MemoryBroker
  private readonly codecs: TopicCodecs
  private readonly tasks = new Map<string, { task: Task; store: StateStore | null }>()
  private commitsUntilCrash = Number.POSITIVE_INFINITY
  private clock = 1_700_000_000_000

  constructor(settings: MemoryDriverSettings) {
    this.settings = settings
    this.broker = new MemoryBroker(settings.partitions ?? 4, () => this.clock)
    this.codecs = new TopicCodecs(settings.schemas ?? new MemorySchemas(), () => this.clock)
  }

  /** Writes a record to a topic as a producer would. */
  async pipe<Topic extends TopicName>(
    topic: Topic,
    key: string,
    value: RecordOf<Topic>,
  ): Promise<{ partition: number; offset: number }> {
    const codec = this.codecs.of(topic)
    await codec.open()
    return this.broker.append(topic, { key: Buffer.from(key), value: codec.encode(value), headers: [] })
  }

  /** Writes raw bytes: what a foreign or broken producer might send. */
  pipeRaw(
    topic: TopicName,
    record: { key: Buffer | null; value: Buffer | null; headers?: readonly RawHeader[] },
  ): { partition: number; offset: number } {
    return this.broker.append(topic, { headers: [], ...record })
  }

  /** Runs every processor until there is nothing left to read. A crash ends it: `restart` goes on. */
  async drain(): Promise<void> {
    for (let progressed = true; progressed; ) {
      progressed = false
      for (const declaration of this.settings.topology)
        for (let partition = 0; partition < this.broker.partitions; partition++)
          progressed = (await this.advance(declaration, partition)) || progressed
    }
  }

  /** All committed records of a topic, by partition, then offset. */
  async read<Topic extends TopicName>(topic: Topic): Promise<ReadRecord<Topic>[]> {
    const codec = this.codecs.of(topic)
    const records: ReadRecord<Topic>[] = []
    for (let partition = 0; partition < this.broker.partitions; partition++) {
      const log = this.broker.log(topic, partition)
      await codec.prepare(log.map(({ value }) => value))
      for (const { key, value, offset } of log) {
        const decoded = codec.decode(value)
        if (!decoded.ok) throw new Error(`${topic} ${partition}/${offset}: ${decoded.detail}`)
        records.push({
          partition,
          offset,
          key: key === null ? null : key.toString('utf8'),
          value: decoded.value,
        })
      }
    }
    return records
  }

  /** Committed records of a topic as bytes. */
  readRaw(topic: TopicName): (RawRecord & { partition: number })[] {
    return Array.from({ length: this.broker.partitions }, (_, partition) =>
      this.broker.log(topic, partition).map(record => ({ ...record, partition })),
    ).flat()
  }

  /** The state a processor keeps for a key. */
  state(processor: string, key: string): unknown {
    for (const [name, { store }] of this.tasks)
      if (name.startsWith(`${processor}/`) && store?.get(key) !== undefined) return store.get(key)
    return undefined
  }

  /** Moves the broker's clock, from which append times come. */
  advanceTime(ms: number): void {
    this.clock += ms
  }

  /** Lets `commits` transactions through; the one after them crashes the process before it is in place. */
  crashAfter(commits: number): void {
    this.commitsUntilCrash = commits
  }

  /** A new process: tasks start anew from what was committed. */
  restart(): void {
    this.tasks.clear()
    this.commitsUntilCrash = Number.POSITIVE_INFINITY
  }

  /** Nothing to let go of: there is no broker. */
  close(): void {
    this.tasks.clear()
  }

  private async advance(declaration: ProcessorDeclaration, partition: number): Promise<boolean> {
    const { task } = await this.taskOf(declaration, partition)
    let progressed = false
    for (const topic of declaration.reads) {
      const batch = this.broker.fetch(
        topic,
        partition,
        task.position(topic) ?? 0,
        this.settings.recordsMax ?? 100,
      )
      if (batch === null) continue
      await task.process(batch)
      progressed = true
    }
    return progressed
  }

  private async taskOf(declaration: ProcessorDeclaration, partition: number) {
    const name = `${declaration.name}/${partition}`
    const running = this.tasks.get(name)
    if (running !== undefined) return running
    const group = `${PREFIX}${declaration.name}`
    const store = declaration.stateful ? new StateStore() : null
    const transport = this.broker.transport(group, partition, declaration.reads, () => this.countCommit())
    const task = new Task(
      {
        processor: declaration.name,
        group,
        partition,
        topicPrefix: PREFIX,
        reads: declaration.reads,
        writes: declaration.writes,
        deadLettersInARowMax: this.settings.deadLettersInARowMax ?? 1000,
        withoutLetters: declaration.withoutLetters === true,
      },
      { transport, codecs: this.codecs, step: declaration.createStep(store), store },
    )
    await task.start()
    const started = { task, store }
    this.tasks.set(name, started)
    return started
  }

  private countCommit(): void {
    if (this.commitsUntilCrash-- <= 0) throw new CrashError()
  }
}

/** The crash a test asked for. */
export class CrashError extends Error {
  constructor() {
    super('the process crashed, as the test asked')
    this.name = 'CrashError'
  }
}
