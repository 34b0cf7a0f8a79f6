import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createRandom } from '../../jobs/random.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import type { ChampionLookup, ChampionScore } from '../../pipelines/runtime/readers-step.ts'
import { topology } from '../../pipelines/topology.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { FeatureProfile, Report, Vote } from '../../schemas/records.ts'
import { addedUp, drainWithCrashes } from '../support/profiles.ts'
import { aReport, aVote } from '../support/records.ts'

/** Votes and reports through judge-readers, the scores of what they are about looked up. */

const T0 = 1_690_000_000_000
const DAY = 86_400_000

const scores: readonly ChampionScore[] = [
  { contentId: 'kind', kind: 'niceness', modelVersion: '1', value: 9, label: 'kind' },
  { contentId: 'kind', kind: 'toxicity', modelVersion: '4', value: 0.1, label: 'civil' },
  { contentId: 'unkind', kind: 'niceness', modelVersion: '1', value: 1, label: 'unkind' },
  { contentId: 'plain', kind: 'niceness', modelVersion: '1', value: 5, label: 'plain' },
]

/** Any other content is kind. */
const lookup: ChampionLookup = {
  scoresOf: async ids =>
    ids.flatMap(contentId => {
      const known = scores.filter(score => score.contentId === contentId)
      return known.length > 0 || contentId === 'unknown' ? known : [{ ...scores[0]!, contentId }]
    }),
  championsAmong: async versions => versions.filter(({ modelVersion }) => modelVersion === '1'),
}

const processors = (names: readonly string[], lookUpChampions = lookup) =>
  topology({
    modelOf: () => {
      throw new Error('no model is asked for')
    },
    textLengthMax: 1,
    topicPrefix: 'nicr.',
    now: () => 0,
    lookUpChampions,
  }).filter(({ name }) => names.includes(name))

type Said = { readonly vote: Vote } | { readonly report: Report }

async function pipe(driver: MemoryDriver, said: Said) {
  if ('vote' in said) await driver.pipe('votes', said.vote.contentId, said.vote)
  else await driver.pipe('reports', said.report.contentId ?? said.report.draftId ?? '', said.report)
}

async function profilesOf(
  input: readonly Said[],
  { crashes = [], partitions = 1 }: { crashes?: readonly number[]; partitions?: number } = {},
): Promise<FeatureProfile[]> {
  const driver = new MemoryDriver({ topology: processors(['judge-readers']), partitions, recordsMax: 4 })
  for (const said of input) await pipe(driver, said)
  await drainWithCrashes(driver, crashes)
  return (await driver.read('feature-profiles')).map(({ value }) => value)
}

let next = 0
const vote = (contentId: string, value: number, changes: Partial<Vote> = {}): Said => {
  const id = `v${next++}`
  return { vote: aVote({ id, voter: id, contentId, value, at: T0, ...changes }) }
}
const report = (changes: Partial<Report> = {}): Said => {
  const id = `r${next++}`
  return { report: aReport({ id, reporter: id, contentId: 'kind', at: T0, ...changes }) }
}

it('counts votes that contradict the score and those that agree, where it lets expect either', async () => {
  const counts = addedUp(
    await profilesOf([
      vote('a', 1),
      vote('b', 1),
      vote('c', -1),
      vote('unkind', -1),
      vote('plain', -1),
      vote('unknown', -1),
      vote('d', 0),
    ]),
  )
  expect(counts).toEqual({ 'niceness 1 votes all 1': 3, 'niceness 1 votes all 2': 1 })
  expect(addedUp(await profilesOf([vote('unkind', 1)]))).toEqual({ 'niceness 1 votes all 2': 1 })
})

it('counts one vote of a content, and a vote taken back for none', async () => {
  const crowd = [vote('kind', 0), ...Array.from({ length: 50 }, () => vote('kind', -1)), vote('kind', 1)]
  expect(addedUp(await profilesOf(crowd))).toEqual({ 'niceness 1 votes all 2': 1 })
})

