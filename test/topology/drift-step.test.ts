import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../jobs/random.ts'
import { driftStep } from '../../pipelines/runtime/drift-step.ts'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { evenEdges } from '../../processors/drift/declared-features.ts'
import { ProfileBuilder, type ProfiledRecord, type ProfileLayout } from '../../processors/drift/profile.ts'
import { profileId } from '../../schemas/ids.ts'
import type { FeatureProfile } from '../../schemas/records.ts'
import { KafkaDriver } from '../support/kafka-driver.ts'
import { stackMissing } from '../support/stack.ts'

/** Profiles through detect-drift, with crashes: what it says must be what it says without. */

const layout: ProfileLayout = {
  version: 'v1',
  features: [
    { name: 'x', description: 'A number.', edges: evenEdges(-3, 3, 20) },
    { name: 'y', description: 'Another.', edges: evenEdges(-3, 3, 20) },
  ],
  slices: [{ name: 'all', description: 'Every record.', holds: () => true }],
  binsMax: 20,
}
const RECORDS = 400

const detectDrift: ProcessorDeclaration = {
  name: 'detect-drift',
  reads: ['feature-profiles'],
  writes: ['drift-reports'],
  stateful: true,
  createStep: store => driftStep(store!, { referenceRecords: RECORDS, snapshotProfiles: 5 }),
}

function recordsOf(
  count: number,
  seed: number,
  { mean = 0, word = 'plain', from = 0 } = {},
): ProfiledRecord[] {
  const random = createRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return Array.from({ length: count }, (_, i) => ({
    offset: i,
    at: 1_690_000_000_000 + (from + i) * 10_000,
    author: `a${i}`,
    thread: '',
    contentId: `c${i}`,
    revision: 0,
    values: Float64Array.of(normal() + mean, normal()),
    slices: 1,
    terms: new Set(['plain', i % 3 === 0 ? word : 'plain']),
  }))
}

/** Records as the profiles of batches of these sizes, over and over. */
function profilesOf(
  records: readonly ProfiledRecord[],
  sizes: readonly number[],
  modelVersion = '1',
): FeatureProfile[] {
  const builder = new ProfileBuilder(layout, 16)
  const profiles: FeatureProfile[] = []
  for (let from = 0, batch = 0; from < records.length; batch++) {
    const part = records.slice(from, from + sizes[batch % sizes.length]!)
    from += part.length
    part.forEach((record, i) => {
      builder.add({ ...record, offset: from - part.length + i })
    })
    const source = { kind: 'niceness', modelVersion, topic: 'nicr.content', partition: 0, skipped: 0 }
    const profile = builder.take({ ...source, firstOffset: from - part.length, nextOffset: from })!
    profiles.push({ id: profileId(profile), ...profile })
  }
  return profiles
}

const changing = () =>
  profilesOf(
    [...recordsOf(1200, 1), ...recordsOf(600, 2, { mean: 1, word: 'glorp', from: 1200 })],
    [37, 80, 5],
  )

async function reportsOf(profiles: readonly FeatureProfile[], crashes: readonly number[] = []) {
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

it('names the feature that changed, and the word that is new', async () => {
  const reports = await reportsOf(changing())
  expect(new Set(reports.filter(({ drifted }) => drifted).map(({ feature }) => feature))).toEqual(
    new Set(['x', 'terms']),
  )
  const words = reports
    .filter(({ finding }) => finding === 'NEW_WORDS')
    .flatMap(({ contributors }) => contributors)
  expect(words.map(({ name }) => name)).toEqual(['glorp'])
  expect(words[0]!.contentIds.length).toBeGreaterThan(1)
})

it('compares closed windows with the reference and with the window before', async () => {
  const windows = (await reportsOf(changing())).filter(({ method }) => method === 'psi')
  expect(windows.length).toBeGreaterThanOrEqual(4)
  for (const { windowEnd, windowStart, count } of windows) {
    expect(windowEnd - windowStart).toBeGreaterThanOrEqual(3_600_000)
    expect(count).toBeGreaterThanOrEqual(200)
  }
  const drifted = windows.filter(one => one.drifted)
  expect(new Set(drifted.map(({ feature }) => feature))).toEqual(new Set(['x']))
  expect(Math.min(...drifted.map(({ windowEnd }) => windowEnd))).toBeGreaterThan(
    1_690_000_000_000 + 1200 * 10_000,
  )
})

it('says the same after crashes, wherever they are: no count is lost or doubled', async () => {
  const profiles = changing()
  const whole = await reportsOf(profiles)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 8 }), { minLength: 1, maxLength: 4 }),
      async crashes => {
        expect(await reportsOf(profiles, crashes)).toEqual(whole)
      },
    ),
    { numRuns: 15 },
  )
})

it('counts no record twice: a profile that overlaps what was counted is dropped whole', async () => {
  const profiles = changing()
  const repeated = profiles.flatMap(profile => [profile, profile])
  expect(await reportsOf(repeated)).toEqual(await reportsOf(profiles))
})

it('begins anew with a new model, while instances of the old one go on', async () => {
  const old = profilesOf(recordsOf(1200, 3), [40])
  const next = profilesOf(recordsOf(1200, 4, { mean: 2 }), [40], '2')
  const mixed = old.flatMap((profile, i) => (i < 15 ? [profile] : [profile, next[i - 15]!]))
  expect((await reportsOf([...mixed, ...next.slice(15)])).filter(({ drifted }) => drifted)).toEqual([])
})

it('a record that is no profile of ours is a dead letter, and its neighbours go on', async () => {
  const profiles = changing()
  const driver = new MemoryDriver({ topology: [detectDrift], partitions: 1 })
  const broken = {
    ...profiles[3]!,
    id: 'broken',
    steps: [{ ...profiles[3]!.steps[0]!, bins: Buffer.of(255, 255, 255) }],
  }
  for (const profile of profiles) {
    if (profile === profiles[3])
      await driver.pipe('feature-profiles', 'niceness', { ...broken, modelVersion: '9' })
    await driver.pipe('feature-profiles', 'niceness', profile)
  }
  await driver.drain()
  expect(driver.readRaw('dead-letters')).toHaveLength(1)
  expect((await driver.read('drift-reports')).length).toBeGreaterThan(0)
})

describe.skipIf(stackMissing() !== null)('on a real broker', () => {
  it('goes on after a restart as if it had not stopped, and writes nothing twice', async () => {
    const profiles = changing()
    const driver = await KafkaDriver.start({ topology: [detectDrift], partitions: 1 })
    try {
      const half = Math.floor(profiles.length * 0.8)
      for (const profile of profiles.slice(0, half))
        await driver.pipe('feature-profiles', profile.kind, profile)
      await driver.drain()
      await driver.restart()
      for (const profile of profiles.slice(half)) await driver.pipe('feature-profiles', profile.kind, profile)
      await driver.drain()
      const found = (await driver.read('drift-reports')).map(({ value }) => value)
      // Times are bounded by when the broker appended, which differs.
      const essence = (reports: typeof found) =>
        reports.map(({ feature, method, statistic, count, contributors }) => ({
          feature,
          method,
          statistic,
          count,
          contributors,
        }))
      expect(essence(found)).toEqual(essence(await reportsOf(profiles)))
    } finally {
      await driver.close()
    }
  })
})
