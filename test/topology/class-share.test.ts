import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '../../jobs/random.ts'
import { driftStep } from '../../pipelines/runtime/drift-step.ts'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { drawnClassSlice, evenEdges, probabilityEdges } from '../../processors/drift/declared-features.ts'
import { ProfileBuilder, type ProfiledRecord, type ProfileLayout } from '../../processors/drift/profile.ts'
import { profileId } from '../../schemas/ids.ts'
import type { FeatureProfile } from '../../schemas/records.ts'

/** A share of spam that moves, through detect-drift, with crashes. */

const spam = drawnClassSlice('spam')
const layout: ProfileLayout = {
  version: 'v1',
  features: [
    { name: 'length', description: 'A number.', edges: evenEdges(-3, 5, 20) },
    { name: 'score', description: 'A probability.', edges: probabilityEdges() },
  ],
  slices: [{ name: 'all', description: 'Every record.', holds: () => true }, spam],
  binsMax: 22,
}

const detectDrift: ProcessorDeclaration = {
  name: 'detect-drift',
  reads: ['feature-profiles'],
  writes: ['drift-reports'],
  stateful: true,
  createStep: store => driftStep(store!, { referenceRecords: 2000, snapshotProfiles: 7 }),
}

interface Part {
  readonly count: number
  readonly share: number
  /** How much longer texts are, whatever their class. */
  readonly longer?: number
}

function recordsOf(parts: readonly Part[], seed: number): ProfiledRecord[] {
  const random = createRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  const places = parts.flatMap(part => Array.from({ length: part.count }, () => part))
  return places.map(({ share, longer = 0 }, i) => {
    const isSpam = random() < share
    const margin = normal() + (isSpam ? 2 : -2)
    const score = 1 / (1 + Math.exp(-(4 * margin + Math.log(0.1 / 0.9))))
    const length = normal() + (isSpam ? 1 : 0) + longer
    const asked = { contentKind: 'POST', language: null, authorAgeMs: null, score, draw: random() }
    return {
      offset: i,
      at: 1_690_000_000_000 + i * 10_000,
      author: `a${i}`,
      contentId: `c${i}`,
      revision: 0,
      thread: `c${i}`,
      values: Float64Array.of(length, score),
      slices: spam.holds(asked) ? 3 : 1,
      terms: new Set(['plain']),
    }
  })
}

function profilesOf(records: readonly ProfiledRecord[]): FeatureProfile[] {
  const builder = new ProfileBuilder(layout, 16)
  const profiles: FeatureProfile[] = []
  for (let from = 0; from < records.length; from += 90) {
    const part = records.slice(from, from + 90)
    for (const record of part) builder.add(record)
    const source = { kind: 'text-spam', modelVersion: '1', topic: 'nicr.content', partition: 0, skipped: 0 }
    const profile = builder.take({ ...source, firstOffset: from, nextOffset: from + part.length })!
    profiles.push({ id: profileId(profile), ...profile })
  }
  return profiles
}

async function allReportsOf(profiles: readonly FeatureProfile[], crashes: readonly number[] = []) {
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

async function sharesOf(parts: readonly Part[], seed = 1) {
  const reports = await allReportsOf(profilesOf(recordsOf(parts, seed)))
  return reports.filter(({ method }) => method === 'em')
}

it('a share that moved is said once, with how far and how sure', async () => {
  const reports = await sharesOf([
    { count: 4000, share: 0.1 },
    { count: 9000, share: 0.3 },
  ])
  expect(reports).toHaveLength(1)
  const [report] = reports
  expect(report).toMatchObject({
    finding: 'CLASS_SHARE',
    feature: 'score',
    slice: 'all',
    drifted: true,
    contributors: [],
  })
  expect(report!.statistic).toBeGreaterThan(0.27)
  expect(report!.statistic).toBeLessThan(0.33)
  expect(report!.threshold).toBeGreaterThan(0.08)
  expect(report!.threshold).toBeLessThan(0.12)
  expect(report!.effectLow).toBeGreaterThan(1)
  expect(report!.effectHigh).toBeLessThan(1.7)
  // Within three blocks of a thousand records, one each ten seconds.
  expect(report!.at).toBeLessThan(1_690_000_000_000 + (4000 + 3100) * 10_000)
})

it('it is said again when it moved again as far, and when it came back', async () => {
  const reports = await sharesOf([
    { count: 4000, share: 0.1 },
    { count: 4000, share: 0.3 },
    { count: 4000, share: 0.32 },
    { count: 4000, share: 0.6 },
    { count: 4000, share: 0.1 },
  ])
  expect(reports.map(({ finding, drifted }) => [finding, drifted])).toEqual([
    ['CLASS_SHARE', true],
    ['CLASS_SHARE', true],
    ['CLASS_SHARE', false],
  ])
  expect(reports[1]!.statistic).toBeGreaterThan(0.55)
})

it('where texts changed as well it is refused, once, and names what changed', async () => {
  const reports = await sharesOf([
    { count: 4000, share: 0.1 },
    { count: 8000, share: 0.4, longer: 0.8 },
  ])
  expect(reports).toHaveLength(1)
  expect(reports[0]).toMatchObject({ finding: 'CLASS_SHARE_REFUSED', drifted: false })
  expect(reports[0]!.contributors.map(({ name }) => name)).toEqual(['length'])
})

it('nothing is said of a share that stays, however texts change', async () => {
  expect(await sharesOf([{ count: 20_000, share: 0.1 }])).toEqual([])
  expect(
    await sharesOf([
      { count: 4000, share: 0.1 },
      { count: 8000, share: 0.1, longer: 0.8 },
    ]),
  ).toEqual([])
})

it('the drawn class is counted and not watched: it raises no alarm of its own', async () => {
  const reports = await allReportsOf(
    profilesOf(
      recordsOf(
        [
          { count: 4000, share: 0.1 },
          { count: 4000, share: 0.5, longer: 1 },
        ],
        1,
      ),
    ),
  )
  expect(new Set(reports.map(({ slice }) => slice))).toEqual(new Set(['all']))
})

it('says the same after crashes, wherever they are', async () => {
  const profiles = profilesOf(
    recordsOf(
      [
        { count: 3000, share: 0.1 },
        { count: 3500, share: 0.4 },
        { count: 3500, share: 0.1 },
      ],
      2,
    ),
  )
  const whole = await allReportsOf(profiles)
  expect(whole.filter(({ method }) => method === 'em')).toHaveLength(2)
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 1, maxLength: 4 }),
      async crashes => {
        expect(await allReportsOf(profiles, crashes)).toEqual(whole)
      },
    ),
    { numRuns: 8 },
  )
})
