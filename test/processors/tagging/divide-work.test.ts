import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  ACTIVE_MS,
  activeAt,
  type OpenTask,
  orderedTasks,
  rankedFor,
  turnOf,
  WIDEN_MS,
} from '../../../processors/tagging/divide-work.ts'
import { type HiddenCheck, withChecks } from '../../../processors/tagging/hidden-checks.ts'

const NOW = 1_000_000_000
const people = (n: number) => Array.from({ length: n }, (_, i) => `person-${i}`)

function task(i: number, over: Partial<OpenTask> = {}): OpenTask {
  return {
    sampleId: `sample-${i}`,
    contentId: `content-${i}`,
    revision: 0,
    source: 'random',
    share: 1,
    overlap: 2,
    labellers: [],
    waitsSince: NOW,
    ...over,
  }
}
const tasks = (n: number, over: Partial<OpenTask> = {}) => Array.from({ length: n }, (_, i) => task(i, over))

describe('the work is divided', () => {
  it.each([2, 3, 5, 8, 20])('evenly among %i people, each question to as many as it lacks', n => {
    const active = people(n)
    const all = tasks(2000)
    const turns = active.map(name => all.filter(one => turnOf(one, { name, active, now: NOW }) === 'OWN'))
    const fair = (2000 * Math.min(2, n)) / n
    for (const own of turns) expect(Math.abs(own.length - fair)).toBeLessThan(5 * Math.sqrt(fair))
    for (const one of all) expect(turns.filter(own => own.includes(one))).toHaveLength(Math.min(2, n))
  })

  it('so that one who goes leaves only their own questions to others', () => {
    const active = people(6)
    for (const { sampleId } of tasks(300)) {
      const before = rankedFor(sampleId, active)
      const after = rankedFor(
        sampleId,
        active.filter(name => name !== 'person-3'),
      )
      expect(after).toEqual(before.filter(name => name !== 'person-3'))
    }
  })

  it('to the rest once somebody answered, and to nobody twice or too often', () => {
    const active = people(4)
    fc.assert(
      fc.property(
        fc.nat(5000),
        fc.integer({ min: 1, max: 4 }),
        fc.subarray(active),
        (i, overlap, labellers) => {
          const one = task(i, { overlap, labellers })
          const asked = active.filter(name => turnOf(one, { name, active, now: NOW }) !== null)
          expect(asked.filter(name => labellers.includes(name))).toEqual([])
          expect(asked).toHaveLength(Math.max(0, Math.min(overlap - labellers.length, 4 - labellers.length)))
        },
      ),
    )
  })

  it('wider after a time, so that one who was counted on and stays away stalls nothing', () => {
    const active = people(5)
    const asked = (waited: number) =>
      active.filter(name => turnOf(task(7, { overlap: 1 }), { name, active, now: NOW + waited }) !== null)
    expect([0, WIDEN_MS - 1, WIDEN_MS, 2 * WIDEN_MS, 100 * WIDEN_MS].map(ms => asked(ms).length)).toEqual([
      1, 1, 2, 3, 5,
    ])
  })

  it('among those who are here', () => {
    const taggers = [
      { name: 'b', seenAt: NOW },
      { name: 'a', seenAt: NOW - ACTIVE_MS + 1 },
      { name: 'away', seenAt: NOW - ACTIVE_MS },
    ]
    expect(activeAt(taggers, NOW)).toEqual(['a', 'b'])
  })
})

describe('a queue', () => {
  const alone = { name: 'a', active: ['a'], now: NOW }

  it('holds each source by its share from the beginning, and the rest of what another cannot fill', () => {
    const given = [
      ...tasks(40, { source: 'random' }),
      ...tasks(40, { source: 'drift' }).map((one, i) => ({ ...one, contentId: `d${i}`, sampleId: `d${i}` })),
      ...tasks(2, { source: 'report' }).map((one, i) => ({ ...one, contentId: `r${i}`, sampleId: `r${i}` })),
    ]
    const order = orderedTasks(given, alone, { random: 0.25, drift: 0.5, report: 0.25 })
    const count = (n: number, source: string) => order.slice(0, n).filter(one => one.source === source).length
    expect([count(8, 'random'), count(8, 'drift'), count(8, 'report')]).toEqual([2, 4, 2])
    expect([count(50, 'random'), count(50, 'drift')]).toEqual([16, 32])
    expect(order).toHaveLength(82)
    expect(orderedTasks(given.toReversed(), alone, { random: 0.25, drift: 0.5, report: 0.25 })).toEqual(order)
  })

  it('asks one’s own first, then what is lent, and a content that was chosen twice once', () => {
    const active = people(3)
    const given = tasks(200, { overlap: 1, waitsSince: NOW - WIDEN_MS })
    const person = { name: 'person-1', active, now: NOW }
    const turns = orderedTasks(given, person, {}).map(one => turnOf(one, person))
    expect(turns.indexOf('LENT')).toBeGreaterThan(40)
    expect(turns.lastIndexOf('OWN')).toBe(turns.indexOf('LENT') - 1)
    const twice = [task(1, { source: 'drift' }), task(1, { sampleId: 'again', source: 'random' })]
    expect(orderedTasks(twice, alone, {})).toHaveLength(1)
  })
})

describe('hidden checks', () => {
  const check = (i: number, labellers: string[] = []): HiddenCheck => ({
    sampleId: `gold-${i}`,
    contentId: `gold-content-${i}`,
    revision: 0,
    gold: 1,
    labellers,
  })
  const checks = Array.from({ length: 400 }, (_, i) => check(i))
  const goldOf = (queue: readonly { sampleId: string }[]) => queue.filter(one => 'gold' in one).length
  const asked = { name: 'a', kind: 'niceness', place: 0, goldShare: 0.1, length: 2000 }

  it('take their share of the places, and others for each person', () => {
    const queue = withChecks(tasks(3000), checks, asked)
    expect(queue).toHaveLength(2000)
    expect(Math.abs(goldOf(queue) / 2000 - 0.1)).toBeLessThan(0.025)
    const placesOf = (name: string) =>
      withChecks(tasks(200), checks, { ...asked, name }).flatMap((one, i) => ('gold' in one ? [i] : []))
    expect(placesOf('a')).not.toEqual(placesOf('b'))
  })

  it('stay where they are when a queue is asked for again, and wherever it is cut', () => {
    const whole = withChecks(tasks(100), checks, asked).map(one => 'gold' in one)
    for (const place of [1, 7, 30]) {
      const rest = withChecks(tasks(100), checks, { ...asked, place }).map(one => 'gold' in one)
      expect(rest.slice(0, 40)).toEqual(whole.slice(place, place + 40))
    }
  })

  it('are none of what the person answered, and none alone', () => {
    const answered = checks.map(one => ({ ...one, labellers: ['a'] }))
    expect(goldOf(withChecks(tasks(500), answered, asked))).toBe(0)
    expect(withChecks([], checks, { ...asked, goldShare: 1 })).toEqual([])
  })
})
