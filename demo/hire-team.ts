import { createKey } from '../serving/key-file.ts'
import { createAnnotators, type SimulatedAnnotator, usualTeam } from './annotators.ts'
import { ask, type Server } from './http.ts'
import { startTeam, type Team, type TeamParts } from './team.ts'

/** How many times faster than people the simulated ones answer. */
export const TEAM_SPEED = 12
const MODERATOR = 'moderator'

/** Gives each of the usual team a key of their own, and one to a moderator, and lets them begin. */
export function hireTeam(
  parts: Pick<TeamParts, 'url' | 'kind' | 'truthOf'> & { readonly seed: number; readonly keysFile: string },
  onFailed: (error: unknown) => void,
): Team {
  const { url, kind, truthOf, seed, keysFile } = parts
  const withKey = (annotator: SimulatedAnnotator, role: 'label' | 'moderate') => ({
    annotator,
    key: createKey({ keysFile, name: annotator.name, roles: [role], by: 'demo', now: Date.now() }).key,
  })
  const [moderator] = createAnnotators(seed, [[MODERATOR, 'careful']])
  return startTeam(
    {
      url,
      kind,
      truthOf,
      speed: TEAM_SPEED,
      people: createAnnotators(seed, usualTeam).map(annotator => withKey(annotator, 'label')),
      moderator: withKey(moderator!, 'moderate'),
    },
    onFailed,
  )
}

/** How the team did, as Nicr sees it. */
export interface TeamFigures {
  /** Krippendorff's α; null where nothing could be compared. */
  readonly alpha: number | null
  /** The most reliable first. */
  readonly people: readonly {
    readonly labeller: string
    readonly answers: number
    readonly checks: number
    readonly checksRight: number
    /** 0–1. */
    readonly reliability: number
  }[]
}

/** @param server with a key of the role moderate */
export async function teamFigures(server: Server, kind: string): Promise<TeamFigures> {
  const { alpha, people } = await ask<TeamFigures>(server, `/v1/label/agreement?kind=${kind}`)
  return { alpha, people: [...people].sort((one, other) => other.reliability - one.reliability) }
}

/** In a sentence. */
export function saidOfTeam(
  { answers, decided }: Pick<Team, 'answers' | 'decided'>,
  { alpha, people }: TeamFigures,
): string {
  const checks = people.reduce((sum, one) => sum + one.checks, 0)
  const right = people.reduce((sum, one) => sum + one.checksRight, 0)
  const [best, worst] = [people[0], people.at(-1)]
  return [
    `${answers} answers are given, ${decided} disagreements decided`,
    ...(alpha === null ? [] : [`agreement α ${alpha.toFixed(2)}`]),
    ...(checks === 0 ? [] : [`${right} of ${checks} hidden checks right`]),
    ...(best === undefined || worst === undefined
      ? []
      : [
          `believed most: ${best.labeller} (${best.reliability.toFixed(2)}), least: ${worst.labeller} (${worst.reliability.toFixed(2)})`,
        ]),
  ].join('; ')
}
