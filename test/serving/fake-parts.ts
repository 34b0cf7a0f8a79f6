import { createHash } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import type { WebSocket } from 'ws'
import { readConfig } from '../../pipelines/config.ts'
import { NOTHING_WATCHED } from '../../pipelines/drift-overview.ts'
import { createLabelStore } from '../../pipelines/label-store.ts'
import { createLoopHistory } from '../../pipelines/loop-history.ts'
import type { Incoming } from '../../processors/processor.ts'
import type { Reason } from '../../processors/scorer.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { RecordOf } from '../../schemas/topics.ts'
import type { KeyStore, Principal, Role } from '../../serving/keys.ts'
import { defaultLimits, type Limits } from '../../serving/limits.ts'
import type { DraftScorer, ImageScorer, KindScore, PublishedTopic, ServerParts } from '../../serving/ports.ts'
import { createScoreFeed, type ScoreFeed } from '../../serving/score-feed.ts'
import type { ScoreRecord } from '../../serving/score-heads.ts'
import { createServer } from '../../serving/server.ts'

/** Keys of the fakes: `admin-key`, `read-key`, … have the role they name. */
export const keyOf = (role: Role) => `${role}-key`

export interface FakeParts extends ServerParts {
  readonly published: { readonly topic: PublishedTopic; readonly key: string; readonly record: unknown }[]
  readonly logLines: string[]
}

export interface FakeOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly limits?: Partial<Limits>
  readonly now?: () => number
  readonly parts?: Partial<ServerParts>
}

/** Parts that stand in for Kafka, ClickHouse and the models; each test replaces what it is about. */
export function fakeParts({
  env = {},
  limits = {},
  now = Date.now,
  parts = {},
}: FakeOptions = {}): FakeParts {
  const published: { topic: PublishedTopic; key: string; record: unknown }[] = []
  const logLines: string[] = []
  const log = pino({ level: 'debug' }, { write: (line: string) => void logLines.push(line) })
  return {
    config: readConfig(env),
    log,
    drafts: wordScorer,
    imageScorers: [pictureScorer],
    models: async () => [],
    publish: async (topic, key, record) => {
      published.push({ topic, key, record })
      return { partition: 0, offset: published.length - 1 }
    },
    scores: createScoreFeed({ now, limits: { ...defaultLimits, ...limits } }),
    history: { scoresOf: async () => [] },
    drift: {
      overview: async () => NOTHING_WATCHED,
    },
    loop: createLoopHistory({ clickhouse: { query: async () => [] }, defaultOf: () => null }),
    version: async ({ kind, version }) => {
      throw new NicrError('NICR_MODEL_NOT_FOUND', `there is no ${kind}@${version}`)
    },
    labels: createLabelStore({ query: async () => [] }),
    images: noImages,
    keys: fakeKeys,
    ticketSecret: Buffer.alloc(32, 'ticket'),
    readiness: async () => [{ part: 'kafka', ready: true, detail: 'fake' }],
    metrics: new Registry(),
    now,
    limits,
    ...parts,
    published,
    logLines,
  }
}

export async function fakeServer(
  options: FakeOptions = {},
): Promise<{ app: FastifyInstance; parts: FakeParts }> {
  const parts = fakeParts(options)
  return { app: await createServer(parts), parts }
}

const noImages: ServerParts['images'] = {
  put: async () => {
    throw new NicrError('NICR_BLOBS_UNAVAILABLE', 'the fake has no store')
  },
  preview: async () => {
    throw new NicrError('NICR_IMAGE_NOT_FOUND', 'the fake has no images')
  },
}

const fakeKeys: KeyStore = {
  find(key): Principal | undefined {
    const role = (['publish', 'read', 'label', 'moderate', 'admin'] as const).find(one => keyOf(one) === key)
    return role === undefined ? undefined : { id: role, name: role, roles: [role], author: null }
  },
  holds: () => true,
  namesOf: role => [role],
  refresh: async () => [],
}

const nice = /\b(thanks?|thank you|lovely|great|kind|help)\b/gi
const unkind = /\b(idiot|stupid|hate|pathetic)\b/gi
const spammy = /\b(casino|free money|click here)\b/gi

function reasonsOf(text: string, pattern: RegExp, weight: number): Reason[] {
  return [...text.matchAll(pattern)].map(match => ({
    start: match.index,
    end: match.index + match[0].length,
    weight,
    source: 'TEXT',
    text: match[0],
  }))
}

const wordKinds = ['niceness', 'text-spam', 'toxicity']

/** Scores by three word lists: enough to see a meter move. */
export const wordScorer: DraftScorer = {
  kinds: wordKinds,
  languagesOf: () => ['en'],
  async score(text, { language, kinds = wordKinds }) {
    return kinds.map(kind => scoreWords(kind, text, language))
  },
}

