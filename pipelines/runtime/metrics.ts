import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { BatchReport } from './task.ts'

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Every metric of the stream, in one place. Labels are few: never a post, an author or a text. */
export class RuntimeMetrics {
  private readonly records
  private readonly seconds
  private readonly lag
  private readonly rows
  private readonly modelInfo
  private readonly failed

  constructor(registry: Registry) {
    const registers = [registry]
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

  setModel(kind: string, version: string, alias: string): void {
    this.modelInfo.set({ kind, version, alias }, 1)
  }

  setFailed(processor: string): void {
    this.failed.set({ processor }, 1)
  }
}
