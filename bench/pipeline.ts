import type { Logger } from 'pino'
import type { Config, Delivery } from '../pipelines/config.ts'
import { kinds } from '../pipelines/kinds.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { MemorySchemas } from '../pipelines/runtime/memory/memory-schemas.ts'
import { TopicCodecs } from '../pipelines/runtime/topic-codecs.ts'
import { NicrError } from '../schemas/errors.ts'
import { contentEvents } from './content-events.ts'
import { type Job, measureJob } from './measured-process.ts'
import { type ModeResult, type Round, type Side, summarise } from './pipeline-result.ts'
import { cpuSecondsOf } from './processor-time.ts'
import { type OutputReader, outputReader, type Tally } from './read-output.ts'
import { checksumOf, predictSmall, SMALL_MODEL_KIND } from './small-model.ts'
import { benchTopics } from './topics.ts'

export interface PipelineBenchOptions {
  readonly kafka: KafkaSettings
  /** The prefix must be the benchmark's own: everything under it is deleted at the end. */
  readonly topics: Config['topics']
  readonly batch: Config['batch']
  readonly events: number
  readonly rounds: number
  /** Process of the broker, if it runs here: its CPU time is then reported too. */
  readonly brokerPid: number | null
  readonly profileDir?: string
  readonly signal: AbortSignal
  readonly log: Logger
  readonly report: (progress: string) => void
}

export interface PipelineBenchResult {
  readonly events: number
  readonly partitions: number
  readonly batchRecords: number
  readonly atLeastOnce: ModeResult
  readonly exactlyOnce: ModeResult
  readonly champions: { readonly exactlyOnce: ModeResult }
}

/** Records of one request when the input is published. */
const PUBLISH_RECORDS = 2000
/** Share of the events that an unmeasured first round works off, so that the broker is warm. */
const WARM_UP_SHARE = 0.1

/** What is compared in each round. The reference of the champions is the copy of the same round and mode. */
const comparisons = {
  atLeastOnce: { delivery: 'at-least-once', work: 'small-model' },
  exactlyOnce: { delivery: 'exactly-once', work: 'small-model' },
} as const satisfies Record<string, { delivery: Delivery; work: Job['work'] }>

type Comparison = keyof typeof comparisons

/**
 * Measures the pipeline against a plain kafkajs copy of the same records: content in, one score record an event out.
 * Ours and the reference take turns, so that both see the same machine, and every ratio is one of a round. Rates and CPU
 * times begin with the first batch handed over and end with the last commit; they hold no process's start.
 * @throws NicrError NICR_BENCH_FAILED where the output is not complete, or not right
 */
export async function benchPipeline(options: PipelineBenchOptions): Promise<PipelineBenchResult> {
  const { kafka, topics, events, rounds, log, report } = options
  const names = Array.from({ length: rounds }, (_, index) => `r${index + 1}`)
  const managed = benchTopics(kafka, topics, log)
  await managed.create(['warm-up', ...names].flatMap(round => referenceRuns(round)))
  try {
    report(`publishing ${events} events`)
    const checksum = await publishEvents(options)
    await measureRound('warm-up', { ...options, events: Math.ceil(events * WARM_UP_SHARE) })
    const measured: RoundSides[] = []
    for (const [index, name] of names.entries())
      measured.push(await measureRound(name, options, { referenceFirst: index % 2 === 1 }))
    report('reading the output')
    const output = outputReader(kafka, topics, { events, log })
    try {
      return await conclude(measured, { options, names, checksum, output })
    } finally {
      await output.close()
    }
  } finally {
    await managed.remove()
  }
}

/** Publishes the input, and answers the checksum that its scores must have. */
export async function publishEvents({
  kafka,
  topics,
  events,
  log,
  signal,
}: Pick<PipelineBenchOptions, 'kafka' | 'topics' | 'events' | 'log' | 'signal'>): Promise<number> {
  const codecs = new TopicCodecs(new MemorySchemas(), () => Date.now())
  const publisher = new Publisher({ kafka, topicPrefix: topics.prefix, codecs, log })
  await publisher.start()
  try {
    let checksum = 0
    let batch: Parameters<typeof publisher.publish<'content'>>[1][number][] = []
    for (const value of contentEvents(events)) {
      checksum += checksumOf(predictSmall(value.text))
      batch.push({ key: value.id, value })
      if (batch.length < PUBLISH_RECORDS) continue
      signal.throwIfAborted()
      await publisher.publish('content', batch)
      batch = []
    }
    if (batch.length > 0) await publisher.publish('content', batch)
    return checksum
  } finally {
    await publisher.stop()
  }
}

