import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { headerText } from '../../pipelines/runtime/records.ts'
import { isFull } from '../support/full.ts'
import { arbitraryWritten, communityTopology, expected, type Written, write } from './community.ts'

/** Random communities and random crashes, some hundred of each; a failure prints its seed and the shortest script. */

type Deed =
  | { readonly do: 'write'; readonly written: Written }
  | { readonly do: 'drain' }
  /** The process dies at the commit after so many, and a new one takes over. */
  | { readonly do: 'crash'; readonly afterCommits: number }

const script: fc.Arbitrary<readonly Deed[]> = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('write' as const), written: arbitraryWritten }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('crash' as const), afterCommits: fc.nat(6) }) },
  ),
  { maxLength: 120, size: 'max' },
)
const recordsMax = fc.constantFrom(1, 2, 3, 7, 100)
const runs = { numRuns: isFull ? 3000 : 100 }
/** The full form takes minutes on cores that others use too. */
const TEST_MS = isFull ? 1_200_000 : 60_000

describe('whatever is written and whenever the process dies', () => {
  it(
    'scores each content once, rejects each bad record once, and counts votes as if nothing had happened',
    async () => {
      let crashes = 0
      await fc.assert(
        fc.asyncProperty(script, recordsMax, async (deeds, recordsMax) => {
          const driver = newDriver(recordsMax)
          for (const deed of deeds) crashes += await perform(driver, deed)
          driver.restart()
          await driver.drain()
          const outcome = await outcomeOf(driver)
          const { scores, tallies, rejected, sums } = expected(writtenBy(deeds))
          expect(outcome.scores).toEqual(scores)
          expect(outcome.rejected).toEqual(rejected)
          expect(outcome.tallies).toEqual(tallies.sort())
          for (const [id, sum] of sums) expect(driver.state('tally-votes', id)).toEqual(sum)
          await driver.drain()
          expect(await outcomeOf(driver)).toEqual(outcome)
        }),
        runs,
      )
      expect(crashes).toBeGreaterThan(100)
    },
    TEST_MS,
  )

  it(
    'writes the same records in the same order as a process that never died',
    async () => {
      await fc.assert(
        fc.asyncProperty(script, recordsMax, recordsMax, async (deeds, recordsMax, otherRecordsMax) => {
          const crashing = newDriver(recordsMax)
          for (const deed of deeds) await perform(crashing, deed)
          crashing.restart()
          await crashing.drain()
          const steady = newDriver(otherRecordsMax)
          for (const written of writtenBy(deeds)) await write(steady, written)
          await steady.drain()
          expect(await inOrder(crashing)).toEqual(await inOrder(steady))
        }),
        runs,
      )
    },
    TEST_MS,
  )
})

function newDriver(recordsMax: number): MemoryDriver {
  return new MemoryDriver({ topology: communityTopology, partitions: 3, recordsMax })
}

function writtenBy(deeds: readonly Deed[]): Written[] {
  return deeds.flatMap(deed => (deed.do === 'write' ? [deed.written] : []))
}

/** @returns how often the process died */
async function perform(driver: MemoryDriver, deed: Deed): Promise<number> {
  if (deed.do === 'write') await write(driver, deed.written)
  else if (deed.do === 'drain') await driver.drain()
  else {
    driver.crashAfter(deed.afterCommits)
    try {
      await driver.drain()
    } catch (error) {
      if (!(error instanceof CrashError)) throw error
      driver.restart()
      return 1
    }
    driver.restart()
  }
  return 0
}

async function outcomeOf(driver: MemoryDriver) {
  const scores = (await driver.read('scores')).map(
    ({ value }) => `${value.contentId}/${value.revision} ${value.kind} ${value.status} ${value.value}`,
  )
  const tallies = (await driver.read('draft-outcomes'))
    .filter(({ value }) => value.modelVersion === '')
    .map(({ value }) => `${value.contentId} ${value.edits} ${value.nicenessFirst}`)
  const rejected = driver
    .readRaw('dead-letters')
    .map(
      ({ key, headers }) =>
        `${headerText(headers, 'nicr-processor')} ${key} ${headerText(headers, 'nicr-code')}`,
    )
  return { scores: scores.sort(), tallies: tallies.sort(), rejected: rejected.sort() }
}

/** What each processor wrote to each partition: processors share topics, and how they interleave is not promised. */
async function inOrder(driver: MemoryDriver): Promise<Record<string, string[]>> {
  const written: Record<string, string[]> = {}
  const add = (writer: string, partition: number, what: unknown) => {
    written[`${writer}/${partition}`] ??= []
    written[`${writer}/${partition}`]!.push(JSON.stringify(what))
  }
  for (const { partition, key, value } of await driver.read('scores'))
    add(value.kind, partition, [key, value])
  for (const { partition, key, value } of await driver.read('draft-outcomes'))
    add(value.modelVersion === '' ? 'tally-votes' : value.modelVersion, partition, [key, value])
  for (const { partition, key, value, headers } of driver.readRaw('dead-letters'))
    add(`letters of ${headerText(headers, 'nicr-processor')}`, partition, [
      String(key),
      value?.length,
      headers.map(([name, header]) => `${name}: ${header}`),
    ])
  return written
}
