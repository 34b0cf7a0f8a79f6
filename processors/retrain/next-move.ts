import type { RetrainStep } from '../../schemas/records.ts'
import type { Move as PromotionMove } from '../fold-promotions.ts'
import { type Breach, judgeRollout } from './judge-rollout.ts'
import type { LoopRules } from './loop-rules.ts'
import type { OpenRequest } from './loop-state.ts'
import { joinPairs, noPairs, type PairedScores } from './paired-scores.ts'

/**
 * What is to be done next for a kind, from what its topics and tables say: nothing is remembered between two looks, so
 * whoever takes over goes on where the last one was.
 */

/** Who moves aliases here; people have names of their own. */
export const RETRAIN_JOB = 'retrain'

export interface KindView {
  readonly kind: string
  /** Wall clock, ms since the epoch. */
  readonly now: number
  readonly rules: LoopRules
  readonly scaleWidth: number
  readonly isPaused: boolean
  readonly champion: string
  /** The oldest open request; null where there is none. */
  readonly request: OpenRequest | null
  readonly labels: LabelCount
  readonly training: Training
  readonly rollout: Rollout
}

export interface LabelCount {
  /** Contents labelled since the champion went live. */
  readonly contents: number
  /** When the last of these labels was appended, ms since the epoch; null without any. */
  readonly lastAt: number | null
}

/** Of this process: another that trained has lost its lease. */
export type Training =
  | { readonly state: 'NONE' }
  | { readonly state: 'RUNNING'; readonly requestId: string }
  | { readonly state: 'DONE'; readonly requestId: string; readonly outcome: TrainingOutcome }

export type TrainingOutcome =
  /** A version that passed every gate. */
  | { readonly passed: true; readonly version: string; readonly detail: string }
  /** Refused by a gate, or failed; a version where there is one to look at. */
  | { readonly passed: false; readonly version: string | null; readonly detail: string }

/** Where a newcomer is on its way. */
export type Rollout =
  | { readonly phase: 'NONE' }
  /** A challenger scores along, or answers a share. */
  | {
      readonly phase: 'SHADOW' | 'CANARY'
      readonly challenger: PromotionMove
      /** Since it scores along, and in a canary since it answers. */
      readonly shadow: PairedScores
      readonly canary: PairedScores
    }
  /** A version was promoted, and it was never champion before; null: its predecessor does not score along yet. */
  | {
      readonly phase: 'WATCH'
      readonly promotion: PromotionMove
      readonly predecessor: string
      readonly watched: readonly PairedScores[] | null
      /** What was measured in its shadow; null where it was in none. */
      readonly measured: PairedScores | null
    }
  /** A version scores along for nothing any more. */
  | { readonly phase: 'LEFT_OVER'; readonly challenger: PromotionMove }

export type NextMove =
  | { readonly do: 'WAIT' }
  | ({ readonly do: 'SAY' } & SaidStep)
  | { readonly do: 'TRAIN'; readonly request: OpenRequest['request'] }
  | { readonly do: 'CANCEL_TRAINING' }
  | ({ readonly do: 'SHADOW'; readonly version: string } & SaidStep)
  | ({ readonly do: 'CANARY'; readonly version: string; readonly share: number } & SaidStep)
  /** The challenger becomes champion, and the champion its predecessor that scores along. */
  | ({ readonly do: 'PROMOTE'; readonly version: string } & SaidStep)
  /** The request ends, and with it its challenger, if it has one. */
  | ({ readonly do: 'END'; readonly endsChallenger: boolean } & SaidStep)
  | { readonly do: 'WATCH'; readonly predecessor: string }
  | { readonly do: 'END_WATCH'; readonly requestId: string | null; readonly detail: string }
  | {
      readonly do: 'ROLL_BACK'
      readonly to: string
      readonly requestId: string | null
      readonly detail: string
    }

/** A step of the request, without what is known anyway. */
export interface SaidStep {
  readonly requestId: string
  readonly step: RetrainStep['step']
  readonly task: string
  readonly progress: number
  readonly figures: Readonly<Record<string, number>>
  readonly detail: string
  readonly modelVersion: string | null
}

const wait = { do: 'WAIT' } as const

/** The next move of a kind: one at a time, so that each is committed before the next is thought of. */
export function nextMove(view: KindView): NextMove {
  const { rollout, request, training, isPaused } = view
  if (isPaused) return training.state === 'NONE' ? sayPaused(view) : { do: 'CANCEL_TRAINING' }
  if (rollout.phase === 'WATCH') {
    const move = watchMove(view, rollout)
    // A challenger that is ready does not wait for contents that may not come: its shadow ends the watch.
    if (move.do !== 'WAIT') return move
  }
  if (rollout.phase === 'LEFT_OVER') return endLeftOver(view, rollout.challenger)
  if (request === null) return training.state === 'NONE' ? wait : { do: 'CANCEL_TRAINING' }
  if (rollout.phase === 'SHADOW' || rollout.phase === 'CANARY') return rolloutMove(view, rollout, request)
  return requestMove(view, request)
}

