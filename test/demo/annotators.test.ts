import { describe, expect, it } from 'vitest'
import { annotatorHabits, createAnnotators } from '../../demo/annotators.ts'
import { type Truth, toneOf } from '../../demo/community/truth.ts'

/** Simulated taggers err as often as their habit says, and always in the same places. */

const SAMPLES = 4000
const truthOf = (i: number): Truth => ({
  niceness: [1.2, 2.8, 4.4, 5, 5.6, 7.1, 8.5, 9.6][i % 8]!,
  spam: i % 5 === 0,
  toxic: i % 4 === 0,
  surface: 5,
  slang: [],
})
const samples = Array.from({ length: SAMPLES }, (_, i) => ({ id: `content-${i}`, truth: truthOf(i) }))
const team = createAnnotators(1)

describe.each(team)('$name', annotator => {
  it.each([
    ['niceness', (value: number, { niceness }: Truth) => toneOf(value) === toneOf(niceness)],
    ['text-spam', (value: number, { spam }: Truth) => (value === 1) === spam],
    ['toxicity', (value: number, { toxic }: Truth) => (value === 1) === toxic],
  ] as const)('tags %s as reliably as declared', (kind, isRight) => {
    const answers = samples.map(sample => annotator.answer({ ...sample, kind }))
    const wrong = answers.filter(({ value }, i) => !isRight(value, samples[i]!.truth)).length
    expect(Math.abs(wrong / SAMPLES - annotator.wrongShare)).toBeLessThan(0.025)
    const seconds = answers.reduce((sum, answer) => sum + answer.seconds, 0) / SAMPLES
    expect(Math.abs(seconds / annotator.seconds - 1)).toBeLessThan(0.05)
    for (const { value } of answers)
      expect(value >= 0 && value <= 10 && Number.isInteger(value * 2)).toBe(true)
  })
})

it('answers the same sample in the same way, whatever came before, and another person in another', () => {
  const again = createAnnotators(1)
  const answers = (of: typeof team, order: typeof samples) =>
    new Map(order.map(sample => [sample.id, of.map(one => one.answer({ ...sample, kind: 'niceness' }))]))
  const backwards = [...samples].reverse().slice(0, 300)
  const [first, second] = [answers(team, samples.slice(-300)), answers(again, backwards)]
  for (const [id, one] of first) expect(second.get(id)).toEqual(one)
  const [careful, other] = team
  const differ = samples.filter(
    sample =>
      careful!.answer({ ...sample, kind: 'niceness' }).value !==
      other!.answer({ ...sample, kind: 'niceness' }).value,
  )
  expect(differ.length).toBeGreaterThan(SAMPLES / 4)
})

it('has good people in the majority, one careless and one contrary', () => {
  const habits = team.map(({ habit }) => habit)
  expect(habits.filter(habit => annotatorHabits[habit].wrongShare < 0.2).length).toBeGreaterThan(
    habits.length / 2,
  )
  expect(habits.filter(habit => habit === 'careless')).toHaveLength(1)
  expect(habits.filter(habit => habit === 'contrary')).toHaveLength(1)
  expect(() => team[0]!.answer({ id: 'x', kind: 'politeness', truth: truthOf(0) })).toThrow('politeness')
})
