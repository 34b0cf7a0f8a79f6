import { setTimeout as delay } from 'node:timers/promises'
import type { Producer } from 'kafkajs'
import { createKafka, RETRY } from '../../../pipelines/runtime/kafka/client.ts'
import { partitionOf } from '../../../pipelines/runtime/kafka/murmur2.ts'
import { statedPartition } from '../../../pipelines/runtime/kafka/transactions.ts'
import type { Content, Vote } from '../../../schemas/records.ts'
import { silent } from '../kafka-driver.ts'
import { OWN_PARTITIONS, type OwnNicr } from '../own-nicr.ts'
import { aContent, aVote } from '../records.ts'
import { randomOf } from '../seed.ts'
import { sentences } from '../sentences.ts'

/** A platform's mixed traffic from a seed: posts, edits, deletions, votes, what comes twice or late, and what is broken. */

/** Texts beyond this are too long in a Nicr under fault: the traffic has some, and they should not fill the broker. */
export const TEXT_LENGTH_MAX = 500

/** What is written to a topic under a key; bytes are no record of it. */
export type Written =
  | { readonly topic: 'content'; readonly key: string; readonly value: Content | Buffer }
  | { readonly topic: 'votes'; readonly key: string; readonly value: Vote | Buffer }

/** Where the broker said that a record lies. */
export interface Acknowledged {
  readonly topic: 'content' | 'votes'
  readonly key: string
  readonly partition: number
  readonly offset: number
}

const AT = Date.UTC(2026, 0, 15, 12)
const YEAR_MS = 365 * 86_400_000
/** Bytes that no reader can decode: none, no Avro, a schema that nobody registered. */
const POISON = ['', 'not avro', '\0\x7f\xff\xff\xff\x02A'].map(bytes => Buffer.from(bytes, 'latin1'))
/** How often each comes. */
const WEIGHTS = { post: 10, edit: 4, deletion: 1, repeat: 2, late: 1, vote: 6, poison: 1 } as const
type Deed = keyof typeof WEIGHTS

/** Records without end; the same seed writes the same. Ids begin with `name`. */
export function* mixedRecords(random: () => number, name: string): Generator<Written, never> {
  const texts = sentences()
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!
  const deeds = Object.entries(WEIGHTS).flatMap(([deed, weight]) =>
    new Array<Deed>(weight).fill(deed as Deed),
  )
  /** The last record of each content. */
  const contents: Content[] = []
  let votes = 0

  function textOf(): string {
    const draw = random()
    if (draw < 0.03) return ''
    if (draw < 0.06) return 'x'.repeat(TEXT_LENGTH_MAX + 1)
    return pick(texts)
  }

  function timeOf(): number {
    const draw = random()
    if (draw < 0.03) return 0
    if (draw < 0.06) return AT - Math.floor(random() * 30 * YEAR_MS)
    if (draw < 0.09) return AT + Math.floor(random() * 30 * YEAR_MS)
    return AT + contents.length * 1000
  }

  function post(): Written {
    const value = aContent({
      id: `${name}${contents.length}`,
      kind: random() < 0.5 ? 'POST' : 'COMMENT',
      author: `author${Math.floor(random() * 40)}`,
      language: random() < 0.05 ? 'ja' : null,
      text: textOf(),
      images: random() < 0.03 ? [{ ref: 'nowhere:1', sha256: null, mimeType: null }] : [],
      at: timeOf(),
    })
    contents.push(value)
    return { topic: 'content', key: value.id, value }
  }

  /** A further record of a content; `isKept`: what follows builds on it. */
  function again(changes: (last: Content) => Partial<Content>, isKept: boolean): Written {
    if (contents.length === 0) return post()
    const place = Math.floor(random() * contents.length)
    const value = { ...contents[place]!, ...changes(contents[place]!) }
    if (isKept) contents[place] = value
    return { topic: 'content', key: value.id, value }
  }

  const make: Readonly<Record<Deed, () => Written>> = {
    post,
    // Now and then by two: the revision between may come late.
    edit: () =>
      again(
        ({ revision }) => ({
          action: 'EDITED',
          revision: revision + (random() < 0.3 ? 2 : 1),
          text: textOf(),
          at: timeOf(),
        }),
        true,
      ),
    deletion: () =>
      again(
        ({ revision }) => ({ action: 'DELETED', revision: revision + 1, text: '', images: [], at: timeOf() }),
        true,
      ),
    repeat: () => again(() => ({}), false),
    late: () =>
      again(
        ({ revision }) => ({
          action: 'EDITED',
          revision: Math.max(0, revision - 1),
          text: textOf(),
          at: timeOf(),
        }),
        false,
      ),
    vote() {
      const contentId = contents.length === 0 ? 'nobody' : pick(contents).id
      // Some votes come twice, under the same id.
      const id = random() < 0.1 && votes > 0 ? votes - 1 : votes++
      const voter = `voter${Math.floor(random() * 100)}`
      const value = aVote({
        id: `${name}v${id}`,
        contentId,
        voter,
        value: pick([-1, 0, 1, 1]),
        at: timeOf(),
      })
      return { topic: 'votes', key: contentId, value }
    },
    poison: () => ({
      topic: random() < 0.5 ? 'content' : 'votes',
      key: `${name}${Math.floor(random() * (contents.length + 1))}`,
      value: pick(POISON),
    }),
  }
  for (;;) yield make[pick(deeds)]()
}

