import { randomBytes } from 'node:crypto'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import fastify from 'fastify'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { WebSocketServer } from 'ws'
import { readVersionPage } from '../jobs/version-page.ts'
import { Champions } from '../pipelines/champions.ts'
import { readConfig } from '../pipelines/config.ts'
import { createDraftScorer } from '../pipelines/draft-scorer.ts'
import { NOTHING_WATCHED } from '../pipelines/drift-overview.ts'
import { openImages } from '../pipelines/images/open-images.ts'
import { createStoredImages } from '../pipelines/images/stored-images.ts'
import { createLabelStore } from '../pipelines/label-store.ts'
import { createLoopHistory } from '../pipelines/loop-history.ts'
import { RuntimeMetrics } from '../pipelines/runtime/metrics.ts'
import { EXPLAINED_KINDS, shownKindsOf } from '../serving/draft-scoring.ts'
import { openKeyStore } from '../serving/keys.ts'
import { defaultLimits } from '../serving/limits.ts'
import { draftScoreFrame, parseFrame } from '../serving/live-frames.ts'
import type { DraftScorer, KindScore } from '../serving/ports.ts'
import { createScoreFeed } from '../serving/score-feed.ts'
import { createServer } from '../serving/server.ts'
import { BENCH_KEY, type PartMicros, type Question, type ServerWork } from './live-server.ts'
import type { TypedDraft } from './typed-drafts.ts'

/** The measured side of the live benchmark, a program of its own. It answers the launcher's questions, and ends with it. */
let drafts: DraftScorer | null = null

process.once('disconnect', () => process.exit(0))
process.on('message', (question: Question) => {
  answer(question)
    .then(answered => process.send!(answered))
    .catch(error => {
      console.error(error)
      process.exit(1)
    })
})

async function answer(question: Question): Promise<unknown> {
  switch (question.type) {
    case 'serve':
      return { port: await serve(question.work) }
    case 'cpu':
      return cpuMicros()
    case 'parts':
      return measureParts(question.drafts)
  }
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function serve(work: ServerWork): Promise<number> {
  if (work === 'nicr') return serveNicr()
  return work === 'ws-echo' ? serveSocketEcho() : serveHttpEcho()
}

async function serveSocketEcho(): Promise<number> {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
  server.on('connection', socket => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }))
  })
  await new Promise(resolve => server.once('listening', resolve))
  return (server.address() as AddressInfo).port
}

async function serveHttpEcho(): Promise<number> {
  const app = fastify()
  app.post('/sentiment-analysis', async ({ body }) => body)
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

/** The whole server with the champions; only what lies behind it (Kafka, ClickHouse) is left out. */
async function serveNicr(): Promise<number> {
  const metrics = new Registry()
  const champions = await Champions.load({}, new RuntimeMetrics(metrics))
  drafts = createDraftScorer(kind => champions.of(kind))
  const now = () => Date.now()
  const config = readConfig({})
  const images = openImages(config.images)
  const app = await createServer({
    config,
    images: createStoredImages({ ...images, limits: config.images }),
    log: pino({ level: 'error' }, pino.destination({ fd: 2, sync: true })),
    drafts,
    imageScorers: [],
    models: async () => [],
    publish: async () => ({ partition: 0, offset: 0 }),
    scores: createScoreFeed({ now, limits: defaultLimits }),
    history: { scoresOf: async () => [] },
    drift: { overview: async () => NOTHING_WATCHED },
    loop: createLoopHistory({ clickhouse: { query: async () => [] }, defaultOf: () => null }),
    version: asked => readVersionPage(asked, { registry: {}, dataDir: '/nowhere' }),
    labels: createLabelStore({ query: async () => [] }),
    keys: openKeyStore({ keysFile: join('/nowhere', 'keys.json'), devKey: BENCH_KEY }),
    ticketSecret: randomBytes(32),
    readiness: async () => [],
    metrics,
  })
  await app.listen({ port: 0, host: '127.0.0.1' })
  return (app.server.address() as AddressInfo).port
}

/** Twice over the drafts: the compiler learns in the first. */
async function measureParts(typed: readonly TypedDraft[]): Promise<PartMicros> {
  let micros: PartMicros = { framing: 0, scoring: 0 }
  for (let pass = 0; pass < 2; pass++) micros = await measurePass(typed)
  return micros
}

async function measurePass(typed: readonly TypedDraft[]): Promise<PartMicros> {
  const scorer = drafts
  if (scorer === null) throw new Error('only Nicr has parts')
  const frames = typed.map(draft => JSON.stringify({ type: 'draft', ...draft }))
  const scoringFrom = cpuMicros()
  const scores: (readonly KindScore[])[] = []
  const kinds = shownKindsOf(scorer.kinds)
  for (const { text } of typed)
    scores.push(await scorer.score(text, { language: null, kinds, reasonsOf: EXPLAINED_KINDS }))
  const framingFrom = cpuMicros()
  frames.forEach((frame, i) => {
    const parsed = parseFrame(frame)
    if (parsed.ok) draftScoreFrame(typed[i]!, scores[i]!)
  })
  return {
    framing: (cpuMicros() - framingFrom) / typed.length,
    scoring: (framingFrom - scoringFrom) / typed.length,
  }
}
