import { loadavg } from 'node:os'
import type { Logger } from 'pino'
import type { Config, Delivery } from '../pipelines/config.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { NicrError } from '../schemas/errors.ts'
import { fullTopicName, type RecordOf } from '../schemas/topics.ts'
import { peerEvents } from './content-events.ts'
import { copyTopicName } from './copy-topic.ts'
import { type PeerSchemas, peerCodecs, readPeerSchemas } from './peer-schemas.ts'
import { cpuSecondsOf, cpuSecondsOfEndedChildren } from './processor-time.ts'
import { checksumOf, predictSmall } from './small-model.ts'
import { runMembers } from './streams-members.ts'
import { type StreamOutput, streamOutput } from './streams-output.ts'
import { findPeers, type Peer, type PeerName, type PeerPrograms, runPeer } from './streams-peers.ts'
import { type StreamResult, type StreamRound, type StreamRun, summariseStreams } from './streams-result.ts'
import { type BenchTopics, benchTopics } from './topics.ts'

export interface StreamsBenchOptions {
  readonly kafka: KafkaSettings
  /** The prefix must be the benchmark's own: everything under it is deleted at the end. */
  readonly topics: Config['topics'] & { readonly partitions: number }
  readonly batch: Config['batch']
  readonly programs: PeerPrograms
  readonly events: number
  readonly rounds: number
  /** For each: so many processes of ours share the partitions. */
  readonly instances: readonly number[]
  /** Process of the broker, if it runs here: its CPU time is then reported too. */
  readonly brokerPid: number | null
  /** Folder for V8's CPU profiles of our processes. */
  readonly profileDir?: string
  readonly signal: AbortSignal
  readonly log: Logger
  readonly report: (progress: string) => void
}

export interface StreamsBenchResult {
  readonly events: number
  readonly partEvents: number
  readonly rounds: number
  readonly partitions: number
  readonly batchRecords: number
  /** Of the scores of every run, ours and the peers'. */
  readonly checksum: number
  /** Programs by name: ours are `nicr`, and `nicr-2` for two processes. */
  readonly atLeastOnce: Readonly<Record<string, StreamResult>>
  readonly exactlyOnce: Readonly<Record<string, StreamResult>>
  /** Peers that were left out, and why. */
  readonly missing: Readonly<Partial<Record<PeerName, string>>>
  /** Of the machine over a minute, before and after. */
  readonly load: { readonly before: number; readonly after: number }
}

/** Of all events the share that the part holds: its run is nearly all start, the rest of the full run nearly none. */
const PART_SHARE = 0.2
/** Records of one request when the input is published. */
const PUBLISH_RECORDS = 2000
/** A run that takes longer waits for something that will not come. */
const RUN_MS_MAX = 10 * 60_000

const deliveries = ['at-least-once', 'exactly-once'] as const satisfies readonly Delivery[]

/** An input, with topics of its own below a prefix. */
interface Input {
  readonly name: 'full' | 'part'
  readonly topics: StreamsBenchOptions['topics']
  readonly managed: BenchTopics
  readonly output: StreamOutput
  readonly events: number
  checksum: number
}

/** A program that takes part; one run of it answers when it had its first record. */
interface Program {
  readonly name: string
  readonly peer: PeerName | null
  /** @param to the topic of the output */
  run(run: string, input: Input, delivery: Delivery): { readonly to: string; work(): Promise<number> }
}

/**
 * Measures Nicr beside other stream processors: all do the peers' job on the same records, one after the other, in an
 * order that turns round from round to round. Every run is measured from outside in the same way, and its output read back:
 * all events, each once, with the scores that are known beforehand.
 * @throws NicrError NICR_INPUT_INVALID, NICR_BENCH_FAILED where ours does not do all of it, or not right
 */