const SEND_RECORDS = 20
/** Of one send: a broker takes no batch of many contents of full length. */
const SENT_RECORDS_MAX = 500
const AGAIN_MS = 200
/** A send whose answer does not come is tried again by the traffic itself. */
const REQUEST_MS_MAX = 5_000

/** Writes mixed records, each until it is acknowledged: what was tried more than once may lie there more than once. */
export class Traffic {
  readonly acknowledged: Acknowledged[] = []
  private readonly nicr: OwnNicr
  private readonly records: Generator<Written, never>
  private readonly producer: Producer
  private flowing: Promise<void> = Promise.resolve()
  private isFlowing = false

  private constructor(nicr: OwnNicr, seed: number, name: string) {
    this.nicr = nicr
    this.records = mixedRecords(randomOf(seed), name)
    // Not idempotent: as most platforms do it, and repeats are a part of the traffic.
    this.producer = createKafka(nicr.kafka, silent, { requestTimeoutMs: REQUEST_MS_MAX }).producer({
      createPartitioner: statedPartition,
      retry: { ...RETRY, retries: 5 },
    })
  }

  /** @param name of its contents: each traffic of a Nicr has its own */
  static async start(nicr: OwnNicr, seed: number, name: string): Promise<Traffic> {
    const traffic = new Traffic(nicr, seed, name)
    await nicr.codecs.of('content').open()
    await nicr.codecs.of('votes').open()
    await traffic.producer.connect()
    return traffic
  }

  /** The next so many records. */
  async write(count: number): Promise<void> {
    for (let left = count; left > 0; left -= SEND_RECORDS)
      await this.send(Array.from({ length: Math.min(left, SEND_RECORDS) }, () => this.records.next().value))
  }

  /** Records of the caller. */
  async send(written: readonly Written[]): Promise<void> {
    for (const topic of ['content', 'votes'] as const) {
      const own = written.filter(one => one.topic === topic)
      for (let from = 0; from < own.length; from += SENT_RECORDS_MAX)
        await this.sendUntilTaken(topic, own.slice(from, from + SENT_RECORDS_MAX))
    }
  }

  /** Writes so many records a second beside what the caller does, until `calm`. */
  flow(recordsASecond: number): void {
    if (this.isFlowing) return
    this.isFlowing = true
    this.flowing = (async () => {
      while (this.isFlowing) {
        await this.write(SEND_RECORDS)
        await delay((SEND_RECORDS * 1000) / recordsASecond)
      }
    })()
    // Whoever calls `calm` is told.
    this.flowing.catch(() => undefined)
  }

  async calm(): Promise<void> {
    this.isFlowing = false
    await this.flowing
  }

  async close(): Promise<void> {
    this.isFlowing = false
    await this.flowing.catch(() => undefined)
    await this.producer.disconnect()
  }

  private async sendUntilTaken(topic: 'content' | 'votes', written: readonly Written[]): Promise<void> {
    const codec = this.nicr.codecs.of(topic)
    const messages = written.map(({ key, value }) => ({
      key: Buffer.from(key),
      value: Buffer.isBuffer(value) ? value : codec.encode(value as never),
      partition: partitionOf(Buffer.from(key), OWN_PARTITIONS),
    }))
    for (;;) {
      try {
        const answers = await this.producer.send({ topic: this.nicr.fullName(topic), messages, acks: -1 })
        const next = new Map(answers.map(({ partition, baseOffset }) => [partition, Number(baseOffset)]))
        for (const { key, partition } of messages) {
          const offset = next.get(partition)!
          next.set(partition, offset + 1)
          this.acknowledged.push({ topic, key: String(key), partition, offset })
        }
        return
      } catch {
        await delay(AGAIN_MS)
      }
    }
  }
}
