import { describe, expect, it } from 'vitest'
import { requestRetrain } from '../../../processors/request-retrain/request-retrain.ts'
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

/** What keeps requests from coming twice: a drift that goes on, cool-down, repeats, and what belongs together. */

const policies = [aPolicy()]
const timesOf = (...[input, own]: Parameters<typeof requestsOf>) =>
  requestsOf(input, own).map(({ requestedAt }) => Math.floor((requestedAt - T0) / HOUR))
const every = (hours: number, count: number, changes: Partial<DriftReport> = {}) =>
  Array.from({ length: count }, (_, i) => alarm(i * hours * HOUR, changes))

describe('a drift that goes on', () => {
  it('is asked for once', () => {
    expect(timesOf(every(2, 50), policies)).toEqual([0])
  })

  it('is asked for again once it was cleared and came back, after the cool-down', () => {
    expect(timesOf([alarm(0), cleared(HOUR), alarm(2 * HOUR)], policies)).toEqual([0, 2])
    expect(timesOf([alarm(0), cleared(1), alarm(2), alarm(HOUR - 1)], policies)).toEqual([0])
    expect(timesOf([alarm(0), cleared(1), alarm(2), alarm(HOUR)], policies)).toEqual([0, 1])
    expect(timesOf([alarm(0), cleared(HOUR, { slice: 'newAuthors' }), alarm(2 * HOUR)], policies)).toEqual([
      0,
    ])
    expect(timesOf([alarm(0), cleared(HOUR, { feature: 'urls' }), alarm(2 * HOUR)], policies)).toEqual([0])
  })

  it('is over after windows in a row under half of the limit, and no sooner', () => {
    const own = [aPolicy({ when: aCondition({ calm: { method: 'psi', limit: 0.2, windows: 3 } }) })]
    const window = (hours: number, effect: number | null, changes: Partial<DriftReport> = {}) =>
      alarm(hours * HOUR, { method: 'psi', drifted: false, effect, statistic: 0.09, ...changes })
    const again = alarm(9 * HOUR)
    const calm = [window(1, 0.09), window(2, null), window(3, 0)]
    expect(timesOf([alarm(0), ...calm, again], own)).toEqual([0, 9])
    expect(timesOf([alarm(0), ...calm.slice(1), again], own)).toEqual([0])
    // The same window again, one between that is not calm, another alarm, one that is an alarm itself.
    expect(timesOf([alarm(0), calm[0]!, calm[1]!, calm[1]!, again], own)).toEqual([0])
    expect(timesOf([alarm(0), calm[0]!, window(1.5, 0.11), ...calm.slice(1), again], own)).toEqual([0])
    expect(timesOf([alarm(0), calm[0]!, alarm(1.5 * HOUR), ...calm.slice(1), again], own)).toEqual([0])
    expect(timesOf([alarm(0), ...calm.slice(1), window(4, 0.01, { drifted: true }), again], own)).toEqual([0])
    expect(timesOf([alarm(0), ...calm.slice(1), window(4, 0.01, { method: 'ks' }), again], own)).toEqual([0])
  })

  it('ends with its reference and with its model', () => {
    const other = alarm(2 * HOUR, { referenceVersion: '2' })
    expect(timesOf([alarm(0), other, alarm(4 * HOUR, { referenceVersion: '2' })], policies)).toEqual([0, 2])
    const next = { modelVersion: '2' }
    expect(timesOf([alarm(0), alarm(2 * HOUR, next), alarm(4 * HOUR, next)], policies)).toEqual([0, 2])
  })

  it('ends where nothing was heard of it for as long as declared', () => {
    const own = [aPolicy({ when: aCondition({ endsAfterMs: 5 * HOUR }) })]
    expect(timesOf([alarm(0), alarm(4 * HOUR), alarm(8 * HOUR)], own)).toEqual([0])
    expect(timesOf([alarm(0), alarm(5 * HOUR)], own)).toEqual([0, 5])
  })

  it('is asked for again when the request lapsed and it still goes on', () => {
    const own = [aPolicy({ lapsesMs: 5 * HOUR })]
    expect(timesOf(every(1, 11), own)).toEqual([0, 5, 10])
  })
})

