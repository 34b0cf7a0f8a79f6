import type { Incoming } from '../../processors/processor.ts'
import type {
  PoliciesOfKinds,
  ReportCondition,
  RetrainPolicy,
} from '../../processors/request-retrain/policy.ts'
import { requestRetrain } from '../../processors/request-retrain/request-retrain.ts'
import type { RetrainState } from '../../processors/request-retrain/state.ts'
import type { DriftReport, Label, ModelPromotion, RetrainRequest } from '../../schemas/records.ts'
import { aDriftReport, aLabel, aModelPromotion } from './records.ts'

/** Input of `request-retrain` at times of the test's own, and a run of it alone. */

export type RetrainInput = Incoming<'drift-reports' | 'labels' | 'model-promotions'>

export const HOUR = 3_600_000
export const DAY = 24 * HOUR
export const T0 = Date.UTC(2026, 0, 15, 12)

let ids = 0

/** An alarm `at` ms after `T0`, appended when it was made. */
export function alarm(at: number, changes: Partial<DriftReport> = {}): RetrainInput {
  const time = T0 + at
  const value = aDriftReport({
    id: `report ${ids++}`,
    at: time,
    windowStart: time - 1000,
    windowEnd: time + 1,
    ...changes,
  })
  return { topic: 'drift-reports', partition: 0, offset: 0, key: value.kind, value, appendedAt: time }
}

export function cleared(at: number, changes: Partial<DriftReport> = {}): RetrainInput {
  return alarm(at, { drifted: false, finding: 'CLEARED', effect: 0, ...changes })
}

export function label(at: number, changes: Partial<Label> = {}): RetrainInput {
  const value = aLabel({ id: `label ${ids++}`, at: T0 + at, ...changes })
  const key = value.contentId
  return { topic: 'labels', partition: 0, offset: 0, key, value, appendedAt: T0 + at }
}

export function promotion(at: number, changes: Partial<ModelPromotion> = {}): RetrainInput {
  const value = aModelPromotion({ id: `promotion ${ids++}`, at: T0 + at, ...changes })
  return { topic: 'model-promotions', partition: 0, offset: 0, key: value.kind, value, appendedAt: T0 + at }
}

/** Asks at once for alarms of ADWIN, and again after an hour at the earliest. */
export function aPolicy(changes: Partial<RetrainPolicy> = {}): RetrainPolicy {
  return {
    name: 'drift',
    when: aCondition(),
    coolDownMs: HOUR,
    lapsesMs: 10 * DAY,
    trainingCostRecords: null,
    ...changes,
  }
}

export function aCondition(changes: Partial<ReportCondition> = {}): ReportCondition {
  return { on: 'drift', methods: { adwin: 0.3 }, ...changes }
}

/** The requests that records in this order lead to. The state is carried as JSON. */
export function requestsOf(
  input: readonly RetrainInput[],
  policies: readonly RetrainPolicy[] | PoliciesOfKinds,
): RetrainRequest[] {
  return statesOf(input, policies).requests
}

export function statesOf(
  input: readonly RetrainInput[],
  policies: readonly RetrainPolicy[] | PoliciesOfKinds,
): { readonly requests: RetrainRequest[]; readonly states: ReadonlyMap<string, RetrainState> } {
  const processor = requestRetrain({
    policies: Array.isArray(policies) ? { niceness: policies } : (policies as PoliciesOfKinds),
  })
  const states = new Map<string, RetrainState>()
  const requests: RetrainRequest[] = []
  for (const record of input) {
    const { kind } = record.value
    const outcome = processor.process(states.get(kind) ?? processor.init(kind), record)
    if ('reject' in outcome) throw new Error(outcome.reject.detail)
    if (outcome.state !== undefined)
      states.set(kind, JSON.parse(JSON.stringify(outcome.state)) as RetrainState)
    requests.push(...outcome.emit.map(({ value }) => value))
  }
  return { requests, states }
}