export async function benchStreams(options: StreamsBenchOptions): Promise<StreamsBenchResult> {
  const { events, programs, topics, batch, report } = options
  const schemas = readPeerSchemas(programs.dir)
  const before = loadavg()[0]!
  const inputs = [
    createInput('part', Math.ceil(events * PART_SHARE), schemas, options),
    createInput('full', events, schemas, options),
  ] as const
  const { peers, missing } = findPeers(programs)
  const all = [...ourPrograms(schemas, options), ...peers.map(peer => peerProgram(peer, options))]
  const measuring = new Measuring(options, inputs, all, missing)
  try {
    for (const input of inputs) {
      report(`publishing ${input.events} events`)
      await input.managed.create([])
      input.checksum = await publish(input, schemas, options)
    }
    const measured = await measuring.rounds()
    const ours = all.filter(({ peer }) => peer === null).map(({ name }) => name)
    return {
      events,
      partEvents: inputs[0].events,
      rounds: options.rounds,
      partitions: topics.partitions,
      batchRecords: batch.recordsMax,
      checksum: inputs[1].checksum,
      atLeastOnce: summariseStreams(measured['at-least-once'], ours),
      exactlyOnce: summariseStreams(measured['exactly-once'], ours),
      missing,
      load: { before, after: loadavg()[0]! },
    }
  } finally {
    for (const { managed, output } of inputs) {
      await output.close()
      await managed.remove()
    }
  }
}

function createInput(
  name: Input['name'],
  events: number,
  schemas: PeerSchemas,
  { kafka, topics, log }: StreamsBenchOptions,
): Input {
  const own = { ...topics, prefix: `${topics.prefix}${name}.` }
  return {
    name,
    topics: own,
    managed: benchTopics(kafka, own, log),
    output: streamOutput(kafka, topics.partitions, { codec: peerCodecs(schemas).of('scores'), events, log }),
    events,
    checksum: 0,
  }
}