function scoreWords(kind: string, text: string, language: string | null): KindScore {
  if (text.trim() === '') return { kind, status: 'EMPTY', decision: null, modelVersion: '1', language }
  if (kind === 'text-spam') {
    const reasons = reasonsOf(text, spammy, 0.4)
    const value = Math.min(0.99, 0.02 + 0.45 * reasons.length)
    const decision = { value, label: value > 0.5 ? 'spam' : 'ham', probability: value, reasons }
    return { kind, status: 'SCORED', decision, modelVersion: '1', language }
  }
  if (kind === 'toxicity') {
    const reasons = reasonsOf(text, unkind, 0.9)
    const value = reasons.length > 0 ? 0.97 : 0.04
    const label = value > 0.5 ? 'toxic' : 'civil'
    return {
      kind,
      status: 'SCORED',
      decision: { value, label, probability: Math.max(value, 1 - value), reasons },
      modelVersion: '1',
      language,
    }
  }
  const value = nicenessOfWords(text)
  const reasons = nicenessReasons(text).map(reason => ({
    ...reason,
    without: nicenessOfWords(text.replaceAll(reason.text!, '')),
  }))
  const label = value > 6 ? 'kind' : value < 4 ? 'unkind' : 'plain'
  return {
    kind,
    status: 'SCORED',
    decision: { value, label, probability: null, reasons },
    modelVersion: '1',
    language,
  }
}

function nicenessReasons(text: string): Reason[] {
  return [...reasonsOf(text, nice, 2), ...reasonsOf(text, unkind, -2.4)]
}

function nicenessOfWords(text: string): number {
  return Math.max(0, Math.min(10, 5 + nicenessReasons(text).reduce((sum, { weight }) => sum + weight, 0)))
}

/** Takes pictures for spam by their refs, and finds words in the middle of them: enough to see boxes drawn. */
export const pictureScorer: ImageScorer = {
  kind: 'image-spam',
  async score(images) {
    const reasons = images
      .filter(({ ref }) => ref.includes('spam'))
      .map(({ ref: image }): Reason => ({ ...inPicture, image }))
    const value = reasons.length > 0 ? 0.97 : 0.03
    const decision = { value, label: value > 0.5 ? 'spam' : 'ham', probability: value, reasons }
    return { kind: 'image-spam', status: 'SCORED', decision, modelVersion: '1', language: null }
  },
}

const inPicture = {
  start: null,
  end: null,
  weight: 3.1,
  without: null,
  source: 'IMAGE',
  box: { x: 0.1, y: 0.4, width: 0.6, height: 0.2 },
  text: 'FREE C0INS',
} as const

/** A champion score of a content; its id as the topic's is made. */
export function scoreRecord(fields: Partial<ScoreRecord> & { readonly contentId: string }): ScoreRecord {
  const record = {
    revision: 0,
    kind: 'niceness',
    status: 'SCORED' as const,
    value: 7,
    label: 'kind',
    probability: null,
    reasons: [],
    author: 'ann',
    contentKind: 'POST' as const,
    language: 'en',
    modelVersion: '1',
    alias: 'CHAMPION' as const,
    eventAt: 1000 + (fields.revision ?? 0),
    scoredAt: 2000,
    scoringMicros: null,
    ...fields,
  }
  const { contentId, revision, kind, modelVersion, alias } = record
  const id = createHash('sha256')
    .update([contentId, revision, kind, modelVersion, alias].join('\n'))
    .digest('hex')
  return { id, ...record }
}

export function incoming(partition: number, offset: number, value: ScoreRecord): Incoming<'scores'> {
  return { topic: 'scores', partition, offset, key: value.contentId, value, appendedAt: value.scoredAt }
}

/** A log of one partition that feeds a score feed, as the root does from Kafka. */
export function createFakeLog(feed: ScoreFeed, partition = 0): { append(...records: ScoreRecord[]): void } {
  let next = 0
  feed.startAt(partition, 0)
  return {
    append(...records) {
      const batch = records.map(record => incoming(partition, next++, record))
      feed.accept(partition, batch, next)
    },
  }
}

/** The scores that the processors would write for a content record. */
export async function scoresOfContent(content: RecordOf<'content'>, now: number): Promise<ScoreRecord[]> {
  const scores = await wordScorer.score(content.text, { language: content.language })
  return scores.map(({ kind, status, decision, modelVersion }) =>
    scoreRecord({
      contentId: content.id,
      revision: content.revision,
      kind,
      status: content.action === 'DELETED' ? 'CLEARED' : status,
      value: decision?.value ?? null,
      label: decision?.label ?? null,
      probability: decision?.probability ?? null,
      reasons: (decision?.reasons ?? []).map(reason => ({
        start: reason.start,
        end: reason.end,
        weight: reason.weight,
        source: reason.source,
        image: null,
        box: null,
        text: reason.text ?? null,
        without: reason.without ?? null,
      })),
      author: content.author,
      contentKind: content.kind,
      modelVersion,
      eventAt: content.at,
      scoredAt: now,
      scoringMicros: null,
    }),
  )
}

export interface Frame {
  readonly type: string
  readonly [field: string]: unknown
}

/** A client of a socket: frames in the order they came, and waiting for one that holds. */
export function frameReader(socket: WebSocket): {
  readonly frames: Frame[]
  send(frame: unknown): void
  next(wanted: (frame: Frame) => boolean): Promise<Frame>
} {
  const frames: Frame[] = []
  let wake: () => void = () => {}
  socket.on('message', data => {
    frames.push(JSON.parse(data.toString()) as Frame)
    wake()
  })
  return {
    frames,
    send: frame => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async next(wanted) {
      for (;;) {
        const found = frames.find(wanted)
        if (found !== undefined) return found
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
    },
  }
}

export const typed = (type: string) => (frame: Frame) => frame.type === type
