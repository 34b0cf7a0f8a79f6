import { describe, expect, it } from 'vitest'
import { foldPromotion, noPromotions, type Promotions } from '../../../processors/fold-promotions.ts'
import { textLoopRules } from '../../../processors/retrain/loop-rules.ts'
import { emptyLoop, foldLoop, isPaused, openOf } from '../../../processors/retrain/loop-state.ts'
import { type KindView, nextMove, RETRAIN_JOB, type Rollout } from '../../../processors/retrain/next-move.ts'
import { noPairs, type PairedScores } from '../../../processors/retrain/paired-scores.ts'
import { rolloutPhase } from '../../../processors/retrain/rollout-phase.ts'
import type { ModelPromotion, RetrainRequest, RetrainStep } from '../../../schemas/records.ts'
import { aPromotion } from '../../support/model-versions.ts'

const NOW = Date.UTC(2026, 10, 28, 12)
const rules = textLoopRules

const aRequest = (changes: Partial<RetrainRequest> = {}): RetrainRequest => ({
  id: 'r1',
  kind: 'niceness',
  policy: 'drift',
  reason: 'Words changed.',
  evidence: [],
  modelVersion: '2',
  by: 'request-retrain',
  requestedAt: NOW,
  expiresAt: NOW + 1e9,
  ...changes,
})
const aStep = (changes: Partial<RetrainStep> = {}): RetrainStep => ({
  id: 's',
  requestId: 'r1',
  kind: 'niceness',
  step: 'REQUESTED',
  task: 'request',
  progress: 0,
  figures: {},
  detail: '',
  modelVersion: null,
  at: NOW,
  ...changes,
})
const view = (changes: Partial<KindView> = {}): KindView => ({
  kind: 'niceness',
  now: NOW,
  rules,
  scaleWidth: 10,
  isPaused: false,
  champion: '2',
  request: { request: aRequest(), last: aStep() },
  labels: { contents: 0, lastAt: null },
  training: { state: 'NONE' },
  rollout: { phase: 'NONE' },
  ...changes,
})
const labelled = (contents: number, lastAt = NOW) => ({ contents, lastAt })

describe('a request', () => {
  it('is taken in, then says how many labels it has of those it needs, and nothing twice', () => {
    const first = nextMove(view({ request: { request: aRequest(), last: null } }))
    expect(first).toMatchObject({ do: 'SAY', step: 'REQUESTED', detail: 'Words changed.' })
    const tagging = nextMove(view({ labels: labelled(20) }))
    expect(tagging).toMatchObject({
      do: 'SAY',
      step: 'TAGGING',
      figures: { labels: 20, labelsNeeded: rules.labels.min },
    })
    const last = aStep({ step: 'TAGGING', task: 'tag', figures: { labels: 20 } })
    expect(nextMove(view({ labels: labelled(20), request: { request: aRequest(), last } })).do).toBe('WAIT')
    expect(nextMove(view({ labels: labelled(21), request: { request: aRequest(), last } })).do).toBe('SAY')
  })

  it('trains once the labels are there and no more come, and at once from those wanted on', () => {
    const { min, wanted, settleMs } = rules.labels
    expect(nextMove(view({ labels: labelled(min) })).do).toBe('SAY')
    expect(nextMove(view({ labels: labelled(min, NOW - settleMs) })).do).toBe('TRAIN')
    expect(nextMove(view({ labels: labelled(wanted) })).do).toBe('TRAIN')
    expect(nextMove(view({ labels: labelled(min - 1, NOW - settleMs) })).do).toBe('SAY')
  })

  it('lapses, or ends when another version is live by now', () => {
    const lapsed = aRequest({ expiresAt: NOW })
    expect(nextMove(view({ request: { request: lapsed, last: aStep() } }))).toMatchObject({
      do: 'END',
      step: 'EXPIRED',
    })
    expect(nextMove(view({ champion: '3' }))).toMatchObject({ do: 'END', step: 'EXPIRED' })
  })

  it('is refused with what the gates said, or goes into shadow', () => {
    const done = (passed: boolean) =>
      view({
        training: {
          state: 'DONE',
          requestId: 'r1',
          outcome: { passed, version: '3', detail: 'It is worse.' },
        },
      })
    expect(nextMove(done(false))).toMatchObject({ do: 'END', step: 'REJECTED', detail: 'It is worse.' })
    expect(nextMove(done(true))).toMatchObject({ do: 'SHADOW', version: '3', step: 'SHADOW' })
  })

  it('stands still where the kind is paused: its training stops, and it says so once', () => {
    const running = { state: 'RUNNING', requestId: 'r1' } as const
    expect(nextMove(view({ isPaused: true, training: running })).do).toBe('CANCEL_TRAINING')
    const said = nextMove(view({ isPaused: true, labels: labelled(1000) }))
    expect(said).toMatchObject({ do: 'SAY', task: 'paused' })
    const last = aStep({ task: 'paused' })
    expect(nextMove(view({ isPaused: true, request: { request: aRequest(), last } })).do).toBe('WAIT')
  })
})

