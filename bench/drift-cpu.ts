import { Registry } from 'prom-client'
import { Champions } from '../pipelines/champions.ts'
import { kinds } from '../pipelines/kinds.ts'
import { MemorySchemas } from '../pipelines/runtime/memory/memory-schemas.ts'
import { RuntimeMetrics } from '../pipelines/runtime/metrics.ts'
import { StateStore } from '../pipelines/runtime/state-store.ts'
import type { Step } from '../pipelines/runtime/step.ts'
import { TopicCodecs } from '../pipelines/runtime/topic-codecs.ts'
import { RECORDS_IN_A_ROW } from '../pipelines/runtime/watch-budget.ts'
import { topology } from '../pipelines/topology.ts'
import { createReferenceLookup } from '../pipelines/training-reference.ts'
import type { Incoming } from '../processors/processor.ts'
import { contentEvents } from './content-events.ts'
import { type Job, measureJob } from './measured-process.ts'
import { type PipelineBenchOptions, publishEvents } from './pipeline.ts'
import { median } from './pipeline-result.ts'
import { benchTopics } from './topics.ts'

/** What drift costs beside the pipeline that it watches, in CPU time of an event. */
export interface DriftCpu {
  /** The champions' scorers on Kafka, exactly once, profiling among it: what `nicr bench pipeline` measures. */
  readonly pipelineCpuMicrosPerEvent: number
  /** What counting and encoding the profiles of all kinds adds to the scorers of a task that is busy, which watches a sample. */
  readonly profilingCpuMicrosPerEvent: number
  /** Decoding the profiles, and the detectors over them. */
  readonly detectionCpuMicrosPerEvent: number
  /** Both over the pipeline with detection. */
  readonly shareOfPipelineCpu: number
  /** Profiling and detection of an event while a task watches all of them: the first 5,000, and up to 50 a second. */
  readonly watchingAllCpuMicrosPerEvent: number
}

export interface DriftCpuOptions
  extends Pick<PipelineBenchOptions, 'kafka' | 'topics' | 'batch' | 'events' | 'signal' | 'log'> {
  /** Rounds in one process, of which the medians count. */
  readonly rounds: number
}

/** Share of the events that first warm up what is measured. */
const WARM_UP_SHARE = 0.2
/** Events of a round in this process: more would say the same. */
const SCORED_EVENTS_MAX = 10_000
const RUN = 'drift-cpu'

/**
 * Measures the pipeline on Kafka, and in this process what profiling adds to its steps and what detection takes over the profiles they
 * made; both without Kafka, where a batch has a few profiles beside its scores. Profiles are those of full batches.
 * @throws NicrError as `measureJob`
 */
export async function driftCpu(options: DriftCpuOptions): Promise<DriftCpu> {
  const pipeline = await pipelineCpuMicros(options)
  const { profiling, detection, watchingAll } = await driftCpuMicros(options)
  return {
    pipelineCpuMicrosPerEvent: pipeline,
    profilingCpuMicrosPerEvent: profiling,
    detectionCpuMicrosPerEvent: detection,
    shareOfPipelineCpu: (profiling + detection) / (pipeline + detection),
    watchingAllCpuMicrosPerEvent: watchingAll,
  }
}

async function pipelineCpuMicros(options: DriftCpuOptions): Promise<number> {
  const { kafka, topics, batch, events, signal, log } = options
  const managed = benchTopics(kafka, topics, log)
  await managed.create([])
  try {
    await publishEvents(options)
    const job: Omit<Job, 'events' | 'run'> = {
      kafka,
      topics,
      batch,
      delivery: 'exactly-once',
      work: 'champions',
    }
    const warmUp = Math.ceil(events * WARM_UP_SHARE)
    await measureJob({ ...job, events: warmUp, run: `${RUN}-warm-up` }, { signal })
    const { cpuSeconds } = await measureJob({ ...job, events, run: RUN }, { signal })
    return (cpuSeconds / events) * 1e6
  } finally {
    await managed.remove()
  }
}

/**
 * CPU µs of an event in this process: what profiling adds to scoring, and what detection takes. With and without profiles take turns.
 */
