import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { ErrorCode } from '../../schemas/errors.ts'
import { BankMetrics } from './bank-metrics.ts'
import { DriftMetrics } from './drift-metrics.ts'
import { EncoderMetrics } from './encoder-metrics.ts'
import { GroupMetrics } from './group-metrics.ts'
import { headerText, type OutputRecord } from './records.ts'
import { ScoreMetrics } from './score-metrics.ts'
import type { BatchReport } from './task.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every metric of the stream, in one place. Labels are few: never a post, an author or a text. */
export class RuntimeMetrics {
  readonly drift: DriftMetrics
  readonly bank: BankMetrics
  readonly encoders: EncoderMetrics
  readonly groups: GroupMetrics
  readonly scores: ScoreMetrics
  private readonly batches
  private readonly sink
  private readonly modelInfo
  private readonly promotions
  private readonly retrainRequests
  private readonly challengerFailures
  private readonly looks
  private readonly failed
  private readonly registers: Registry[]
  private readonly models = new Map<string, string>()

  /** @param kinds that are declared: the values a label `kind` may have */
  constructor(registry: Registry, kinds: Iterable<string> = []) {
    const registers = [registry]
    this.registers = registers
    this.drift = new DriftMetrics(registry, kinds)
    this.bank = new BankMetrics(registry)
    this.encoders = new EncoderMetrics(registry)
    this.groups = new GroupMetrics(registry)
    this.scores = new ScoreMetrics(registry)
    this.batches = batchMetrics(registers)
    this.sink = sinkMetrics(registers)
    this.modelInfo = new Gauge({
      registers,
      name: 'nicr_model_info',
      help: 'The model version in use (value 1).',
      labelNames: ['kind', 'version', 'alias'],
    })
    this.promotions = new Counter({
      registers,
      name: 'nicr_model_promotions_total',
      help: 'Promotions read: applied, ignored (not on the current version, unknown kind, undecodable), or unusable here.',
      labelNames: ['kind', 'outcome'],
    })
    this.retrainRequests = new Counter({
      registers,
      name: 'nicr_retrain_requests_total',
      help: 'Retrain requests that policies made: written, or (NICR_RETRAIN_DRY_RUN) only said.',
      labelNames: ['kind', 'policy', 'outcome'],
    })
    this.challengerFailures = new Counter({
      registers,
      name: 'nicr_challenger_failures_total',
      help: 'Batches that a challenger could not score; the champion answered.',
      labelNames: ['kind'],
    })
    // There from the start, so that the first failure is an increase.
    for (const kind of kinds) this.challengerFailures.inc({ kind }, 0)
    this.looks = new Counter({
      registers,
      name: 'nicr_images_looked_at_total',
      help: 'Images: LOOKED at anew, or answered by what was seen in the same FILE or in a PICTURE that looks the same.',
      labelNames: ['source'],
    })
    this.failed = new Gauge({
      registers,
      name: 'nicr_processor_failed',
      help: '1 where a processor stopped for good.',
      labelNames: ['processor'],
    })
  }

  observeBatch(processor: string, { read, emitted, rejected }: BatchReport, seconds: number): void {
    this.batches.records.inc({ processor, outcome: 'read' }, read)
    this.batches.records.inc({ processor, outcome: 'emitted' }, emitted)
    this.batches.records.inc({ processor, outcome: 'rejected' }, rejected)
    this.batches.seconds.observe({ processor }, seconds)
    // There from the first batch on, so that the first failure is an increase.
    this.batches.givenUp.inc({ processor, code: 'KAFKA' }, 0)
  }

  /** What was committed, dead letters among it. */
  observeCommit(processor: string, outputs: readonly OutputRecord[], seconds: number): void {
    this.batches.commitSeconds.observe({ processor }, seconds)
    for (const { destination, headers } of outputs)
      if ('topic' in destination && destination.topic === 'dead-letters')
        this.batches.letters.inc({ processor, code: lastCodeOf(headers) })
  }

  /** A batch was not committed. */
  countGivenUp(processor: string, code: ErrorCode | 'KAFKA' | 'BUG'): void {
    this.batches.givenUp.inc({ processor, code })
  }

  countDeadLetter(processor: string, code: ErrorCode): void {
    this.batches.letters.inc({ processor, code })
  }

