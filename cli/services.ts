import { type Logger, pino } from 'pino'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { Champions } from '../pipelines/champions.ts'
import { type ClickHouse, createClickHouse } from '../pipelines/clickhouse.ts'
import type { Config } from '../pipelines/config.ts'
import type { LookAtImage } from '../pipelines/images/look-at-images.ts'
import { type Images, openImages } from '../pipelines/images/open-images.ts'
import { kinds } from '../pipelines/kinds.ts'
import { registryOf } from '../pipelines/model-registry.ts'
import { followPromotions } from '../pipelines/promotion-log.ts'
import { watchDisks } from '../pipelines/runtime/disk-metrics.ts'
import { ProcessorRunner } from '../pipelines/runtime/kafka/processor-runner.ts'
import { SINK_NAME, SinkRunner } from '../pipelines/runtime/kafka/sink-runner.ts'
import { RuntimeMetrics } from '../pipelines/runtime/metrics.ts'
import { TopicCodecs } from '../pipelines/runtime/topic-codecs.ts'
import type { Tracing } from '../pipelines/runtime/tracing.ts'
import { createSchemaRegistry, type SchemaRegistry } from '../pipelines/schema-registry.ts'
import { createScoreHistory } from '../pipelines/score-history.ts'
import { textSpam } from '../pipelines/text-spam.ts'
import { topicSchemas } from '../pipelines/topic-schemas.ts'
import { processorNames as declaredNames, readsOf, topology } from '../pipelines/topology.ts'
import { createReferenceLookup } from '../pipelines/training-reference.ts'
import { REQUEST_RETRAIN } from '../processors/request-retrain/request-retrain.ts'
import { NicrError } from '../schemas/errors.ts'
import type { RetrainRequest } from '../schemas/records.ts'
import { fullTopicName, type TopicName, topicNames } from '../schemas/topics.ts'
import type { Addresses } from './addresses.ts'
import { bankParts } from './bank-parts.ts'

/** The clients of a process. The commands are the only place where they are created. */
export interface Services {
  readonly config: Config
  readonly addresses: Addresses
  readonly log: Logger
  readonly registry: SchemaRegistry
  readonly clickhouse: ClickHouse
  readonly images: Images
  readonly codecs: TopicCodecs
  readonly prometheus: Registry
  readonly metrics: RuntimeMetrics
  /** null: nothing is traced. */
  readonly tracing: Tracing | null
  close(): Promise<void>
}

/**
 * JSON lines on stderr: stdout is for what a command answers.
 * @param isStarting while it is so, warnings of the Kafka client are left out: of a broker that starts beside it they tell nothing else
 */
export function createLog(level: string, isStarting: () => boolean = () => false): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      hooks: {
        logMethod(line, method) {
          const [fields] = line as readonly unknown[]
          const isClients = (fields as { readonly part?: unknown } | null)?.part === 'kafkajs'
          if (!isClients || !isStarting()) method.apply(this, line)
        },
      },
    },
    pino.destination({ fd: 2, sync: true }),
  )
}

/** @param tracing closed with the services; nothing is traced unless given */
export function createServices(
  config: Config,
  addresses: Addresses,
  log: Logger,
  tracing: Tracing | null = null,
): Services {
  const registry = createSchemaRegistry(addresses.registry)
  const clickhouse = createClickHouse(addresses.clickhouse)
  const images = openImages(config.images)
  const prometheus = new Registry()
  collectDefaultMetrics({ register: prometheus })
  return {
    config,
    addresses,
    log,
    registry,
    clickhouse,
    images,
    codecs: new TopicCodecs(topicSchemas(registry, config.topics.prefix), () => performance.now()),
    prometheus,
    metrics: new RuntimeMetrics(prometheus, Object.keys(kinds)),
    tracing,
    async close() {
      await tracing?.close()
      images.close()
      await clickhouse.close()
      await registry.close()
    },
  }
}

export interface FollowOptions {
  /** Only the models that these processors need; all unless given. */
  readonly processors?: readonly string[]
  /** Whether challengers score along here. */
  readonly challengers: boolean
}

/**
 * The live models of this process, as the promotions say.
 * @throws NicrError as `Champions.follow`
 */
