import { type JudgedScore, judgeLabel, type KindLabels } from '../../processors/drift/judge-labels.ts'
import type { Incoming } from '../../processors/processor.ts'
import { eventTimeOf } from '../../processors/score-content.ts'
import type { Label } from '../../schemas/records.ts'
import type { StateStore } from './state-store.ts'
import type { Step } from './step.ts'

/** Finds the scores that labels judge; what is not known yet, or was never scored, is absent. */
export type ScoreLookup = (labels: readonly Label[]) => Promise<ReadonlyMap<string, JudgedScore>>

/**
 * labels → drift-reports. The scores lie in ClickHouse: a label comes minutes or weeks after its score, so no bounded memory
 * holds them. A label whose score is not there counts nothing.
 * @param lookUp answers by label id; it rejects with NICR_CLICKHOUSE_UNAVAILABLE, for which the batch waits
 */
export function judgeStep(store: StateStore, lookUp: ScoreLookup): Step {
  return {
    async run(batch, emit) {
      const labels = batch as readonly Incoming<'labels'>[]
      const scores = await lookUp(labels.map(({ value }) => value))
      for (const { value, appendedAt } of labels) {
        const score = scores.get(value.id)
        if (score === undefined) continue
        const known = store.get(value.kind) as KindLabels | undefined
        const { state, reports } = judgeLabel(known, value, score, eventTimeOf(value.at, appendedAt))
        store.set(value.kind, state, null)
        for (const report of reports) emit({ topic: 'drift-reports', key: value.kind, value: report })
      }
      return []
    },
  }
}
