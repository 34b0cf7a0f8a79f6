import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { ask, type Server } from '../demo/http.ts'
import { startOwnNicr } from '../demo/own-nicr.ts'
import { NicrError } from '../schemas/errors.ts'
import { contentEvents } from './content-events.ts'
import { type FloodWatch, openFloodWatch } from './flood-watch.ts'
import { quantile } from './pipeline-result.ts'
import { fontSets, makeScene, makeTextPictures } from './text-pictures.ts'

export interface FloodBenchOptions {
  readonly rounds: number
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

/** How long texts took, ms, from asking to the answer. `missed`: posts and drafts that had none when the wait was over. */
export interface FloodSide {
  readonly posts: number
  /** From the request that posts a text to the push of its score. */
  readonly postP50Ms: number
  readonly postP99Ms: number
  /** From a draft's frame to its answer. */
  readonly draftP50Ms: number
  readonly draftP99Ms: number
  readonly missed: number
}

export interface FloodBenchResult {
  readonly calm: FloodSide
  readonly flooded: FloodSide
  /** Flooded over calm, of the 99th percentiles. */
  readonly postP99VsCalm: number
  readonly draftP99VsCalm: number
  /** What was sent, and how many pictures a second were scored until the last one was. */
  readonly imagesPerSecond: number
  readonly scoredPerSecond: number
  readonly pictures: number
  readonly unscored: number
}

const TEXTS_PER_SECOND = 25
const DRAFTS_PER_SECOND = 25
const IMAGES_PER_SECOND = 10
/** Of each side of a round, and of the first, which is not counted: compilers learn in it. */
const SECONDS = 12
const WARM_UP_SECONDS = 8
const WARM_UP_PICTURES = 4
/** A side's last texts are waited for so long; the pictures of a flood until they are scored. */
const ANSWERS_MS_MAX = 5_000
const DRAIN_MS_MAX = 120_000
const POLL_MS = 100
const SEED = 2028

/**
 * Measures on a `nicr up` of its own, in a temporary folder, what a flood of unknown pictures does to texts: posts and drafts come at a steady
 * rate, and beside them posts without a word, which bear a picture in every other turn. Half of the pictures bear text; they are stored beforehand. A
 * flood's pictures are scored before the next turn begins.
 * @throws NicrError as `startOwnNicr`; NICR_BENCH_FAILED; the signal's reason
 */
export async function benchFlood({ rounds, signal, report }: FloodBenchOptions): Promise<FloodBenchResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-bench-'))
  const files = await drawPictures(rounds * SECONDS * IMAGES_PER_SECOND, { signal, report })
  report('flood: starting Nicr')
  const nicr = await startOwnNicr(dataDir, { onLine: () => undefined, signal })
  const server = { url: nicr.server, key: nicr.key }
  const watch = await openFloodWatch(server)
  try {
    const load = createLoad(server, watch, signal)
    const pictures: string[] = []
    for (const file of files) {
      report(`flood: storing picture ${pictures.length + 1} of ${files.length}`)
      pictures.push(await upload(server, file, signal))
    }
    report('flood: warming up')
    await load.run(WARM_UP_SECONDS, pictures.splice(0, WARM_UP_PICTURES))
    await drained(watch, signal)
    const sides = { calm: createTally(), flooded: createTally() }
    const flood = { pictures: 0, ms: 0, unscored: 0 }
    const inTurn = async () => {
      for (let round = 1; round <= rounds; round++) {
        report(`flood: round ${round} of ${rounds}, without pictures`)
        sides.calm.add(await load.run(SECONDS, new Array(SECONDS * IMAGES_PER_SECOND).fill(null)))
        report(`flood: round ${round} of ${rounds}, ${IMAGES_PER_SECOND} pictures a second`)
        const startedAt = performance.now()
        const batch = pictures.splice(0, SECONDS * IMAGES_PER_SECOND)
        sides.flooded.add(await load.run(SECONDS, batch))
        report(`flood: round ${round} of ${rounds}, until all pictures are scored`)
        flood.unscored += await drained(watch, signal)
        flood.ms += performance.now() - startedAt
        flood.pictures += batch.length
      }
    }
    await Promise.race([nicr.ended, inTurn()])
    const [calm, flooded] = [sides.calm.result(), sides.flooded.result()]
    return {
      calm,
      flooded,
      postP99VsCalm: flooded.postP99Ms / calm.postP99Ms,
      draftP99VsCalm: flooded.draftP99Ms / calm.draftP99Ms,
      imagesPerSecond: IMAGES_PER_SECOND,
      scoredPerSecond: (1000 * (flood.pictures - flood.unscored)) / flood.ms,
      pictures: flood.pictures,
      unscored: flood.unscored,
    }
  } finally {
    watch.close()
    await nicr.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

interface Latencies {
  readonly postMs: readonly number[]
  readonly draftMs: readonly number[]
  readonly missed: number
}

function createLoad(server: Server, watch: FloodWatch, signal: AbortSignal) {
  let count = 0
  const texts = contentEvents(Number.MAX_SAFE_INTEGER)
  const text = () => texts.next().value!.text
  /** What is not taken in time is one of those that were missed. */
  const publish = async (body: unknown) => {
    const answered = ask(server, '/v1/content', { body, signal })
    return answered.then(
      () => true,
      () => {
        signal.throwIfAborted()
        return false
      },
    )
  }
  const post = async () => {
    const id = `text-${count++}`
    watch.expectScore(id)
    await publish({ id, kind: 'COMMENT', author: id, text: text() })
  }
  const postPicture = async (ref: string | null) => {
    const id = `picture-${count++}`
    if (ref !== null) watch.expectPicture(id)
    const images = ref === null ? [] : [{ ref }]
    const isTaken = await publish({ id, kind: 'POST', author: id, text: '', images })
    if (!isTaken && ref !== null) watch.dropPicture(id)
  }
  const draft = async () => watch.sendDraft(`draft-${count++}`, text())
  return {
    /** Sends texts, and posts without words evenly among them. @param pictures their refs; null: without a picture */
    async run(seconds: number, pictures: readonly (string | null)[]): Promise<Latencies> {
      watch.begin()
      await Promise.all([
        steadily(seconds * TEXTS_PER_SECOND, seconds, signal, post),
        steadily(seconds * DRAFTS_PER_SECOND, seconds, signal, draft),
        steadily(pictures.length, seconds, signal, i => postPicture(pictures[i] ?? null)),
      ])
      const endsAt = performance.now() + ANSWERS_MS_MAX
      while (watch.waiting > 0 && performance.now() < endsAt) await delay(POLL_MS)
      return watch.taken()
    },
  }
}

/** Begins `count` pieces of work, evenly over the time, whether or not those before have ended. */
async function steadily(
  count: number,
  seconds: number,
  signal: AbortSignal,
  work: (index: number) => Promise<unknown>,
): Promise<void> {
  const begun: Promise<unknown>[] = []
  const startedAt = performance.now()
  for (let i = 0; i < count; i++) {
    signal.throwIfAborted()
    await delay(Math.max(0, startedAt + ((i + 0.5) * 1000 * seconds) / count - performance.now()))
    const one = work(i)
    // Awaited with the others; a failure before is not to end the process.
    one.catch(() => undefined)
    begun.push(one)
  }
  await Promise.all(begun)
}

async function upload({ url, key }: Server, file: Buffer, signal: AbortSignal): Promise<string> {
  const answer = await fetch(`${url}/v1/images`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'image/jpeg' },
    body: new Uint8Array(file),
    signal,
  })
  if (!answer.ok) throw new NicrError('NICR_BENCH_FAILED', `an upload was answered with ${answer.status}`)
  return ((await answer.json()) as { ref: string }).ref
}

