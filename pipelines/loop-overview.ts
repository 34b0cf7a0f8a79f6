import type { LiveVersions } from './promotion-history.ts'

/** Where the loop of each kind is, as ClickHouse keeps it; times are ms since the epoch. */
export interface KindLoop {
  readonly kind: string
  /** Null: the kind has no version. `since` is null for the highest committed version that was never promoted. */
  readonly champion: { readonly version: string; readonly since: number | null } | null
  /** A version that scores along: one that may become champion, or while one is watched its predecessor. */
  readonly challenger: {
    readonly version: string
    /** Of the content that it answers, 0–1. */
    readonly share: number
    readonly since: number
  } | null
  readonly phase: LoopPhase
  /** The champion before, to which the kind goes back if the present one is found wrong; only while that is watched. */
  readonly predecessor: string | null
  readonly paused: { readonly by: string; readonly reason: string; readonly at: number } | null
  /** Contents that must be labelled before it is trained. */
  readonly labelsNeeded: number
  /** The oldest first: the loop sees to that one. */
  readonly open: readonly RequestStory[]
  /** The latest to end first. */
  readonly ended: readonly RequestStory[]
}

export const loopPhases = ['none', 'tagging', 'training', 'shadow', 'canary', 'watch'] as const
export type LoopPhase = (typeof loopPhases)[number]

/** A request and what became of it. */
export interface RequestStory {
  readonly id: string
  readonly policy: string
  readonly reason: string
  readonly by: string
  /** The champion that should be replaced. */
  readonly modelVersion: string
  readonly requestedAt: number
  readonly expiresAt: number | null
  readonly evidence: readonly {
    readonly source: string
    readonly ref: string | null
    readonly feature: string | null
    readonly value: number | null
    readonly threshold: number | null
    readonly detail: string
  }[]
  /** The last that was said of it; null where nothing was. */
  readonly last: StoryStep | null
  /** What was done when, the earliest first: one entry a task, as it was last said. */
  readonly steps: readonly StoryStep[]
}

export interface StoryStep {
  readonly step: string
  readonly task: string
  /** 0–1. */
  readonly progress: number
  readonly figures: Readonly<Record<string, number>>
  readonly detail: string
  readonly modelVersion: string | null
  /** When the task was first said. */
  readonly since: number
  /** When it was last said. */
  readonly at: number
}

/** A promotion as history tells it; where its folder lies stays out. */
export interface PastPromotion {
  readonly id: string
  readonly kind: string
  readonly alias: string
  /** Empty: the alias was taken away. */
  readonly version: string
  readonly previous: string | null
  readonly share: number
  readonly reason: string
  readonly requestId: string | null
  readonly by: string
  readonly at: number
  /** Why it did not hold; null if it did. */
  readonly ignored: string | null
}

export interface PromotionHistory {
  /** The newest first. */
  readonly promotions: readonly PastPromotion[]
  /** What was live at the time that was asked for; null where none was. */
  readonly live: readonly LiveVersions[] | null
}