/** Said once: a request that stands still says why. */
function sayPaused({ request }: KindView): NextMove {
  if (request === null || request.last?.task === 'paused') return wait
  const detail = 'The kind is paused: nothing is trained or promoted until somebody resumes it.'
  const { step, progress, figures, modelVersion } = request.last ?? {
    step: 'REQUESTED' as const,
    progress: 0,
    figures: {},
    modelVersion: null,
  }
  return {
    do: 'SAY',
    requestId: request.request.id,
    step,
    task: 'paused',
    progress,
    figures,
    detail,
    modelVersion,
  }
}

function requestMove(view: KindView, { request, last }: OpenRequest): NextMove {
  const { now, rules, labels, training, champion } = view
  const end = (step: 'REJECTED' | 'EXPIRED', detail: string, version: string | null = null): NextMove => ({
    do: 'END',
    endsChallenger: false,
    requestId: request.id,
    step,
    task: step === 'EXPIRED' ? 'expire' : 'gate',
    progress: 1,
    figures: labelFigures(view),
    detail,
    modelVersion: version,
  })
  if (training.state === 'DONE' && training.requestId === request.id) {
    const { outcome } = training
    if (!outcome.passed) return end('REJECTED', outcome.detail, outcome.version)
    return {
      do: 'SHADOW',
      version: outcome.version,
      ...shadowStep(view, request.id, outcome.version, noPairs),
    }
  }
  if (training.state !== 'NONE') return training.requestId === request.id ? wait : { do: 'CANCEL_TRAINING' }
  if (request.modelVersion !== champion && request.modelVersion !== '')
    return end('EXPIRED', `It asked to replace version ${request.modelVersion}, and ${champion} is live now.`)
  if (request.expiresAt !== null && now >= request.expiresAt)
    return end('EXPIRED', `Too few labels came in time: ${labels.contents} of ${rules.labels.min}.`)
  if (isReady(view)) return { do: 'TRAIN', request }
  const tagging = taggingStep(view, request.id)
  const isNews =
    last === null ||
    last.step !== 'TAGGING' ||
    last.task !== tagging.task ||
    last.figures['labels'] !== labels.contents
  if (!isNews) return wait
  if (last === null)
    return { ...tagging, do: 'SAY', step: 'REQUESTED', task: 'request', detail: request.reason }
  return { do: 'SAY', ...tagging }
}

/** Enough labels, and no more on their way; from `wanted` on at once. */
function isReady({ labels, rules, now }: KindView): boolean {
  const { min, wanted, settleMs } = rules.labels
  if (labels.contents < min) return false
  return labels.contents >= wanted || labels.lastAt === null || now - labels.lastAt >= settleMs
}

function taggingStep(view: KindView, requestId: string): SaidStep {
  const { labels, rules } = view
  const { min } = rules.labels
  const missing = min - labels.contents
  return {
    requestId,
    step: 'TAGGING',
    task: missing > 0 ? 'tag' : 'settle',
    progress: Math.min(1, labels.contents / min),
    figures: labelFigures(view),
    detail:
      missing > 0
        ? `${labels.contents} of ${min} contents are labelled; ${missing} more are needed.`
        : `${labels.contents} contents are labelled; it begins once no more labels come, or ${rules.labels.wanted} are there.`,
    modelVersion: null,
  }
}

function labelFigures({ labels, rules }: KindView): Readonly<Record<string, number>> {
  return { labels: labels.contents, labelsNeeded: rules.labels.min, labelsWanted: rules.labels.wanted }
}

type Challenge = Extract<Rollout, { readonly phase: 'SHADOW' | 'CANARY' }>

function rolloutMove(view: KindView, rollout: Challenge, { request, last }: OpenRequest): NextMove {
  const { challenger, shadow, canary, phase } = rollout
  const { version, requestId } = challenger.promotion
  // Somebody else's challenger is left alone; the request waits until it ends.
  if (requestId !== request.id) return wait
  const { rules, scaleWidth } = view
  const { shadowRecordsMin, canaryShare, canaryRecordsMin } = rules.rollout
  const measured = phase === 'SHADOW' ? shadow : canary
  const judged = { rules: rules.rollout, scaleWidth, measured: shadow }
  const breach = hasEnough(measured, Math.min(BREACH_RECORDS_MIN, shadowRecordsMin))
    ? judgeRollout(measured, judged)
    : null
  const step = shadowStep(view, request.id, version, measured, phase)
  if (breach !== null)
    return {
      do: 'END',
      endsChallenger: true,
      ...step,
      step: 'REJECTED',
      progress: 1,
      detail: `Version ${version} was taken out of its ${phase.toLowerCase()}: ${breach.detail}.`,
    }
  const needed = phase === 'SHADOW' ? shadowRecordsMin : canaryRecordsMin
  if (measured.records < needed) return isSaid(last, step) ? wait : { do: 'SAY', ...step }
  if (phase === 'SHADOW' && canaryShare > 0)
    return {
      do: 'CANARY',
      version,
      share: canaryShare,
      ...shadowStep(view, request.id, version, noPairs, 'CANARY'),
    }
  return {
    do: 'PROMOTE',
    version,
    ...step,
    step: 'PROMOTED',
    task: 'promote',
    progress: 1,
    detail: `Version ${version} is live after ${shadow.records} contents in shadow${canaryShare > 0 ? ` and ${canary.records} in its canary` : ''}; ${view.champion} scores along while it is watched.`,
  }
}

