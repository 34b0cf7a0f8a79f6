import type { AddressInfo } from 'node:net'
import { hostname } from 'node:os'
import { readVersionPage } from '../jobs/version-page.ts'
import type { Champions } from '../pipelines/champions.ts'
import { createDraftImageScorer, type LookWithin } from '../pipelines/draft-image-scorer.ts'
import { createDraftScorer } from '../pipelines/draft-scorer.ts'
import { createDriftHistory } from '../pipelines/drift-history.ts'
import { createStoredImages } from '../pipelines/images/stored-images.ts'
import { sweepDaily } from '../pipelines/images/sweep-blobs.ts'
import { kindNamed, kinds, languagesRead } from '../pipelines/kinds.ts'
import { createLabelStore } from '../pipelines/label-store.ts'
import { createLoopHistory } from '../pipelines/loop-history.ts'
import { modelsDirsOf, registryOf } from '../pipelines/model-registry.ts'
import { surveyKinds } from '../pipelines/model-survey.ts'
import { defaultVersions } from '../pipelines/promotion-log.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { TopicReader } from '../pipelines/runtime/kafka/topic-reader.ts'
import { type BatchTrace, traceSend } from '../pipelines/runtime/record-traces.ts'
import { createScoreHistory } from '../pipelines/score-history.ts'
import { NicrError } from '../schemas/errors.ts'
import { fullTopicName } from '../schemas/topics.ts'
import { type KeyStore, ticketSecret } from '../serving/keys.ts'
import { defaultLimits } from '../serving/limits.ts'
import type { KindModels, PartReadiness, Publish } from '../serving/ports.ts'
import { createScoreFeed } from '../serving/score-feed.ts'
import { createServer } from '../serving/server.ts'
import { groupsReady, modelsReady, outsideReady } from './readiness.ts'
import type { Processing, Services } from './services.ts'

const imageKinds = Object.values(kinds).filter(({ input }) => input === 'IMAGE')

export interface Serving {
  readonly url: string
  stop(): Promise<void>
}

export interface ServingParts {
  readonly champions: Champions
  readonly lookWithin: LookWithin
  readonly keys: KeyStore
  /** The processors beside it in this process; none unless given. */
  readonly processing?: Pick<Processing, 'names' | 'failures'>
  readonly onFailed: (error: unknown) => void
}

/** Starts the server: its producer, its reader of scores, then the port. It is ready once its window is filled. */
export async function startServing(services: Services, parts: ServingParts): Promise<Serving> {
  const { config, addresses, log, codecs } = services
  const kafka = { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-serve` }
  const publisher = new Publisher({ kafka, topicPrefix: config.topics.prefix, codecs, log })
  const undo: (() => Promise<unknown>)[] = [() => publisher.stop()]
  const stop = async () => {
    for (const step of undo.reverse()) await step()
  }
  try {
    const url = await startParts()
    return { url, stop }
  } catch (error) {
    await stop()
    throw error
  }

  async function startParts(): Promise<string> {
    await publisher.start()
    const registry = registryOf(config)
    const feed = createScoreFeed({ now: () => Date.now(), limits: defaultLimits })
    const { images } = services
    const stopSweeping = sweepDaily(images.blobs, {
      ageMs: config.topics.retentionMs,
      now: () => Date.now(),
      onSwept: (removed, error) => sayBlobsSwept(services, removed, error),
    })
    undo.push(async () => stopSweeping())
    /** Of the batch that the feed is being given. */
    let offered: BatchTrace | null = null
    const server = await createServer({
      config,
      log,
      drafts: createDraftScorer(kind => parts.champions.of(kind), kinds, config.draftDeadlineMs),
      imageScorers: imageKinds.map(kind =>
        createDraftImageScorer(kind, { modelOf: one => parts.champions.of(one), look: parts.lookWithin }),
      ),
      models: () => liveModels(parts.champions, config.dataDir),
      publish: publishBy(publisher, services),
      scores: feed,
      history: createScoreHistory(services.clickhouse),
      drift: createDriftHistory(services.clickhouse),
      loop: createLoopHistory({
        clickhouse: services.clickhouse,
        defaultOf: await defaultVersions(registry),
      }),
      version: asked => readVersionPage(asked, { registry, dataDir: config.dataDir }),
      labels: createLabelStore(services.clickhouse),
      images: createStoredImages({ ...images, limits: config.images }),
      keys: parts.keys,
      ticketSecret: ticketSecret({
        keysFile: config.access.keysFile,
        configured: config.access.ticketSecret,
      }),
      readiness: () => readinessOf(services, parts),
      metrics: services.prometheus,
      tracing: services.tracing,
      onOffered: ({ offset }, sockets) => offered?.spanOf(offset)?.set({ 'nicr.live.sockets': sockets }),
    })
    undo.push(() => server.close())
    await listen(server, config.server)
    const { port } = server.server.address() as AddressInfo
    const replica = config.server.replica ?? `${hostname()}-${port}`
    const reader = new TopicReader(
      {
        kafka,
        topicPrefix: config.topics.prefix,
        topic: 'scores',
        groupId: `${config.topics.prefix}live.${replica}`,
      },
      {
        codecs,
        log,
        tracing: services.tracing,
        onFailed: parts.onFailed,
        onRecords: (partition, records, nextOffset, trace) => {
          offered = trace
          feed.accept(partition, records, nextOffset)
          offered = null
        },
      },
    )
    undo.splice(1, 0, () => reader.stop())
    await reader.start(Date.now() - defaultLimits.windowMs, (partition, offset) =>
      feed.startAt(partition, offset),
    )
    feed.positioned()
    return `http://${config.server.host}:${port}`
  }
}

