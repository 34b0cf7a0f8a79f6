import { describe, expect, it } from 'vitest'
import { joinLabels, type LabelScale, reliabilityFrom } from '../../../processors/tagging/join-labels.ts'

const graded: LabelScale = { objective: 'GRADED', min: 0, max: 10 }
const binary: LabelScale = { objective: 'BINARY', min: 0, max: 1 }
const sure = () => 0.8

function label(value: number, labeller: string, over: { origin?: string; at?: number } = {}) {
  return { value, labeller, origin: 'page', at: 1000, ...over }
}

describe('the one value of a content', () => {
  it('is the majority of two classes, believed the less the closer it was', () => {
    const together = joinLabels(binary, [label(1, 'a'), label(1, 'b'), label(1, 'c')], sure)!
    const apart = joinLabels(binary, [label(1, 'a'), label(1, 'b'), label(0, 'c')], sure)!
    const alone = joinLabels(binary, [label(1, 'a')], sure)!
    expect([together.value, apart.value, alone.value]).toEqual([1, 1, 1])
    expect(together.weight).toBeCloseTo(1 - 0.2 ** 3)
    expect(apart.weight).toBeCloseTo((1 - 0.2 ** 2) / 3)
    expect(alone.weight).toBeCloseTo(0.8)
  })

  it('is what one reliable person says against two who guess', () => {
    const reliability = { a: 0.9, b: 0.2, c: 0.3 } as Record<string, number>
    const labels = [label(0, 'a'), label(1, 'b'), label(1, 'c')]
    expect(joinLabels(binary, labels, name => reliability[name]!)?.value).toBe(0)
    expect(
      joinLabels(
        graded,
        labels.map(one => ({ ...one, value: one.value * 9 })),
        name => reliability[name]!,
      )?.value,
    ).toBe(0)
  })

  it('is the median of a scale, and between two who agree their middle', () => {
    expect(joinLabels(graded, [label(2, 'a'), label(9, 'b'), label(3, 'c')], sure)?.value).toBe(3)
    expect(joinLabels(graded, [label(3, 'b'), label(4, 'a')], sure)?.value).toBe(3.5)
    expect(joinLabels(graded, [label(7, 'b'), label(7, 'a')], sure)?.weight).toBeCloseTo(0.96)
  })

  it('is none where as much speaks for one answer as for another, or nobody believable spoke', () => {
    expect(joinLabels(binary, [label(1, 'a'), label(0, 'b')], sure)).toBeNull()
    expect(joinLabels(graded, [label(2, 'a'), label(4, 'b')], sure)).toBeNull()
    expect(joinLabels(binary, [], sure)).toBeNull()
    expect(joinLabels(binary, [label(1, 'a')], () => 0)).toBeNull()
  })

  it('is the latest adjudication, whoever said what', () => {
    const labels = [
      label(1, 'a'),
      label(1, 'b'),
      label(1, 'moderator', { origin: 'adjudication', at: 2000 }),
      label(0, 'moderator', { origin: 'adjudication', at: 3000 }),
      label(1, 'c', { at: 4000 }),
    ]
    expect(joinLabels(binary, labels, sure)).toEqual({ value: 0, weight: 1 })
    expect(joinLabels(binary, labels.toReversed(), sure)).toEqual({ value: 0, weight: 1 })
  })

  it('counts the last word of a person once', () => {
    const labels = [
      label(1, 'a', { at: 1 }),
      label(1, 'a', { at: 2 }),
      label(0, 'a', { at: 3 }),
      label(0, 'b'),
    ]
    expect(joinLabels(binary, labels, sure)).toEqual({ value: 0, weight: 1 - 0.2 ** 2 })
  })
})

describe('reliability', () => {
  it('is believed before any check, grows with checks passed and is nothing at guessing', () => {
    expect(reliabilityFrom('GRADED', { asked: 0, right: 0 })).toBe(0.8)
    expect(reliabilityFrom('BINARY', { asked: 0, right: 0 })).toBeCloseTo(0.6)
    expect(reliabilityFrom('BINARY', { asked: 100, right: 100 })).toBeGreaterThan(0.95)
    expect(reliabilityFrom('BINARY', { asked: 100, right: 45 })).toBe(0)
  })
})