export function followChampions(
  services: Services,
  { processors, challengers }: FollowOptions,
): Promise<Champions> {
  const { config, addresses, codecs, metrics, log } = services
  const kafka = { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-promotions` }
  return Champions.follow({
    registry: registryOf({ ...config, encoders: { ...config.encoders, watch: metrics.encoders } }),
    ...(processors === undefined ? {} : { kinds: kindsOf(processors) }),
    challengers,
    promotions: followPromotions({ kafka, topicPrefix: config.topics.prefix, codecs, log }),
    metrics,
    log,
  })
}

function kindsOf(processors: readonly string[]): string[] {
  const own = Object.values(kinds).filter(({ processorName }) => processors.includes(processorName))
  // What is read in a picture is judged as text.
  const judges = own.some(({ input }) => input === 'IMAGE') ? [textSpam.kind] : []
  return [...new Set([...own.map(({ kind }) => kind), ...judges])]
}

/** Something that runs until it is stopped. */
export interface Runner {
  start(): Promise<void>
  stop(): Promise<void>
}

/** Processors (and the sink) of this process, by name, and which of them stopped for good. */
export interface Processing {
  readonly names: readonly string[]
  readonly failures: ReadonlyMap<string, string>
  stop(): Promise<void>
}

/** The names `nicr process` takes: the processors and the sink. */
export function processorNames(): readonly string[] {
  return [...declaredNames(), SINK_NAME]
}

/** Full names of the topics a processor or the sink reads. */
export function inputsOf(name: string, prefix: string): string[] {
  const inputs: readonly TopicName[] = name === SINK_NAME ? topicNames : (readsOf(name) ?? [])
  return inputs.map(topic => fullTopicName(prefix, topic))
}

/**
 * Starts processors; the sink is one of them. All join their groups side by side.
 * @param onFailed called with each that stopped for good
 */
export async function startProcessing(
  services: Services,
  champions: Champions,
  options: {
    readonly names: readonly string[]
    readonly onFailed: (name: string, error: unknown) => void
    /** Looks at pictures; nothing is seen in them unless given. */
    readonly look?: LookAtImage
  },
): Promise<Processing> {
  const { config, addresses, log, codecs, metrics, clickhouse, tracing } = services
  const failures = new Map<string, string>()
  const base = (name: string) => ({
    config,
    codecs,
    metrics,
    tracing,
    log: log.child({ processor: name }),
    kafka: { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-${name}` },
    catchUp: () => champions.catchUp(),
    onFailed: (error: unknown) => {
      failures.set(name, error instanceof NicrError ? `${error.code}: ${error.message}` : String(error))
      metrics.setFailed(name)
      options.onFailed(name, error)
    },
  })
  const history = createScoreHistory(clickhouse)
  const runners: Runner[] = topology({
    modelOf: kind => champions.of(kind),
    challengerOf: kind => champions.challengerOf(kind),
    onChallengerFailed: (kind, error) => {
      metrics.countChallengerFailure(kind)
      log.error(
        { kind, error: String(error) },
        'the challenger could not score a batch; the champion answers',
      )
    },
    onScored: score => metrics.scores.count(score.kind, score),
    textLengthMax: config.textLengthMax,
    topicPrefix: config.topics.prefix,
    now: () => Date.now(),
    clock: () => performance.now(),
    ...(options.look && { look: options.look }),
    bank: bankParts(services),
    lookUpScores: labels => history.judgedBy(labels),
    lookUpChampions: { scoresOf: history.championsOf, championsAmong: history.championsAmong },
    lookUpReference: createReferenceLookup(registryOf(config), ({ code, message }) =>
      log.error(
        { processor: 'detect-drift', code, detail: message },
        'no gap to the training data is reported',
      ),
    ),
    onProfile: (profile, answer) => metrics.drift.observeProfile(profile, answer),
    onDriftReport: report => metrics.drift.countReport(report),
    retrain: { dryRun: config.retrainDryRun, onRequest: request => sayRequest(services, request) },
  })
    .filter(({ name }) => options.names.includes(name))
    .map(declaration => new ProcessorRunner(declaration, base(declaration.name)))
  if (options.names.includes(SINK_NAME)) {
    runners.push(new SinkRunner({ ...base(SINK_NAME), clickhouse }))
    watchDisks(services.prometheus, clickhouse)
  }
  const stop = async () => {
    await Promise.all(runners.map(runner => runner.stop()))
  }
  try {
    await Promise.all(runners.map(runner => runner.start()))
  } catch (error) {
    await stop()
    throw error
  }
  return { names: options.names, failures, stop }
}

/** A request as a log line and a count, the same whether it is written too or not. */
function sayRequest({ config, log, metrics }: Services, request: RetrainRequest): void {
  const { id, kind, policy, modelVersion, reason, evidence } = request
  metrics.countRetrainRequest(kind, policy, config.retrainDryRun ? 'dry-run' : 'written')
  const said = { processor: REQUEST_RETRAIN, id, kind, policy, modelVersion, reason, evidence }
  // At `warn`, which `nicr up` shows: in a dry run the log is all there is of it.
  if (config.retrainDryRun) log.warn(said, 'dry run: a retrain request would be written')
  else log.info(said, 'retrain request')
}