async function readinessOf(
  services: Services,
  { champions, processing }: Pick<ServingParts, 'champions' | 'processing'>,
): Promise<PartReadiness[]> {
  return [
    // Drafts, publishing and pushes go on without what is not needed.
    ...(await outsideReady(services, ['kafka'])),
    ...modelsReady(champions),
    ...(processing === undefined ? [] : besideServer(services, processing)),
  ]
}

/** The server serves whatever becomes of the processors beside it; one that stopped for good wants the process started anew. */
function besideServer(
  services: Services,
  processing: Pick<Processing, 'names' | 'failures'>,
): PartReadiness[] {
  return groupsReady(services, processing).map(one => ({ ...one, needed: processing.failures.has(one.part) }))
}

/** Publishes under the trace of what caused it; without one a record has no headers. */
function publishBy(publisher: Publisher, { tracing, config }: Services): Publish {
  return async (topic, key, value, parent = null) => {
    if (tracing === null || parent === null) return (await publisher.publish(topic, [{ key, value }]))[0]!
    return traceSend(
      { tracing, topic: fullTopicName(config.topics.prefix, topic), parent },
      async headers => (await publisher.publish(topic, [{ key, value, headers }]))[0]!,
    )
  }
}

function sayBlobsSwept({ log }: Services, removed: number, error: unknown): void {
  if (error instanceof NicrError)
    log.error({ code: error.code, detail: error.message }, 'old images stay until the next sweep')
  else if (error !== undefined) log.error({ error: String(error) }, 'sweeping images failed')
  else if (removed > 0) log.info({ removed }, 'old images removed')
}

/** What the promotions say, and what this process scores with. */
async function liveModels(champions: Champions, dataDir: string): Promise<KindModels[]> {
  const summaries = await surveyKinds(champions.promotions, { modelsDirs: modelsDirsOf(dataDir) })
  return summaries.map(({ kind, live, challenger, since, previous, versions }) => {
    const { card } = champions.of({ kind })
    const { version } = card
    const metrics = versions.find(one => one.version === version)?.metrics ?? {}
    const languages = languagesRead(kindNamed(kind), card)
    return { kind, version, promoted: live, challenger, since, previous, languages, metrics, versions }
  })
}

async function listen(
  server: Awaited<ReturnType<typeof createServer>>,
  { host, port }: { host: string; port: number },
): Promise<void> {
  try {
    await server.listen({ host, port })
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw cause
    throw new NicrError(
      'NICR_PORT_IN_USE',
      `port ${port} for the server is taken; stop what listens there, or set NICR_PORT (0 takes a free one)`,
      { cause },
    )
  }
}
