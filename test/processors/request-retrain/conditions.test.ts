import { describe, expect, it } from 'vitest'
import type { DriftReport } from '../../../schemas/records.ts'
import {
  aCondition,
  alarm,
  aPolicy,
  cleared,
  DAY,
  HOUR,
  label,
  promotion,
  requestsOf,
  statesOf,
  T0,
} from '../../support/retraining.ts'

const policiesOf = (condition: Parameters<typeof aCondition>[0]) => [aPolicy({ when: aCondition(condition) })]

describe('a condition on drift', () => {
  it('asks with the report, the feature, the figure, the limit and a sentence', () => {
    const report = alarm(0, { effect: -0.4, modelVersion: '7' })
    const requests = requestsOf([report], policiesOf({}))
    expect(requests).toEqual([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}$/),
        kind: 'niceness',
        policy: 'drift',
        modelVersion: '7',
        by: 'request-retrain',
        requestedAt: T0,
        expiresAt: T0 + 10 * DAY,
        reason: 'The values of words moved clearly since 15 Jan 2026 12:00 UTC, seen in 320 contents.',
        evidence: [
          {
            source: 'drift-reports',
            ref: report.value.id,
            feature: 'words',
            value: 0.4,
            threshold: 0.3,
            detail:
              'words (glorp): adwin, 0.400 where 0.300 is the limit, since 2026-01-15T12:00:00.000Z, 1 alarm, 320 records.',
          },
        ],
      },
    ])
  })

  it.each<[what: string, report: Partial<DriftReport>]>([
    ['too small an effect', { effect: 0.29 }],
    ['no effect where one is asked for', { effect: null }],
    ['an effect that is no number', { effect: Number.NaN }],
    ['a method that does not count', { method: 'psi' }],
    ['a method named as something every object has', { method: 'constructor' }],
    ['no alarm', { drifted: false }],
    ['a new platform', { finding: 'DOMAIN_GAP' }],
    ['an estimate without labels', { finding: 'ESTIMATE' }],
    ['an estimate by its method', { method: 'cbpe', finding: null }],
    ['performance, which is for errors', { feature: 'labels' }],
    ['a slice that is not watched', { slice: 'newAuthors' }],
    ['a finding that is not watched', { finding: 'NEW_WORDS' }],
    ['a feature that is left out', { feature: 'urls' }],
  ])('does not ask for %s', (_what, report) => {
    const methods = { adwin: 0.3, cbpe: 0 }
    const policies = policiesOf({ methods, slices: ['all'], findings: [null], exceptFeatures: ['urls'] })
    expect(requestsOf([alarm(0, report)], policies)).toEqual([])
    expect(requestsOf([alarm(0, report), alarm(1)], policies).length).toBe(1)
  })

  it.each(['CLASS_SHARE', 'CLASS_SHARE_REFUSED'])(
    'never asks for %s, even where every finding counts',
    finding => {
      const policies = policiesOf({ methods: { em: 0 } })
      const moved = { finding, method: 'em', effect: 2 }
      expect(requestsOf([alarm(0, moved)], policies)).toEqual([])
      expect(requestsOf([alarm(0, { ...moved, finding: null })], policies).length).toBe(1)
    },
  )

  it('takes an effect that is no number for none', () => {
    for (const effect of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const [request] = requestsOf([alarm(0, { effect })], policiesOf({ methods: { adwin: 0 } }))
      expect(request?.evidence[0]).toMatchObject({ value: null, threshold: 0 })
    }
  })

  it('waits for so many reports of the same feature and slice', () => {
    const policies = policiesOf({ reportsMin: 3 })
    const others = [alarm(1), alarm(2, { feature: 'urls' }), alarm(3, { slice: 'newAuthors' }), alarm(4)]
    expect(requestsOf(others, policies)).toEqual([])
    const [request] = requestsOf([...others, alarm(5)], policies)
    expect(request?.evidence.map(({ feature, detail }) => [feature, /3 alarms/.test(detail)])).toEqual([
      ['words', true],
    ])
  })

  it('waits until it has lasted, and not if it ended before', () => {
    const policies = policiesOf({ lastsMsMin: HOUR })
    const later = alarm(HOUR, { drifted: false, method: 'psi' })
    expect(requestsOf([alarm(0), alarm(HOUR - 1)], policies)).toEqual([])
    expect(requestsOf([alarm(0), later], policies).length).toBe(1)
    expect(requestsOf([alarm(0), cleared(9), alarm(10), later], policies)).toEqual([])
    expect(requestsOf([alarm(0), alarm(9, { referenceVersion: '2' }), later], policies)).toEqual([])
  })

  it('weighs new words by how many records hold them, beyond those expected', () => {
    const policies = policiesOf({
      features: ['terms'],
      methods: { 'word-bayes-factor': 0 },
      wordMassMin: 0.05,
    })
    const words = (...counts: number[]) =>
      alarm(0, {
        feature: 'terms',
        method: 'word-bayes-factor',
        finding: 'NEW_WORDS',
        effect: null,
        count: 1000,
        contributors: counts.map((count, i) => ({
          name: `glorp${i}`,
          weight: 1,
          count,
          expected: i === 0 ? 2 : null,
          contentIds: [],
          revisions: [],
        })),
      })
    expect(requestsOf([words(32, 19)], policies)).toEqual([])
    const [request] = requestsOf([words(33, 19)], policies)
    expect(request?.evidence[0]).toMatchObject({ feature: 'terms', value: 0.05, threshold: 0.05 })
    expect(request?.evidence[0]?.detail).toContain('new words (glorp0, glorp1): NEW_WORDS')
    expect(request?.reason).toBe(
      'Words are new or more frequent since 15 Jan 2026 12:00 UTC, in about 50 contents: glorp0, glorp1.',
    )
  })
})

