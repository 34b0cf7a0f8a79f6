import { describe, expect, it } from 'vitest'
import { fitPiecewise, fitPlatt, thresholdFor } from '../../jobs/calibrate.ts'
import {
  areaUnderCurve,
  binaryMetrics,
  calibrationError,
  gradedMetrics,
  macroF1,
  metricsOf,
  pearson,
  spearman,
} from '../../jobs/metrics.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { applyLink } from '../../processors/text/link.ts'

const outcomes = (pairs: readonly (readonly [number, number])[]) =>
  pairs.map(([value, target]) => ({ value, target }))

describe('metrics', () => {
  it('counts ties in the curve as half', () => {
    const isPositive = (target: number) => target === 1
    expect(
      areaUnderCurve(
        outcomes([
          [0.1, 0],
          [0.4, 1],
          [0.4, 0],
          [0.9, 1],
        ]),
        isPositive,
      ),
    ).toBe(3.5 / 4)
    expect(
      areaUnderCurve(
        outcomes([
          [1, 0],
          [0, 1],
        ]),
        isPositive,
      ),
    ).toBe(0)
  })

  it('measures a binary kind at its threshold', () => {
    const rows = outcomes([
      [0.9, 1],
      [0.8, 1],
      [0.2, 1],
      [0.7, 0],
      [0.1, 0],
      [0.1, 0],
      [0, 0],
      [0, 0],
    ])
    const metrics = binaryMetrics(rows, 0.5)
    expect(metrics).toMatchObject({
      n: 8,
      accuracy: 0.75,
      recall: 2 / 3,
      falseAlarms: 0.2,
      precision: 2 / 3,
      f1: 2 / 3,
    })
    expect(metrics.macroF1).toBeCloseTo((2 / 3 + 0.8) / 2, 12)
    expect(metrics.mcc).toBeCloseTo((2 * 4 - 1 * 1) / Math.sqrt(3 * 5 * 3 * 5), 12)
    expect(
      binaryMetrics(
        rows.filter(row => row.target === 0),
        0.5,
      ).mcc,
    ).toBeNaN()
  })

  it('names what was caught and blocked for spam only', () => {
    const rows = outcomes([
      [0.9, 1],
      [0.8, 0],
      [0.1, 0],
    ])
    const { training, ...others } = kindNamed('text-spam')
    const spam = metricsOf({ training, ...others }, rows, { threshold: 0.85 })
    expect(spam).toMatchObject({ recall: 1, spamCaught: 1, hamBlocked: 0, precision: 1 })
    expect(metricsOf({ training, ...others }, rows, {})).toMatchObject({ hamBlocked: 0.5 })
    const other = { ...training, positive: ['toxic'], negative: ['civil'] } as typeof training
    expect(Object.keys(metricsOf({ training: other, ...others }, rows, {}))).toEqual(
      Object.keys(spam).filter(name => name !== 'spamCaught' && name !== 'hamBlocked'),
    )
  })

  it('ranks ties alike', () => {
    // Ranks 1.5 1.5 3 4 against 1 3.5 2 3.5: deviations multiply to 1.5 + −1 + −0.25 + 1.5, each has squares of 4.5.
    const rows = outcomes([
      [1, 1],
      [1, 9],
      [2, 3],
      [7, 9],
    ])
    expect(spearman(rows)).toBeCloseTo(1.75 / 4.5, 12)
    expect(spearman(rows.map(({ value, target }) => ({ value: value ** 3, target })))).toBe(spearman(rows))
  })

  it('takes the classes of macro F1 from truth and predictions', () => {
    const rows = outcomes([
      [1, 1],
      [2, 1],
      [1, 1],
    ])
    // 1: 2 of 2 · hits / (2 · hits + 1 missed); 2: predicted, never true.
    expect(macroF1(rows, String)).toBeCloseTo((0.8 + 0) / 2, 12)
  })

  it('has no correlation where all are alike, and no curve of one class', () => {
    const alike = outcomes([
      [0.1, 1],
      [0.1, 2],
      [0.1, 3],
    ])
    expect(pearson(alike)).toBeNaN()
    expect(spearman(alike)).toBeNaN()
    expect(areaUnderCurve(alike, () => true)).toBeNaN()
  })

  it('measures a graded kind in three classes', () => {
    const rows = outcomes([
      [9, 8],
      [5, 5],
      [1, 2],
      [5, 9],
    ])
    const metrics = gradedMetrics(rows, { min: 4, max: 6 }, { min: 0, max: 10 })
    expect(metrics).toMatchObject({ n: 4, accuracy: 0.75, mae: 1.5, auc: 1 })
    expect(metrics.macroF1).toBeCloseTo((2 / 3 + 2 / 3 + 1) / 3, 12)
    expect(
      pearson(
        outcomes([
          [1, 2],
          [2, 4],
          [3, 6],
        ]),
      ),
    ).toBeCloseTo(1, 12)
    expect(
      calibrationError(
        outcomes([
          [4, 5],
          [6, 5],
        ]),
        10,
      ),
    ).toBeCloseTo(0.1, 12)
  })
})