describe('one change in several features', () => {
  const urls = { feature: 'urls' }

  it('is one request where they come together, or within the cool-down', () => {
    const own = [aPolicy({ when: aCondition({ reportsMin: 2 }) })]
    const together = [alarm(0), alarm(0, urls), alarm(1, urls), alarm(2)]
    expect(requestsOf(together, own)[0]?.evidence.map(({ feature }) => feature)).toEqual(['urls'])
    expect(timesOf([...together, alarm(2 * HOUR, urls), alarm(3 * HOUR)], own)).toEqual([0])
    expect(timesOf([alarm(0), alarm(1, urls), alarm(2 * HOUR, urls)], policies)).toEqual([0])
  })

  it('are two where the second begins later, or the first is over by then', () => {
    expect(timesOf([alarm(0), alarm(HOUR, urls)], policies)).toEqual([0, 1])
    expect(timesOf([alarm(0), cleared(1), alarm(2, urls), alarm(HOUR, urls)], policies)).toEqual([0, 1])
  })

  it('does not join a request that labels made', () => {
    const either = [aPolicy({ when: { any: [aCondition(), { on: 'labelVolume', labelsMin: 1 }] } })]
    expect(timesOf([label(0), alarm(1), alarm(HOUR)], either)).toEqual([0, 1])
  })

  it('does not hide an error, nor ask twice by two policies for the same', () => {
    const same = aPolicy({ name: 'second' })
    const errors = aPolicy({ name: 'errors', when: { on: 'error', methods: { 'label-e-detector': 0 } } })
    const wrong = alarm(1, { feature: 'labels', method: 'label-e-detector' })
    const asked = requestsOf([alarm(0), wrong, alarm(2)], [aPolicy(), same, errors])
    expect(asked.map(({ policy }) => policy)).toEqual(['drift', 'errors'])
  })

  it('is not asked for again because labels came: they are no ground of their own beside it', () => {
    const volume = { on: 'labelVolume', labelsMin: 1 } as const
    const both = aPolicy({ name: 'both', when: { all: [aCondition(), volume] } })
    expect(requestsOf([alarm(0), label(1)], [aPolicy(), both]).map(({ policy }) => policy)).toEqual(['drift'])
  })
})

describe('another model', () => {
  it('may be asked to be replaced too, after the cool-down', () => {
    const next = { modelVersion: '2' }
    const promoted = promotion(1, { version: '2', previous: '1' })
    expect(timesOf([alarm(0), promoted, alarm(2, next), alarm(HOUR, next)], policies)).toEqual([0, 1])
  })

  it('is known by promotions and by reports, whichever is read first, and late reports say nothing', () => {
    const late = alarm(3 * HOUR, { modelVersion: '1', feature: 'urls' })
    const promoted = promotion(2 * HOUR, { version: '2', previous: '1' })
    const ahead = alarm(2 * HOUR, { modelVersion: '2' })
    const versions = (...input: Parameters<typeof requestsOf>[0]) =>
      requestsOf(input, policies).map(({ modelVersion }) => modelVersion)
    expect(versions(alarm(0), promoted, ahead, late)).toEqual(['1', '2'])
    expect(versions(alarm(0), ahead, promoted, late)).toEqual(['1', '2'])
    expect(versions(promoted, late)).toEqual([])
  })

  it('is not one whose promotion does not hold', () => {
    const stale = [
      promotion(1, { version: '3', previous: '0' }),
      promotion(1, { version: '3', previous: '1', alias: 'CHALLENGER' }),
      promotion(1, { version: '', previous: '1' }),
    ]
    for (const one of stale) {
      const { states } = statesOf([alarm(0), one], policies)
      expect(states.get('niceness')?.model.version).toBe('1')
    }
    const first = promotion(1, { version: '2', previous: '1' })
    const { states } = statesOf([alarm(0), first, promotion(2, { version: '3', previous: '1' })], policies)
    expect(states.get('niceness')?.model.version).toBe('2')
  })

  it('is what reports keep naming, where a promotion that was taken in did not hold', () => {
    // Of an unknown predecessor: it may have held, so reports about another version are late at first.
    const wrong = promotion(0, { version: '7', previous: '6' })
    expect(timesOf([wrong, alarm(1), alarm(HOUR - 1)], policies)).toEqual([])
    expect(timesOf([wrong, alarm(1), alarm(HOUR), alarm(2 * HOUR)], policies)).toEqual([1])
    const held = alarm(3 * HOUR, { modelVersion: '7' })
    expect(requestsOf([wrong, alarm(HOUR), held], policies).at(-1)).toMatchObject({ modelVersion: '7' })
  })

  it('is the former one again after a rollback', () => {
    const there = promotion(1, { version: '2', previous: '1' })
    const back = promotion(2 * HOUR, { version: '1', previous: '2' })
    expect(timesOf([alarm(0), there, back, alarm(3 * HOUR)], policies)).toEqual([0, 3])
  })
})

