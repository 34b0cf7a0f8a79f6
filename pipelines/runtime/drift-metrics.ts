import { Counter, Gauge, type Registry } from 'prom-client'
import type { DeskAnswer } from '../../processors/drift/detect-drift.ts'
import type { DriftReport, FeatureProfile } from '../../schemas/records.ts'
import { type TopicName, topicNames } from '../../schemas/topics.ts'

/** Findings that are counted by name; anything else is `other`. */
const FINDINGS: ReadonlySet<string> = new Set([
  'CLEARED',
  'NEW_WORDS',
  'NEW_COMPANY',
  'DOMAIN_GAP',
  'CLASS_SHARE',
  'CLASS_SHARE_REFUSED',
  'CONCEPT',
  'ESTIMATE',
])

/**
 * Metrics of drift detection. Labels are declared kinds (`unknown` for others), topics and findings of the code: what records
 * name bounds nothing. After a restart the profiles since the last snapshot are taken, and counted, again.
 */
export class DriftMetrics {
  private readonly kinds: ReadonlySet<string>
  private readonly profiles
  private readonly lateSteps
  private readonly reports
  private readonly records
  private readonly formed
  private readonly open

  /** @param kinds that are declared */
  constructor(registry: Registry, kinds: Iterable<string>) {
    const registers = [registry]
    this.kinds = new Set(kinds)
    this.profiles = new Counter({
      registers,
      name: 'nicr_drift_profiles_total',
      help: 'Feature profiles read: counted, dropped (their records were counted before), or invalid.',
      labelNames: ['kind', 'outcome'],
    })
    this.lateSteps = new Counter({
      registers,
      name: 'nicr_drift_late_steps_total',
      help: 'Steps of profiles more than a day behind their partition: windows took them, the sequential detectors did not.',
      labelNames: ['kind'],
    })
    this.reports = new Counter({
      registers,
      name: 'nicr_drift_reports_total',
      help: 'Drift reports by what they say: a finding by name, DRIFT for a plain alarm, STATISTIC for none.',
      labelNames: ['kind', 'finding'],
    })
    this.records = new Gauge({
      registers,
      name: 'nicr_drift_records',
      help: 'Records seen of what profiles are of, under the model version last read; those of the reference among them.',
      labelNames: ['kind', 'source'],
    })
    this.formed = new Gauge({
      registers,
      name: 'nicr_drift_reference_formed',
      help: '1 where there is a reference to compare with, 0 while it is being gathered: then nothing can be found.',
      labelNames: ['kind', 'source'],
    })
    this.open = new Gauge({
      registers,
      name: 'nicr_drift_open',
      help: 'Features and slices that drift and did not come back, under the model version last read.',
      labelNames: ['kind', 'source'],
    })
  }

  /** What became of a profile. */
  observeProfile({ kind: named, sourceTopic }: FeatureProfile, answer: DeskAnswer): void {
    const kind = this.kindOf(named)
    if ('problem' in answer) {
      this.profiles.inc({ kind, outcome: 'invalid' })
      return
    }
    this.profiles.inc({ kind, outcome: answer.line === null ? 'dropped' : 'counted' })
    if (answer.line === null) return
    const { lateSteps, records, isFormed, open } = answer.line
    const source = sourceOf(sourceTopic)
    this.lateSteps.inc({ kind }, lateSteps)
    this.records.set({ kind, source }, records)
    this.formed.set({ kind, source }, isFormed ? 1 : 0)
    this.open.set({ kind, source }, open)
  }

  /** Called with each report before its batch is committed, once more where the batch is done again. */
  countReport({ kind, finding, drifted }: Pick<DriftReport, 'kind' | 'finding' | 'drifted'>): void {
    const said = finding ?? (drifted ? 'DRIFT' : 'STATISTIC')
    const isNamed = finding === null || FINDINGS.has(finding)
    this.reports.inc({ kind: this.kindOf(kind), finding: isNamed ? said : 'other' })
  }

  private kindOf(kind: string): string {
    return this.kinds.has(kind) ? kind : 'unknown'
  }
}

/** The topic without its prefix: content, votes, reports, or scores for pairs of kinds. */
function sourceOf(topic: string): TopicName | 'other' {
  return topicNames.find(name => topic.endsWith(name)) ?? 'other'
}
