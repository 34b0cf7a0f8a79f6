import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { StateStore } from '../../../pipelines/runtime/state-store.ts'

/** What the changelog's records say, by key; JSON texts, `null` for a tombstone. */
function written(store: StateStore): Record<string, string | null> {
  return Object.fromEntries(
    store.takeChanges().map(({ key, value }) => [key, value === null ? null : value.toString('utf8')]),
  )
}

describe('the changelog of a task’s state', () => {
  it('has one record for each key that changed since the last transaction, with its last state', () => {
    const store = new StateStore()
    store.set('a', { n: 1 }, null)
    store.set('b', { n: 1 }, 5)
    store.set('a', { n: 2 }, null)
    expect(written(store)).toEqual({
      a: '{"state":{"n":2},"punctuateAt":null}',
      b: '{"state":{"n":1},"punctuateAt":5}',
    })
    expect(store.takeChanges()).toEqual([])
    store.set('b', { n: 2 }, null)
    expect(Object.keys(written(store))).toEqual(['b'])
  })

  it('has a tombstone for a key that was forgotten, also one that came and went in the same transaction', () => {
    const store = new StateStore()
    store.set('a', 1, null)
    store.takeChanges()
    store.set('a', undefined, null)
    store.set('b', 1, null)
    store.set('b', undefined, null)
    expect(written(store)).toEqual({ a: null, b: null })
    expect(store.get('a')).toBeUndefined()
  })

  it('has the stream time, once a transaction and only where it moved', () => {
    const store = new StateStore()
    store.advance(10)
    store.advance(30)
    store.advance(20)
    expect(Object.values(written(store))).toEqual(['30'])
    store.advance(30)
    expect(store.takeChanges()).toEqual([])
  })

  it('gives back states, timers and the stream time, whatever the keys are', () => {
    const arbitraryChange = fc.record({
      key: fc.constantFrom('', 'a', '__proto__', '\0', '👍', '\ufffd'),
      state: fc.option(fc.jsonValue({ maxDepth: 2 }), { nil: undefined }),
      punctuateAt: fc.option(fc.nat(100)),
      at: fc.nat(100),
      commits: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(arbitraryChange), changes => {
        const store = new StateStore()
        const restored = new StateStore()
        const log: { key: string; value: Buffer | null }[] = []
        for (const { key, state, punctuateAt, at, commits } of changes) {
          store.set(key, state, punctuateAt)
          store.advance(at)
          if (commits) log.push(...store.takeChanges())
        }
        log.push(...store.takeChanges())
        for (const { key, value } of log) restored.restore(key, value)
        for (const { key } of changes) expect(restored.get(key)).toEqual(plain(store.get(key)))
        expect(restored.streamTime).toBe(store.streamTime)
        expect(restored.takeChanges()).toEqual([])
        restored.advance(1000)
        store.advance(1000)
        expect(restored.takeDue()).toEqual(store.takeDue())
      }),
      { numRuns: 50 },
    )
  })
})

describe('timers', () => {
  it('come due in the order of their time, then of their key, each once, and never on a time gone by', () => {
    const store = new StateStore()
    store.set('late', 1, 30)
    store.set('b', 1, 10)
    store.set('a', 1, 10)
    store.set('never', 1, null)
    store.advance(9)
    expect(store.takeDue()).toEqual([])
    store.advance(10)
    store.advance(5)
    expect(store.takeDue()).toEqual(['a', 'b'])
    expect(store.takeDue()).toEqual([])
    store.advance(100)
    expect(store.takeDue()).toEqual(['late'])
  })

  it('are put off or called off by a later change of their key', () => {
    const store = new StateStore()
    store.set('put off', 1, 10)
    store.set('put off', 2, 20)
    store.set('called off', 1, 10)
    store.set('called off', 2, null)
    store.set('forgotten', 1, 10)
    store.set('forgotten', undefined, null)
    store.advance(19)
    expect(store.takeDue()).toEqual([])
    store.advance(20)
    expect(store.takeDue()).toEqual(['put off'])
  })
})

/** A value as JSON keeps it: negative zero does not survive. */
function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}
