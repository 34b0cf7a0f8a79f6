import { expect, it } from 'vitest'
import type { ComparedRow } from '../../jobs/challenger/compare.ts'
import { labelNoise } from '../../jobs/challenger/label-noise.ts'
import { kindNamed } from '../../pipelines/kinds.ts'

/** Labels that contradict what two models surely know, counted as they are learned from. */

/** Both models say that it is kind; `answers` by person. */
const kindRow = (target: number, weight: number, answers: Readonly<Record<string, number>>): ComparedRow =>
  ({
    row: { target, weight, evidence: Object.entries(answers).map(([by, value]) => ({ by, value })) },
    champion: 9,
    challenger: 9,
    isNew: false,
    isTold: true,
  }) as unknown as ComparedRow

const noiseOf = (rows: readonly ComparedRow[]) => labelNoise(kindNamed('niceness'), {}, rows)

it('counts what is believed, and names who said it', () => {
  const wrong = Array.from({ length: 10 }, () => kindRow(1, 1, { mallory: 1 }))
  const right = Array.from({ length: 30 }, () => kindRow(9, 1, { ada: 9 }))
  const { sure, contradicted, people } = noiseOf([...wrong, ...right])
  expect({ sure, contradicted }).toEqual({ sure: 40, contradicted: 10 })
  expect(people[0]).toMatchObject({ by: 'mallory', contradicted: 10 })
})

it('does not hold against a data set what it hardly believes', () => {
  const doubted = Array.from({ length: 20 }, () => kindRow(1, 0.05, { mallory: 1 }))
  const right = Array.from({ length: 30 }, () => kindRow(9, 1, { ada: 9 }))
  const { contradicted, shareAtLeast, people } = noiseOf([...doubted, ...right])
  expect(contradicted).toBeCloseTo(1)
  expect(shareAtLeast).toBeLessThan(0.05)
  expect(people.map(({ by }) => by)).toEqual(['ada'])
})

it('does not hold against a person what others outvoted', () => {
  const outvoted = Array.from({ length: 20 }, () => kindRow(9, 0.8, { mallory: 1, ada: 9 }))
  expect(noiseOf(outvoted).people.map(({ contradicted }) => contradicted)).toEqual([0, 0])
})
