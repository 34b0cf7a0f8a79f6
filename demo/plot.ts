import { join } from 'node:path'
import { readJudgement } from '../jobs/challenger/judgement.ts'
import type { Accuracy } from './accuracy.ts'
import { usualTeam } from './annotators.ts'
import { hireTeam, saidOfTeam, TEAM_SPEED, teamFigures } from './hire-team.ts'
import type { Narrator } from './narrator.ts'
import { percent, saidOfJudgement } from './outcome.ts'
import { DRIFT_FROM, KIND, type Stage } from './stage.ts'
import type { Team } from './team.ts'

const TEAM_COMES_MS = 30_000

/** What people do in the story, each once, when its time has come; what Nicr does it says itself. */
export class Plot {
  /** How right the scores were when the drift began, and when that was, ms since the start. */
  before: { readonly accuracy: Accuracy; readonly atMs: number } | null = null
  team: Team | null = null
  private readonly stage: Stage
  private readonly parts: PlotParts
  private askedAtMs: number | null = null
  private isTagged = false
  private isJudged = false
  private failure: { readonly error: unknown } | null = null

  constructor(stage: Stage, parts: PlotParts) {
    this.stage = stage
    this.parts = parts
  }

  /** Looks whether something is to be done. @throws what the team cannot put up with, and if the server does not answer */
  async goOn(): Promise<void> {
    if (this.failure !== null) throw this.failure.error
    const { step, requestedAt, failed, challenger } = this.stage.story.progress
    if (this.before === null && this.stage.platform.contents >= DRIFT_FROM) await this.driftBegins()
    if (this.team === null && requestedAt !== null && this.isTeamHere()) this.teamBegins()
    if (this.team !== null && !this.isTagged && (step === 'TRAINING' || failed !== null))
      await this.teamEnds(this.team)
    if (!this.isJudged && challenger !== null) await this.showJudgement(challenger)
  }

  /** Nobody tags any more. */
  async stop(): Promise<void> {
    await this.team?.stop()
  }

  private async driftBegins(): Promise<void> {
    const { recorder } = this.stage
    const accuracy = await recorder.measure()
    this.before = { accuracy, atMs: this.parts.elapsedMs() }
    recorder.mark({ type: 'drift', text: 'drift begins' })
    this.say(
      `DRIFT begins: 1 in 5 contents is in slang from now on, and nobody tells Nicr. It reads ${percent(accuracy.newLanguage)} of the slang rightly, and ${percent(accuracy.ordinary)} of ordinary language`,
    )
  }

  /** Nobody sits and waits for questions: by then there is more of what to ask about. */
  private isTeamHere(): boolean {
    this.askedAtMs ??= this.parts.elapsedMs()
    return this.parts.elapsedMs() - this.askedAtMs >= TEAM_COMES_MS
  }

  private teamBegins(): void {
    const { nicr, platform, services } = this.stage
    const { seed } = this.parts
    const { keysFile } = services.config.access
    this.team = hireTeam(
      { url: nicr.server, kind: KIND, truthOf: platform.truthOf, seed, keysFile },
      error => {
        this.failure ??= { error }
      },
    )
    this.say(
      `${usualTeam.length} people begin to tag, ${TEAM_SPEED} times as fast as people do: most are careful, one is careless, one means the contrary; a moderator decides where they differ`,
    )
  }

  private async teamEnds(team: Team): Promise<void> {
    this.isTagged = true
    await team.stop()
    const { nicr } = this.stage
    this.say(saidOfTeam(team, await teamFigures({ url: nicr.server, key: nicr.key }, KIND)))
  }

  private async showJudgement(version: string): Promise<void> {
    this.isJudged = true
    const judgement = await readJudgement(join(this.parts.dataDir, 'models', KIND, version))
    if (judgement !== null) this.say(saidOfJudgement(judgement))
  }

  private say(line: string): void {
    this.parts.narrator.say(line)
  }
}

export interface PlotParts {
  readonly seed: number
  readonly dataDir: string
  readonly narrator: Narrator
  readonly elapsedMs: () => number
}
