import type { Emitted, Incoming } from '../../processors/processor.ts'
import { NicrError } from '../../schemas/errors.ts'
import { withId } from '../../schemas/ids.ts'
import { fullTopicName, type RecordOf, type TopicName } from '../../schemas/topics.ts'
import { DeadLetterBudget, deadLetter, type Rejection } from './dead-letter.ts'
import { type BatchTrace, traceBatch } from './record-traces.ts'
import {
  isMeantFor,
  type OutputRecord,
  type RawBatch,
  type RawHeader,
  type RawRecord,
  replayedPlace,
} from './records.ts'
import type { StateStore } from './state-store.ts'
import { type Emit, PIECE_RECORDS, type Step } from './step.ts'
import type { TopicCodec, TopicCodecs } from './topic-codecs.ts'
import type { Tracing } from './tracing.ts'

/** What a task needs of its transport: Kafka, or memory in tests. */
export interface TaskTransport {
  /**
   * Fences any earlier owner of the task, then answers the next offset of each input as committed; an input without
   * a committed offset is absent.
   */
  initialise(): Promise<ReadonlyMap<TopicName, number>>
  /** The task's partition of the processor's changelog, oldest first. */
  restore(processor: string): AsyncIterable<{ readonly key: string; readonly value: Buffer | null }>
  /** Outputs and the input's next offset in one transaction (exactly once), or one after the other (at least once). */
  commit(
    outputs: readonly OutputRecord[],
    position: { readonly topic: TopicName; readonly nextOffset: number },
  ): Promise<void>
}

export interface TaskSettings {
  readonly processor: string
  readonly group: string
  readonly partition: number
  readonly topicPrefix: string
  readonly reads: readonly TopicName[]
  readonly writes: readonly TopicName[]
  readonly deadLettersInARowMax: number
  /** Whether what cannot be used is passed over, neither dead-lettered nor counted against the budget. */
  readonly withoutLetters?: boolean
}

const NO_HEADERS: OutputRecord['headers'] = Object.freeze([])

const NOTHING_DONE: BatchReport = Object.freeze({ read: 0, emitted: 0, rejected: 0 })

/** Counts of one committed batch, for metrics and progress. */
export interface BatchReport {
  readonly read: number
  readonly emitted: number
  readonly rejected: number
}

/** Of `records`, those that could be decoded as bytes (`accepted`) and decoded (`incoming`), and the others. */
interface Decoded {
  readonly records: readonly RawRecord[]
  readonly accepted: readonly RawRecord[]
  readonly incoming: readonly Incoming[]
  readonly rejections: readonly Rejection[]
}

/** What became of records, before it is committed. */
interface Done {
  readonly rejections: Rejection[]
  readonly outputs: OutputRecord[]
  readonly nextOffset: number
}

/** A batch, of it the records that are to be processed, and their spans. */
interface Work {
  readonly batch: RawBatch
  readonly records: readonly RawRecord[]
  readonly trace: BatchTrace | null
}

interface Destination {
  readonly destination: OutputRecord['destination']
  readonly codec: TopicCodec<TopicName>
}

/**
 * Partition n of all inputs of one processor: reads a batch, decides, and commits what follows from it together with
 * the input's next offset. It is the same over Kafka and in memory. After any failure the task is thrown away, and a
 * new one starts from what was committed.
 */
export class Task {
  readonly settings: TaskSettings
  private readonly transport: TaskTransport
  private readonly codecs: TopicCodecs
  private readonly step: Step
  private readonly store: StateStore | null
  private readonly tracing: Tracing | null
  private readonly budget: DeadLetterBudget
  private readonly positions = new Map<TopicName, number>()
  /** Inputs that are read again up to this offset, to bring the step to where it was. */
  private readonly replayUntil = new Map<TopicName, number>()
  private readonly destinations = new Map<TopicName, Destination>()

  constructor(
    settings: TaskSettings,
    parts: {
      transport: TaskTransport
      codecs: TopicCodecs
      step: Step
      store: StateStore | null
      tracing?: Tracing | null
    },
  ) {
    this.settings = settings
    this.transport = parts.transport
    this.codecs = parts.codecs
    this.step = parts.step
    this.store = parts.store
    this.tracing = parts.tracing ?? null
    this.budget = new DeadLetterBudget(settings.deadLettersInARowMax)
  }

  /**
   * Fence, read the committed offsets, restore: in this order, so that no zombie can add to what is read here.
   * @throws NicrError NICR_REGISTRY_UNAVAILABLE; it may be called again
   */
  async start(): Promise<void> {
    for (const topic of this.settings.writes) await this.codecs.of(topic).open()
    for (const [topic, nextOffset] of await this.transport.initialise()) this.positions.set(topic, nextOffset)
    if (this.store !== null)
      for await (const { key, value } of this.transport.restore(this.settings.processor))
        this.store.restore(key, value)
    for (const [topic, committed] of this.positions) {
      const from = this.step.resumeFrom?.(topic, committed) ?? committed
      if (from >= committed) continue
      this.replayUntil.set(topic, committed)
      this.positions.set(topic, from)
    }
  }

