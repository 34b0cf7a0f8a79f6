import { describe, expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { textRetrainPolicies } from '../../pipelines/retrain-policies.ts'
import { leavesOf } from '../../processors/request-retrain/policy.ts'
import type { DriftReport } from '../../schemas/records.ts'
import { alarm, DAY, HOUR, label, promotion, requestsOf } from '../support/retraining.ts'

/** The table of `docs/retrain-requests.md`: what the text kinds ask for, and what they leave alone. */

const words = (changes: Partial<DriftReport>, holding: number): Partial<DriftReport> => ({
  feature: 'terms',
  method: 'word-bayes-factor',
  finding: 'NEW_WORDS',
  effect: null,
  contributors: [{ name: 'glorp', weight: 9, count: holding, expected: 0, contentIds: [], revisions: [] }],
  ...changes,
})

const moment = (name: string) => ({
  name,
  weight: 1,
  count: 90,
  expected: null,
  contentIds: [],
  revisions: [],
})
/** Readers say that scores are wrong, more often or by more. */
const rise = (feature: string, changes: Partial<DriftReport> = {}): Partial<DriftReport> => ({
  feature,
  method: 'adwin',
  effect: 0.4,
  contributors: [moment('location')],
  ...changes,
})

describe('the policies of the text kinds', () => {
  const policiesAsked = (...input: Parameters<typeof requestsOf>[0]) =>
    requestsOf(input, textRetrainPolicies).map(({ policy }) => policy)
  const later = (ms: number) => alarm(ms, { method: 'psi', drifted: false, modelVersion: '' })

  it.each<[what: string, report: Partial<DriftReport>]>([
    ['scores moved by a quarter of a standard deviation', { feature: 'score', effect: -0.25 }],
    ['doubt moved in a slice', { feature: 'doubt', effect: 0.3, slice: 'newAuthors' }],
    ['texts moved by half a standard deviation', { effect: 0.5, method: 'e-detector' }],
    ['all features together moved', { feature: '*', method: 'joint', effect: 0.6 }],
    ['new words with mass', words({ count: 1000 }, 40)],
  ])('ask at once where %s', (_what, report) => {
    expect(policiesAsked(alarm(0, report))).toEqual(['drift'])
  })

  it.each<[what: string, report: Partial<DriftReport>]>([
    ['a small shift of texts', { effect: 0.3 }],
    ['a batch statistic', { feature: 'score', method: 'psi', effect: 0.6 }],
    ['a moved share of a class', { feature: 'score', finding: 'CLASS_SHARE' }],
    ['new words that hardly anybody uses', words({ count: 10_000 }, 40)],
    ['a change that few records show yet', { feature: 'score', effect: 0.3, count: 60 }],
    ['a new platform', { feature: '*', method: 'joint', effect: 3, finding: 'DOMAIN_GAP' }],
    ['an estimate without labels', { feature: 'labels', method: 'cbpe', finding: 'ESTIMATE' }],
    ['votes that contradict less than before', rise('votes', { effect: -0.6 })],
    ['votes that contradict somewhat more', rise('votes', { effect: 0.2 })],
    ['votes of new accounts', rise('votes', { slice: 'newAccounts' })],
    ['reports whose spread changed', { ...rise('reports'), contributors: [moment('spread')] }],
    ['an estimate of accuracy', { feature: 'accuracy', method: 'cbpe', finding: 'ESTIMATE', effect: 0.9 }],
    ['what reports say of accuracy', { feature: 'reports', method: 'accuracy-reports', effect: 0.3 }],
    ['one window of labels that contradict', { feature: 'labels', method: 'accuracy' }],
  ])('do not ask at once for %s', (_what, report) => {
    expect(policiesAsked(alarm(0, report))).toEqual([])
  })

  it('ask for new words by the records that hold them, however short the moment in which each was named', () => {
    const named = (count: number) =>
      Array.from({ length: count }, (_, i) => alarm(i * 1000, words({ count: 3 }, 9)))
    // Of 9 records each: two words were in 18, three in 27, of the 20 that a training costs.
    expect(policiesAsked(...named(2))).toEqual([])
    expect(policiesAsked(...named(3))).toEqual(['drift'])
  })

  it('ask for a small shift of all texts that lasts a day, not for one in a slice', () => {
    expect(policiesAsked(alarm(0, { effect: 0.3 }), later(DAY - 1))).toEqual([])
    expect(policiesAsked(alarm(0, { effect: 0.3 }), later(DAY))).toEqual(['drift'])
    expect(policiesAsked(alarm(0, { effect: 0.3, slice: 'newAuthors' }), later(DAY))).toEqual([])
  })

  it('ask for errors: at once by the sequential test, after windows otherwise', () => {
    const windows = (feature: string, method: string, count: number) =>
      Array.from({ length: count }, (_, i) => alarm(i * HOUR, { feature, method, effect: null }))
    expect(policiesAsked(...windows('labels', 'label-e-detector', 1))).toEqual(['errors'])
    expect(policiesAsked(...windows('labels', 'accuracy', 2))).toEqual(['errors'])
    expect(policiesAsked(...windows('labels', 'error-e-detector', 1))).toEqual(['errors'])
  })

  it.each(['votes', 'reports', 'reportsDiffer'])(
    'ask for errors where %s say so more than before',
    feature => {
      expect(policiesAsked(alarm(0, rise(feature)))).toEqual(['errors'])
    },
  )

  it('do not take what readers say of an earlier version for a new champion', () => {
    const old = alarm(3 * HOUR, { ...rise('votes'), modelVersion: '0' })
    const known = alarm(0, { method: 'psi', drifted: false })
    expect(policiesAsked(known, old)).toEqual([])
    expect(policiesAsked(known, old, alarm(4 * HOUR, rise('votes')))).toEqual(['errors'])
  })

  it('ask for many labels after a day, for some after a month, never for age alone', () => {
    const labels = (count: number) => Array.from({ length: count }, (_, i) => label(HOUR + i))
    expect(policiesAsked(promotion(0), ...labels(500), later(DAY - 1))).toEqual([])
    expect(policiesAsked(promotion(0), ...labels(499), later(DAY))).toEqual([])
    expect(policiesAsked(promotion(0), ...labels(500), later(DAY))).toEqual(['labels'])
    expect(policiesAsked(promotion(0), ...labels(49), later(30 * DAY))).toEqual([])
    expect(policiesAsked(promotion(0), ...labels(50), later(30 * DAY))).toEqual(['age'])
  })
})

describe.each(Object.values(kinds).filter(({ retrain }) => retrain !== undefined))('$kind', kind => {
  const policies = kind.retrain ?? []

  it('names each policy once, and none as people do', () => {
    const names = policies.map(({ name }) => name)
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^(?!manual$)[a-z]+(-[a-z]+)*$/)
  })

  it('cools down before a request lapses, and looks at features that it watches', () => {
    const watched = [
      ...(kind.drift?.features ?? []).map(({ name }) => name),
      '*',
      'terms',
      'labels',
      'votes',
      'reports',
      'reportsDiffer',
    ]
    for (const { when, coolDownMs, lapsesMs } of policies) {
      expect(coolDownMs).toBeGreaterThan(0)
      expect(lapsesMs).toBeGreaterThan(coolDownMs)
      for (const leaf of leavesOf(when)) {
        if (leaf.on !== 'drift' && leaf.on !== 'error') continue
        const named = [...(leaf.features ?? []), ...(leaf.exceptFeatures ?? [])]
        expect(named.filter(name => !watched.includes(name))).toEqual([])
      }
    }
  })
})
