import fc from 'fast-check'
import type { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { declareProcessor } from '../../pipelines/runtime/processor-declaration.ts'
import type { Emitted, Processor } from '../../processors/processor.ts'
import { aContent, aVote } from '../support/records.ts'
import { lengthModel, lengthTopology, tallyTopology } from '../topology/topologies.ts'

/** A made-up community for simulations: what its people and its broken producers write, and what reads it. */

interface Watch {
  readonly votes: number
  readonly until: number
}

export const WATCH_MS = 1000

/** votes → draft-outcomes: says once how many votes a content got within `WATCH_MS` of its first one, then forgets it. */
export const watchVotes: Processor<'votes', 'draft-outcomes', Watch | null> = {
  name: 'watch-votes',
  reads: ['votes'],
  writes: ['draft-outcomes'],
  init: () => null,
  process: (state, { value }) => {
    if (Math.abs(value.value) > 1)
      return { reject: { code: 'NICR_RECORD_INVALID', detail: `value is ${value.value}` } }
    const watch = { votes: (state?.votes ?? 0) + 1, until: state?.until ?? value.at + WATCH_MS }
    return { state: watch, emit: [], punctuateAt: watch.until }
  },
  punctuate: (state, key, streamTime) => ({
    state: undefined,
    emit: state === null ? [] : [watched(key, state, streamTime)],
  }),
}

function watched(key: string, { votes, until }: Watch, streamTime: number): Emitted<'draft-outcomes'> {
  const value = {
    draftId: `watched ${key}`,
    contentId: key,
    outcome: 'IGNORED',
    nicenessFirst: streamTime - START,
    nicenessLast: null,
    edits: votes,
    modelVersion: 'watch-votes',
    at: until,
  } as const
  return { topic: 'draft-outcomes', key, value }
}

export const watchTopology = declareProcessor(watchVotes)

/** Two scorers of one input, two processors with state of another. */
export const communityTopology = [
  lengthTopology(),
  lengthTopology(
    { ...lengthModel, card: { kind: 'text-spam', version: 'length-2', settings: {} } },
    'score-other',
  ),
  tallyTopology,
  watchTopology,
]

export const START = 1_700_000_000_000
const TEXT_LENGTH_MAX = 1000

/** What somebody writes to a topic. Times are ms after `START`, and need not come in order. */
export type Written =
  | { readonly type: 'content'; readonly id: string; readonly revision: number; readonly length: number }
  | { readonly type: 'deletion'; readonly id: string; readonly revision: number }
  | { readonly type: 'vote'; readonly id: string; readonly value: number; readonly at: number }
  | {
      readonly type: 'poison'
      readonly topic: 'content' | 'votes'
      readonly key: string
      readonly bytes: string
    }

const id = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')

export const arbitraryWritten: fc.Arbitrary<Written> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('content' as const),
      id,
      revision: fc.nat(2),
      length: fc.oneof({ weight: 8, arbitrary: fc.nat(20) }, fc.constant(TEXT_LENGTH_MAX + 1)),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('deletion' as const), id, revision: fc.nat(2) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('vote' as const),
      id,
      value: fc.constantFrom(-1, 0, 1, 1, 7),
      at: fc.nat(5000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('poison' as const),
      topic: fc.constantFrom('content' as const, 'votes' as const),
      key: id,
      bytes: fc.constantFrom('', 'not avro', '\0\0\0\0\x01\xff\xff', '\0\0\x09\x09\x09\x02A'),
    }),
  },
)

export async function write(driver: MemoryDriver, one: Written): Promise<void> {
  switch (one.type) {
    case 'content': {
      const { id, revision, length } = one
      await driver.pipe('content', id, aContent({ id, revision, text: 'x'.repeat(length), at: START }))
      return
    }
    case 'deletion': {
      const { id, revision } = one
      await driver.pipe('content', id, aContent({ id, revision, action: 'DELETED', text: '', at: START }))
      return
    }
    case 'vote': {
      const { id, value, at } = one
      await driver.pipe('votes', id, aVote({ id: '', contentId: id, value, at: START + at }))
      return
    }
    case 'poison':
      driver.pipeRaw(one.topic, { key: Buffer.from(one.key), value: Buffer.from(one.bytes, 'latin1') })
  }
}

/** What must come of it, reckoned without any of the runtime: for each key, in the order written. */
export function expected(written: readonly Written[]) {
  const scores: string[] = []
  const tallies: string[] = []
  const rejected: string[] = []
  const sums = new Map<string, { votes: number; sum: number }>()
  for (const one of written) {
    if (one.type === 'content' && one.length <= TEXT_LENGTH_MAX) {
      const value = one.length === 0 ? 'EMPTY null' : `SCORED ${Math.min(one.length, 10)}`
      for (const kind of ['niceness', 'text-spam']) scores.push(`${one.id}/${one.revision} ${kind} ${value}`)
    } else if (one.type === 'content') {
      rejected.push(`score-length ${one.id} NICR_TEXT_TOO_LONG`, `score-other ${one.id} NICR_TEXT_TOO_LONG`)
    } else if (one.type === 'deletion') {
      for (const kind of ['niceness', 'text-spam'])
        scores.push(`${one.id}/${one.revision} ${kind} CLEARED null`)
    } else if (one.type === 'vote') {
      if (Math.abs(one.value) > 1) {
        for (const name of ['tally-votes', 'watch-votes'])
          rejected.push(`${name} ${one.id} NICR_RECORD_INVALID`)
        continue
      }
      const { votes, sum } = sums.get(one.id) ?? { votes: 0, sum: 0 }
      const next = { votes: votes + 1, sum: sum + one.value }
      sums.set(one.id, next)
      tallies.push(`${one.id} ${next.votes} ${next.sum}`)
    } else {
      const processors =
        one.topic === 'content' ? ['score-length', 'score-other'] : ['tally-votes', 'watch-votes']
      for (const name of processors) rejected.push(`${name} ${one.key} ${poisonCode(one)}`)
    }
  }
  return { scores: scores.sort(), tallies, rejected: rejected.sort(), sums }
}

function poisonCode({ topic, bytes }: Extract<Written, { type: 'poison' }>): string {
  if (bytes === '') return 'NICR_RECORD_EMPTY'
  if (bytes.startsWith('\0\0\x09')) return 'NICR_SCHEMA_UNKNOWN'
  // Schema 1 is content's.
  return topic === 'votes' && bytes.startsWith('\0') ? 'NICR_SCHEMA_INCOMPATIBLE' : 'NICR_RECORD_UNDECODABLE'
}
