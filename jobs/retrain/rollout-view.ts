import type { LoopKind } from '../../pipelines/kind-declaration.ts'
import type { LoopFigures } from '../../pipelines/loop-figures.ts'
import type { DefaultVersionOf, Promotions } from '../../processors/fold-promotions.ts'
import { versionOf } from '../../processors/fold-promotions.ts'
import { pairFigures, type Rollout } from '../../processors/retrain/next-move.ts'
import { joinPairs, noPairs, type PairedScores } from '../../processors/retrain/paired-scores.ts'
import { rolloutPhase } from '../../processors/retrain/rollout-phase.ts'

/** Where a kind's newcomer is, counted. */
export interface RolloutView {
  readonly rollout: Rollout
  /** Of the phase that it is in, for steps and pages. */
  readonly figures: Readonly<Record<string, number>>
}

export interface RolloutViewParts {
  readonly promotions: Promotions
  readonly defaultOf: DefaultVersionOf
  readonly figures: LoopFigures
  /** ms since the epoch. */
  readonly now: number
}

/**
 * What promotions say, and what ClickHouse counts for it.
 * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function viewRollout(kind: LoopKind, parts: RolloutViewParts): Promise<RolloutView> {
  const { promotions, defaultOf, figures, now } = parts
  const { rollout: rules } = kind.loop
  const phase = rolloutPhase(promotions, kind.kind, defaultOf)
  const count = async (
    newcomer: string,
    predecessor: string,
    span: { readonly since: number; readonly until: number; readonly recordsMax: number },
  ) => joined(await figures.pairs(kind, { newcomer, predecessor, ...whole(span) }))
  switch (phase.phase) {
    case 'NONE':
    case 'LEFT_OVER':
      return { rollout: phase, figures: {} }
    case 'SHADOW':
    case 'CANARY': {
      const { challenger, shadowSince, canarySince } = phase
      const newcomer = challenger.promotion.version
      const champion = versionOf(promotions, kind.kind, 'CHAMPION', defaultOf) ?? ''
      const shadow = await count(newcomer, champion, {
        since: shadowSince,
        until: canarySince ?? now + AHEAD_MS,
        recordsMax: RECORDS_MAX,
      })
      const canary =
        canarySince === null
          ? noPairs
          : await count(newcomer, champion, {
              since: canarySince,
              until: now + AHEAD_MS,
              recordsMax: RECORDS_MAX,
            })
      return {
        rollout: { phase: phase.phase, challenger, shadow, canary },
        figures: pairFigures(canarySince === null ? shadow : canary),
      }
    }
    case 'WATCH': {
      const { promotion, predecessor, watchedSince, shadow } = phase
      const newcomer = promotion.promotion.version
      if (watchedSince === null)
        return {
          rollout: { phase: 'WATCH', promotion, predecessor, watched: null, measured: null },
          figures: {},
        }
      const watched = await figures.pairs(kind, {
        newcomer,
        predecessor,
        since: watchedSince,
        until: now + AHEAD_MS,
        windowRecords: rules.windowRecords,
        windowsMax: rules.watchWindows,
      })
      const measured = shadow && (await count(newcomer, predecessor, { ...shadow, recordsMax: RECORDS_MAX }))
      return {
        rollout: { phase: 'WATCH', promotion, predecessor, watched, measured },
        figures: pairFigures(joined(watched)),
      }
    }
  }
}

/** Contents that are looked at in a phase; a phase lasts a few hundred. */
const RECORDS_MAX = 100_000
/** The broker's clock may be ahead of this one's. */
const AHEAD_MS = 300_000

function whole({ since, until, recordsMax }: { since: number; until: number; recordsMax: number }) {
  return { since, until, windowRecords: recordsMax, windowsMax: 1 }
}

function joined(windows: readonly PairedScores[]): PairedScores {
  return windows.reduce(joinPairs, noPairs)
}
