import { describe, expect, it } from 'vitest'
import { createDraws } from '../../../bench/drift-streams.ts'
import {
  allRecords,
  probabilityEdges,
  shareEdges,
  type WatchedFeature,
  type WatchedSlice,
} from '../../../processors/drift/declared-features.ts'
import { DriftDesk } from '../../../processors/drift/detect-drift.ts'
import { readerSlices, reportFeatures, voteFeatures } from '../../../processors/drift/judge-readers.ts'
import type { ProfileLayout } from '../../../processors/drift/profile.ts'
import { ProfileBatch } from '../../../processors/drift/profile-batch.ts'
import type { DriftReport, FeatureProfile } from '../../../schemas/records.ts'

/** Profiles of several layouts of a kind at one desk. */

const T0 = 1_690_000_000_000
const APPENDED = T0 * 2
const BATCH = 16

function layoutOf(
  version: string,
  features: readonly WatchedFeature[],
  slices: readonly WatchedSlice[] = allRecords,
): ProfileLayout {
  return { version, features, slices, binsMax: Math.max(...features.map(({ edges }) => edges.length + 1)) }
}

const feature = (name: string, edges: Float64Array): WatchedFeature => ({ name, description: '', edges })
const votes = layoutOf('votes-1', voteFeatures, readerSlices)
const reports = layoutOf('reports-1', reportFeatures, readerSlices)
const decided = layoutOf('text-1', [
  feature('score', probabilityEdges()),
  feature('doubt', shareEdges()),
  feature('label', Float64Array.of(0.5)),
])

/** Rows of values as profiles of small batches; each row a minute after the one before. */
function profilesOf(
  layout: ProfileLayout,
  rows: readonly (readonly number[])[],
  { kind = 'text-spam', modelVersion = '1', topic = `nicr.${layout.version}`, everyMs = 60_000 } = {},
): FeatureProfile[] {
  const profiles: FeatureProfile[] = []
  const batch = new ProfileBatch()
  for (let from = 0; from < rows.length; from += BATCH) {
    const part = rows.slice(from, from + BATCH)
    part.forEach((values, i) => {
      const record = {
        offset: from + i,
        at: T0 + (from + i) * everyMs,
        author: '',
        contentId: '',
        revision: 0,
        thread: '',
        slices: 1,
      }
      batch.add(
        { kind, modelVersion, layout },
        { ...record, values: Float64Array.from(values), terms: new Set<string>() },
      )
    })
    const place = { topic, partition: 0, firstOffset: from, nextOffset: from + part.length }
    profiles.push(...batch.take({ ...place, count: part.length }))
  }
  return profiles
}

function atDesk(desk: DriftDesk, profiles: readonly FeatureProfile[], first = 0): DriftReport[] {
  return profiles.flatMap((value, i) => {
    const place = { topic: 'feature-profiles', partition: 0, offset: first + i, key: value.kind } as const
    const answer = desk.add({ ...place, value, appendedAt: APPENDED })
    return 'reports' in answer ? answer.reports : []
  })
}

const isAlarm = ({ drifted, method }: DriftReport) => drifted && ['adwin', 'e-detector'].includes(method)
const drawVotes = (count: number, seed: number, shareAt: (i: number) => number) => {
  const { uniform } = createDraws(seed)
  return Array.from({ length: count }, (_, i) => [uniform() < shareAt(i) ? 1 : 0])
}

describe('votes', () => {
  it('raise nothing in 100,000 while as many contradict as did, from a reference of 500', () => {
    const calm = profilesOf(
      votes,
      drawVotes(100_000, 2, () => 0.1),
    )
    expect(atDesk(new DriftDesk(), calm).filter(isAlarm)).toEqual([])
  })

  it.each([
    [0.1, 0.3, 250],
    [0.05, 0.15, 700],
    [0.2, 0.4, 600],
  ])('that contradict in %d and then in %d of cases are found within %i', (before, after, within) => {
    const delays = Array.from({ length: 10 }, (_, seed) => {
      const rising = drawVotes(1500, seed, i => (i < 800 ? before : after))
      const found = atDesk(new DriftDesk(), profilesOf(votes, rising)).filter(isAlarm)
      const first = found.find(({ at }) => at >= T0 + 800 * 60_000)
      return first === undefined ? Number.POSITIVE_INFINITY : (first.at - T0) / 60_000 - 800
    })
    const late = delays.filter(delay => delay > within)
    expect(late.length).toBeLessThanOrEqual(1)
  })
})

