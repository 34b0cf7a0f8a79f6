import { dirname, resolve } from 'node:path'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { type LabelFormat, readLabelFile } from '../pipelines/label-files.ts'
import { importRows } from '../pipelines/label-import.ts'
import type { LabelRow } from '../pipelines/label-row.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { textLoopRules } from '../processors/retrain/loop-rules.ts'
import { NicrError } from '../schemas/errors.ts'
import { type BadRows, createBadRows } from './bad-rows.ts'
import { createImageRefs } from './image-refs.ts'
import { createProgressLine } from './progress-line.ts'
import type { Services } from './services.ts'

/** Rows of one request to ClickHouse and to the broker. */
const BATCH_ROWS = 2_000
const BATCH_TEXT_UNITS = 1024 * 1024

export interface ImportReport {
  readonly imported: number
  readonly asked: number
  readonly bad: BadRows
  /** How many labels have each value, rounded to whole numbers: another kind's file shows. */
  readonly values: ReadonlyMap<number, number>
}

/**
 * Labels of a file into Kafka, with texts that are not known as samples. Rows that cannot be used are named on stderr, the others go on.
 * A dry run reads and checks all of it, and writes nothing.
 * @throws NicrError NICR_FILE_UNREADABLE, NICR_INPUT_INVALID, NICR_KAFKA_UNAVAILABLE, NICR_REGISTRY_UNAVAILABLE, NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function importLabels(
  { config, addresses, codecs, clickhouse, log }: Services,
  options: {
    readonly file: string
    readonly format: LabelFormat
    readonly kind: KindDeclaration
    readonly labeller: string
    readonly ask: boolean
    readonly dryRun: boolean
  },
): Promise<ImportReport> {
  const { file, format, kind, labeller, ask, dryRun } = options
  const publisher = new Publisher({ kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log })
  const progress = createProgressLine(
    process.stderr,
    count => `${count} rows ${dryRun ? 'read' : 'imported'}`,
  )
  const done = { imported: 0, asked: 0, rows: 0 }
  const bad = createBadRows(() => progress.clear())
  const values = new Map<number, number>()
  const settings = {
    kind,
    labeller,
    now: Date.now(),
    askOverlap: ask ? (kind.loop ?? textLoopRules).samples.overlap : null,
    textLengthMax: config.textLengthMax,
    seen: new Set<string>(),
  }
  const refs = createImageRefs(config.images, addresses)
  let pending: LabelRow[] = []
  let textUnits = 0
  const flush = async () => {
    const rows = pending
    pending = []
    textUnits = 0
    if (rows.length === 0) return
    const { samples, labels, refused } = await importRows(clickhouse, rows, settings)
    for (const { place, error } of refused) bad.complain(file, place, error)
    if (!dryRun) {
      // Samples first: a label whose text is not known would be of no use.
      await publisher.publish(
        'label-samples',
        samples.map(value => ({ key: value.contentId, value })),
      )
      await publisher.publish(
        'labels',
        labels.map(value => ({ key: value.contentId, value })),
      )
    }
    for (const { value } of labels) values.set(Math.round(value), (values.get(Math.round(value)) ?? 0) + 1)
    done.imported += labels.length
    done.asked += rows.length - refused.length - labels.length
    done.rows += rows.length
    progress.show(done.rows)
  }
  try {
    await publisher.start().catch((cause: Error) => {
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `${addresses.kafka.brokers.join(', ')}: ${cause.message}`,
        { cause },
      )
    })
    const refOf = (path: string) => refs.refOf(resolve(dirname(file), path))
    for await (const row of readLabelFile(file, format, kind, refOf)) {
      if ('error' in row) {
        bad.complain(file, row.place, row.error)
        continue
      }
      pending.push(row)
      textUnits += (row.text?.length ?? 0) + row.images.reduce((sum, { ref }) => sum + ref.length, 0)
      if (pending.length >= BATCH_ROWS || textUnits >= BATCH_TEXT_UNITS) await flush()
    }
    await flush()
  } finally {
    progress.clear()
    refs.close()
    await publisher.stop()
  }
  return { ...done, bad, values }
}