describe('what comes again', () => {
  it('counts once, and a repeat of an alarm that was cleared begins nothing', () => {
    const own = [aPolicy({ when: aCondition({ reportsMin: 2 }) })]
    const first = alarm(0)
    expect(requestsOf([first, first, first], own)).toEqual([])
    const once = alarm(0)
    expect(
      timesOf([once, cleared(1), once, alarm(2 * HOUR, { feature: 'urls', drifted: false })], policies),
    ).toEqual([0])
  })

  it('has the same id, and other evidence another', () => {
    const input = [alarm(0), cleared(1), alarm(2 * HOUR)]
    const ids = requestsOf(input, policies).map(({ id }) => id)
    expect(requestsOf(input, policies).map(({ id }) => id)).toEqual(ids)
    expect(new Set(ids).size).toBe(2)
  })

  it('is nothing for kinds without policies', () => {
    const { requests, states } = statesOf(
      [alarm(0, { kind: 'mood' }), label(0, { kind: 'constructor' })],
      policies,
    )
    expect([requests, [...states.keys()]]).toEqual([[], []])
  })
})

describe('clocks', () => {
  it('that run ahead are bounded by the append time', () => {
    const far = { ...alarm(0, { at: T0 + 400 * DAY, windowEnd: T0 + 400 * DAY }), appendedAt: T0 }
    const [request] = requestsOf([far], policies)
    expect(request?.requestedAt).toBe(T0 + 300_000)
    const aged = [aPolicy({ when: { on: 'age', ageMsMin: DAY } })]
    expect(requestsOf([alarm(0), far, alarm(1)], aged)).toEqual([])
  })

  it('of windows that end far ahead do not keep later ones from being judged', () => {
    const own = [aPolicy({ when: aCondition({ calm: { method: 'psi', limit: 0.2, windows: 3 } }) })]
    const window = (hours: number, windowEnd: number) =>
      alarm(hours * HOUR, { method: 'psi', drifted: false, effect: 0, windowEnd })
    const far = [1, 2, 3].map(hours => window(hours, T0 + 400 * DAY - hours))
    expect(timesOf([alarm(0), ...far, alarm(4 * HOUR)], own)).toEqual([0, 4])
  })

  it('that go back move nothing back, and records without a time take the append time', () => {
    const input = [alarm(2 * HOUR), cleared(2 * HOUR), alarm(-DAY), alarm(HOUR)]
    expect(timesOf(input, policies)).toEqual([2])
    expect(timesOf([...input, alarm(3 * HOUR)], policies)).toEqual([2, 3])
    expect(timesOf([alarm(HOUR), cleared(3 * HOUR), alarm(-DAY)], policies)).toEqual([1, 3])
    expect(timesOf([{ ...alarm(0, { at: 0 }), appendedAt: T0 }], policies)).toEqual([0])
  })
})

describe('memory', () => {
  it('is bounded, whatever reports name', () => {
    const hostile = Array.from({ length: 3000 }, (_, i) =>
      alarm(i, {
        feature: `f${i}`,
        referenceVersion: `${i % 3}`,
        contributors: Array.from({ length: 9 }, () => ({
          name: 'x'.repeat(5000),
          weight: 1,
          count: 1,
          expected: null,
          contentIds: [],
          revisions: [],
        })),
      }),
    )
    const { states } = statesOf([...hostile, label(1)], policies)
    expect(JSON.stringify(states.get('niceness')).length).toBeLessThan(64 * 1024)
  })

  it('forgets versions beyond the last ones', () => {
    const moves = Array.from({ length: 200 }, (_, i) =>
      promotion(i, { version: `${i + 2}`, previous: `${i + 1}` }),
    )
    const { states } = statesOf(moves, policies)
    expect(states.get('niceness')?.model).toMatchObject({ version: '201', promoted: '201' })
    expect(states.get('niceness')?.model.former.length).toBe(32)
  })
})

describe('a dry run', () => {
  it('goes on as if its requests were written, and binds nobody once it ended', () => {
    const dry = requestRetrain({ policies: { niceness: policies }, dryRun: true })
    const wet = requestRetrain({ policies: { niceness: policies } })
    const take = (processor: typeof dry, state: ReturnType<typeof dry.init>, at: number) => {
      const outcome = processor.process(state, alarm(at))
      if ('reject' in outcome || outcome.state === undefined) throw new Error('it keeps its state')
      return { state: outcome.state, asked: outcome.emit.length }
    }
    const first = take(dry, dry.init('niceness'), 0)
    const second = take(dry, first.state, 2 * HOUR)
    const third = take(wet, second.state, 2 * HOUR + 1)
    const fourth = take(wet, third.state, 2 * HOUR + 2)
    expect([first, second, third, fourth].map(({ asked }) => asked)).toEqual([1, 0, 1, 0])
  })
})
