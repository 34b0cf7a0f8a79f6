import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '../../jobs/random.ts'
import { driftStep, type TrainingReferenceLookup } from '../../pipelines/runtime/drift-step.ts'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { StateStore } from '../../pipelines/runtime/state-store.ts'
import { topology } from '../../pipelines/topology.ts'
import { evenEdges } from '../../processors/drift/declared-features.ts'
import { ProfileBuilder, type ProfileLayout } from '../../processors/drift/profile.ts'
import { binOf } from '../../processors/drift/rank-basis.ts'
import type { TrainingReference } from '../../processors/drift/training-reference.ts'
import type { Incoming } from '../../processors/processor.ts'
import { profileId } from '../../schemas/ids.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import { runStep } from '../support/run-step.ts'

/** Profiles of a new platform through detect-drift, which knows what its models were trained on. */

const edges = evenEdges(-3, 3, 20)
const layout: ProfileLayout = {
  version: 'v1',
  features: ['length', 'unknownWords'].map(name => ({ name, description: '', edges })),
  slices: [{ name: 'all', description: 'Every record.', holds: () => true }],
  binsMax: 20,
}
const RECORDS = 400
const START = 1_690_000_000_000

/** Profiles of 37 records; `mean` is that of the second feature, NaN where it is missing, and `length` that of the first. */
function profilesOf(
  count: number,
  { seed = 1, length = 0, mean = 0, modelVersion = '1', referenceVersion = 'v1', from = 0 } = {},
): FeatureProfile[] {
  const normal = normals(seed)
  const builder = new ProfileBuilder({ ...layout, version: referenceVersion }, 16)
  const profiles: FeatureProfile[] = []
  for (let first = from; first < from + count; first += 37) {
    const next = Math.min(first + 37, from + count)
    for (let offset = first; offset < next; offset++)
      builder.add({
        offset,
        at: START + offset * 10_000,
        author: `a${offset}`,
        contentId: `c${offset}`,
        revision: 0,
        thread: `c${offset}`,
        values: Float64Array.of(normal() + length, normal() + mean),
        slices: 1,
        terms: new Set(['plain']),
      })
    const source = { kind: 'niceness', modelVersion, topic: 'nicr.content', partition: 0, skipped: 0 }
    const profile = builder.take({ ...source, firstOffset: first, nextOffset: next })!
    profiles.push({ id: profileId(profile), ...profile })
  }
  return profiles
}

