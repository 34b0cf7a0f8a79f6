import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { BankMetrics } from './bank-metrics.ts'
import { DriftMetrics } from './drift-metrics.ts'
import { EncoderMetrics } from './encoder-metrics.ts'
import type { BatchReport } from './task.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every metric of the stream, in one place. Labels are few: never a post, an author or a text. */
export class RuntimeMetrics {
  readonly drift: DriftMetrics
  readonly bank: BankMetrics
  readonly encoders: EncoderMetrics
  private readonly records
  private readonly seconds
  private readonly lag
  private readonly rows
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
    this.records = new Counter({
      registers,
      name: 'nicr_processor_records_total',
      help: 'Records of committed batches: read, emitted, rejected into the dead letters.',
      labelNames: ['processor', 'outcome'],
    })
    this.seconds = new Histogram({
      registers,
      name: 'nicr_processor_batch_duration_seconds',
      help: 'Time from decoding a batch to its commit.',
      labelNames: ['processor'],
      buckets: SECONDS,
    })
    this.lag = new Gauge({
      registers,
      name: 'nicr_processor_lag_records',
      help: 'Records behind the end of the partition after the last fetch.',
      labelNames: ['processor', 'partition'],
    })
    this.rows = new Counter({
      registers,
      name: 'nicr_sink_rows_total',
      help: 'Rows written to ClickHouse.',
      labelNames: ['table'],
    })
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
    this.records.inc({ processor, outcome: 'read' }, read)
    this.records.inc({ processor, outcome: 'emitted' }, emitted)
    this.records.inc({ processor, outcome: 'rejected' }, rejected)
    this.seconds.observe({ processor }, seconds)
  }

  observeLag(processor: string, partition: number, records: number): void {
    this.lag.set({ processor, partition }, records)
  }

  observeRows(table: string, rows: number): void {
    this.rows.inc({ table }, rows)
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
