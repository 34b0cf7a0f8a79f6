import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { compareStep } from '../../pipelines/runtime/compare-step.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { topology } from '../../pipelines/topology.ts'
import type { ComparedPair } from '../../processors/drift/compare-kinds.ts'
import type { FeatureProfile, Score } from '../../schemas/records.ts'
import { KafkaDriver } from '../support/kafka-driver.ts'
import { addedUp, drainWithCrashes } from '../support/profiles.ts'
import { aScore } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

/** Scores of two kinds through compare-kinds. */

const parts = {
  modelOf: () => {
    throw new Error('no model is asked for')
  },
  textLengthMax: 1,
  topicPrefix: 'nicr.',
  now: () => 0,
}
const declared = topology(parts).find(({ name }) => name === 'compare-kinds')!

const niceness = (contentId: string, value: number, changes: Partial<Score> = {}) =>
  aScore({
    contentId,
    value,
    kind: 'niceness',
    label: value < 4 ? 'unkind' : value > 6 ? 'kind' : 'plain',
    ...changes,
  })
const toxicity = (contentId: string, value: number, changes: Partial<Score> = {}) =>
  aScore({ contentId, value, kind: 'toxicity', label: value > 0.5 ? 'toxic' : 'civil', ...changes })

interface Run {
  readonly crashes?: readonly number[]
  readonly partitions?: number
  readonly processor?: ProcessorDeclaration
}

async function profilesOf(
  scores: readonly Score[],
  { crashes = [], partitions = 1, processor = declared }: Run = {},
): Promise<FeatureProfile[]> {
  const driver = new MemoryDriver({ topology: [processor], partitions, recordsMax: 5 })
  for (const score of scores) await driver.pipe('scores', score.contentId, score)
  await drainWithCrashes(driver, crashes)
  return (await driver.read('feature-profiles')).map(({ value }) => value)
}

const contents = Array.from({ length: 40 }, (_, i) => `c${i}`)
const both = contents.flatMap((id, i) => [niceness(id, i % 11), toxicity(id, (i % 7) / 7)])

it('counts each content once: how far apart the kinds are, and whether they say opposite things', async () => {
  const [profile, ...others] = await profilesOf([
    niceness('fits', 9),
    toxicity('fits', 0.02),
    toxicity('toxic', 0.9),
    niceness('toxic', 9),
    niceness('mild', 2.5),
    toxicity('mild', 0.5),
  ])
  expect(others.map(({ steps }) => steps.length)).toEqual([1])
  expect(profile).toMatchObject({
    kind: 'niceness',
    modelVersion: '1',
    sourceTopic: 'nicr.scores',
    features: ['toxicityGap', 'toxicityContradicts'],
  })
  const counts = addedUp([profile!, ...others])
  // 0.02 where 0 is expected, 0.9 where 0 is, and 0.5 where it is: twenty bins from −1 to 1, and one below.
  expect(counts).toMatchObject({
    'niceness 1 toxicityGap all 11': 2,
    'niceness 1 toxicityGap all 20': 1,
    'niceness 1 toxicityContradicts all 1': 1,
    'niceness 1 toxicityContradicts all 2': 2,
    'niceness 1 toxicityGap contentKind=COMMENT 20': 1,
  })
})

it('leaves out what is no champion score of both, and other revisions', async () => {
  const alone = [
    niceness('a', 5),
    niceness('b', 5),
    toxicity('b', 0.1, { revision: 1 }),
    niceness('c', 5, { alias: 'CHALLENGER' }),
    toxicity('c', 0.1),
    niceness('d', 5),
    toxicity('d', 0, { status: 'CLEARED', value: null, label: null }),
    niceness('e', 5),
    aScore({ contentId: 'e', kind: 'text-spam', value: 0.1 }),
  ]
  expect(await profilesOf(alone)).toEqual([])
})

it('says the same in whatever order scores come, over any partitions, and after any crash', async () => {
  const whole = addedUp(await profilesOf(both))
  expect(Object.values(whole).reduce((sum, count) => sum + count, 0)).toBe(2 * 3 * contents.length)
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(both, { minLength: both.length }),
      fc.constantFrom(1, 3),
      fc.array(fc.nat(12), { maxLength: 4 }),
      async (scores, partitions, crashes) => {
        const profiles = await profilesOf(scores, { partitions, crashes })
        expect(addedUp(profiles)).toEqual(whole)
        expect(new Set(profiles.map(({ id }) => id)).size).toBe(profiles.length)
      },
    ),
    { numRuns: 20 },
  )
})

it('counts a repeat once', async () => {
  expect(addedUp(await profilesOf([...both, ...both]))).toEqual(addedUp(await profilesOf(both)))
})

it('forgets what waits for too long, the same after a crash', async () => {
  const { compared } = kinds['niceness']!
  const pair: ComparedPair = {
    kind: 'niceness',
    pair: compared![0]!,
    scale: { min: 0, max: 1 },
    slices: [{ name: 'all', description: 'Every record.', holds: () => true }],
  }
  const processor = { ...declared, createStep: () => compareStep([pair], 'nicr.scores', 10) }
  const apart = [
    niceness('near', 5),
    niceness('far', 5),
    ...contents.slice(0, 8).map(id => niceness(id, 5)),
    toxicity('near', 0.1),
    toxicity('far', 0.1),
    ...contents.slice(20, 30).map(id => niceness(id, 5)),
    toxicity('c19', 0.1),
  ]
  const whole = await profilesOf(apart, { processor })
  // `near` lies 10 offsets before its other half, as far as is remembered less one is 9.
  expect(whole).toEqual([])
  const within = [niceness('x', 5), ...apart.slice(2, 10), toxicity('x', 0.1)]
  for (const crashes of [[], [0], [1], [1, 0]])
    expect(Object.keys(addedUp(await profilesOf(within, { processor, crashes })))).toHaveLength(2)
})

it('begins a new reference where either kind has a new version', async () => {
  const versions = async (scores: readonly Score[]) =>
    (await profilesOf(scores)).map(
      ({ modelVersion, referenceVersion }) => `${modelVersion} ${referenceVersion}`,
    )
  const [first] = await versions([niceness('a', 5), toxicity('a', 0.1)])
  const [second] = await versions([niceness('a', 5), toxicity('a', 0.1, { modelVersion: '2' })])
  const [third] = await versions([niceness('a', 5, { modelVersion: '2' }), toxicity('a', 0.1)])
  expect(new Set([first, second, third]).size).toBe(3)
  expect(third).toMatch(/^2 /)
})

it('runs where no kind is compared', async () => {
  const { 'text-spam': spam } = kinds
  const alone = topology({ ...parts, kinds: { 'text-spam': spam! } })
  const processor = alone.find(({ name }) => name === 'compare-kinds')!
  expect(await profilesOf(both, { processor })).toEqual([])
})

describe.skipIf(stackMissing() !== null)('on a real broker', () => {
  it('pairs halves that came before a restart with those that come after, and counts none twice', async () => {
    const driver = await KafkaDriver.start({ topology: [declared], partitions: 1 })
    try {
      const [own, others] = [0, 1].map(half => both.filter((_, i) => i % 2 === half))
      for (const score of [...own!, ...others!.slice(0, 15)])
        await driver.pipe('scores', score.contentId, score)
      await driver.drain()
      await driver.restart()
      for (const score of others!.slice(10)) await driver.pipe('scores', score.contentId, score)
      await driver.drain()
      const profiles = (await driver.read('feature-profiles')).map(({ value }) => value)
      expect(addedUp(profiles)).toEqual(addedUp(await profilesOf(both)))
    } finally {
      await driver.close()
    }
  })
})