  observeRows(table: string, rows: number, seconds: number): void {
    this.sink.rows.inc({ table }, rows)
    this.sink.insertSeconds.observe({ table }, seconds)
  }

  /** The version in use takes the place of the one before it. */
  setModel(kind: string, version: string, alias: string): void {
    const former = this.models.get(`${alias} ${kind}`)
    if (former !== undefined) this.modelInfo.remove({ kind, version: former, alias })
    this.models.set(`${alias} ${kind}`, version)
    this.modelInfo.set({ kind, version, alias }, 1)
  }

  /** Nothing is in use under this alias any more. */
  removeModel(kind: string, alias: string): void {
    const former = this.models.get(`${alias} ${kind}`)
    if (former === undefined) return
    this.modelInfo.remove({ kind, version: former, alias })
    this.models.delete(`${alias} ${kind}`)
  }

  /** An image was looked at, or answered by what was seen before. */
  countLook(source: 'FILE' | 'PICTURE' | 'LOOKED'): void {
    this.looks.inc({ source })
  }

  /** How many threads look at images; called once a process. */
  watchImageThreads(count: () => { readonly most: number; readonly living: number }): void {
    new Gauge({
      registers: this.registers,
      name: 'nicr_image_threads',
      help: 'Threads that look at images, each with networks of its own that run on one thread of the provider: at most, and living.',
      labelNames: ['provider', 'state'],
      collect() {
        for (const [state, threads] of Object.entries(count())) this.set({ provider: 'cpu', state }, threads)
      },
    })
  }

  /** A batch that a challenger could not score; the champion's answers stood. */
  countChallengerFailure(kind: string): void {
    this.challengerFailures.inc({ kind })
  }

  /** `kind`: a declared one, or `unknown`: what records name is not bounded. */
  countPromotion(kind: string, outcome: 'applied' | 'ignored' | 'unusable'): void {
    this.promotions.inc({ kind, outcome })
  }

  /** `kind` and `policy`: declared ones. */
  countRetrainRequest(kind: string, policy: string, outcome: 'written' | 'dry-run'): void {
    this.retrainRequests.inc({ kind, policy, outcome })
  }

  setFailed(processor: string): void {
    this.failed.set({ processor }, 1)
  }
}

/** Of a letter that was rejected again the last reason counts; headers are in the order of the rejections. */
function lastCodeOf(headers: OutputRecord['headers']): string {
  return headerText(headers.toReversed(), 'nicr-code') ?? 'unknown'
}

/** What becomes of batches of processors and the sink. */
function batchMetrics(registers: Registry[]) {
  return {
    records: new Counter({
      registers,
      name: 'nicr_processor_records_total',
      help: 'Records of committed batches: read, emitted, rejected into the dead letters.',
      labelNames: ['processor', 'outcome'],
    }),
    seconds: new Histogram({
      registers,
      name: 'nicr_processor_batch_duration_seconds',
      help: 'Time from decoding a batch to its commit.',
      labelNames: ['processor'],
      buckets: SECONDS,
    }),
    commitSeconds: new Histogram({
      registers,
      name: 'nicr_processor_commit_duration_seconds',
      help: 'Time to write what follows from a batch, and its next offset: the transaction. It is part of the time of the batch.',
      labelNames: ['processor'],
      buckets: SECONDS,
    }),
    givenUp: new Counter({
      registers,
      name: 'nicr_processor_given_up_total',
      help: 'Batches given up before their commit, by error code, KAFKA for what Kafka or its client says: their transactions are aborted, and they are done again.',
      labelNames: ['processor', 'code'],
    }),
    letters: new Counter({
      registers,
      name: 'nicr_dead_letters_total',
      help: 'Records rejected into the dead letters, by processor and error code.',
      labelNames: ['processor', 'code'],
    }),
  }
}

/** What ClickHouse takes. */
function sinkMetrics(registers: Registry[]) {
  return {
    rows: new Counter({
      registers,
      name: 'nicr_sink_rows_total',
      help: 'Rows written to ClickHouse.',
      labelNames: ['table'],
    }),
    insertSeconds: new Histogram({
      registers,
      name: 'nicr_sink_insert_duration_seconds',
      help: 'Time of an insert that ClickHouse took.',
      labelNames: ['table'],
      buckets: SECONDS,
    }),
  }
}
