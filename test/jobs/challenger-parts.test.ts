import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Comparison, Estimate } from '../../jobs/challenger/challenger.ts'
import { type ComparedRow, compareRows } from '../../jobs/challenger/compare.ts'
import {
  betterGate,
  calibrationGate,
  ordinaryGate,
  slicesGate,
  suitesGate,
} from '../../jobs/challenger/gates.ts'
import { lowerShare } from '../../jobs/challenger/label-noise.ts'
import { valueOfBucket } from '../../jobs/challenger/learning-rows.ts'
import { matchingLoss } from '../../jobs/challenger/matching-loss.ts'
import { minimise } from '../../jobs/challenger/minimise.ts'
import { withPlatformHead } from '../../jobs/challenger/platform-head.ts'
import { artefactProblem, challengerFiles, writeFiles } from '../../jobs/challenger/write-challenger.ts'
import type { SuiteResult } from '../../jobs/suite-measures.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { resolveModel } from '../../pipelines/model-registry.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { textLoopRules } from '../../processors/retrain/loop-rules.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { marginOfText } from '../../processors/text/heads.ts'
import { communityRow } from '../support/drifted-community.ts'

const rules = textLoopRules.gates

function comparisonOf(
  figures: Readonly<Record<string, Readonly<Record<string, readonly [number, number, number]>>>>,
): Comparison {
  const estimate = ([difference, low, high]: readonly [number, number, number]): Estimate => ({
    champion: 0.6,
    challenger: 0.6 + difference,
    difference,
    low,
    high,
  })
  return {
    by: 'CROSS_VALIDATION',
    rows: 300,
    slices: Object.entries(figures).map(([slice, of]) => ({
      slice,
      rows: 100,
      figures: Object.fromEntries(Object.entries(of).map(([name, one]) => [name, estimate(one)])),
    })),
  }
}

describe('gates', () => {
  it.each([
    ['a gain beyond doubt', [0.05, 0.01, 0.09], true],
    ['a gain that may be none', [0.05, -0.01, 0.11], false],
    ['no gain at all', [0, 0, 0], false],
  ] as const)('better: %s', (_, macroF1, passed) => {
    expect(betterGate(rules, comparisonOf({ all: { macroF1 } })).passed).toBe(passed)
  })

  it('reads an error the other way round', () => {
    const byError = { ...rules, metric: 'mae' }
    expect(betterGate(byError, comparisonOf({ all: { mae: [-0.2, -0.3, -0.1] } })).passed).toBe(true)
    expect(betterGate(byError, comparisonOf({ all: { mae: [0.2, 0.1, 0.3] } })).passed).toBe(false)
  })

  it('lets no declared slice and no ordinary language become worse beyond doubt', () => {
    const worse = { macroF1: [-0.08, -0.12, -0.04] } as const
    const doubtful = { macroF1: [-0.05, -0.12, 0.02] } as const
    expect(slicesGate(rules, comparisonOf({ newAuthors: worse })).passed).toBe(false)
    expect(slicesGate(rules, comparisonOf({ newAuthors: doubtful })).passed).toBe(true)
    expect(ordinaryGate(rules, comparisonOf({ ordinary: worse })).passed).toBe(false)
    expect(ordinaryGate(rules, comparisonOf({ ordinary: doubtful })).passed).toBe(true)
  })

  it('lets neither calibration nor a suite become worse than is allowed', () => {
    expect(calibrationGate(rules, comparisonOf({ all: { ece: [0.05, 0.01, 0.09] } })).passed).toBe(false)
    expect(calibrationGate(rules, comparisonOf({ all: { ece: [0.02, 0.01, 0.03] } })).passed).toBe(true)
    const worst = [{ text: 'My cat died', got: null }]
    const suite = (figure: number): Readonly<Record<string, SuiteResult>> => ({
      'unhappy-civil': { n: 9, unscored: 0, figure, bar: { atLeast: 0.9 }, ok: true, figures: {}, worst },
    })
    const kind = kindNamed('niceness')
    const run = (after: number) => ({ champion: suite(0.97), challenger: suite(after), leftOut: 0 })
    expect(suitesGate(kind, rules, run(0.96)).passed).toBe(true)
    expect(suitesGate(kind, rules, run(0.93))).toMatchObject({
      passed: false,
      detail: 'Worse in unhappy-civil by 0.04 (worst: “My cat died”); at most 0.02 is allowed.',
    })
  })

  it('says of which groups a sentence differs most', () => {
    const suite = (figure: number): Readonly<Record<string, SuiteResult>> => {
      const worst = [
        { template: 'I am {singular}.', lowest: 'nuns', lowestValue: 5.3, highest: 'poets', highestValue: 7 },
      ]
      const common = { n: 9, unscored: 0, ok: false, figures: {}, worst }
      return { 'identity-terms': { ...common, figure, bar: { atMost: 0.5 } } }
    }
    const run = { champion: suite(0.1), challenger: suite(1.7), leftOut: 0 }
    expect(suitesGate(kindNamed('niceness'), rules, run).detail).toContain(
      '(“I am {singular}.”: 5.3 for nuns, 7 for poets)',
    )
  })
})