it('counts votes and reports of others where new accounts were first', async () => {
  const isNew = { accountSince: T0 - DAY }
  const first = [vote('kind', 1, isNew), vote('kind', 1, isNew), report({ ...isNew, expected: 9 })]
  const known = { accountSince: T0 - 300 * DAY }
  const counts = addedUp(
    await profilesOf([...first, vote('kind', -1, known), report({ ...known, expected: 9 })]),
  )
  expect(counts).toMatchObject({
    'niceness 1 votes newAccounts 1': 1,
    'niceness 1 votes all 2': 1,
    'niceness 1 reportsDiffer newAccounts 1': 1,
    'niceness 1 reportsDiffer all 1': 1,
  })
})

it('counts new accounts apart', async () => {
  const accountSince = T0 - 3 * DAY
  const counts = addedUp(
    await profilesOf([
      vote('a', -1, { accountSince }),
      vote('b', 1, { accountSince: T0 - 300 * DAY }),
      report({ accountSince }),
    ]),
  )
  expect(counts).toEqual({
    'niceness 1 votes newAccounts 2': 1,
    'niceness 1 votes all 1': 1,
    'niceness 1 reports newAccounts 8': 1,
    'niceness 1 reportsDiffer newAccounts 2': 1,
  })
})

it('counts how far reports are from the score, of any kind, once a content', async () => {
  const counts = addedUp(
    await profilesOf([
      report({ expected: 2 }),
      report({ expected: 2 }),
      report({ contentId: 'b', expected: null }),
      report({ contentId: 'b', expected: 8 }),
      report({ contentId: 'c', expected: 17 }),
      report({ contentId: 'd', expected: Number.NaN }),
      report({ expected: 1, kind: 'toxicity' }),
      report({ contentId: 'unknown' }),
      report({ kind: 'nothing' }),
    ]),
  )
  expect(counts).toEqual({
    'niceness 1 reports all 8': 1,
    'niceness 1 reportsDiffer all 2': 1,
    'niceness 1 reports all 2': 1,
    'niceness 1 reportsDiffer all 1': 1,
    'toxicity 4 reports all 10': 1,
    'toxicity 4 reportsDiffer all 2': 1,
  })
})

it('believes a report of a draft only of a version that has scored as champion', async () => {
  const draft = (modelVersion: string) =>
    report({ contentId: null, draftId: 'd', expected: 1, seenScore: { value: 6.5, modelVersion } })
  expect(addedUp(await profilesOf([draft('1'), draft('evil')]))).toEqual({
    'niceness 1 reports all 6': 1,
    'niceness 1 reportsDiffer all 2': 1,
  })
})

it('loses and doubles nothing, whatever crashes, and over any partitions', async () => {
  const random = createRandom(3)
  const input = Array.from({ length: 120 }, (): Said => {
    const contentId = `c${Math.floor(random() * 30)}`
    const person = `p${Math.floor(random() * 6)}`
    return random() < 0.7
      ? vote(contentId, Math.floor(random() * 3) - 1, { voter: person })
      : report({ contentId, reporter: person, expected: Math.floor(random() * 11) })
  })
  const whole = addedUp(await profilesOf(input))
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(1, 3),
      fc.array(fc.nat(20), { maxLength: 4 }),
      async (partitions, crashes) => {
        const profiles = await profilesOf(input, { partitions, crashes })
        expect(addedUp(profiles)).toEqual(whole)
        expect(new Set(profiles.map(({ id }) => id)).size).toBe(profiles.length)
      },
    ),
    { numRuns: 20 },
  )
})