const promotion = (changes: Partial<ModelPromotion>): ModelPromotion =>
  aPromotion({ kind: 'niceness', requestId: 'r1', by: RETRAIN_JOB, ...changes })
const moved = (version: string, changes: Partial<ModelPromotion> = {}) => ({
  promotion: promotion({ version, ...changes }),
  offset: 0,
  since: NOW,
})
const scored = (records: number, changes: Partial<PairedScores> = {}): PairedScores => ({
  ...noPairs,
  records,
  meanShift: 0.2,
  shiftVariance: 0.4,
  differing: Math.round(records / 10),
  ...changes,
})
const { shadowRecordsMin, canaryRecordsMin, canaryShare, windowRecords, watchWindows } = rules.rollout

describe('a challenger', () => {
  const at = (phase: 'SHADOW' | 'CANARY', shadow: PairedScores, canary = noPairs): Rollout => ({
    phase,
    challenger: moved('3', { alias: 'CHALLENGER' }),
    shadow,
    canary,
  })

  it('goes from shadow to canary to champion by counts of contents', () => {
    const inShadow = nextMove(view({ rollout: at('SHADOW', scored(shadowRecordsMin - 1)) }))
    expect(inShadow).toMatchObject({ do: 'SAY', step: 'SHADOW', task: 'shadow' })
    expect(nextMove(view({ rollout: at('SHADOW', scored(shadowRecordsMin)) }))).toMatchObject({
      do: 'CANARY',
      version: '3',
      share: canaryShare,
    })
    const shadow = scored(shadowRecordsMin)
    expect(nextMove(view({ rollout: at('CANARY', shadow, scored(canaryRecordsMin - 1)) })).do).toBe('SAY')
    expect(nextMove(view({ rollout: at('CANARY', shadow, scored(canaryRecordsMin)) }))).toMatchObject({
      do: 'PROMOTE',
      version: '3',
      step: 'PROMOTED',
    })
  })

  it('that breaks on the way is taken out, and its request refused with why', () => {
    const broken = scored(30, { missing: 40 })
    expect(nextMove(view({ rollout: at('SHADOW', broken) }))).toMatchObject({
      do: 'END',
      endsChallenger: true,
      step: 'REJECTED',
      detail: expect.stringContaining('no score of 40 of 70'),
    })
  })

  it('of somebody else is left alone', () => {
    const theirs = { ...at('SHADOW', scored(10_000)), challenger: moved('7', { requestId: null }) }
    expect(nextMove(view({ rollout: theirs as Rollout })).do).toBe('WAIT')
  })
})

describe('a promotion', () => {
  const watching = (
    watched: readonly PairedScores[] | null,
    measured: PairedScores | null = scored(400),
  ): Rollout => ({ phase: 'WATCH', promotion: moved('3'), predecessor: '2', watched, measured })
  const bare = (rollout: Rollout) => view({ request: null, champion: '3', rollout })

  it('is watched beside its predecessor, and stays after so many windows', () => {
    expect(nextMove(bare(watching(null)))).toEqual({ do: 'WATCH', predecessor: '2' })
    const window = scored(windowRecords)
    expect(nextMove(bare(watching([window]))).do).toBe('WAIT')
    const whole = Array.from({ length: watchWindows }, () => window)
    expect(nextMove(bare(watching(whole)))).toMatchObject({ do: 'END_WATCH', requestId: 'r1' })
  })

  it('that is bad is taken back within its first whole window, also one that a person made', () => {
    const bad = scored(windowRecords, { meanShift: -3 })
    expect(nextMove(bare(watching([bad])))).toMatchObject({ do: 'ROLL_BACK', to: '2' })
    expect(nextMove(bare(watching([bad], null)))).toMatchObject({ do: 'ROLL_BACK', to: '2' })
    // Half a window says too little.
    expect(nextMove(bare(watching([scored(windowRecords / 2, { meanShift: -3 })]))).do).toBe('WAIT')
  })

  it('does not keep a request waiting for contents that may not come', () => {
    const waiting = view({ champion: '3', rollout: watching([]), labels: labelled(rules.labels.wanted) })
    const request = { request: aRequest({ modelVersion: '3' }), last: aStep() }
    expect(nextMove({ ...waiting, request }).do).toBe('TRAIN')
  })
})