describe('compareRows', () => {
  it('takes rows of one group together: a hundred copies of one row prove nothing', () => {
    const kind = kindNamed('niceness')
    const row = (at: number, group: string, isBetter: boolean): ComparedRow => ({
      row: { ...communityRow(at, { text: 'a', target: 8 }, 'LABEL'), group },
      champion: isBetter ? 5 : 8,
      challenger: isBetter ? 8 : 5,
      isNew: false,
      isTold: true,
      terms: [],
    })
    const worse = Array.from({ length: 20 }, (_, i) => row(i, `lone-${i}`, i % 2 === 0))
    const apart = Array.from({ length: 100 }, (_, i) => row(100 + i, `own-${i}`, true))
    const copies = Array.from({ length: 100 }, (_, i) => row(100 + i, 'one', true))
    const low = (rows: readonly ComparedRow[]) =>
      compareRows(kind, {}, { slice: 'all', rows, metric: 'accuracy' }).figures['accuracy']!.low
    expect(low([...worse, ...apart])).toBeGreaterThan(0.5)
    expect(low([...worse, ...copies])).toBeLessThan(0.2)
  })
})

describe('the head of a platform', () => {
  it('adds its change to the margin of every text', async () => {
    const model = await readHeadsModel(await resolveModel('toxicity'))
    const readFeatures = createFeatureReader()
    const input = readFeatures('that was a grothmek thing to say')
    const change = new Float64Array(1 << 18)
    let expected = 0
    const unit = 1 / Math.sqrt(input.buckets.reduce((sum, bucket) => sum + valueOfBucket(bucket) ** 2, 5))
    for (const bucket of input.buckets) {
      change[bucket] = 1
      expected += unit * valueOfBucket(bucket)
    }
    const once = withPlatformHead(model, change)
    const before = marginOfText(model, input)
    expect(marginOfText(once, input) - before).toBeCloseTo(expected, 3)
    expect(marginOfText(withPlatformHead(once, change), input) - before).toBeCloseTo(2 * expected, 3)
    expect(marginOfText(once, readFeatures('zzz'))).toBeCloseTo(marginOfText(model, readFeatures('zzz')), 6)
  })

  it('is fitted by a loss whose slope is the value less the target', () => {
    for (const [link, scale] of [
      [{ form: 'sigmoid' }, { min: 0, max: 1 }],
      [
        { form: 'piecewise', knots: [-1, 0.2], slopes: [4, 3], min: 0, max: 10 },
        { min: 0, max: 10 },
      ],
    ] as const) {
      const { loss, slope } = matchingLoss(link, scale)
      for (const margin of [-2, -0.9, 0, 0.3, 0.9, 3])
        expect((loss(margin + 1e-5, 0.4) - loss(margin - 1e-5, 0.4)) / 2e-5).toBeCloseTo(
          slope(margin, 0.4),
          4,
        )
    }
  })

  it('is found where the gradient is none', () => {
    const found = minimise((at, gradient) => {
      gradient[0] = 20 * (at[0]! - 3) + at[1]!
      gradient[1] = at[0]! + 2 * at[1]!
      return 10 * (at[0]! - 3) ** 2 + at[0]! * at[1]! + at[1]! ** 2
    }, 2)
    expect(found[0]).toBeCloseTo(120 / 39, 3)
    expect(found[1]).toBeCloseTo(-60 / 39, 3)
  })
})

describe('files of a challenger', () => {
  it('are found changed when a byte of them was', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'nicr-challenger-'))
    try {
      const parent = await resolveModel('toxicity')
      const onnx = encodeHeadsModel(await readHeadsModel(parent), 'toxicity')
      const files = await challengerFiles({
        version: '9',
        parent,
        onnx,
        dataHash: 'b'.repeat(64),
        labels: 300,
        replayed: 10,
        learnedWords: ['grothmek'],
        comparison: comparisonOf({}),
      })
      await writeFiles(dir, files)
      expect(await artefactProblem(dir, files)).toBeNull()
      const tampered = Uint8Array.from(onnx)
      tampered[1000]! ^= 1
      await writeFile(join(dir, 'model.onnx'), tampered)
      expect(await artefactProblem(dir, files)).toContain('model.onnx')
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})

describe('lowerShare', () => {
  it('says little of few rows and nothing of none', () => {
    expect(lowerShare(0, 0)).toBe(0)
    expect(lowerShare(1, 5)).toBeLessThan(0.1)
    expect(lowerShare(200, 1000)).toBeGreaterThan(0.17)
  })
})
