import { availableParallelism, cpus } from 'node:os'
import { Argument, type Command, Option } from 'commander'
import { publicSetsDir } from '../../bench/comments.ts'
import { benchDetectors, type DriftBenchResult } from '../../bench/drift.ts'
import { benchDriftParts, type DriftPartsOptions } from '../../bench/drift-parts.ts'
import { benchEncoder, type EncoderBenchResult, type EncoderBenchSkipped } from '../../bench/encoder.ts'
import { benchLive, type DraftSide, type LiveBenchResult } from '../../bench/live.ts'
import { minilmFolder } from '../../bench/minilm-folder.ts'
import { benchPipeline, type PipelineBenchResult } from '../../bench/pipeline.ts'
import type { ModeResult } from '../../bench/pipeline-result.ts'
import { measureRetrainQuality, type RetrainQuality } from '../../bench/retrain-quality.ts'
import { benchScore, type ScoreBenchResult } from '../../bench/score.ts'
import type { StreamsBenchResult } from '../../bench/streams.ts'
import { benchTrain, type TrainBenchResult } from '../../bench/train.ts'
import { readConfig } from '../../pipelines/config.ts'
import { NicrError } from '../../schemas/errors.ts'
import { benchTopicSettings, withBroker } from '../bench-broker.ts'
import { encoderTable } from '../bench-encoder-table.ts'
import {
  benchImages,
  type ImagePart,
  type ImagesBenchResult,
  imageParts,
  imagesTables,
} from '../bench-images.ts'
import { runStreams, type StreamsOptions, streamsOptions, streamsTables } from '../bench-streams.ts'
import { alignColumns, retrainTable } from '../bench-tables.ts'
import { parseCount } from '../number-options.ts'
import { createProgressLine } from '../progress-line.ts'
import { createLog } from '../services.ts'
import { nextStopSignal } from '../signals.ts'

interface BenchOptions extends StreamsOptions {
  readonly json: boolean
  readonly rows: number
  readonly profile?: string
  readonly part?: ImagePart
  readonly folder: string
}

const EVENTS = 200_000
const ROUNDS = 3
const ROWS = 50_000
const DRIFT_RUNS = 20

const names = [
  'pipeline',
  'train',
  'score',
  'live',
  'drift',
  'retrain',
  'images',
  'encoder',
  'streams',
] as const
type BenchName = (typeof names)[number]

export function addBenchCommand(program: Command): void {
  const command = program
    .command('bench')
    .description('measure this machine: each figure is a ratio to a reference run in the same minutes')
    .addArgument(new Argument('[name]', 'which benchmark; all but streams unless given').choices(names))
    .option('--json', 'one JSON object', false)
    .option('--events <n>', 'events of one run', parseCount, EVENTS)
    .option('--rounds <n>', 'rounds, of which the medians are reported', parseCount, ROUNDS)
    .option('--rows <n>', 'comments that the training reads', parseCount, ROWS)
    .option('--profile <dir>', 'writes a CPU profile of every measured process into this folder')
    .addOption(new Option('--part <part>', 'of images: one part alone').choices(imageParts))
    .option('--folder <dir>', 'of encoder: a Hugging Face folder with a network as ONNX', minilmFolder())
    .option(
      '--python <path>',
      'of encoder: a Python with torch and transformers, to compare with their pipeline; of streams: one with Quix Streams',
    )
  for (const option of streamsOptions()) command.addOption(option)
  command
    .addHelpText(
      'after',
      '\nThe pipeline and the streams run on a broker of their own in a temporary folder, or on KAFKA_BROKERS, under a topic prefix of their own. What the streams need: docs/benchmarks.md.',
    )
    .action(async (name: BenchName | undefined, options: BenchOptions) =>
      bench(name === undefined ? names.filter(one => one !== 'streams') : [name], options),
    )
}

interface BenchResults {
  pipeline?: PipelineBenchResult
  train?: TrainBenchResult
  score?: ScoreBenchResult
  live?: LiveBenchResult
  drift?: DriftBenchResult
  retrain?: readonly RetrainQuality[]
  images?: ImagesBenchResult
  encoder?: EncoderBenchResult | EncoderBenchSkipped
  streams?: StreamsBenchResult
}