describe('calibration', () => {
  it('finds the scale that the outcomes were drawn by', () => {
    const rows = [-3, -2, -1, 0, 1, 2, 3].flatMap(margin => {
      const spam = Math.round(1000 / (1 + Math.exp(-(2 * margin - 1))))
      return Array.from({ length: 1000 }, (_, i) => ({ margin, target: i < spam ? 1 : 0, weight: 1 }))
    })
    const { slope, offset } = fitPlatt(rows)
    expect(slope).toBeCloseTo(2, 1)
    expect(offset).toBeCloseTo(-1, 1)
  })

  it('stays finite on rows that part cleanly, and keeps the order on rows that say nothing', () => {
    const clean = Array.from({ length: 50 }, (_, i) => ({
      margin: i - 24.5,
      target: i < 25 ? 0 : 1,
      weight: 1,
    }))
    expect(fitPlatt(clean).slope).toBeGreaterThan(0)
    expect(Number.isFinite(fitPlatt(clean).slope)).toBe(true)
    expect(fitPlatt(clean.map(row => ({ ...row, target: 1 - row.target })))).toEqual({ slope: 1, offset: 0 })
  })

  it('bends a graded margin onto the scale without a fall', () => {
    const rows = Array.from({ length: 2000 }, (_, i) => {
      const margin = i / 1000 - 1
      return { margin, target: 5 + 4 * margin ** 3 + (i % 2 === 0 ? 0.5 : -0.5), weight: 1 }
    })
    const link = fitPiecewise(rows, { min: 0, max: 10 })
    expect(applyLink(link, 0)).toBeCloseTo(5, 0)
    expect(applyLink(link, 0.9)).toBeCloseTo(5 + 4 * 0.729, 0)
    expect(applyLink(link, -0.9)).toBeCloseTo(5 - 4 * 0.729, 0)
    for (let margin = -1; margin < 1; margin += 0.01)
      expect(applyLink(link, margin + 0.01)).toBeGreaterThan(applyLink(link, margin))
  })

  it('lets no more than the stated share of ham be blocked', () => {
    const rows = outcomes(Array.from({ length: 1000 }, (_, i) => [i / 1000, 0] as const))
    const rule = { rule: 'falseAlarms', shareMax: 0.003 } as const
    const threshold = thresholdFor(rows, rule)
    expect(rows.filter(row => row.value >= threshold)).toHaveLength(3)
    expect(
      thresholdFor(
        outcomes([
          [0.1, 0],
          [0.2, 1],
        ]),
        rule,
      ),
    ).toBe(0.5)
    const half = { ...rule, shareMax: 0.55, min: 0.4 }
    expect(thresholdFor(rows, half)).toBeCloseTo(0.45, 2)
    expect(thresholdFor(rows, { ...half, shareMax: 0.7 })).toBe(0.4)
  })

  it('parts the classes where their mean F1 is highest', () => {
    const rows = outcomes([
      [0.1, 0],
      [0.2, 0],
      [0.3, 1],
      [0.35, 0],
      [0.7, 1],
      [0.8, 1],
      [0.9, 1],
    ])
    const macroF1At = (threshold: number) =>
      macroF1(rows, value => (value >= threshold || value === 1 ? 'positive' : 'negative'))
    const chosen = thresholdFor(rows, { rule: 'macroF1' })
    const highest = Math.max(...[0.05, 0.15, 0.25, 0.32, 0.5, 0.75, 0.85, 0.95].map(macroF1At))
    expect(macroF1At(chosen)).toBe(highest)
    expect(chosen).toBeCloseTo(0.525)
  })

  it.each([0, 1])('finds a threshold where every row is %d', target => {
    const chosen = thresholdFor(
      outcomes([
        [0.2, target],
        [0.6, target],
      ]),
      { rule: 'macroF1' },
    )
    expect(chosen > 0 && chosen <= 1).toBe(true)
  })
})
