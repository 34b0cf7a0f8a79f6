import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promoteReference } from '../../cli/models.ts'
import { inputsOf, processorNames, type Services } from '../../cli/services.ts'
import { recordsBehind } from '../../cli/status.ts'
import type { Narrator } from '../../demo/narrator.ts'
import { type Stage, setStage, type Undo } from '../../demo/stage.ts'
import { runTraining } from '../../jobs/run-training.ts'
import { readRunning } from '../../local/running.ts'
import { connectAdmin, type KafkaAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { type PartName, partSizes } from './process-tree.ts'
import { drawSoak } from './soak-picture.ts'
import { postPictures, type SoakCounts, typeDrafts } from './soak-traffic.ts'
import {
  type Flatness,
  judgeSoak,
  type Measures,
  measureAll,
  type Slack,
  type SoakPoint,
} from './soak-verdict.ts'

export interface SoakOptions {
  readonly minutes: number
  readonly seed: number
  /** Emptied first; the points and the picture are written into it. */
  readonly dataDir: string
  readonly narrator: Narrator
  readonly elapsedMs: () => number
  readonly signal: AbortSignal
}

export interface SoakResult {
  readonly counts: SoakCounts & { readonly contents: number; readonly promotions: number }
  readonly flatness: readonly Flatness[]
}

const SAMPLE_EVERY_MS = 15_000
const METRICS_MS_MAX = 10_000
const PROMOTE_EVERY_MS = 10 * 60_000
const KIND = 'niceness'
/** What takes turns as champion: the version that ships, and one that is trained on the community's texts. */
const VERSIONS = { shipped: '2', trained: '3' } as const

const MEGABYTES: Slack = { share: 0.1, least: 40 }
const HANDLES: Slack = { share: 0.1, least: 20 }
/** What has to stay flat. ClickHouse merges parts by the size of its tables, which grow: a few more are no leak. */
const slacks = {
  ...Object.fromEntries(
    (['nicr', 'kafka', 'registry', 'clickhouse'] satisfies PartName[]).flatMap(part => [
      [`${part} MB`, MEGABYTES],
      [`${part} handles`, HANDLES],
    ]),
  ),
  'heap MB': MEGABYTES,
  'outside heap MB': MEGABYTES,
  'records behind': { share: 0.5, least: 200 },
  'ClickHouse parts': { share: 0.3, least: 60 },
} satisfies Readonly<Record<string, Slack>>

/**
 * Hours of mixed traffic on a `nicr up` of its own: texts, votes and reports of a community, drafts, pictures, and a promotion every
 * ten minutes; measures all the while what a leak would make grow.
 * @throws NicrError where a part does not start or ends, and the signal's reason
 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const { seed, narrator, signal, dataDir } = options
  const undo: Undo = []
  const ends = new AbortController()
  try {
    narrator.say('starting Kafka, a schema registry, ClickHouse and Nicr, with the defaults of `nicr up`')
    const stage = await setStage({ seed, drifts: false, dataDir, narrator, signal }, undo)
    await trainSecond(stage, dataDir)
    const admin = await connectAdmin(stage.services.addresses.kafka, stage.services.log)
    undo.push(() => admin.close())
    const counts = { drafts: 0, answeredDrafts: 0, pictures: 0, scoredPictures: 0, promotions: 0 }
    const beside = AbortSignal.any([signal, ends.signal])
    const server = { url: stage.nicr.server, key: stage.nicr.key }
    const traffic = Promise.all([
      stage.platform.run(beside),
      typeDrafts(server, stage.community, counts, beside),
      postPictures({ server, publisher: stage.publisher, scores: stage.scores }, seed, counts, beside),
      promoteInTurns(stage, counts, beside),
    ])
    undo.push(() => {
      ends.abort()
      return traffic.catch(() => undefined)
    })
    const failed = Promise.race([stage.nicr.ended, traffic.then(() => reasonOf(signal))])
    failed.catch(() => undefined)
    const points = await Promise.race([sample(stage, admin, options), failed])
    const { contents } = stage.platform
    return { counts: { ...counts, contents }, flatness: judgeSoak(points, slacks) }
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

/** Traffic ends with the soak, or because of this. */
function reasonOf(signal: AbortSignal): never {
  throw signal.reason
}

/** Measures until the time is up; keeps what it has on disk, since hours are long. */
async function sample(
  { services, nicr, platform }: Stage,
  admin: KafkaAdmin,
  { minutes, dataDir, narrator, elapsedMs, signal }: SoakOptions,
): Promise<readonly SoakPoint[]> {
  const startedMs = elapsedMs()
  const rootPid = readRunning(dataDir)!.pid
  const points: SoakPoint[] = []
  narrator.say(`the load begins at ${nicr.server}, for ${minutes} minutes`)
  for (let at = 0; at < minutes; at = (elapsedMs() - startedMs) / 60_000) {
    const measures = await measureAll([
      async () => sizesOf(rootPid),
      () => allBehind(services, admin),
      () => clickhouseParts(services),
      () => heapOf(nicr),
    ])
    points.push({ minutes: at, measures })
    writeFileSync(join(dataDir, 'soak.json'), JSON.stringify(points))
    narrator.show(`${Math.round(at)} of ${minutes} minutes, ${platform.contents} contents`)
    await delay(SAMPLE_EVERY_MS, undefined, { signal })
  }
  writeFileSync(join(dataDir, 'soak.png'), await drawSoak(points))
  return points
}

function sizesOf(rootPid: number): Measures {
  return Object.fromEntries(
    [...partSizes(rootPid)].flatMap(([part, { residentBytes, handles }]) => [
      [`${part} MB`, Math.round(residentBytes / 1e6)],
      [`${part} handles`, handles],
    ]),
  )
}

async function allBehind({ config }: Services, admin: KafkaAdmin): Promise<Measures> {
  const { prefix } = config.topics
  let behind = 0
  for (const name of processorNames())
    behind += (await recordsBehind(admin, `${prefix}${name}`, inputsOf(name, prefix))) ?? 0
  return { 'records behind': behind }
}

async function clickhouseParts({ clickhouse }: Services): Promise<Measures> {
  const [row] = await clickhouse.query<{ readonly parts: number | string }>(
    'SELECT count() AS parts FROM system.parts WHERE active',
  )
  return { 'ClickHouse parts': Number(row!.parts) }
}

/** What the heap of Nicr's process holds, and what lies outside it: its memory also grows where V8 only takes its time to collect. */
async function heapOf({ server, key }: Stage['nicr']): Promise<Measures> {
  const answer = await fetch(`${server}/metrics`, {
    headers: { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(METRICS_MS_MAX),
  })
  const text = await answer.text()
  const megabytes = (metric: string) =>
    Math.round(Number(new RegExp(`^${metric} (\\S+)$`, 'm').exec(text)?.[1]) / 1e6)
  return {
    'heap MB': megabytes('nodejs_heap_size_used_bytes'),
    'outside heap MB': megabytes('nodejs_external_memory_bytes'),
  }
}

/** A version of another kind of rows, so that something changes with a promotion. */
async function trainSecond({ community }: Stage, dataDir: string): Promise<void> {
  const path = join(dataDir, 'rows.jsonl')
  const rows: string[] = []
  for (const event of community.events()) {
    if (event.type === 'content')
      rows.push(JSON.stringify({ text: event.record.text, niceness: event.truth.niceness }))
    if (rows.length === ROWS) break
  }
  writeFileSync(path, `${rows.join('\n')}\n`)
  await runTraining({
    kind: KIND,
    files: [{ path }],
    outDir: join(dataDir, 'models', KIND, VERSIONS.trained),
    version: VERSIONS.trained,
  })
}

const ROWS = 3000

async function promoteInTurns(
  { services: { config } }: Stage,
  counts: { promotions: number },
  signal: AbortSignal,
): Promise<void> {
  const turns = [VERSIONS.trained, VERSIONS.shipped]
  for (;;) {
    await delay(PROMOTE_EVERY_MS, undefined, { signal }).catch(() => undefined)
    if (signal.aborted) return
    const reference = `${KIND}@${turns[counts.promotions % turns.length]}`
    await promoteReference(config, reference, { alias: 'CHAMPION', reason: 'soak' })
    counts.promotions++
  }
}