  /** Whether what is read of an input was committed before, and only brings the step to where it was. */
  isReplaying(topic: TopicName): boolean {
    return this.replayUntil.has(topic)
  }

  /** The next offset to read of an input; null where nothing was committed. */
  position(topic: TopicName): number | null {
    return this.positions.get(topic) ?? null
  }

  /**
   * Processes and commits one batch. Records before the task's position were done already and are passed over.
   * @param goesOn asked after each part of a batch that is done in parts: where not, the rest is left to whoever owns the task next
   * @throws NicrError NICR_DEAD_LETTER_BUDGET, with nothing committed; what `goesOn` throws
   */
  async process(batch: RawBatch, goesOn: () => Promise<boolean> = async () => true): Promise<BatchReport> {
    const position = this.position(batch.topic) ?? 0
    if (batch.nextOffset <= position) return NOTHING_DONE
    const until = this.replayUntil.get(batch.topic)
    if (until !== undefined) {
      await this.replay(batch, position, until)
      return batch.nextOffset <= until ? NOTHING_DONE : this.process(batch, goesOn)
    }
    const records = batch.records.filter(record => record.offset >= position && this.isMeant(record))
    const { group, topicPrefix } = this.settings
    const topic = fullTopicName(topicPrefix, batch.topic)
    const trace = traceBatch(this.tracing, { topic, partition: batch.partition, group, records })
    const work = { batch, records, trace }
    if (trace === null) return this.processAll(work, goesOn)
    try {
      return await this.processAll(work, goesOn)
    } catch (error) {
      trace.failed(error)
      throw error
    }
  }

  private async processAll(work: Work, goesOn: () => Promise<boolean>): Promise<BatchReport> {
    if (this.step.runPieces !== undefined) return this.processPieces(work)
    const { batch, records } = work
    const decoded = await this.decodeAll(batch, records)
    const report = { read: 0, emitted: 0, rejected: 0 }
    for (let from = 0; ; ) {
      const rest = decoded.incoming.slice(from)
      const taken = rest.length === 0 ? 0 : (this.step.takes?.(rest) ?? rest.length)
      const nextOffset = rest[taken]?.offset ?? batch.nextOffset
      const done = await this.processPart(work, decoded, { from, to: from + taken, nextOffset })
      report.read += done.read
      report.emitted += done.emitted
      report.rejected += done.rejected
      from += taken
      if (nextOffset === batch.nextOffset || !(await goesOn())) return report
    }
  }

  /** Runs and commits the decoded records `from` to `to`, and what could not be decoded before `nextOffset`. */
  private async processPart(
    { batch, trace }: Work,
    decoded: Decoded,
    { from, to, nextOffset }: { readonly from: number; readonly to: number; readonly nextOffset: number },
  ): Promise<BatchReport> {
    const position = this.position(batch.topic) ?? 0
    const isPart = ({ offset }: RawRecord) => offset >= position && offset < nextOffset
    const incoming = decoded.incoming.slice(from, to)
    const rejections = decoded.rejections.filter(({ record }) => isPart(record))
    const outputs: OutputRecord[] = []
    const rejected = incoming.length === 0 ? [] : await this.step.run(incoming, this.emitTo(outputs, trace))
    const emitted = outputs.length
    for (const { index, code, detail } of rejected)
      rejections.push({ record: decoded.accepted[from + index]!, code, detail })
    const records = decoded.records.filter(isPart)
    await this.commit({ batch, trace, records }, { rejections, outputs, nextOffset })
    return { read: records.length, emitted, rejected: rejections.length }
  }

  /** Runs and commits a whole batch, of which a piece is decoded when the step asks for it. */
  private async processPieces({ batch, records, trace }: Work): Promise<BatchReport> {
    const accepted: RawRecord[] = []
    const rejections: Rejection[] = []
    // Whatever the registry must be asked for is asked before the step begins: nothing was done yet if it does not answer.
    const decode = await this.codecs.of(batch.topic).prepare(valuesOf(records))
    const decodePiece = (piece: readonly RawRecord[]) => this.decode(batch, piece, decode)
    function* pieces() {
      for (let from = 0; from < records.length; from += PIECE_RECORDS) {
        const decoded = decodePiece(records.slice(from, from + PIECE_RECORDS))
        accepted.push(...decoded.accepted)
        rejections.push(...decoded.rejections)
        yield decoded.incoming
      }
    }
    const outputs: OutputRecord[] = []
    const rejected = await this.step.runPieces!(pieces(), this.emitTo(outputs, trace))
    const emitted = outputs.length
    for (const { index, code, detail } of rejected)
      rejections.push({ record: accepted[index]!, code, detail })
    await this.commit({ batch, trace, records }, { rejections, outputs, nextOffset: batch.nextOffset })
    return { read: records.length, emitted, rejected: rejections.length }
  }