async function bench(wanted: readonly BenchName[], options: BenchOptions): Promise<void> {
  const aborted = new AbortController()
  void nextStopSignal().then(name =>
    aborted.abort(new NicrError('NICR_BENCH_FAILED', `it was stopped by ${name}`)),
  )
  const progress = createStatusLine()
  const { rounds, rows, profile, part, folder, python = null } = options
  const common = { signal: aborted.signal, report: progress.show }
  const profiled = profile === undefined ? {} : { profileDir: profile }
  try {
    const results: BenchResults = {}
    if (wanted.includes('pipeline')) results.pipeline = await runPipeline(options, aborted, progress.show)
    if (wanted.includes('train')) results.train = await benchTrain({ rows, ...profiled, ...common })
    if (wanted.includes('score')) results.score = await benchScore({ rounds, ...common })
    if (wanted.includes('live')) results.live = await benchLive({ rounds, ...profiled, ...common })
    if (wanted.includes('drift')) results.drift = await runDrift(common)
    if (wanted.includes('retrain'))
      results.retrain = await measureRetrainQuality({ dataDir: publicSetsDir(), seeds: rounds, ...common })
    if (wanted.includes('images'))
      results.images = await benchImages({ ...(part === undefined ? {} : { part }), ...common })
    if (wanted.includes('encoder'))
      results.encoder = await benchEncoder({ folder, python, rounds, ...common })
    if (wanted.includes('streams')) results.streams = await runStreams(options, aborted, progress.show)
    progress.clear()
    process.stdout.write(
      options.json ? `${JSON.stringify({ ...results, machine: machine() })}\n` : tables(results),
    )
  } finally {
    progress.clear()
  }
}

/** The detectors first: a broker beside them would cost their speeds. */
async function runDrift(common: Omit<DriftPartsOptions, 'log'>): Promise<DriftBenchResult> {
  const log = createLog(readConfig(process.env).logLevel ?? 'error')
  const detectors = benchDetectors({ runs: DRIFT_RUNS, ...common })
  return { ...detectors, ...(await benchDriftParts({ log, ...common })) }
}

function runPipeline(
  { events, rounds, profile }: BenchOptions,
  aborted: AbortController,
  report: (progress: string) => void,
): Promise<PipelineBenchResult> {
  const config = readConfig(process.env)
  return withBroker(config, aborted, (kafka, brokerPid) =>
    benchPipeline({
      kafka,
      brokerPid,
      topics: benchTopicSettings(config),
      batch: config.batch,
      events,
      rounds,
      ...(profile === undefined ? {} : { profileDir: profile }),
      signal: aborted.signal,
      log: createLog(config.logLevel ?? 'error'),
      report,
    }),
  )
}

function machine(): { cpu: string; cores: number; node: string } {
  return { cpu: cpus()[0]?.model ?? 'unknown', cores: availableParallelism(), node: process.version }
}

function tables(results: BenchResults): string {
  const { pipeline, train, score, live, drift, retrain, images, encoder, streams } = results
  return [
    ...(pipeline === undefined ? [] : [table(pipeline)]),
    ...(train === undefined ? [] : [trainTable(train)]),
    ...(score === undefined ? [] : [scoreTable(score)]),
    ...(live === undefined ? [] : [liveTables(live)]),
    ...(drift === undefined ? [] : [driftTables(drift)]),
    ...(retrain === undefined ? [] : [retrainTable(retrain)]),
    ...(images === undefined ? [] : [imagesTables(images)]),
    ...(encoder === undefined ? [] : [encoderTable(encoder)]),
    ...(streams === undefined ? [] : [streamsTables(streams)]),
  ].join('\n')
}

function driftTables(result: DriftBenchResult): string {
  const count = (value: number | null) => (value === null ? '-' : value.toLocaleString('en'))
  const calm = Object.entries(result.falseAlarmsPer100k).map(([name, rate]) => [name, rate.toFixed(2)])
  const { concept, embedding, moved9of20, newWords } = result
  const delays = Object.entries({ ...result.delay, 'vectors +0.5': embedding, 'labels: concept': concept })
  const delayRows = delays.map(([name, { median, p90, missed }]) => [
    name,
    count(median),
    count(p90),
    String(missed),
  ])
  const rest = [
    ['20 features, nothing changed: alarms in 100,000 rows', count(result.alarmsOf20Features)],
    ['9 of 20 features moved: rows until all are named', count(moved9of20.rows)],
    ['others named', count(moved9of20.others)],
    ...Object.entries(newWords).map(([share, posts]) => [
      `new words in ${share} of posts: posts until all are named`,
      count(posts),
    ]),
    ['words named falsely in 20,000 posts', count(result.falseWords)],
    ...Object.entries(result.newExpressions).map(([share, posts]) => [
      `expressions in ${share} of posts: posts read for pairs until all are named`,
      count(posts),
    ]),
    ['words in new company: posts read for pairs until all are named', count(result.newCompany)],
    ['expressions and company named falsely in 20,000 posts', count(result.falseExpressions)],
    ['vectors: runs with a false alarm', count(embedding.falseRuns)],
    ['labels: false alarms in 100,000', count(concept.falseIn100k)],
    ['updates/s of one feature', count(result.updatesPerSecond)],
    ['ratio to JSON parse', result.vsJsonParse.toFixed(2)],
    ['posts/s × 20 features', count(result.postsOf20FeaturesPerSecond)],
    ['words/s', count(result.tokensPerSecond)],
    ['bytes a feature and slice', count(result.bytesPerFeature)],
    ...driftCostRows(result),
  ]
  return [
    alignColumns([['nothing changed', 'false alarms/100,000'], ...calm]),
    alignColumns([['change', 'median events', 'p90', 'missed'], ...delayRows]),
    alignColumns(rest),
    `${result.runs} runs of each; a core’s CPU time\n`,
  ].join('\n')
}