it('waits while scores cannot be looked up, and then counts each vote once', async () => {
  let isDown = true
  const flaky: ChampionLookup = {
    ...lookup,
    scoresOf: ids =>
      isDown ? Promise.reject(new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'down')) : lookup.scoresOf(ids),
  }
  const driver = new MemoryDriver({ topology: processors(['judge-readers'], flaky), partitions: 1 })
  await pipe(driver, vote('kind', -1))
  // The same process tries again.
  await expect(driver.drain()).rejects.toMatchObject({ code: 'NICR_CLICKHOUSE_UNAVAILABLE' })
  isDown = false
  await driver.drain()
  const profiles = (await driver.read('feature-profiles')).map(({ value }) => value)
  expect(addedUp(profiles)).toEqual({ 'niceness 1 votes all 2': 1 })
})

/** Votes on contents of their own, of which a share contradicts; every fifth is of a new account. */
function votesOf(count: number, shareOf: (i: number, isNew: boolean) => number): Said[] {
  const random = createRandom(7)
  return Array.from({ length: count }, (_, i) => {
    const isNew = i % 5 === 0
    const at = T0 + i * 60_000
    const value = random() < shareOf(i, isNew) ? -1 : 1
    return vote(`p${i}`, value, { at, accountSince: isNew ? at - DAY : null })
  })
}

async function watched(input: readonly Said[], crashes: readonly number[] = []) {
  const names = ['judge-readers', 'detect-drift', 'request-retrain']
  const driver = new MemoryDriver({ topology: processors(names), partitions: 1, recordsMax: 50 })
  for (const said of input) await pipe(driver, said)
  await drainWithCrashes(driver, crashes)
  return {
    alarms: (await driver.read('drift-reports'))
      .map(({ value }) => value)
      .filter(({ drifted, method }) => drifted && ['adwin', 'e-detector'].includes(method)),
    requests: (await driver.read('retrain-requests')).map(({ value }) => value),
  }
}

it('a rise of contradicting votes is found within 300 of them, and asks for training', async () => {
  const { alarms, requests } = await watched(votesOf(1600, i => (i < 1200 ? 0.1 : 0.4)))
  expect(alarms.map(({ feature }) => feature)).toContain('votes')
  const [first] = alarms.filter(({ slice }) => slice === 'all')
  expect(first!.at).toBeGreaterThan(T0 + 1200 * 60_000)
  expect(first!.at).toBeLessThan(T0 + 1500 * 60_000)
  expect(requests).toMatchObject([{ kind: 'niceness', policy: 'errors', modelVersion: '1' }])
})

// With five votes of a content counted, both of these raised one.
it.each([1, 3])(
  'a calm community where those who vote on a misjudged text agree raises no alarm (seed %i)',
  async seed => {
    const random = createRandom(seed)
    const input = Array.from({ length: 9000 }, (_, i) => {
      const contradicts = random() < 0.06 ? 0.5 : 0.008
      const at = T0 + i * 60_000
      return Array.from({ length: 1 + Math.floor(random() * 4) }, () =>
        vote(`p${i}`, random() < contradicts ? -1 : 1, { at }),
      )
    })
    expect((await watched(input.flat())).alarms).toEqual([])
  },
)

it('fewer contradicting votes ask for nothing', async () => {
  const { alarms, requests } = await watched(votesOf(2400, i => (i < 1200 ? 0.5 : 0.1)))
  expect(alarms.length).toBeGreaterThan(0)
  expect(requests).toEqual([])
})

it('a brigade of new accounts moves its own slice only, and asks for nothing', async () => {
  const { alarms, requests } = await watched(votesOf(3000, (i, isNew) => (isNew && i >= 1200 ? 0.9 : 0.1)))
  expect(new Set(alarms.map(({ slice }) => slice))).toEqual(new Set(['newAccounts']))
  expect(requests).toEqual([])
})

it('finds the same after crashes, also while the reference is being gathered', async () => {
  const input = votesOf(1600, i => (i < 1200 ? 0.1 : 0.4))
  const whole = await watched(input)
  for (const crashes of [[3], [5, 20, 40], [12, 1, 1]]) expect(await watched(input, crashes)).toEqual(whole)
})