export async function driftCpuMicros({
  batch,
  events,
  rounds,
  signal,
}: Pick<DriftCpuOptions, 'batch' | 'events' | 'rounds' | 'signal'>): Promise<{
  readonly profiling: number
  readonly detection: number
  readonly watchingAll: number
}> {
  const champions = await Champions.load({}, new RuntimeMetrics(new Registry()))
  const batches = incomingBatches(Math.min(events, SCORED_EVENTS_MAX), batch.recordsMax)
  const codec = new TopicCodecs(new MemorySchemas(), () => 0).of('feature-profiles')
  await codec.open()
  const stepsOf = (declared: typeof kinds) => {
    const parts = {
      modelOf: (kind: Parameters<typeof champions.of>[0]) => champions.of(kind),
      textLengthMax: 100_000,
      topicPrefix: '',
      now: () => 0,
      kinds: declared,
      lookUpReference: createReferenceLookup({}, () => undefined),
    }
    return topology(parts)
  }
  const unwatched = Object.fromEntries(
    Object.entries(kinds).map(([name, { drift: _, ...kind }]) => [name, kind]),
  ) as typeof kinds
  const scorersOf = (declared: typeof kinds) =>
    stepsOf(declared)
      .filter(({ reads }) => reads.includes('content'))
      .map(({ createStep }) => createStep(null))
  const profiles: Buffer[] = []
  const score = async (steps: readonly Step[], part: typeof batches) => {
    profiles.length = 0
    for (const records of part) {
      signal.throwIfAborted()
      for (const step of steps)
        await step.run(records, emitted => {
          if (emitted.topic === 'feature-profiles') profiles.push(codec.encode(emitted.value))
        })
    }
  }
  const detect = async () => {
    const step = stepsOf(kinds)
      .find(({ name }) => name === 'detect-drift')!
      .createStep(new StateStore())
    await codec.prepare(profiles)
    for (const [offset, bytes] of profiles.entries()) {
      const decoded = codec.decode(bytes)
      if (!decoded.ok) throw new Error(decoded.detail)
      const { value } = decoded
      const record = {
        topic: 'feature-profiles',
        partition: 0,
        offset,
        key: value.kind,
        value,
        appendedAt: value.at,
      }
      await step.run([record as Incoming], () => undefined)
    }
  }
  const plain = scorersOf(unwatched)
  /** Without and with profiles, batch by batch in turn, and the detectors over these: CPU µs of an event of the part. */
  const measure = async (watched: readonly Step[], part: typeof batches) => {
    const count = part.reduce((sum, records) => sum + records.length, 0)
    let seconds = 0
    const made: Buffer[] = []
    for (const records of part) {
      seconds -= await cpuSecondsDuring(() => score(plain, [records]))
      seconds += await cpuSecondsDuring(() => score(watched, [records]))
      made.push(...profiles)
    }
    profiles.splice(0, profiles.length, ...made)
    const detection = await cpuSecondsDuring(detect)
    return { profiling: (seconds / count) * 1e6, detection: (detection / count) * 1e6 }
  }
  // So many are watched whole; the scorers of a busy task have watched as many before.
  const whole = batches.slice(0, Math.max(1, Math.floor(RECORDS_IN_A_ROW / batch.recordsMax)))
  const busy = scorersOf(kinds)
  for (let watched = 0; watched < RECORDS_IN_A_ROW; watched += whole.flat().length) await score(busy, whole)
  await measure(scorersOf(kinds), whole)
  const sampled: Awaited<ReturnType<typeof measure>>[] = []
  const all: number[] = []
  for (let round = 0; round < rounds; round++) {
    sampled.push(await measure(busy, batches))
    const { profiling, detection } = await measure(scorersOf(kinds), whole)
    all.push(profiling + detection)
  }
  return {
    profiling: median(sampled.map(({ profiling }) => profiling)),
    detection: median(sampled.map(({ detection }) => detection)),
    watchingAll: median(all),
  }
}

function incomingBatches(events: number, recordsMax: number): Incoming<'content'>[][] {
  const records = Array.from(
    contentEvents(events),
    (value, offset): Incoming<'content'> => ({
      topic: 'content',
      partition: 0,
      offset,
      key: value.id,
      value,
      appendedAt: value.at,
    }),
  )
  const batches: Incoming<'content'>[][] = []
  for (let from = 0; from < records.length; from += recordsMax)
    batches.push(records.slice(from, from + recordsMax))
  return batches
}

async function cpuSecondsDuring(work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6
}
