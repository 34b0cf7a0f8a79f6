import { loadavg } from 'node:os'
import type { Logger } from 'pino'
import type { Config } from '../pipelines/config.ts'
import type { KafkaSettings } from '../pipelines/runtime/kafka/client.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { fullTopicName, type RecordOf } from '../schemas/topics.ts'
import { peerEvents } from './content-events.ts'
import { copyTopicName } from './copy-topic.ts'
import { type PeerSchemas, peerCodecs, readPeerSchemas } from './peer-schemas.ts'
import { checksumOf, predictSmall } from './small-model.ts'
import { type Input, Measuring, type Program } from './streams-measuring.ts'
import { runMembers } from './streams-members.ts'
import { streamOutput } from './streams-output.ts'
import { findPeers, type Peer, type PeerName, type PeerPrograms, runPeer } from './streams-peers.ts'
import { type StreamResult, summariseStreams } from './streams-result.ts'
import { benchTopics } from './topics.ts'

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
