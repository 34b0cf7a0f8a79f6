import { type Comments, readComments } from './comments.ts'
import { loadHttp } from './http-load.ts'
import { BENCH_KEY, type MeasuredServer, type ServerWork, startServer } from './live-server.ts'
import { median } from './pipeline-result.ts'
import { type LoadResult, openSockets, type SocketLoad } from './socket-load.ts'
import { typeableTexts, typedDrafts } from './typed-drafts.ts'

export interface LiveBenchOptions {
  readonly rounds: number
  /** Drafts a second that are tried first, and by how many sockets. */
  readonly draftsPerSecond?: number
  readonly sockets?: number
  /** Of one side of one round. */
  readonly seconds?: number
  /** Read from the public sets, or invented, unless given. */
  readonly comments?: Comments
  /** Folder for V8's CPU profiles of the servers. */
  readonly profileDir?: string
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

/** One server under the load of drafts. */
export interface DraftSide {
  /** CPU time of the server's process over the drafts it received, whether or not it answered each. */
  readonly cpuMicrosPerDraft: number
  /** The same CPU time over the drafts that got an answer. */
  readonly cpuMicrosPerAnswer: number
  readonly answeredShare: number
  readonly p50Ms: number
  readonly p99Ms: number
}

export interface HttpRate {
  readonly connections: number
  readonly requestsPerSecond: number
  readonly echoRequestsPerSecond: number
  /** The median of the rounds' ratios. */
  readonly vsEcho: number
}

export interface LiveBenchResult {
  /** CPU time a draft received over that of a bare ws echo of the same frames; the median of the rounds' ratios. */
  readonly vsEcho: number
  /** As `vsEcho`, of answered drafts only. */
  readonly vsEchoAnswered: number
  /** 99th percentile of latency over the echo's; the median of the rounds' ratios. */
  readonly p99VsEcho: number
  readonly nicr: DraftSide
  readonly echo: DraftSide
  /** CPU time of the parts of a draft's answer alone, in microseconds, without sockets; scoring before any draft is known. */
  readonly partMicros: { readonly framing: number; readonly scoring: number }
  readonly sockets: number
  /** The rate that was tried, and the one of the figures: lower where this machine could not send that many. */
  readonly draftsPerSecondWanted: number
  readonly draftsPerSecond: number
  readonly meanTextLength: number
  readonly http: readonly HttpRate[]
  readonly corpus: Comments['corpus']
}

const DRAFTS_PER_SECOND = 5000
const SOCKETS = 1000
const SECONDS = 4
/** Both compilers, of server and sender, learn in so many seconds before anything is measured. */
const WARM_UP_SECONDS = 3
/** Load before each measured stretch, since the other side had its turn. */
const RUN_UP_SECONDS = 1
/** A rate counts as reached from this share of it on; below, half of it is tried. */
const RATE_SHARE_MIN = 0.97
const HTTP_CONNECTIONS = [1, 16]
const HTTP_SECONDS_SHARE = 0.5
const TEXTS = 2000
const PART_DRAFTS = 10_000

/**
 * Measures the live server beside bare echoes on this machine, each in its own process, in turns.
 * @throws NicrError NICR_BENCH_FAILED; NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID; the signal's reason
 */
export async function benchLive(options: LiveBenchOptions): Promise<LiveBenchResult> {
  const comments = options.comments ?? (await readComments())
  const texts = typeableTexts(comments)
  const servers: MeasuredServer[] = []
  const start = async (work: ServerWork): Promise<MeasuredServer> => {
    const server = await startServer(work, options)
    servers.push(server)
    return server
  }
  try {
    options.report('starting')
    const [nicr, echo, httpEcho] = [await start('nicr'), await start('ws-echo'), await start('fastify-echo')]
    const partMicros = await nicr.partMicros(draftsInTurn(texts, options.sockets ?? SOCKETS))
    const drafts = await compareDrafts({ nicr, echo }, texts, options)
    const http = await compareHttp({ nicr, echo: httpEcho }, texts.slice(0, TEXTS), options)
    return {
      ...drafts,
      partMicros: { framing: rounded(partMicros.framing, 1), scoring: rounded(partMicros.scoring, 1) },
      http,
      corpus: comments.corpus,
    }
  } finally {
    await Promise.all(servers.map(server => server.stop()))
  }
}

interface Pair {
  readonly nicr: MeasuredServer
  readonly echo: MeasuredServer
}

/** Drafts as the sockets type them in turn. */
function draftsInTurn(texts: readonly string[], sockets: number) {
  const typing = Array.from({ length: sockets }, (_, i) => typedDrafts(texts, i))
  return Array.from({ length: PART_DRAFTS }, (_, i) => typing[i % sockets]!.next().value)
}

async function compareDrafts(
  { nicr, echo }: Pair,
  texts: readonly string[],
  options: LiveBenchOptions,
): Promise<Omit<LiveBenchResult, 'partMicros' | 'http' | 'corpus'>> {
  const { sockets = SOCKETS, seconds = SECONDS, rounds } = options
  const wanted = options.draftsPerSecond ?? DRAFTS_PER_SECOND
  let lengths = 0
  let count = 0
  const typed = function* (socket: number) {
    for (const draft of typedDrafts(texts, socket)) {
      lengths += draft.text.length
      count++
      yield draft
    }
  }
  const open = (port: number, path: string) => openSockets({ port, path, key: BENCH_KEY }, sockets, typed)
  const loads = { nicr: await open(nicr.port, '/v1/live'), echo: await open(echo.port, '/') }
  try {
    const perSecond = await rateReached(loads, wanted, options)
    const measured: { readonly echo: DraftSide; readonly nicr: DraftSide }[] = []
    for (let round = 1; round <= rounds; round++) {
      options.report(`drafts at ${perSecond}/s, round ${round} of ${rounds}`)
      options.signal.throwIfAborted()
      const load = { perSecond, seconds }
      measured.push({
        echo: await measureSide(echo, loads.echo, load),
        nicr: await measureSide(nicr, loads.nicr, load),
      })
    }
    const ratio = (figure: 'cpuMicrosPerDraft' | 'cpuMicrosPerAnswer' | 'p99Ms') =>
      rounded(median(measured.map(round => round.nicr[figure] / round.echo[figure])), 3)
    return {
      vsEcho: ratio('cpuMicrosPerDraft'),
      vsEchoAnswered: ratio('cpuMicrosPerAnswer'),
      p99VsEcho: ratio('p99Ms'),
      nicr: medianSide(measured.map(round => round.nicr)),
      echo: medianSide(measured.map(round => round.echo)),
      sockets,
      draftsPerSecondWanted: wanted,
      draftsPerSecond: perSecond,
      meanTextLength: Math.round(lengths / count),
    }
  } finally {
    loads.nicr.close()
    loads.echo.close()
  }
}

/** Warms both sides up, and halves the rate until the sender keeps it on either. */
async function rateReached(
  loads: { readonly nicr: SocketLoad; readonly echo: SocketLoad },
  wanted: number,
  { seconds, signal, report }: LiveBenchOptions,
): Promise<number> {
  for (let perSecond = wanted; ; perSecond = Math.ceil(perSecond / 2)) {
    signal.throwIfAborted()
    report(`warming up at ${perSecond} drafts/s`)
    const load = { perSecond, seconds: Math.min(seconds ?? WARM_UP_SECONDS, WARM_UP_SECONDS) }
    const results = [await loads.echo.run(load), await loads.nicr.run(load)]
    if (
      perSecond === 1 ||
      results.every(result => result.sent / result.seconds >= RATE_SHARE_MIN * perSecond)
    )
      return perSecond
  }
}

async function measureSide(
  server: MeasuredServer,
  load: SocketLoad,
  rate: { readonly perSecond: number; readonly seconds: number },
): Promise<DraftSide> {
  // A heap that was idle meanwhile has been shrunk and grows again: that is not what a busy server is like.
  await load.run({ perSecond: rate.perSecond, seconds: RUN_UP_SECONDS })
  const before = await server.cpuMicros()
  const result = await load.run(rate)
  return sideOf(result, (await server.cpuMicros()) - before)
}

/** The figures of one side of a round. */
export function sideOf({ sent, latenciesMs }: LoadResult, cpuMicros: number): DraftSide {
  const answered = latenciesMs.length
  const percentile = (share: number) =>
    latenciesMs[Math.min(answered - 1, Math.floor(share * answered))] ?? Infinity
  return {
    cpuMicrosPerDraft: cpuMicros / sent,
    cpuMicrosPerAnswer: cpuMicros / answered,
    answeredShare: answered / sent,
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
  }
}

function medianSide(sides: readonly DraftSide[]): DraftSide {
  const of = (figure: keyof DraftSide, digits: number) =>
    rounded(median(sides.map(side => side[figure])), digits)
  return {
    cpuMicrosPerDraft: of('cpuMicrosPerDraft', 1),
    cpuMicrosPerAnswer: of('cpuMicrosPerAnswer', 1),
    answeredShare: of('answeredShare', 4),
    p50Ms: of('p50Ms', 3),
    p99Ms: of('p99Ms', 3),
  }
}

async function compareHttp(
  { nicr, echo }: Pair,
  texts: readonly string[],
  { rounds, seconds = SECONDS, signal, report }: LiveBenchOptions,
): Promise<HttpRate[]> {
  const rates: HttpRate[] = []
  for (const connections of HTTP_CONNECTIONS) {
    const load = { key: BENCH_KEY, texts, connections, seconds: seconds * HTTP_SECONDS_SHARE }
    const measured: { readonly bare: number; readonly ours: number }[] = []
    // Round 0 warms up and is not counted.
    for (let round = 0; round <= rounds; round++) {
      signal.throwIfAborted()
      report(
        `requests over ${connections} ${connections === 1 ? 'connection' : 'connections'}, round ${round}`,
      )
      const bare = await loadHttp({ ...load, port: echo.port })
      const ours = await loadHttp({ ...load, port: nicr.port })
      if (round > 0) measured.push({ bare: bare.requestsPerSecond, ours: ours.requestsPerSecond })
    }
    rates.push({
      connections,
      requestsPerSecond: Math.round(median(measured.map(({ ours }) => ours))),
      echoRequestsPerSecond: Math.round(median(measured.map(({ bare }) => bare))),
      vsEcho: rounded(median(measured.map(({ ours, bare }) => ours / bare)), 3),
    })
  }
  return rates
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits))
}
