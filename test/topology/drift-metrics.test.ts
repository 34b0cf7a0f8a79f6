import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { DriftMetrics } from '../../pipelines/runtime/drift-metrics.ts'
import { driftStep } from '../../pipelines/runtime/drift-step.ts'
import { StateStore } from '../../pipelines/runtime/state-store.ts'
import { type ProfileLayout, packStep } from '../../processors/drift/profile.ts'
import type { FeatureProfile } from '../../schemas/records.ts'
import { aDriftReport, aFeatureProfile } from '../support/records.ts'
import { runStep } from '../support/run-step.ts'

/** What an on-call engineer sees of drift in /metrics. */

const DAY = 24 * 3_600_000
const RECORDS = 64
const STEP = 16
const layout: ProfileLayout = {
  version: 'v1',
  features: [{ name: 'x', description: '', edges: Float64Array.of(0) }],
  slices: [{ name: 'all', description: '', holds: () => true }],
  binsMax: 2,
}

/** The `place`th profile: a step whose records all lie in this bin. */
function aProfile(place: number, bin: 0 | 1, changes: Partial<FeatureProfile> = {}): FeatureProfile {
  const counts = bin === 0 ? Uint16Array.of(STEP, 0) : Uint16Array.of(0, STEP)
  const { sums, bins } = packStep(layout, counts, Float64Array.of(0)) as Record<
    'sums' | 'bins',
    Buffer<ArrayBuffer>
  >
  const firstOffset = place * STEP
  const eventAt = 10 * DAY + place * 60_000
  return {
    ...aFeatureProfile({ sums, bins }),
    id: `p${place}`,
    features: ['x'],
    binsPerFeature: 2,
    sumsPerFeature: 2,
    firstOffset,
    nextOffset: firstOffset + STEP,
    terms: [],
    steps: [{ firstOffset, count: STEP, eventAtMin: eventAt, eventAtMax: eventAt, sums, bins }],
    ...changes,
  }
}

function watchedStep() {
  const registry = new Registry()
  const metrics = new DriftMetrics(registry, ['niceness'])
  const step = driftStep(new StateStore(), {
    referenceRecords: RECORDS,
    onProfile: (profile, answer) => metrics.observeProfile(profile, answer),
  })
  let offset = 0
  return {
    metrics,
    lines: async () => (await registry.metrics()).split('\n').filter(line => line.startsWith('nicr_')),
    take: (...profiles: FeatureProfile[]) =>
      runStep(
        step,
        profiles.map(value => ({
          topic: 'feature-profiles' as const,
          key: value.kind,
          value,
          partition: 0,
          offset: offset++,
          appendedAt: 20 * DAY,
        })),
      ),
  }
}

describe('the metrics of drift', () => {
  it('say how far the reference is gathered, and when it is formed', async () => {
    const { take, lines } = watchedStep()
    await take(aProfile(0, 0), aProfile(1, 1))
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nicr_drift_records{kind="niceness",source="content"} 32',
        'nicr_drift_reference_formed{kind="niceness",source="content"} 0',
      ]),
    )
    await take(aProfile(2, 0), aProfile(3, 1))
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nicr_drift_records{kind="niceness",source="content"} 64',
        'nicr_drift_reference_formed{kind="niceness",source="content"} 1',
      ]),
    )
  })

  it('count profiles that were dropped or are none, and steps that came late', async () => {
    const { take, lines } = watchedStep()
    const late = aProfile(2, 0)
    const [step] = late.steps
    await take(
      aProfile(0, 0),
      aProfile(1, 1),
      aProfile(1, 1),
      { ...late, steps: [{ ...step!, eventAtMin: 0, eventAtMax: 0 }] },
      aProfile(3, 0, { features: [] }),
      aProfile(4, 0, { kind: 'made-up' }),
    )
    expect(await lines()).toEqual(
      expect.arrayContaining([
        'nicr_drift_profiles_total{kind="niceness",outcome="counted"} 3',
        'nicr_drift_profiles_total{kind="niceness",outcome="dropped"} 1',
        'nicr_drift_profiles_total{kind="niceness",outcome="invalid"} 1',
        'nicr_drift_profiles_total{kind="unknown",outcome="counted"} 1',
        'nicr_drift_late_steps_total{kind="niceness"} 1',
      ]),
    )
  })

  it('say how many features drift', async () => {
    const { take, lines } = watchedStep()
    await take(...Array.from({ length: RECORDS / STEP }, (_, i) => aProfile(i, (i % 2) as 0 | 1)))
    expect(await lines()).toContain('nicr_drift_open{kind="niceness",source="content"} 0')
    await take(...Array.from({ length: 60 }, (_, i) => aProfile(RECORDS / STEP + i, 1)))
    expect(await lines()).toContain('nicr_drift_open{kind="niceness",source="content"} 1')
  })

  it('count reports by what they say, under names that nobody else can add to', async () => {
    const { metrics, lines } = watchedStep()
    metrics.countReport(aDriftReport())
    metrics.countReport(aDriftReport({ drifted: false }))
    metrics.countReport(aDriftReport({ finding: 'NEW_WORDS' }))
    metrics.countReport(aDriftReport({ finding: 'SOMETHING_ELSE', kind: 'made-up' }))
    expect((await lines()).filter(line => line.startsWith('nicr_drift_reports'))).toEqual([
      'nicr_drift_reports_total{kind="niceness",finding="DRIFT"} 1',
      'nicr_drift_reports_total{kind="niceness",finding="STATISTIC"} 1',
      'nicr_drift_reports_total{kind="niceness",finding="NEW_WORDS"} 1',
      'nicr_drift_reports_total{kind="unknown",finding="other"} 1',
    ])
  })
})
