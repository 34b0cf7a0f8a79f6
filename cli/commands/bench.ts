import { mkdtempSync, rmSync } from 'node:fs'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { Argument, type Command, InvalidArgumentError } from 'commander'
import { benchPipeline, type PipelineBenchOptions, type PipelineBenchResult } from '../../bench/pipeline.ts'
import type { ModeResult } from '../../bench/pipeline-result.ts'
import { startStack } from '../../local/stack.ts'
import { type Config, readConfig } from '../../pipelines/config.ts'
import type { KafkaSettings } from '../../pipelines/runtime/kafka/client.ts'
import { NicrError } from '../../schemas/errors.ts'
import { createProgressLine } from '../progress-line.ts'
import { createLog } from '../services.ts'
import { nextStopSignal } from '../signals.ts'

interface BenchOptions {
  readonly json: boolean
  readonly events: number
  readonly rounds: number
  readonly profile?: string
}

const EVENTS = 200_000
const ROUNDS = 3
const PARTITIONS = 4

export function addBenchCommand(program: Command): void {
  program
    .command('bench')
    .description('measure this machine: each figure is a ratio to a reference run in the same minutes')
    .addArgument(new Argument('[name]', 'which benchmark; all unless given').choices(['pipeline']))
    .option('--json', 'one JSON object', false)
    .option('--events <n>', 'events of one run', parseCount, EVENTS)
    .option('--rounds <n>', 'rounds, of which the medians are reported', parseCount, ROUNDS)
    .option('--profile <dir>', 'writes a CPU profile of every measured process into this folder')
    .addHelpText(
      'after',
      '\nIt runs on a broker of its own in a temporary folder, or on KAFKA_BROKERS, under a topic prefix of its own.',
    )
    .action(async (_name: string | undefined, options: BenchOptions) => bench(options))
}

async function bench({ json, events, rounds, profile }: BenchOptions): Promise<void> {
  const config = readConfig(process.env)
  const aborted = new AbortController()
  void nextStopSignal().then(name =>
    aborted.abort(new NicrError('NICR_BENCH_FAILED', `it was stopped by ${name}`)),
  )
  const progress = createStatusLine()
  try {
    const pipeline = await withBroker(config, aborted, (kafka, brokerPid) =>
      benchPipeline({
        kafka,
        brokerPid,
        topics: {
          ...config.topics,
          prefix: `${config.topics.prefix}bench-${process.pid}-${Date.now().toString(36)}.`,
          partitions: PARTITIONS,
        },
        batch: config.batch,
        events,
        rounds,
        ...(profile === undefined ? {} : { profileDir: profile }),
        signal: aborted.signal,
        log: createLog(config.logLevel ?? 'error'),
        report: progress.show,
      }),
    )
    progress.clear()
    process.stdout.write(json ? `${JSON.stringify({ pipeline, machine: machine() })}\n` : table(pipeline))
  } finally {
    progress.clear()
  }
}

/** Runs `work` on the configured brokers, or on one started for it. */
async function withBroker<T>(
  config: Config,
  aborted: AbortController,
  work: (kafka: KafkaSettings, brokerPid: PipelineBenchOptions['brokerPid']) => Promise<T>,
): Promise<T> {
  const { brokers, ...security } = config.kafka
  const settings = { ...security, clientId: 'nicr-bench' }
  if (brokers !== null) return work({ ...settings, brokers }, null)
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-bench-'))
  try {
    const embedded = { ...config.embedded, kafkaPort: 0 }
    const stack = await startStack(
      { ...config, dataDir, embedded },
      { only: ['kafka'], report: () => {}, signal: aborted.signal },
    )
    stack.onPartFailed((_, detail) =>
      aborted.abort(new NicrError('NICR_BENCH_FAILED', `the broker ended. ${detail}`)),
    )
    try {
      return await work({ ...settings, brokers: stack.kafkaBrokers }, stack.parts[0]?.pid ?? null)
    } finally {
      await stack.stop()
    }
  } finally {
    rmSync(dataDir, { recursive: true, force: true })
  }
}

function machine(): { cpu: string; cores: number; node: string } {
  return { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version }
}

/** One line a mode. */
function table({ events, partitions, batchRecords, ...modes }: PipelineBenchResult): string {
  const rows: readonly (readonly [string, ModeResult])[] = [
    ['at least once', modes.atLeastOnce],
    ['exactly once', modes.exactlyOnce],
    ['exactly once, champions', modes.champions.exactlyOnce],
  ]
  const head = ['pipeline', 'events/s', 'kafkajs copy', 'ratio', 'µs CPU/event', 'copy', 'broker']
  const body = rows.map(([name, { passThrough, ...mode }]) => [
    name,
    mode.eventsPerSecond.toLocaleString('en'),
    passThrough.eventsPerSecond.toLocaleString('en'),
    mode.vsPassThrough.toFixed(2),
    mode.cpuMicrosPerEvent.toFixed(1),
    passThrough.cpuMicrosPerEvent.toFixed(1),
    mode.brokerCpuMicrosPerEvent?.toFixed(1) ?? '-',
  ])
  const rounds = modes.atLeastOnce.rounds.length
  const note = `${events.toLocaleString('en')} events, ${partitions} partitions, at most ${batchRecords.toLocaleString('en')} records a transaction; medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}`
  return `${alignColumns([head, ...body])}\n${note}\n`
}

function alignColumns(lines: readonly (readonly string[])[]): string {
  const widths = lines[0]!.map((_, column) => Math.max(...lines.map(line => line[column]!.length)))
  return lines
    .map(line =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!)))
        .join('  '),
    )
    .join('\n')
}

function createStatusLine(): { show(text: string): void; clear(): void } {
  let text = ''
  const line = createProgressLine(process.stderr, () => text)
  return {
    show(next) {
      text = next
      line.show(0)
    },
    clear: () => line.clear(),
  }
}

function parseCount(value: string): number {
  const count = Number(value)
  if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('a whole number above 0.')
  return count
}