describe('what promotions come to', () => {
  const defaultOf = () => '2'
  const fold = (...changes: Partial<ModelPromotion>[]): Promotions =>
    changes.reduce<Promotions>((promotions, change, offset) => {
      const record = { value: promotion({ at: NOW + offset, ...change }), offset, appendedAt: NOW + offset }
      const folded = foldPromotion(promotions, record, defaultOf)
      expect(folded.ignored).toBeNull()
      return folded.promotions
    }, noPromotions)
  const phase = (...changes: Partial<ModelPromotion>[]) =>
    rolloutPhase(fold(...changes), 'niceness', defaultOf)
  const shadow = { alias: 'CHALLENGER', version: '3', previous: null, share: 0 } as const
  const canary = { alias: 'CHALLENGER', version: '3', previous: '3', share: 0.2 } as const
  const promoted = { alias: 'CHAMPION', version: '3', previous: '2' } as const
  const predecessor = { alias: 'CHALLENGER', version: '2', previous: '3', share: 0 } as const
  const ended = { alias: 'CHALLENGER', version: '', previous: '2', share: 0 } as const

  it('is shadow, canary, watch and nothing again', () => {
    expect(phase()).toEqual({ phase: 'NONE' })
    expect(phase(shadow)).toMatchObject({ phase: 'SHADOW', shadowSince: NOW })
    expect(phase(shadow, canary)).toMatchObject({
      phase: 'CANARY',
      shadowSince: NOW,
      canarySince: NOW + 1,
    })
    const watch = {
      phase: 'WATCH',
      predecessor: '2',
      watchedSince: NOW + 3,
      shadow: { since: NOW, until: NOW + 1 },
    }
    expect(phase(shadow, canary, promoted, predecessor)).toMatchObject(watch)
    expect(phase(shadow, canary, promoted, predecessor, ended)).toEqual({ phase: 'NONE' })
  })

  it('is a watch without a measure where a person promoted, and none where somebody goes back', () => {
    const byHand = { alias: 'CHAMPION', version: '7', previous: null, by: 'ada', requestId: null } as const
    expect(phase(byHand)).toMatchObject({ phase: 'WATCH', watchedSince: null, shadow: null })
    expect(phase(byHand, { ...byHand, version: '2', previous: '7' })).toEqual({ phase: 'NONE' })
    // Who insists is let: a version that was live before is not watched.
    const back = { ...byHand, version: '2', previous: '7' }
    expect(phase(byHand, back, { ...byHand, previous: '2' })).toEqual({ phase: 'NONE' })
  })

  it('leaves nothing that scores along once a person ends a watch by going back, and forth again', () => {
    const watched = [shadow, canary, promoted, predecessor]
    const back = { alias: 'CHAMPION', version: '2', previous: '3', by: 'ada', requestId: null } as const
    const forth = { ...back, version: '3', previous: '2' }
    for (const moves of [
      [...watched, back],
      [...watched, back, forth],
    ])
      expect(phase(...moves)).toMatchObject({
        phase: 'LEFT_OVER',
        challenger: { promotion: { version: '2' } },
      })
    expect(phase(...watched, back, forth, ended)).toEqual({ phase: 'NONE' })
    const { challenger } = phase(...watched, back) as { challenger: ReturnType<typeof moved> }
    const leftOver = view({ rollout: { phase: 'LEFT_OVER', challenger } })
    expect(nextMove(leftOver)).toMatchObject({
      do: 'END_WATCH',
      requestId: null,
      detail: 'Version 2 scores along no more: 2 was made live by hand, which is not watched.',
    })
  })

  it('watches what a person promotes meanwhile beside the champion before it, not an earlier one or itself', () => {
    const byHand = { alias: 'CHAMPION', by: 'ada', requestId: null } as const
    const other = { ...byHand, version: '7', previous: '3' }
    expect(phase(shadow, canary, promoted, predecessor, other)).toMatchObject({
      phase: 'WATCH',
      predecessor: '3',
      watchedSince: null,
    })
    expect(phase(shadow, { ...byHand, version: '3', previous: '2' })).toMatchObject({
      phase: 'WATCH',
      predecessor: '2',
      watchedSince: null,
    })
  })
})

describe('the topics', () => {
  it('come to the same state in whatever order they are read against each other', () => {
    const request = { topic: 'retrain-requests', value: aRequest() } as const
    const other = { topic: 'retrain-requests', value: aRequest({ id: 'r2' }) } as const
    const tagging = { topic: 'retrain-steps', value: aStep({ step: 'TAGGING' }) } as const
    const end = { topic: 'retrain-steps', value: aStep({ step: 'REJECTED' }) } as const
    const ids = (...records: Parameters<typeof foldLoop>[1][]) =>
      openOf(records.reduce(foldLoop, emptyLoop), 'niceness').map(({ request: { id }, last }) => [
        id,
        last?.step,
      ])
    expect(ids(request, tagging)).toEqual([['r1', 'TAGGING']])
    expect(ids(tagging, request)).toEqual([['r1', 'TAGGING']])
    expect(ids(request, other, tagging, end)).toEqual([['r2', undefined]])
    expect(ids(end, request, request)).toEqual([])
  })

  it('pause a kind, and let it go on', () => {
    const said = (paused: boolean) =>
      ({
        topic: 'automation',
        value: { id: 'a', kind: 'niceness', paused, reason: '', by: 'ada', at: NOW },
      }) as const
    const paused = foldLoop(emptyLoop, said(true))
    expect(isPaused(paused, 'niceness')).toBe(true)
    expect(isPaused(paused, 'toxicity')).toBe(false)
    expect(isPaused(foldLoop(paused, said(false)), 'niceness')).toBe(false)
  })
})