describe('the reason of a request', () => {
  const reasonOf = (changes: Partial<DriftReport>) =>
    requestsOf([alarm(0, changes)], policiesOf({ methods: { adwin: 0 } }))[0]?.reason
  const named = (name: string) => [
    { name, weight: 1, count: 1, expected: null, contentIds: [], revisions: [] },
  ]

  it('says in plain words how far which part of a feature moved, and where', () => {
    expect(reasonOf({ effect: 0.1, contributors: named('location') })).toMatch(
      /moved a little \(their level\) since/,
    )
    const far = { effect: -0.5, slice: 'newAuthors', contributors: named('spread') }
    expect(reasonOf(far)).toMatch(/moved far in the slice newAuthors \(how far they spread\) since/)
    const whole = { feature: '*', method: 'joint', effect: 2, contributors: named('urls') }
    expect(requestsOf([alarm(0, whole)], policiesOf({ methods: { joint: 0 } }))[0]?.reason).toMatch(
      /^The contents changed as a whole, most of all in urls since 15 Jan 2026 12:00 UTC, seen in 320 contents\.$/,
    )
  })

  it('has no figure or name of the statistics, which the evidence has', () => {
    expect(reasonOf({})).not.toMatch(/adwin|limit|alarm|0\.\d/)
  })

  it('tells the three that weigh most, and how many there are besides', () => {
    const features = ['words', 'urls', 'emoji', 'length', 'numbers']
    const lasting = policiesOf({ lastsMsMin: HOUR })
    const [request] = requestsOf(
      [...features.map(feature => alarm(0, { feature })), alarm(HOUR, { drifted: false, method: 'psi' })],
      lasting,
    )
    expect(request?.evidence).toHaveLength(5)
    expect(request?.reason).toMatch(/^(The values of \w+ [^.]*\. ){3}And 2 more\.$/)
  })
})

describe('a condition on errors', () => {
  const policies = [aPolicy({ when: { on: 'error', methods: { 'label-e-detector': 0, contradiction: 0 } } })]

  it('takes labels and votes, also without an effect, and nothing else', () => {
    const labels = { feature: 'labels', method: 'label-e-detector', effect: null }
    const votes = { feature: 'votes', method: 'contradiction', effect: 0.2 }
    expect(requestsOf([alarm(0, { method: 'label-e-detector' })], policies)).toEqual([])
    expect(requestsOf([alarm(0, labels)], policies)[0]?.evidence[0]).toMatchObject({
      feature: 'labels',
      value: null,
    })
    expect(requestsOf([alarm(0, votes)], policies)[0]).toMatchObject({
      reason: 'Votes contradict the scores more often than before since 15 Jan 2026 12:00 UTC.',
      evidence: [{ detail: expect.stringContaining('scores that votes contradict') }],
    })
  })
})

describe('a condition on the volume of labels', () => {
  const policies = [aPolicy({ when: { on: 'labelVolume', labelsMin: 3 } })]

  it('counts each id once, of its own kind, and none that was withdrawn', () => {
    const [a, b, c] = ['a', 'b', 'c'].map(id => label(1, { id }))
    const other = label(1, { kind: 'toxicity' })
    expect(requestsOf([a!, a!, b!, b!, other], policies)).toEqual([])
    expect(requestsOf([a!, b!, label(2, { id: 'a', withdrawn: true }), c!], policies)).toEqual([])
    const [request] = requestsOf([a!, b!, label(2, { id: 'a', withdrawn: true }), c!, a!], policies)
    expect(request?.evidence).toMatchObject([{ source: 'labels', value: 3, threshold: 3 }])
    expect(requestsOf([a!, b!, c!, label(DAY), label(2 * DAY)], policies).length).toBe(1)
  })

  it('counts from the promotion on', () => {
    const before = [label(1), label(2), promotion(10), label(8), label(9), label(10)]
    expect(requestsOf(before, policies)).toEqual([])
    expect(requestsOf([...before, label(11), label(11)], policies)[0]).toMatchObject({ modelVersion: '2' })
  })

  it('remembers no more labels than it asks for', () => {
    const many = Array.from({ length: 50 }, (_, i) => label(i, { withdrawn: i % 7 === 6 }))
    const { requests, states } = statesOf(many, policies)
    expect([requests.length, states.get('niceness')?.labels.length]).toEqual([1, 3])
  })
})

