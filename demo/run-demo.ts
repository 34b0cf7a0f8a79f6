import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { Accuracy } from './accuracy.ts'
import { usualTeam } from './annotators.ts'
import { hireTeam, TEAM_SPEED, type TeamFigures, teamFigures } from './hire-team.ts'
import { percent, summaryOf } from './outcome.ts'
import { drawLoop } from './picture.ts'
import { DRIFT_FROM, KIND, type Stage, type StageParts, setStage, type Undo } from './stage.ts'
import type { Team } from './team.ts'

export interface DemoOptions extends StageParts {
  /** Since the start, ms. */
  readonly elapsedMs: () => number
  /** Whether all goes on once the story is told, until the signal. */
  readonly stays: boolean
}

const LOOP_MS_MAX = 12 * 60_000
const LOOK_EVERY_MS = 250
const PICTURE = 'loop.png'

/**
 * The whole loop on a simulated community: tells what happens, prints what was before and after, and draws it.
 * @returns why the loop did not close; null: it did
 * @throws NicrError where a part does not start or ends, and the signal's reason
 */
export async function runDemo(options: DemoOptions): Promise<string | null> {
  const undo: Undo = []
  const { narrator, signal } = options
  // What runs beside the story stops before what it needs does.
  const ends = new AbortController()
  try {
    narrator.say('starting Kafka, schema registry, ClickHouse and Nicr with its defaults (`nicr up`)')
    const stage = await setStage(options, undo)
    invite(stage, options)
    const beside = AbortSignal.any([signal, ends.signal])
    const running = Promise.all([stage.platform.run(beside), stage.recorder.run(beside)])
    undo.push(() => {
      ends.abort()
      return running.catch(() => undefined)
    })
    const failed = Promise.race([stage.nicr.ended, running.then(() => stopped(signal))])
    failed.catch(() => undefined)
    const why = await Promise.race([tell(stage, options, undo), failed])
    if (options.stays) {
      narrator.say(`all goes on at ${stage.nicr.server}; Ctrl-C stops`)
      await Promise.race([failed, untilAborted(signal)])
    }
    return why
  } finally {
    for (const step of undo.reverse()) await step()
  }
}

function stopped(signal: AbortSignal): never {
  throw signal.reason
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  if (!signal.aborted)
    await new Promise<void>(resolve => signal.addEventListener('abort', () => resolve(), { once: true }))
}

function invite({ nicr: { server, key }, community }: Stage, { narrator }: DemoOptions): void {
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
  narrator.say(
    `a community talks: ${authors.length} authors, ${readers.length} readers who vote and report; its first 2,000 posts become the reference`,
  )
}

/** From ordinary days to the end of the watch. @returns why it did not come so far, or null */
async function tell(stage: Stage, options: DemoOptions, undo: Undo): Promise<string | null> {
  const { story, platform, recorder, nicr, services } = stage
  const { narrator, signal, elapsedMs, seed } = options
  const startedMs = elapsedMs()
  let before: Accuracy | null = null
  let team: Team | null = null
  let figures: TeamFigures | null = null
  const at = { drift: 0, training: 0 }
  const teamFailed: unknown[] = []
  undo.push(() => team?.stop())
  while (true) {
    signal.throwIfAborted()
    const { progress } = story
    if (teamFailed.length > 0) throw teamFailed[0]
    if (before === null && platform.contents >= DRIFT_FROM) {
      before = await recorder.measure()
      at.drift = elapsedMs()
      recorder.mark({ type: 'drift', text: 'drift begins' })
      narrator.say(
        `DRIFT begins: 1 in 5 posts is in slang from now on, and nobody tells Nicr. It reads ${percent(before.newLanguage)} of the slang rightly, ${percent(before.ordinary)} of ordinary language`,
      )
    }
    if (team === null && progress.requestedAt !== null) {
      team = hireTeam(
        { url: nicr.server, kind: KIND, truthOf: platform.truthOf, seed, keysFile: services.config.access.keysFile },
        error => void teamFailed.push(error),
      )
      narrator.say(
        `${usualTeam.length} people begin to tag, ${TEAM_SPEED} times as fast as people do: most are careful, one is careless, one means the contrary; a moderator decides where they differ`,
      )
    }
    if (team !== null && figures === null && (progress.step === 'TRAINING' || progress.failed !== null)) {
      at.training = elapsedMs()
      await team.stop()
      figures = await teamFigures({ url: nicr.server, key: nicr.key }, KIND)
      recorder.mark({ type: 'labels', text: `${progress.labels} contents labelled` })
      narrator.say(saidOf(team, figures, progress.labels))
    }
    if (progress.failed !== null) return `the loop did not close: ${progress.failed}`
    if (progress.isWatched) break
    if (elapsedMs() - startedMs > LOOP_MS_MAX)
      return `the loop did not close within ${LOOP_MS_MAX / 60_000} minutes: ${whereItStands(stage)}`
    narrator.show(statusOf(stage, team))
    await delay(LOOK_EVERY_MS, undefined, { signal })
  }
  const after = await recorder.measure()
  narrator.say('the loop is closed')
  const picture = join(options.dataDir, PICTURE)
  writeFileSync(picture, await drawLoop(recorder.record))
  const { progress } = story
  narrator.print(
    `\n${summaryOf({
      before: before!,
      after,
      progress,
      slang: stage.community.slang.map(({ term }) => term),
      answers: team!.answers,
      sinceDriftMs: elapsedMs() - at.drift,
      elapsedMs: elapsedMs(),
    })}\n\nThe picture of it: ${picture}\n`,
  )
  return null
}

function saidOf(team: Team, { alpha, people }: TeamFigures, labels: number): string {
  const [best, worst] = [people[0], people.at(-1)]
  const checks = people.reduce((sum, one) => sum + one.checks, 0)
  const right = people.reduce((sum, one) => sum + one.checksRight, 0)
  return [
    `${team.answers} answers on ${labels} contents, ${team.decided} decided by the moderator`,
    alpha === null ? '' : `agreement α ${alpha.toFixed(2)}`,
    checks === 0 ? '' : `${right} of ${checks} hidden checks right`,
    best === undefined || worst === undefined
      ? ''
      : `believed most ${best.labeller} (${best.reliability.toFixed(2)}), least ${worst.labeller} (${worst.reliability.toFixed(2)})`,
  ]
    .filter(one => one !== '')
    .join('; ')
}

/** What is the case now, in a line. */
function statusOf({ platform, story: { progress }, recorder: { latest } }: Stage, team: Team | null): string {
  const { alarms, step, task, labels, labelsWanted } = progress
  return [
    `${platform.contents} contents, ${platform.inSlang} in slang`,
    alarms > 0 ? `${alarms} alarms` : '',
    team === null ? '' : `${labels} of ${labelsWanted} labelled`,
    step === null || step === 'TAGGING' ? '' : `${step.toLowerCase()} ${task}`,
    latest === null
      ? ''
      : `right: ${platform.inSlang > 0 ? `slang ${percent(latest.newLanguage)}, ` : ''}ordinary ${percent(latest.ordinary)}`,
  ]
    .filter(one => one !== '')
    .join(' · ')
}

function whereItStands({ platform, story: { progress } }: Stage): string {
  if (progress.alarmAfter === null) return `no alarm after ${platform.inSlang} contents in slang`
  if (progress.requestedAt === null) return 'an alarm was raised, and no training asked for'
  return `the request stands at ${progress.step ?? 'REQUESTED'}, ${progress.task}; ${progress.labels} contents are labelled`
}