  private async commit(
    { batch, trace, records }: Work,
    { rejections, outputs, nextOffset }: Done,
  ): Promise<void> {
    // In the order of the input, however it was cut into batches.
    rejections.sort((left, right) => left.record.offset - right.record.offset)
    if (this.settings.withoutLetters !== true) this.spendBudget(records, rejections)
    this.addLettersAndState(outputs, batch, this.settings.withoutLetters === true ? [] : rejections)
    await this.transport.commit(outputs, { topic: batch.topic, nextOffset })
    this.positions.set(batch.topic, nextOffset)
    if (trace === null) return
    for (const { record, code } of rejections) trace.rejected(record.offset, code)
    trace.committed(nextOffset)
  }

  private async replay(batch: RawBatch, position: number, until: number): Promise<void> {
    const records = batch.records.filter(
      record => record.offset >= position && record.offset < until && this.isMeant(record),
    )
    const { incoming } = await this.decodeAll(batch, records)
    if (incoming.length > 0) await this.step.run(incoming, () => undefined)
    const nextOffset = Math.min(batch.nextOffset, until)
    this.positions.set(batch.topic, nextOffset)
    if (nextOffset === until) this.replayUntil.delete(batch.topic)
  }

  private isMeant(record: RawRecord): boolean {
    return isMeantFor(this.settings.processor, record.headers)
  }

  private async decodeAll(batch: RawBatch, records: readonly RawRecord[]): Promise<Decoded> {
    return this.decode(batch, records, await this.codecs.of(batch.topic).prepare(valuesOf(records)))
  }

  private decode(
    batch: RawBatch,
    records: readonly RawRecord[],
    decode: TopicCodec<TopicName>['decode'],
  ): Decoded {
    const accepted: RawRecord[] = []
    const incoming: Incoming[] = []
    const rejections: Rejection[] = []
    for (const record of records) {
      const decoded = decode(record.value)
      if (!decoded.ok) {
        rejections.push({ record, code: decoded.code, detail: decoded.detail })
        continue
      }
      accepted.push(record)
      incoming.push({
        topic: batch.topic,
        partition: batch.partition,
        offset: record.offset,
        key: record.key === null ? null : record.key.toString('utf8'),
        value: this.withId(decoded.value, batch, record),
        appendedAt: record.appendedAt,
      })
    }
    return { records, accepted, incoming, rejections }
  }

  /** Foreign producers may leave `id` empty: it follows from where the record lay at first, so a repeat gets the same one. */
  private withId(
    value: RecordOf<TopicName>,
    { topic, partition }: RawBatch,
    { offset, headers }: RawRecord,
  ): RecordOf<TopicName> {
    if (!('id' in value)) return value
    const here = { topic: fullTopicName(this.settings.topicPrefix, topic), partition, offset }
    return withId(value, replayedPlace(headers) ?? here)
  }

  private spendBudget(records: readonly RawRecord[], rejections: readonly Rejection[]): void {
    if (rejections.length === 0) {
      if (records.length > 0) this.budget.count(true)
      return
    }
    const rejected = new Set(rejections.map(({ record }) => record.offset))
    for (const record of records) {
      if (this.budget.count(!rejected.has(record.offset))) continue
      const last = rejections.at(-1)
      throw new NicrError(
        'NICR_DEAD_LETTER_BUDGET',
        `${this.settings.processor} rejected more than ${this.settings.deadLettersInARowMax} records in a row (partition ${this.settings.partition}); the last: ${last?.code} ${last?.detail}`,
      )
    }
  }

  /** What follows from a record that is traced carries its trace on. */
  private emitTo(outputs: OutputRecord[], trace: BatchTrace | null): Emit {
    if (trace === null) return record => outputs.push(this.outputOf(record, NO_HEADERS))
    return (record, cause) =>
      outputs.push(this.outputOf(record, cause === undefined ? NO_HEADERS : trace.headersOf(cause.offset)))
  }

  /** Encoded at once, so that no batch of records is held beside its bytes. */
  private outputOf({ topic, key, value }: Emitted, headers: readonly RawHeader[]): OutputRecord {
    const { destination, codec } = this.destinationOf(topic)
    return {
      destination,
      partition: null,
      key: Buffer.from(key),
      value: codec.encode(value),
      headers,
    }
  }

  private addLettersAndState(
    outputs: OutputRecord[],
    batch: RawBatch,
    rejections: readonly Rejection[],
  ): void {
    const { processor, group, partition, topicPrefix } = this.settings
    const topic = fullTopicName(topicPrefix, batch.topic)
    for (const rejection of rejections)
      outputs.push(deadLetter(rejection, { topic, partition: batch.partition, processor, group }))
    for (const { key, value } of this.store?.takeChanges() ?? [])
      outputs.push({
        destination: { changelogOf: processor },
        partition,
        key: Buffer.from(key),
        value,
        headers: NO_HEADERS,
      })
  }

  private destinationOf(topic: TopicName): Destination {
    let known = this.destinations.get(topic)
    if (known === undefined) {
      known = { destination: { topic }, codec: this.codecs.of<TopicName>(topic) }
      this.destinations.set(topic, known)
    }
    return known
  }
}

function* valuesOf(records: readonly RawRecord[]): Generator<Buffer | null> {
  for (const { value } of records) yield value
}