function normals(seed: number): () => number {
  const random = createRandom(seed)
  return () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Trained on rows of mean 0 in both features. */
function reference(modelVersion: string): TrainingReference {
  const normal = normals(99)
  const features = layout.features.map(({ name }) => {
    const counts = new Array<number>(20).fill(0)
    for (let row = 0; row < 4000; row++) counts[binOf(edges, normal())]!++
    return { name, counts }
  })
  return { kind: 'niceness', modelVersion, rows: 4000, positiveShare: null, features }
}

const known: TrainingReferenceLookup = async ({ modelVersion }) => reference(modelVersion)

async function reportsOf(
  profiles: readonly FeatureProfile[],
  { lookUpReference = known, crashes = [] as readonly number[] } = {},
) {
  const detectDrift: ProcessorDeclaration = {
    name: 'detect-drift',
    reads: ['feature-profiles'],
    writes: ['drift-reports'],
    stateful: true,
    createStep: store =>
      driftStep(store!, { referenceRecords: RECORDS, snapshotProfiles: 5, lookUpReference }),
  }
  const driver = new MemoryDriver({ topology: [detectDrift], partitions: 1, recordsMax: 3 })
  for (const profile of profiles) await driver.pipe('feature-profiles', profile.kind, profile)
  for (const commits of crashes) {
    driver.crashAfter(commits)
    try {
      await driver.drain()
    } catch (error) {
      if (!(error instanceof CrashError)) throw error
    }
    driver.restart()
  }
  await driver.drain()
  return (await driver.read('drift-reports')).map(({ value }) => value)
}

const gapsOf = (reports: Awaited<ReturnType<typeof reportsOf>>) =>
  reports.filter(({ finding }) => finding === 'DOMAIN_GAP')

it('says once how far a new platform is, which features make it, and raises no alarm by it', async () => {
  const reports = await reportsOf(profilesOf(2000, { mean: 1 }))
  const [gap, ...more] = gapsOf(reports)
  expect(more).toEqual([])
  expect(gap).toMatchObject({
    kind: 'niceness',
    modelVersion: '1',
    feature: '*',
    slice: 'all',
    method: 'psi-training',
    drifted: false,
    // Steps are told by the newest of their 16 records.
    windowStart: START + 15 * 10_000,
    contributors: [{ name: 'unknownWords' }],
  })
  expect(gap!.count).toBeGreaterThanOrEqual(RECORDS)
  expect(gap!.count).toBeLessThan(RECORDS + 37)
  expect(gap!.effect).toBeGreaterThan(0.5)
  expect(reports.filter(({ drifted }) => drifted)).toEqual([])
})

it('compares every closed window with the training rows too, without alarm', async () => {
  const windows = (await reportsOf(profilesOf(2000, { mean: 1 }))).filter(
    ({ method, finding }) => method === 'psi-training' && finding === null,
  )
  const effectsOf = (name: string) =>
    windows.filter(({ feature }) => feature === name).map(one => one.effect!)
  expect(effectsOf('unknownWords').length).toBeGreaterThanOrEqual(3)
  expect(Math.min(...effectsOf('unknownWords'))).toBeGreaterThan(0.5)
  expect(Math.max(...effectsOf('length'))).toBeLessThan(0.2)
  expect(windows.filter(({ drifted }) => drifted)).toEqual([])
})

it('is silent about a platform that writes as the training rows did', async () => {
  for (const seed of [1, 2, 3, 4, 5]) expect(gapsOf(await reportsOf(profilesOf(1200, { seed })))).toEqual([])
})

it('is silent, and finds what it finds, where it is not known what a version was trained on', async () => {
  const changing = [...profilesOf(1200), ...profilesOf(600, { seed: 2, mean: 1, from: 1200 })]
  const without = await reportsOf(changing, { lookUpReference: async () => null })
  expect(without.filter(({ method }) => method === 'psi-training')).toEqual([])
  expect(without.filter(({ drifted }) => drifted).length).toBeGreaterThan(0)
  const beside = (await reportsOf(changing)).filter(({ method }) => method !== 'psi-training')
  expect(beside).toEqual(without)
})

it('watches a version that tells no words as any other: the feature is missing in every record', async () => {
  const plain = profilesOf(3000, { mean: Number.NaN })
  expect((await reportsOf(plain)).filter(({ drifted }) => drifted)).toEqual([])
  const changing = [...plain, ...profilesOf(400, { seed: 2, mean: Number.NaN, length: 1, from: 3000 })]
  const found = (await reportsOf(changing)).filter(({ drifted }) => drifted)
  expect(new Set(found.map(({ feature }) => feature))).toEqual(new Set(['length']))
})

it('begins anew with a deploy that begins to tell words', async () => {
  const profiles = [
    ...profilesOf(900, { mean: Number.NaN }),
    ...profilesOf(900, { mean: 0, modelVersion: '2', from: 900 }),
  ]
  expect((await reportsOf(profiles)).filter(({ drifted }) => drifted)).toEqual([])
})

it('says it once for each version that is deployed, not again for one that comes back or is laid out anew', async () => {
  const profiles = [
    ...profilesOf(800, { mean: 1 }),
    ...profilesOf(800, { mean: 1, modelVersion: '2', from: 800 }),
    ...profilesOf(800, { mean: 1, modelVersion: '3', from: 1600 }),
    ...profilesOf(800, { mean: 1, modelVersion: '4', from: 2400 }),
    // The detectors of version 1 are forgotten by now.
    ...profilesOf(800, { mean: 1, from: 3200 }),
    ...profilesOf(800, { mean: 1, modelVersion: '4', referenceVersion: 'v2', from: 4000 }),
  ]
  const gaps = gapsOf(await reportsOf(profiles))
  expect(gaps.map(({ modelVersion }) => modelVersion)).toEqual(['1', '2', '3', '4'])
  expect(new Set(gaps.map(({ id }) => id)).size).toBe(4)
})

it('says it once whatever crashes, and the same', async () => {
  const profiles = [
    ...profilesOf(900, { mean: 1 }),
    ...profilesOf(900, { mean: 1, referenceVersion: 'v2', from: 900 }),
    ...profilesOf(900, { mean: 1, modelVersion: '2', from: 1800 }),
  ]
  const whole = await reportsOf(profiles)
  expect(gapsOf(whole)).toHaveLength(2)
  const crashes = fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 5 })
  await fc.assert(
    fc.asyncProperty(crashes, async own => {
      expect(await reportsOf(profiles, { crashes: own })).toEqual(whole)
    }),
    { numRuns: 20 },
  )
})

it('counts nothing of a batch for which looking up failed, so it can be taken again', async () => {
  const profiles = profilesOf(1200, { mean: 1 })
  const records = profiles.map((value, offset) => aRecord(value, offset))
  let isDown = false
  const lookUpReference: TrainingReferenceLookup = version =>
    isDown && version.modelVersion === '2' ? Promise.reject(new Error('unreadable')) : known(version)
  const step = driftStep(new StateStore(), { referenceRecords: RECORDS, lookUpReference })
  const other = aRecord(profilesOf(37, { modelVersion: '2' })[0]!, records.length)
  isDown = true
  await expect(runStep(step, [...records, other])).rejects.toThrow('unreadable')
  isDown = false
  const { emitted } = await runStep(step, [...records, other])
  expect(emitted.map(({ value }) => (value as DriftReport).finding)).toContain('DOMAIN_GAP')
})

function aRecord(value: FeatureProfile, offset: number): Incoming<'feature-profiles'> {
  return { topic: 'feature-profiles', partition: 0, offset, key: value.kind, value, appendedAt: START + 1e9 }
}

it('leads to no retrain request', async () => {
  const modelOf = () => {
    throw new Error('nothing is scored here')
  }
  const all = topology({ modelOf, textLengthMax: 1, topicPrefix: '', now: () => 0 })
  const driver = new MemoryDriver({
    topology: all.filter(({ name }) => name === 'request-retrain'),
    partitions: 1,
  })
  for (const report of await reportsOf(profilesOf(2000, { mean: 1 })))
    await driver.pipe('drift-reports', report.kind, report)
  await driver.drain()
  expect(await driver.read('retrain-requests')).toEqual([])
})