/** Publishes the peers' records, and answers the checksum that their scores must have. */
async function publish(
  { topics, events }: Input,
  schemas: PeerSchemas,
  { kafka, log, signal }: StreamsBenchOptions,
): Promise<number> {
  const publisher = new Publisher({ kafka, topicPrefix: topics.prefix, codecs: peerCodecs(schemas), log })
  await publisher.start()
  try {
    let checksum = 0
    let batch: { readonly key: string; readonly value: RecordOf<'content'> }[] = []
    for (const event of peerEvents(events)) {
      checksum += checksumOf(predictSmall(event.text))
      batch.push({ key: event.id, value: event as unknown as RecordOf<'content'> })
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

function ourPrograms(schemas: PeerSchemas, options: StreamsBenchOptions): Program[] {
  const { kafka, batch, instances, signal, topics, profileDir } = options
  const limits = { partitions: topics.partitions, msMax: RUN_MS_MAX, signal }
  return instances.map(count => ({
    name: count === 1 ? 'nicr' : `nicr-${count}`,
    peer: null,
    run: (run, input, delivery) => ({
      to: fullTopicName(input.topics.prefix, 'scores'),
      work: () =>
        runMembers(
          { kafka, topics: input.topics, batch, delivery, schemas, run },
          { ...limits, count, events: input.events, ...(profileDir === undefined ? {} : { profileDir }) },
        ),
    }),
  }))
}

function peerProgram(peer: Peer, { kafka, programs, signal }: StreamsBenchOptions): Program {
  return {
    name: peer.name,
    peer: peer.name,
    run: (run, { topics: { prefix }, events }, delivery) => {
      const output = copyTopicName(prefix, run)
      const job = {
        brokers: kafka.brokers,
        input: fullTopicName(prefix, 'content'),
        output,
        group: `${prefix}${run}`,
        events,
        delivery,
      }
      return { to: output, work: () => runPeer(peer, job, { dir: programs.dir, msMax: RUN_MS_MAX, signal }) }
    },
  }
}

class Measuring {
  private readonly options: StreamsBenchOptions
  private readonly inputs: readonly [part: Input, full: Input]
  private readonly missing: Partial<Record<PeerName, string>>
  private programs: readonly Program[]

  constructor(
    options: StreamsBenchOptions,
    inputs: readonly [part: Input, full: Input],
    programs: readonly Program[],
    missing: Partial<Record<PeerName, string>>,
  ) {
    this.options = options
    this.inputs = inputs
    this.programs = programs
    this.missing = missing
  }

  /** All rounds, with the programs that came through all of them. */
  async rounds(): Promise<Record<Delivery, StreamRound[]>> {
    const [part] = this.inputs
    // The broker is warm after it, and who cannot do the job is known.
    for (const delivery of deliveries)
      await this.each(program => this.measure(program, `warm-up-${delivery}`, part, delivery))
    const measured: Record<Delivery, StreamRound[]> = { 'at-least-once': [], 'exactly-once': [] }
    for (let round = 1; round <= this.options.rounds; round++) {
      for (const delivery of deliveries) measured[delivery].push(await this.round(round, delivery))
      this.programs = [...this.programs].reverse()
    }
    const names = this.programs.map(({ name }) => name)
    const kept = (round: StreamRound) =>
      Object.fromEntries(Object.entries(round).filter(([name]) => names.includes(name)))
    return {
      'at-least-once': measured['at-least-once'].map(kept),
      'exactly-once': measured['exactly-once'].map(kept),
    }
  }

  private async round(round: number, delivery: Delivery): Promise<StreamRound> {
    const [part, full] = this.inputs
    const name = `r${round}-${delivery}`
    const runs: Record<string, StreamRound[string]> = {}
    await this.each(async program => {
      const partRun = await this.measure(program, name, part, delivery)
      runs[program.name] = { part: partRun, full: await this.measure(program, name, full, delivery) }
    })
    return runs
  }

  /** Runs what the others can still do: a peer that fails is left out from then on, with its reason. */
  private async each(work: (program: Program) => Promise<unknown>): Promise<void> {
    for (const program of this.programs)
      try {
        await work(program)
      } catch (error) {
        this.options.signal.throwIfAborted()
        if (program.peer === null) throw error
        this.missing[program.peer] = (error as Error).message
        this.programs = this.programs.filter(one => one !== program)
      }
  }

  private async measure(
    program: Program,
    round: string,
    input: Input,
    delivery: Delivery,
  ): Promise<StreamRun> {
    const { report, brokerPid } = this.options
    const run = `${round}-${input.name}-${program.name}`
    report(run)
    const { to, work } = program.run(run, input, delivery)
    if (program.peer !== null) await input.managed.create([run])
    const from = await input.output.ends(to)
    const brokerBefore = brokerPid === null ? null : cpuSecondsOf(brokerPid)
    const cpuBefore = childrenSeconds()
    const firstAt = await work()
    const cpuSeconds = childrenSeconds() - cpuBefore
    const brokerAfter = brokerPid === null ? null : cpuSecondsOf(brokerPid)
    const { lastAt, ...tally } = await input.output.read(to, from)
    const { records, distinctIds, checksum } = tally
    const { events } = input
    if (records !== events || distinctIds !== events || checksum !== input.checksum)
      throw new NicrError(
        'NICR_BENCH_FAILED',
        `${run}: of ${events} events with the checksum ${input.checksum}, ${records} scores of ${distinctIds} events with the checksum ${checksum} were read back`,
      )
    const brokerCpuSeconds =
      brokerBefore === null || brokerAfter === null ? null : brokerAfter - brokerBefore
    return { events, seconds: (lastAt - firstAt) / 1000, cpuSeconds, brokerCpuSeconds }
  }
}

function childrenSeconds(): number {
  const seconds = cpuSecondsOfEndedChildren()
  if (seconds !== null) return seconds
  throw new NicrError('NICR_BENCH_FAILED', 'this system does not tell the CPU time of other programs in /proc')
}