interface RoundSides {
  readonly atLeastOnce: Round
  readonly exactlyOnce: Round
  readonly champions: Round
}

async function measureRound(
  name: string,
  options: PipelineBenchOptions,
  { referenceFirst }: { readonly referenceFirst: boolean } = { referenceFirst: false },
): Promise<RoundSides> {
  const compare = async (comparison: Comparison) => {
    const { delivery, work } = comparisons[comparison]
    const ours = () => measureSide({ run: runName(name, comparison), delivery, work }, options)
    const copy = () => measureSide({ run: referenceRun(name, comparison), delivery, work: 'copy' }, options)
    if (!referenceFirst) return { nicr: await ours(), passThrough: await copy() }
    const passThrough = await copy()
    return { nicr: await ours(), passThrough }
  }
  const atLeastOnce = await compare('atLeastOnce')
  const exactlyOnce = await compare('exactlyOnce')
  const nicr = await measureSide(
    { run: runName(name, 'champions'), delivery: 'exactly-once', work: 'champions' },
    options,
  )
  return { atLeastOnce, exactlyOnce, champions: { nicr, passThrough: exactlyOnce.passThrough } }
}

async function measureSide(
  what: Pick<Job, 'run' | 'delivery' | 'work'>,
  options: PipelineBenchOptions,
): Promise<Side> {
  const { kafka, topics, batch, events, brokerPid, profileDir, signal, report } = options
  report(what.run)
  const brokerBefore = brokerPid === null ? null : cpuSecondsOf(brokerPid)
  const { seconds, cpuSeconds } = await measureJob(
    { kafka, topics, batch, events, ...what },
    profileDir === undefined ? { signal } : { signal, profileDir },
  )
  const brokerAfter = brokerPid === null ? null : cpuSecondsOf(brokerPid)
  return {
    eventsPerSecond: events / seconds,
    cpuMicrosPerEvent: (cpuSeconds / events) * 1e6,
    brokerCpuMicrosPerEvent:
      brokerBefore === null || brokerAfter === null ? null : ((brokerAfter - brokerBefore) / events) * 1e6,
  }
}

async function conclude(
  measured: readonly RoundSides[],
  run: {
    readonly options: PipelineBenchOptions
    readonly names: readonly string[]
    readonly checksum: number
    readonly output: OutputReader
  },
): Promise<PipelineBenchResult> {
  const { events, topics, batch } = run.options
  const scores = await run.output.scores()
  for (const name of run.names) {
    for (const comparison of Object.keys(comparisons) as Comparison[]) {
      const scored = runName(name, comparison)
      check(scored, scores.get(`${scored}/${SMALL_MODEL_KIND}`), { events, checksum: run.checksum })
      const copied = referenceRun(name, comparison)
      check(copied, await run.output.copies(copied), { events, checksum: 0 })
    }
    // The events hold no pictures.
    for (const { kind } of Object.values(kinds).filter(({ input }) => input === 'TEXT'))
      check(kind, scores.get(`${runName(name, 'champions')}/${kind}`), { events, checksum: null })
  }
  const result = (mode: keyof RoundSides, checksum: number | null) =>
    summarise(
      measured.map(round => round[mode]),
      { distinctIds: events, checksum },
    )
  return {
    events,
    partitions: topics.partitions ?? 1,
    batchRecords: batch.recordsMax,
    atLeastOnce: result('atLeastOnce', run.checksum),
    exactlyOnce: result('exactlyOnce', run.checksum),
    champions: { exactlyOnce: result('champions', null) },
  }
}

/** Every event is there; under a quiet broker also no more than once, which at-least-once delivery does not promise. */
function check(
  run: string,
  tally: Tally | undefined,
  expected: { readonly events: number; readonly checksum: number | null },
): void {
  const { distinctIds, records, checksum } = tally ?? { distinctIds: 0, records: 0, checksum: 0 }
  if (distinctIds !== expected.events || records !== expected.events)
    throw new NicrError(
      'NICR_BENCH_FAILED',
      `${run}: ${records} records with ${distinctIds} distinct ids were read back, not ${expected.events}`,
    )
  if (expected.checksum !== null && checksum !== expected.checksum)
    throw new NicrError(
      'NICR_BENCH_FAILED',
      `${run}: the scores’ checksum is ${checksum}, not ${expected.checksum}`,
    )
}

function referenceRuns(round: string): string[] {
  return (Object.keys(comparisons) as Comparison[]).map(comparison => referenceRun(round, comparison))
}

function referenceRun(round: string, comparison: Comparison): string {
  return `${runName(round, comparison)}-reference`
}

function runName(round: string, comparison: Comparison | 'champions'): string {
  return `${round}-${comparison}`
}
