import { describe, expect, it } from 'vitest'
import { StateStore } from '../../../pipelines/runtime/state-store.ts'
import { processorStep } from '../../../pipelines/runtime/step.ts'
import type { Incoming, Outcome, Processor } from '../../../processors/processor.ts'
import type { TopicName } from '../../../schemas/topics.ts'
import { aVote } from '../../support/records.ts'
import { runStep } from '../../support/run-step.ts'

type State = readonly string[]

const vote = (key: string | null, at: number, voter = 'v'): Incoming<'votes'> => ({
  topic: 'votes',
  partition: 0,
  offset: at,
  key,
  value: aVote({ contentId: key ?? '', voter, at }),
  appendedAt: at,
})

/** Collects voters by key and asks to be called 10 ms after each; what it was called with goes to `calls`. */
function collector(
  calls: string[],
  punctuate: (state: State, key: string, streamTime: number) => Outcome<State, 'votes'>,
): Processor<'votes', 'votes', State> {
  return {
    name: 'collect-voters',
    reads: ['votes'],
    writes: ['votes'],
    init: () => [],
    process: (state, { key, value }) => {
      calls.push(`process ${key} ${state.length}`)
      if (value.voter === 'bad') return { reject: { code: 'NICR_RECORD_INVALID', detail: 'bad' } }
      return { state: [...state, value.voter], emit: [], punctuateAt: value.at + 10 }
    },
    punctuate: (state, key, streamTime) => {
      calls.push(`punctuate ${key} ${state.length} at ${streamTime}`)
      return punctuate(state, key, streamTime)
    },
  }
}

function stepOf(processor: Processor<'votes', 'votes', State>, store: StateStore) {
  return processorStep(
    processor as unknown as Processor<TopicName, TopicName, unknown>,
    store,
    ({ value }) => (value as { at: number }).at,
  )
}

describe('a step of a processor', () => {
  it('punctuates after the record that moved the time, in order of time and key, and keeps what it returns', async () => {
    const calls: string[] = []
    const store = new StateStore()
    const step = stepOf(
      collector(calls, state => ({ state: [...state, 'punctuated'], emit: [] })),
      store,
    )
    await runStep(step, [vote('b', 2), vote('a', 2), vote('c', 1), vote('d', 50)])
    expect(calls).toEqual([
      'process b 0',
      'process a 0',
      'process c 0',
      'process d 0',
      'punctuate c 1 at 50',
      'punctuate a 1 at 50',
      'punctuate b 1 at 50',
    ])
    expect(store.get('a')).toEqual(['v', 'punctuated'])
    await runStep(step, [vote('d', 51)])
    expect(calls.length).toBe(8)
  })

  it('does not call again within the same record for a time that has gone by already', async () => {
    const calls: string[] = []
    const step = stepOf(
      collector(calls, state => ({ state, emit: [], punctuateAt: 0 })),
      new StateStore(),
    )
    await runStep(step, [vote('a', 0), vote('b', 20)])
    expect(calls.filter(call => call.startsWith('punctuate'))).toEqual(['punctuate a 1 at 20'])
    await runStep(step, [vote('b', 20)])
    expect(calls.filter(call => call.startsWith('punctuate')).length).toBe(2)
  })

  it('leaves state and time alone for a rejected record, and names its place in the batch', async () => {
    const calls: string[] = []
    const store = new StateStore()
    const step = stepOf(
      collector(calls, state => ({ state, emit: [] })),
      store,
    )
    const { rejected } = await runStep(step, [vote('a', 0), vote('a', 900, 'bad'), vote('a', 1)])
    expect(rejected).toEqual([{ index: 1, code: 'NICR_RECORD_INVALID', detail: 'bad' }])
    expect(store.get('a')).toEqual(['v', 'v'])
    expect(store.streamTime).toBe(1)
    expect(calls.some(call => call.startsWith('punctuate'))).toBe(false)
  })

  it('calls a rejection in punctuate the bug it is: there is no record to give to the dead letters', async () => {
    const step = stepOf(
      collector([], () => ({ reject: { code: 'NICR_RECORD_INVALID', detail: 'why' } })),
      new StateStore(),
    )
    await expect(runStep(step, [vote('a', 0), vote('b', 50)])).rejects.toThrow(
      'collect-voters rejected in punctuate',
    )
  })

  it('keeps the state under what the processor says, where that is not the record’s key', async () => {
    const store = new StateStore()
    const processor = {
      ...collector([], state => ({ state, emit: [] })),
      keyOf: ({ value }: Incoming<'votes'>) => value.voter,
    }
    await runStep(stepOf(processor, store), [
      vote('a', 0, 'ada'),
      vote('b', 1, 'ada'),
      vote('a', 90, 'grace'),
    ])
    expect([store.get('ada'), store.get('grace'), store.get('a')]).toEqual([
      ['ada', 'ada'],
      ['grace'],
      undefined,
    ])
  })

  it('gives records without a key a state of their own', async () => {
    const store = new StateStore()
    const step = stepOf(
      collector([], state => ({ state, emit: [] })),
      store,
    )
    await runStep(step, [vote(null, 0), vote(null, 1)])
    expect(store.get('')).toEqual(['v', 'v'])
  })
})