/** @returns pictures without a score when the wait was over */
async function drained(watch: FloodWatch, signal: AbortSignal): Promise<number> {
  const endsAt = performance.now() + DRAIN_MS_MAX
  while (watch.picturesWaiting > 0 && performance.now() < endsAt) {
    signal.throwIfAborted()
    await delay(POLL_MS)
  }
  return watch.picturesWaiting
}

function createTally() {
  const all: Latencies[] = []
  return {
    add: (latencies: Latencies) => all.push(latencies),
    result(): FloodSide {
      const [posts, drafts] = [all.flatMap(({ postMs }) => postMs), all.flatMap(({ draftMs }) => draftMs)]
      if (posts.length === 0 || drafts.length === 0)
        throw new NicrError('NICR_BENCH_FAILED', 'no text was answered')
      return {
        posts: posts.length,
        postP50Ms: quantile(posts, 0.5),
        postP99Ms: quantile(posts, 0.99),
        draftP50Ms: quantile(drafts, 0.5),
        draftP99Ms: quantile(drafts, 0.99),
        missed: all.reduce((sum, { missed }) => sum + missed, 0),
      }
    },
  }
}

/** Half of them with text. */
async function drawPictures(
  count: number,
  { signal, report }: Pick<FloodBenchOptions, 'signal' | 'report'>,
): Promise<Buffer[]> {
  const files: Buffer[] = []
  const texts = makeTextPictures(count, { fonts: fontSets.judge, seed: SEED })
  for (let i = 0; i < count + WARM_UP_PICTURES; i++) {
    signal.throwIfAborted()
    report(`flood: drawing picture ${i + 1}`)
    const next = i % 2 === 0 ? null : await texts.next()
    files.push(next === null || next.done === true ? await makeScene(SEED + i) : next.value.file)
  }
  return files
}
