import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { divideTasks } from '../../../../pipelines/runtime/kafka/task-assigner.ts'

const tasks = (count: number) => Array.from({ length: count }, (_, index) => index)

describe('divideTasks', () => {
  it('gives every task to exactly one member, and nobody more than one above another', () => {
    const claims = fc.array(fc.array(fc.nat(20), { maxLength: 12 }), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(fc.nat(16), claims, (count, previous) => {
        const division = divideTasks(
          tasks(count),
          new Map(previous.map((own, index) => [`member-${index}`, own])),
        )
        expect([...division.values()].flat().sort((left, right) => left - right)).toEqual(tasks(count))
        const sizes = [...division.values()].map(own => own.length)
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })

  it('moves only what a newcomer is due', () => {
    const before = divideTasks(
      tasks(4),
      new Map([
        ['a', []],
        ['b', []],
      ]),
    )
    const after = divideTasks(tasks(4), new Map([...before, ['c', []]]))
    const kept = ['a', 'b'].flatMap(member =>
      after.get(member)!.filter(task => before.get(member)!.includes(task)),
    )
    expect(kept.length).toBe(3)
    expect(after.get('c')!.length).toBe(1)
  })

  it('leaves an even division as it is', () => {
    const before = new Map([
      ['a', [1, 3]],
      ['b', [0, 2]],
    ])
    expect(divideTasks(tasks(4), before)).toEqual(before)
  })
})
