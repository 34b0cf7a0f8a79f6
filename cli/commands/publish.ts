import { basename, dirname, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { type ContentRow, contentOfRow } from '../../pipelines/content-rows.ts'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import { Publisher } from '../../pipelines/runtime/kafka/publisher.ts'
import { isUnavailable, NicrError } from '../../schemas/errors.ts'
import type { RecordOf } from '../../schemas/topics.ts'
import { findAddresses } from '../addresses.ts'
import { createBadRows } from '../bad-rows.ts'
import { createImageRefs, type ImageRefs } from '../image-refs.ts'
import { createProgressLine, type ProgressLine } from '../progress-line.ts'
import { createLog, createServices } from '../services.ts'

type Content = RecordOf<'content'>

/** Records of one request to the broker. */
const BATCH_RECORDS = 500
const BATCH_BYTES = 512 * 1024

export function addPublishCommand(program: Command): void {
  program
    .command('publish')
    .description('publish the rows of a JSON-lines file as content')
    .argument('<file>', '.jsonl or .jsonl.gz with `text`, and where known `id`, `author`, `at`, `image`')
    .option('--rate <n>', 'at most so many rows a second', parseRate)
    .option('--field <name>', 'field that holds the text', 'text')
    .option('--image-field <name>', 'field that holds the path of an image, relative to the file', 'image')
    .action(publishFile)
}

async function publishFile(
  file: string,
  { rate, field, imageField }: { rate?: number; field: string; imageField: string },
): Promise<void> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog('error'))
  const publisher = new Publisher({
    kafka: services.addresses.kafka,
    topicPrefix: config.topics.prefix,
    codecs: services.codecs,
    log: services.log,
  })
  const refs = createImageRefs(config.images, services.addresses)
  const progress = createProgressLine(process.stderr, count => `${count} rows published`)
  const sender = new Sender(publisher, progress, rate ?? null)
  const bad = createBadRows(() => progress.clear())
  const complain = (line: number, error: string) => bad.complain(file, `line ${line}`, error)
  try {
    await publisher.start().catch(cause => {
      throw new NicrError(
        'NICR_KAFKA_UNAVAILABLE',
        `${services.addresses.kafka.brokers.join(', ')}: ${(cause as Error).message}`,
        { cause },
      )
    })
    for await (const row of readJsonLines(file)) {
      const converted = contentOfRow(row, {
        textField: field,
        imageField,
        fileName: basename(file),
        now: Date.now(),
        textLengthMax: config.textLengthMax,
      })
      const content = 'error' in converted ? converted.error : await withImage(converted, file, refs)
      if (typeof content === 'string') complain(row.line, content)
      else await sender.add(row.line, content, complain)
    }
    await sender.flush(complain)
  } finally {
    progress.clear()
    refs.close()
    await publisher.stop()
    await services.close()
  }
  process.stdout.write(
    `published ${sender.published} ${sender.published === 1 ? 'row' : 'rows'} of ${file} to ${config.topics.prefix}content\n`,
  )
  bad.refuse('published', sender.published)
}

type Complain = (line: number, error: string) => void

/** Collects rows into requests, and holds them back to the rate. A request the broker refuses is sent again row by row. */
class Sender {
  published = 0
  private readonly publisher: Publisher
  private readonly progress: ProgressLine
  private readonly rate: number | null
  private readonly startedAt = performance.now()
  private pending: { line: number; content: Content }[] = []
  private bytes = 0

  constructor(publisher: Publisher, progress: ProgressLine, rate: number | null) {
    this.publisher = publisher
    this.progress = progress
    this.rate = rate
  }

  async add(line: number, content: Content, complain: Complain): Promise<void> {
    this.pending.push({ line, content })
    this.bytes += content.text.length * 3 + content.images.reduce((sum, { ref }) => sum + ref.length, 0)
    const recordsMax =
      this.rate === null ? BATCH_RECORDS : Math.max(1, Math.min(BATCH_RECORDS, Math.floor(this.rate / 10)))
    if (this.pending.length >= recordsMax || this.bytes >= BATCH_BYTES) await this.flush(complain)
  }

  async flush(complain: Complain): Promise<void> {
    const rows = this.pending
    if (rows.length === 0) return
    this.pending = []
    this.bytes = 0
    await this.keepRate()
    try {
      await this.send(rows)
    } catch (error) {
      if (!(error instanceof NicrError && error.code === 'NICR_RECORD_TOO_LARGE')) throw error
      for (const row of rows)
        await this.send([row]).catch((failure: unknown) => {
          if (failure instanceof NicrError && failure.code === 'NICR_RECORD_TOO_LARGE')
            complain(row.line, `${failure.code}: ${failure.message}`)
          else throw failure
        })
    }
  }

  private async send(rows: readonly { content: Content }[]): Promise<void> {
    await this.publisher.publish(
      'content',
      rows.map(({ content }) => ({ key: content.id, value: content })),
    )
    this.published += rows.length
    this.progress.show(this.published)
  }

  private async keepRate(): Promise<void> {
    if (this.rate === null) return
    const dueMs = (this.published / this.rate) * 1000 - (performance.now() - this.startedAt)
    if (dueMs > 0) await delay(dueMs)
  }
}

/** The content with its image, or what is wrong with that. Paths are relative to the file. */
async function withImage(
  { content, imagePath }: Extract<ContentRow, { content: Content }>,
  file: string,
  refs: ImageRefs,
): Promise<Content | string> {
  if (imagePath === null) return content
  try {
    return { ...content, images: [await refs.refOf(resolve(dirname(file), imagePath))] }
  } catch (error) {
    // What is wrong with one image leaves the others as they are; a store that is away does not.
    if (!(error instanceof NicrError) || isUnavailable(error)) throw error
    return `the image ${imagePath}: ${error.code}: ${error.message}`
  }
}

function parseRate(value: string): number {
  const rate = Number(value)
  if (!(rate > 0)) throw new InvalidArgumentError('a rate is a number above 0.')
  return rate
}