/** Fewer contents say little of what is wrong. */
const BREACH_RECORDS_MIN = 50

function hasEnough({ records, missing }: PairedScores, min: number): boolean {
  return records + missing >= min
}

function shadowStep(
  { rules }: KindView,
  requestId: string,
  version: string,
  pairs: PairedScores,
  phase: 'SHADOW' | 'CANARY' = 'SHADOW',
): SaidStep {
  const { shadowRecordsMin, canaryRecordsMin } = rules.rollout
  const needed = phase === 'SHADOW' ? shadowRecordsMin : canaryRecordsMin
  const { records } = pairs
  const where =
    phase === 'SHADOW'
      ? 'scores along unseen (shadow)'
      : `answers ${Math.round(100 * rules.rollout.canaryShare)} % of the content (canary)`
  return {
    requestId,
    step: 'SHADOW',
    task: phase.toLowerCase(),
    // In tenths: every content is no news.
    progress: needed === 0 ? 1 : Math.min(1, Math.floor((10 * records) / needed) / 10),
    figures: { needed, ...pairFigures(pairs) },
    detail: `Version ${version} ${where}: ${records} of ${needed} contents.`,
    modelVersion: version,
  }
}

function isSaid(last: RetrainStep | null, { step, task, progress }: SaidStep): boolean {
  return last !== null && last.step === step && last.task === task && last.progress === progress
}

/** The report of how two versions disagree, as figures. */
export function pairFigures(pairs: PairedScores): Readonly<Record<string, number>> {
  const { records, missing, meanShift, shiftVariance, differing, newcomerMicros, predecessorMicros } = pairs
  return {
    records,
    missing,
    meanShift: round(meanShift),
    shiftDeviation: round(Math.sqrt(shiftVariance)),
    differing,
    differingShare: records === 0 ? 0 : round(differing / records),
    newcomerRight: pairs.newcomerRight,
    predecessorRight: pairs.predecessorRight,
    ...(newcomerMicros === null ? {} : { newcomerMicros: round(newcomerMicros) }),
    ...(predecessorMicros === null ? {} : { predecessorMicros: round(predecessorMicros) }),
  }
}

function round(value: number): number {
  return Math.round(value * 1e4) / 1e4
}

function endLeftOver({ champion }: KindView, { promotion: { version } }: PromotionMove): NextMove {
  const detail = `Version ${version} scores along no more: ${champion} was made live by hand, which is not watched.`
  return { do: 'END_WATCH', requestId: null, detail }
}

type Watch = Extract<Rollout, { readonly phase: 'WATCH' }>

function watchMove(view: KindView, rollout: Watch): NextMove {
  const { rules, scaleWidth } = view
  const { promotion, predecessor, watched, measured } = rollout
  if (watched === null) return { do: 'WATCH', predecessor }
  const { version, requestId } = promotion.promotion
  const { windowRecords, watchWindows } = rules.rollout
  const judged = { rules: rules.rollout, scaleWidth, measured }
  const whole = watched.filter(window => hasEnough(window, windowRecords))
  const breaches = whole.map(window => judgeRollout(window, judged))
  const all = watched.reduce(joinPairs, noPairs)
  // People speak of few contents: what they say of all windows together counts too.
  const breach: Breach | null = breaches.find(one => one !== null) ?? peopleOnly(all, judged)
  if (breach !== null)
    return {
      do: 'ROLL_BACK',
      to: predecessor,
      requestId,
      detail: `Version ${version} is taken back: ${breach.detail}.`,
    }
  if (whole.length < watchWindows) return wait
  return {
    do: 'END_WATCH',
    requestId,
    detail: `Version ${version} stays: ${all.records} contents in ${whole.length} windows showed nothing wrong.`,
  }
}

function peopleOnly(all: PairedScores, judged: Parameters<typeof judgeRollout>[1]): Breach | null {
  const { newcomerRight, predecessorRight } = all
  return judgeRollout({ ...noPairs, newcomerRight, predecessorRight }, judged)
}