/** What a report, the pipeline and the way through the parts cost. */
function driftCostRows({ storedReport, ...parts }: DriftBenchResult): string[][] {
  const { eventToRow, alarmToRequest } = parts
  const ms = (value: number | null) => (value === null ? '-' : value.toLocaleString('en'))
  const latency = (what: string, { count, p50Ms, p99Ms, missed }: typeof eventToRow) => [
    [`${what}: p50 ms`, ms(p50Ms)],
    ['p99 ms', ms(p99Ms)],
    ['not there in time', `${missed} of ${count + missed}`],
  ]
  return [
    [
      `report over ${storedReport.posts.toLocaleString('en')} posts × ${storedReport.features} features from stored profiles: seconds`,
      storedReport.seconds.toFixed(2),
    ],
    ...latency(`event to row in ClickHouse, at ${parts.eventsPerSecond.toFixed(0)} events/s`, eventToRow),
    ...latency('alarm to request in Kafka', alarmToRequest),
    ['µs CPU/event of the champions’ pipeline', parts.pipelineCpuMicrosPerEvent.toFixed(1)],
    ['of profiling in it', parts.profilingCpuMicrosPerEvent.toFixed(1)],
    ['of detection beside it', parts.detectionCpuMicrosPerEvent.toFixed(1)],
    ['share of the pipeline’s CPU', `${(100 * parts.shareOfPipelineCpu).toFixed(1)}%`],
    ['µs CPU/event while all are watched', parts.watchingAllCpuMicrosPerEvent.toFixed(1)],
  ]
}

function trainTable(result: TrainBenchResult): string {
  const head = ['train', 'rows/s', 'ratio to JSON parse', 'seconds', 'peak MB']
  const body = [
    result.rows.toLocaleString('en'),
    result.rowsPerSecond.toLocaleString('en'),
    result.vsJsonParse.toFixed(4),
    result.seconds.toFixed(1),
    String(result.peakMegabytes),
  ]
  return `${alignColumns([head, body])}\ncomments: ${result.corpus}\n`
}

function scoreTable({ kinds, corpus, texts, textLength }: ScoreBenchResult): string {
  const head = ['score', 'texts/s', 'ratio to small model', 'with reasons', 'ratio']
  const body = Object.entries(kinds).map(([kind, { withReasons, ...plain }]) => [
    kind,
    plain.textsPerSecond.toLocaleString('en'),
    plain.vsSmallModel.toFixed(4),
    withReasons.textsPerSecond.toLocaleString('en'),
    withReasons.vsSmallModel.toFixed(4),
  ])
  const note = `${texts.toLocaleString('en')} texts of ${textLength} characters, CPU time of one core; comments: ${corpus}`
  return `${alignColumns([head, ...body])}\n${note}\n`
}

function liveTables(result: LiveBenchResult): string {
  const { nicr, echo, partMicros, http } = result
  const draftHead = [
    'live',
    'µs CPU/draft',
    'ratio',
    'µs CPU/answer',
    'ratio',
    'answered',
    'p50 ms',
    'p99 ms',
    'ratio',
  ]
  const row = (name: string, side: DraftSide, ratios: readonly number[] = []) => {
    const [received, answered, p99] = ratios.map(ratio => ratio.toFixed(2))
    return [
      name,
      side.cpuMicrosPerDraft.toFixed(1),
      received ?? '',
      side.cpuMicrosPerAnswer.toFixed(1),
      answered ?? '',
      `${(100 * side.answeredShare).toFixed(1)}%`,
      side.p50Ms.toFixed(2),
      side.p99Ms.toFixed(2),
      p99 ?? '',
    ]
  }
  const drafts = [
    draftHead,
    row('bare ws echo', echo),
    row('drafts', nicr, [result.vsEcho, result.vsEchoAnswered, result.p99VsEcho]),
  ]
  const count = (value: number) => value.toLocaleString('en')
  const scaled =
    result.draftsPerSecond < result.draftsPerSecondWanted
      ? ` (${count(result.draftsPerSecondWanted)} were wanted: this machine cannot send them beside the server)`
      : ''
  const note =
    `${count(result.draftsPerSecond)} drafts/s${scaled} over ${count(result.sockets)} sockets, ${result.meanTextLength} characters on average; ` +
    `alone, scoring takes ${partMicros.scoring} µs and framing ${partMicros.framing} µs; comments: ${result.corpus}`
  const requests = [
    ['POST /sentiment-analysis', 'requests/s', 'bare fastify echo', 'ratio'],
    ...http.map(rate => [
      `${rate.connections} ${rate.connections === 1 ? 'connection' : 'connections'}`,
      count(rate.requestsPerSecond),
      count(rate.echoRequestsPerSecond),
      rate.vsEcho.toFixed(2),
    ]),
  ]
  return `${alignColumns(drafts)}\n${note}\n\n${alignColumns(requests)}\n`
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
