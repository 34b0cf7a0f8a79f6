import { findAddresses } from '../cli/addresses.ts'
import { createLog, createServices, type Services } from '../cli/services.ts'
import { readConfig } from '../pipelines/config.ts'
import { resolveModel } from '../pipelines/model-registry.ts'
import { Publisher } from '../pipelines/runtime/kafka/publisher.ts'
import { readReference } from '../pipelines/training-reference.ts'
import { type Community, createCommunity } from './community/community.ts'
import { type HeldOut, heldOutRows } from './community/held-out.ts'
import { followLiveScores, type LiveScores } from './live-scores.ts'
import type { Narrator } from './narrator.ts'
import { type OwnNicr, startOwnNicr } from './own-nicr.ts'
import { createPlatform, type Platform } from './platform.ts'
import { createRecorder, type Recorder } from './recorder.ts'
import { Story } from './story.ts'
import { watchLoop } from './watch-loop.ts'

/** The kind that the story is of. */
export const KIND = 'niceness'
/** Contents of the ordinary days: the 2,000 that become the platform's reference, and some in which nothing must happen. */
export const DRIFT_FROM = 2600
/** Of each of ordinary and new language. */
export const HELD_OUT_ROWS = 400

/** Contents a second: most of the ordinary days go by fast, then it is a lively platform. */
const FAST = 100
const USUAL = 25
/** Its usual pace comes back before the drift, so that nothing changes then but the language. */
const USUAL_FROM = DRIFT_FROM - 200
/** Held-out texts are none of the first contents: more than are published in the time there is. */
const CONTENTS_MAX = 12_000
/** Another than the community's. */
const HELD_OUT_SEED = 7_919

/** Everything that runs, but for the people who tag. */
export interface Stage {
  readonly nicr: OwnNicr
  readonly services: Services
  readonly community: Community
  readonly platform: Platform
  readonly story: Story
  readonly recorder: Recorder
  readonly publisher: Publisher
  readonly scores: LiveScores
}

export interface StageParts {
  readonly seed: number
  /** Whether the community's language drifts, after ordinary days that go by fast; otherwise it talks at its usual pace. */
  readonly drifts: boolean
  /** Emptied first. */
  readonly dataDir: string
  readonly narrator: Narrator
  readonly signal: AbortSignal
}

/** What must be undone at the end, the last first. */
export type Undo = (() => unknown)[]

/** Starts `nicr up`, follows what it says, and gets the community ready. @throws NicrError as the parts do */
export async function setStage(
  { seed, drifts, dataDir, narrator, signal }: StageParts,
  undo: Undo,
): Promise<Stage> {
  const starting = startOwnNicr(dataDir, { signal, onLine: line => narrator.show(`nicr up: ${line}`) })
  // What readers have seen by then: nothing before the server is there.
  let scores: LiveScores | null = null
  const gathered = gather(seed, drifts, (contentId, kind) => scores?.seen(contentId, kind) ?? null)
  // Its failure waits until there is something to stop.
  gathered.catch(() => undefined)
  const nicr = await starting
  undo.push(() => nicr.stop())
  const { community, heldOut } = await gathered
  const server = { url: nicr.server, key: nicr.key }
  const live = await followLiveScores(server)
  scores = live
  undo.push(() => live.close())
  const config = readConfig(nicr.env)
  const services = createServices(config, findAddresses(config), createLog('error'))
  undo.push(() => services.close())
  const { addresses, codecs, log } = services
  const publisher = new Publisher({ kafka: addresses.kafka, topicPrefix: config.topics.prefix, codecs, log })
  await publisher.start()
  undo.push(() => publisher.stop())
  const rateAt = (index: number) => (drifts && index < USUAL_FROM ? FAST : USUAL)
  const platform = createPlatform({ community, publisher, rateAt })
  const story = new Story({ kind: KIND, published: () => platform })
  const recorder = createRecorder({
    server,
    heldOut,
    seen: () => ({
      contents: platform.contents,
      meanNiceness: live.takeMeanNiceness(),
      alarms: story.progress.alarms,
      labels: story.progress.labels,
      hasDrifted: platform.inSlang > 0,
    }),
  })
  const watch = await watchLoop(services, said => {
    for (const { line, mark } of story.take(said)) {
      narrator.say(line)
      if (mark !== undefined) recorder.mark(mark)
    }
  })
  undo.push(() => watch.stop())
  return { nicr, services, community, platform, story, recorder, publisher, scores: live }
}

/** People whose new words no committed model has learned, and what they might have said. */
async function gather(
  seed: number,
  drifts: boolean,
  seenScore: LiveScores['seen'],
): Promise<{ readonly community: Community; readonly heldOut: HeldOut }> {
  const reference = await readReference(await resolveModel(`${KIND}@champion`))
  const isKnown = (word: string) => reference?.vocabulary.has(word) ?? false
  const community = createCommunity({
    seed,
    startAt: Date.now(),
    drift: drifts ? { from: DRIFT_FROM, slang: { isKnown } } : null,
    seenScore,
  })
  const heldOut = heldOutRows(community, {
    seed: seed + HELD_OUT_SEED,
    count: HELD_OUT_ROWS,
    without: textsOf(community),
  })
  return { community, heldOut }
}

function textsOf(community: Community): ReadonlySet<string> {
  const texts = new Set<string>()
  for (const event of community.events()) {
    if (event.type !== 'content') continue
    if (event.index >= CONTENTS_MAX) break
    texts.add(event.record.text)
  }
  return texts
}