describe('layouts of a kind', () => {
  it('do not push each other out: votes go on through deploys of the model', () => {
    const desk = new DriftDesk()
    const voted = drawVotes(1600, 5, i => (i < 900 ? 0.1 : 0.5))
    const all = profilesOf(votes, voted)
    const found = atDesk(desk, all.slice(0, 56))
    const text = [0.2, 0.4, 0].map(() => [0.2, 0.4, 0])
    for (let version = 2; version < 9; version++)
      atDesk(desk, profilesOf(decided, text, { modelVersion: String(version) }), version * 100)
    found.push(...atDesk(desk, all.slice(56), 2000))
    expect(found.filter(isAlarm).length).toBeGreaterThan(0)
  })

  it('are bounded, however many versions and layouts come', () => {
    const desk = new DriftDesk()
    for (let i = 0; i < 60; i++) {
      const layout = layoutOf(`other-${i}`, [feature(`f${i}`, Float64Array.of(0.5))])
      atDesk(desk, profilesOf(layout, [[0]], { modelVersion: String(i) }), i)
    }
    for (let i = 0; i < 9; i++) atDesk(desk, profilesOf(votes, [[0]], { modelVersion: String(i) }), 100 + i)
    const { lines } = desk.snapshot()
    expect(lines.length).toBeLessThanOrEqual(15)
    expect(lines.filter(({ referenceVersion }) => referenceVersion === votes.version)).toHaveLength(3)
  })
})

it('goes on from a snapshot while a reference is being gathered, reading nothing of it again', () => {
  const all = profilesOf(
    votes,
    drawVotes(1600, 6, i => (i < 900 ? 0.1 : 0.5)),
  )
  const whole = atDesk(new DriftDesk(), all)
  expect(whole.filter(isAlarm).length).toBeGreaterThan(0)
  for (const cut of [1, 10, 31, 32, 60]) {
    const first = new DriftDesk()
    const before = atDesk(first, all.slice(0, cut))
    const second = new DriftDesk()
    second.restore(JSON.parse(JSON.stringify(first.snapshot())))
    expect(second.resumeFrom).toBe(cut)
    expect([...before, ...atDesk(second, all.slice(cut), cut)]).toEqual(whole)
  }
})

describe('without labels', () => {
  const { normal, uniform } = createDraws(9)
  const rows = Array.from({ length: 4000 }, () => {
    const p = 1 / (1 + Math.exp(1 - 1.5 * (normal() + 0.7)))
    return { p, isRight: uniform() < p === p >= 0.738 }
  })
  const profiles = profilesOf(
    decided,
    rows.map(({ p }) => [p, 1 - Math.abs(2 * p - 1), p >= 0.738 ? 1 : 0]),
    { everyMs: 10_000 },
  )
  const estimates = (kinds: string[]) =>
    atDesk(new DriftDesk({ calibratedKinds: new Set(kinds) }), profiles).filter(
      ({ method }) => method === 'cbpe',
    )

  it('accuracy is estimated for each closed window, marked as an estimate and never an alarm', () => {
    const found = estimates(['text-spam'])
    expect(found.length).toBeGreaterThanOrEqual(8)
    for (const { windowStart, windowEnd, effect, effectLow, effectHigh, ...rest } of found) {
      expect(rest).toMatchObject({ feature: 'accuracy', finding: 'ESTIMATE', drifted: false, slice: 'all' })
      const own = rows.filter((_, i) => T0 + i * 10_000 >= windowStart && T0 + i * 10_000 < windowEnd)
      const truth = own.filter(({ isRight }) => isRight).length / own.length
      expect(Math.abs(truth - effect!)).toBeLessThan(0.08)
      expect(effectHigh! - effectLow!).toBeGreaterThan(0.05)
    }
    const whole = found.reduce((sum, { effect, count }) => sum + effect! * count, 0)
    const counted = found.reduce((sum, { count }) => sum + count, 0)
    const right = rows.slice(0, counted).filter(({ isRight }) => isRight).length
    expect(Math.abs(whole - right) / counted).toBeLessThan(0.02)
  })

  it('nothing is estimated for kinds whose scores are no probabilities', () => {
    expect(estimates([])).toEqual([])
  })
})

it('says how often reports expect what the score says, apart from people who label', () => {
  const reported = Array.from({ length: 250 }, (_, i) => [0.3, i % 4 === 0 ? 0 : 1])
  const found = atDesk(new DriftDesk(), profilesOf(reports, reported, { everyMs: 30_000 })).filter(
    ({ method }) => method === 'accuracy-reports',
  )
  expect(found.length).toBeGreaterThan(0)
  expect(found[0]).toMatchObject({ feature: 'reports', drifted: false, finding: null })
  expect(found[0]!.count).toBeGreaterThanOrEqual(100)
  expect(found[0]!.effect).toBeCloseTo(0.25, 1)
  expect(found[0]!.effectLow).toBeLessThan(0.25)
})