describe('a condition on age', () => {
  const policies = [aPolicy({ when: { on: 'age', ageMsMin: DAY } })]
  const quiet = (at: number) => alarm(at, { drifted: false, modelVersion: '' })

  it('counts from the promotion, or from the first record without one', () => {
    expect(requestsOf([quiet(0), quiet(DAY - 1)], policies)).toEqual([])
    expect(requestsOf([quiet(0), quiet(DAY)], policies)[0]?.evidence).toMatchObject([
      { source: 'age', ref: null, value: DAY },
    ])
    const promoted = promotion(HOUR)
    expect(requestsOf([quiet(0), promoted, quiet(DAY)], policies)).toEqual([])
    expect(requestsOf([quiet(0), promoted, quiet(DAY + HOUR)], policies)[0]).toMatchObject({
      modelVersion: '2',
      evidence: [{ ref: promoted.value.id, threshold: DAY }],
    })
  })
})

describe('any and all', () => {
  const drift = aCondition()
  const volume = { on: 'labelVolume', labelsMin: 1 } as const
  const age = { on: 'age', ageMsMin: HOUR } as const

  it('take what holds, nested too', () => {
    const policies = [aPolicy({ when: { all: [age, { any: [drift, volume] }] } })]
    expect(requestsOf([alarm(0), label(1)], policies)).toEqual([])
    expect(requestsOf([alarm(0), label(HOUR)], policies)[0]?.evidence.map(({ source }) => source)).toEqual([
      'drift-reports',
      'age',
      'labels',
    ])
    expect(requestsOf([label(0), label(HOUR)], policies)[0]?.evidence.length).toBe(2)
    expect(requestsOf([promotion(0), promotion(HOUR, { id: 'x' })], policies)).toEqual([])
  })

  it('hold for nothing when they are empty', () => {
    for (const when of [{ any: [] }, { all: [] }])
      expect(requestsOf([alarm(0), label(DAY)], [aPolicy({ when })])).toEqual([])
  })
})

describe('the cost of a training', () => {
  const policies = [aPolicy({ when: aCondition({ weight: 0.5 }), trainingCostRecords: 100 })]

  it('is weighed against the records that were likely scored wrongly since it began', () => {
    // Half of 400 records, moved by half a standard deviation.
    expect(requestsOf([alarm(0, { effect: 0.5, count: 399 })], policies)).toEqual([])
    expect(requestsOf([alarm(0, { effect: 0.5, count: 400 })], policies).length).toBe(1)
    expect(requestsOf([alarm(0, { effect: 30, count: 199 })], policies)).toEqual([])
  })

  it('grows with later windows, each record counted once', () => {
    const first = alarm(0, { effect: 0.5, count: 200 })
    const window = (from: number, to: number) =>
      alarm(to, {
        method: 'psi',
        drifted: false,
        windowStart: T0 + from,
        windowEnd: T0 + to,
        count: 200,
      })
    expect(requestsOf([first, window(-1000, 1), window(-2000, 0)], policies)).toEqual([])
    expect(requestsOf([first, window(1, 1000), window(1, 1000)], policies).length).toBe(1)
    expect(requestsOf([first, window(-998, 1000), window(-998, 1000)], policies)).toEqual([])
  })

  it('is not moved by windows that were counted already, however they come', () => {
    const window = (from: number, to: number) =>
      alarm(to, { method: 'psi', drifted: false, windowStart: T0 + from, windowEnd: T0 + to, count: 200 })
    const first = alarm(0, { effect: 0.5, count: 200 })
    expect(requestsOf([first, window(-3000, -1000), window(1, 1000)], policies).length).toBe(1)
  })

  it('is asked of the heaviest alone', () => {
    const light = alarm(0, { effect: 0.5, count: 10, feature: 'urls' })
    const [request] = requestsOf([light, alarm(0, { effect: 0.5, count: 400 })], policies)
    expect(request?.evidence.map(({ feature }) => feature)).toEqual(['words', 'urls'])
  })

  it('does not add features up: they move on the same records', () => {
    const both = [
      alarm(0, { effect: 0.5, count: 300 }),
      alarm(0, { effect: 0.5, count: 300, feature: 'urls' }),
    ]
    expect(requestsOf(both, policies)).toEqual([])
  })
})

describe('reports of several kinds', () => {
  it('lead to requests of each kind on its own', () => {
    const reports = [alarm(0), alarm(1, { kind: 'toxicity' }), alarm(2), alarm(3, { kind: 'unknown' })]
    const requests = requestsOf(reports, { niceness: [aPolicy()], toxicity: [aPolicy()] })
    expect(requests.map(({ kind }) => kind)).toEqual(['niceness', 'toxicity'])
  })

  it('may hold times that no calendar has', () => {
    const far = { ...alarm(0, { at: 1e17, windowEnd: 1e17 }), appendedAt: 1e17 }
    expect(requestsOf([far], [aPolicy()])[0]?.reason).toContain('100000000000000000 ms')
  })
})
