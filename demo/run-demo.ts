import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { percent, summaryOf } from './outcome.ts'
import { drawLoop } from './picture.ts'
import { tellPictures } from './pictures/chapter.ts'
import { Plot, type PlotParts } from './plot.ts'
import { HELD_OUT_ROWS, type Stage, type StageParts, setStage, type Undo } from './stage.ts'

export const chapterNames = ['language', 'pictures'] as const
export type ChapterName = (typeof chapterNames)[number]

export interface DemoOptions extends Omit<StageParts, 'drifts'>, PlotParts {
  /** What is told, in this order. */
  readonly chapters: readonly ChapterName[]
  /** Whether all goes on once the story is told, until the signal. */
  readonly stays: boolean
}

const LOOP_MS_MAX = 12 * 60_000
const LOOK_EVERY_MS = 250
const PICTURE = 'loop.png'

/**
 * The loop on a simulated community: tells what happens, prints what was before and after, and draws it.
 * @returns why a chapter did not come to its end; null: all did
 * @throws NicrError where a part does not start or ends, and the signal's reason
 */
export async function runDemo(options: DemoOptions): Promise<string | null> {
  const undo: Undo = []
  const { narrator, signal } = options
  // What runs beside the story stops before what it needs does.
  const ends = new AbortController()
  try {
    narrator.say('starting Kafka, a schema registry, ClickHouse and Nicr, with the defaults of `nicr up`')
    const drifts = options.chapters.includes('language')
    const stage = await setStage({ ...options, drifts }, undo)
    invite(stage, options)
    const beside = AbortSignal.any([signal, ends.signal])
    const recording = drifts ? stage.recorder.run(beside) : null
    const running = Promise.all([stage.platform.run(beside), recording])
    undo.push(() => {
      ends.abort()
      return running.catch(() => undefined)
    })
    const failed = Promise.race([stage.nicr.ended, running.then(() => reasonOf(signal))])
    failed.catch(() => undefined)
    const why = await Promise.race([tellChapters(stage, options, undo), failed])
    if (!options.stays) return why
    narrator.say(`all goes on at ${stage.nicr.server}; Ctrl-C stops`)
    await Promise.race([failed, untilAborted(signal)])
    return why
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

/** One after the other; the first that does not come to its end is the last. */
async function tellChapters(stage: Stage, options: DemoOptions, undo: Undo): Promise<string | null> {
  for (const chapter of options.chapters) {
    const why =
      chapter === 'language'
        ? await tellLanguage(stage, options, undo)
        : await tellPictures(stage, options, undo)
    if (why !== null) return why
  }
  return null
}

async function tellLanguage(stage: Stage, options: DemoOptions, undo: Undo): Promise<string | null> {
  const plot = new Plot(stage, options)
  undo.push(() => plot.stop())
  const why = await tell(stage, plot, options)
  if (why === null) await conclude(stage, plot, options)
  return why
}

function reasonOf(signal: AbortSignal): never {
  throw signal.reason
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function invite({ nicr: { server, key }, community }: Stage, { narrator, chapters }: DemoOptions): void {
  narrator.say(`ready at ${server}`)
  narrator.print(
    [
      '',
      `  key     ${key}   (every role)`,
      `  open    ${server}/        scores as they are made`,
      `          ${server}/drift   what drifts, and the words`,
      `          ${server}/label   questions to the team`,
      `          ${server}/models  training, comparison, promotion`,
      '',
    ].join('\n'),
  )
  const { authors, readers } = community
  const reference = chapters.includes('language') ? '; the first 2,000 contents become its reference' : ''
  narrator.say(
    `a community talks: ${authors.length} authors, and ${readers.length} readers who vote and report${reference}`,
  )
}

/** From ordinary days to the end of the watch. @returns why it did not come so far, or null */
async function tell(stage: Stage, plot: Plot, options: DemoOptions): Promise<string | null> {
  const { narrator, signal, elapsedMs } = options
  const startedMs = elapsedMs()
  while (elapsedMs() - startedMs < LOOP_MS_MAX) {
    signal.throwIfAborted()
    await plot.goOn()
    const { failed, isWatched } = stage.story.progress
    if (failed !== null) return `the loop did not close: ${failed}`
    if (isWatched) return null
    narrator.show(statusOf(stage))
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
  return `the loop did not close within ${LOOP_MS_MAX / 60_000} minutes: ${whereItStands(stage)}`
}

/** Measures once more, prints and draws. */
async function conclude(
  { recorder, story, community }: Stage,
  { before, team }: Plot,
  { narrator, elapsedMs, dataDir }: DemoOptions,
): Promise<void> {
  const after = await recorder.measure()
  narrator.say('the loop is closed')
  const picture = join(dataDir, PICTURE)
  writeFileSync(picture, await drawLoop(recorder.record))
  const summary = summaryOf({
    before: before!.accuracy,
    after,
    rows: HELD_OUT_ROWS,
    progress: story.progress,
    slang: community.slang.map(({ term }) => term),
    answers: team!.answers,
    sinceDriftMs: elapsedMs() - before!.atMs,
    elapsedMs: elapsedMs(),
  })
  narrator.print(`\n${summary}\n\nThe picture of it: ${picture}\n`)
}

/** What is the case now, in a line. */
function statusOf({ platform, story: { progress }, recorder: { latest } }: Stage): string {
  const { alarms, requestedAt, step, task, samples, labels, labelsWanted } = progress
  const slang = latest === null || platform.inSlang === 0 ? '' : `slang ${percent(latest.newLanguage)}, `
  return [
    `${platform.contents} contents, ${platform.inSlang} in slang`,
    alarms > 0 ? `${alarms} alarms` : '',
    requestedAt === null ? '' : `${labels} of ${labelsWanted} labelled, ${samples} asked`,
    step === null || step === 'TAGGING' ? '' : `${step.toLowerCase()} ${task}`,
    latest === null ? '' : `read rightly: ${slang}ordinary ${percent(latest.ordinary)}`,
  ]
    .filter(one => one !== '')
    .join(' · ')
}

function whereItStands({ platform, story: { progress } }: Stage): string {
  if (progress.alarmAfter === null) return `no alarm after ${platform.inSlang} contents in slang`
  if (progress.requestedAt === null) return 'an alarm was raised, and no training asked for'
  return `the request stands at ${progress.step ?? 'REQUESTED'}, ${progress.task}; ${progress.labels} contents are labelled`
}
