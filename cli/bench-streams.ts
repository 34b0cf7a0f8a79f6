import { InvalidArgumentError, Option } from 'commander'
import { benchStreams, type StreamsBenchResult } from '../bench/streams.ts'
import { peerNames } from '../bench/streams-peers.ts'
import type { StreamRatio, StreamResult } from '../bench/streams-result.ts'
import { findJava } from '../local/java.ts'
import { readConfig } from '../pipelines/config.ts'
import { NicrError } from '../schemas/errors.ts'
import { benchTopicSettings, PARTITIONS, withBroker } from './bench-broker.ts'
import { alignColumns } from './bench-tables.ts'
import { parseCount } from './number-options.ts'
import { createLog } from './services.ts'

export interface StreamsOptions {
  readonly events: number
  readonly rounds: number
  readonly peers?: string
  readonly classPath?: string
  readonly python?: string
  readonly instances: readonly number[]
  readonly profile?: string
}

/** What `nicr bench streams` takes beside the options of all benchmarks. */
export function streamsOptions(): Option[] {
  return [
    new Option('--peers <dir>', 'of streams: a folder with the peers’ programs and schemas'),
    new Option('--class-path <path>', 'of streams: Java’s class path with StreamsPeer and Kafka Streams'),
    new Option('--instances <list>', 'of streams: processes of ours side by side, as in 1,2,4')
      .argParser(parseInstances)
      .default([1], '1'),
  ]
}

function parseInstances(value: string): readonly number[] {
  const counts = value.split(',').map(parseCount)
  if (Math.max(...counts) > PARTITIONS)
    throw new InvalidArgumentError(`there are ${PARTITIONS} partitions, so at most as many processes.`)
  return [...new Set(counts)]
}

/** Runs the peers that can be run beside ours. @throws NicrError NICR_INPUT_INVALID, NICR_BENCH_FAILED */
export async function runStreams(
  { events, rounds, peers, classPath, python, instances, profile }: StreamsOptions,
  aborted: AbortController,
  report: (progress: string) => void,
): Promise<StreamsBenchResult> {
  if (peers === undefined)
    throw new NicrError('NICR_INPUT_INVALID', 'the streams need --peers: a folder with the peers’ programs')
  const config = readConfig(process.env)
  const java = classPath === undefined ? null : { path: await findJava(), classPath }
  return withBroker(config, aborted, (kafka, brokerPid) =>
    benchStreams({
      kafka,
      brokerPid,
      topics: benchTopicSettings(config),
      batch: config.batch,
      programs: { dir: peers, java, python: python ?? null },
      events,
      rounds,
      instances,
      ...(profile === undefined ? {} : { profileDir: profile }),
      signal: aborted.signal,
      log: createLog(config.logLevel ?? 'error'),
      report,
    }),
  )
}

/** One line a program, with our ratios to the peers beside ours. */
export function streamsTables(result: StreamsBenchResult): string {
  const tables = [
    streamsTable('streams, at least once', result.atLeastOnce),
    streamsTable('streams, exactly once', result.exactlyOnce),
  ]
  const { events, partEvents, partitions, batchRecords, rounds, checksum, load } = result
  const count = (value: number) => value.toLocaleString('en')
  const notes = [
    `${count(events)} events, ${partitions} partitions, of ours at most ${count(batchRecords)} records a transaction; medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, every run with the checksum ${checksum}`,
    `µs CPU/event: of all its processes, with their start; steady: of the last ${count(events - partEvents)} events; cores: kept busy by it and the broker`,
    '×: our events/s over the peer’s, and our CPU an event over the peer’s, with start and steady',
    `load of the machine ${load.before.toFixed(1)} before, ${load.after.toFixed(1)} after`,
    ...Object.entries(result.missing).map(([name, why]) => `${name} was left out: ${why}`),
  ]
  return `${tables.join('\n\n')}\n\n${notes.join('\n')}\n`
}

function streamsTable(title: string, programs: Readonly<Record<string, StreamResult>>): string {
  const peers = peerNames.filter(name => name in programs)
  const head = [
    title,
    'events/s',
    'µs CPU/event',
    'steady',
    'broker',
    'cores',
    ...peers.map(name => `× ${name}`),
  ]
  const body = Object.entries(programs).map(([name, { vs, ...side }]) => [
    name,
    side.eventsPerSecond.toLocaleString('en'),
    side.cpuMicrosPerEvent.toFixed(1),
    side.steadyCpuMicrosPerEvent.toFixed(1),
    side.brokerCpuMicrosPerEvent?.toFixed(1) ?? '-',
    side.coresBusy?.toFixed(2) ?? '-',
    ...peers.map(peer => ratios(vs[peer])),
  ])
  return alignColumns([head, ...body])
}

function ratios(ratio: StreamRatio | undefined): string {
  if (ratio === undefined) return ''
  const { eventsPerSecond, cpuMicrosPerEvent, steadyCpuMicrosPerEvent } = ratio
  return `${eventsPerSecond.toFixed(2)}, CPU ${cpuMicrosPerEvent.toFixed(2)}, ${steadyCpuMicrosPerEvent.toFixed(2)}`
}
