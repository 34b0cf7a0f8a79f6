import { readFileSync } from 'node:fs'
import { packagePath } from '../../schemas/package-root.ts'
import { parseYaml } from './yaml-subset.ts'

export interface Recording {
  readonly record: string
  readonly expr: string
}

export interface Alert {
  readonly alert: string
  readonly expr: string
  readonly for?: string
  readonly labels: { readonly severity: string }
  readonly annotations: { readonly summary: string; readonly runbook_url: string }
}

export const ruleFiles = { recordings: 'deploy/rules/nicr.rules.yml', alerts: 'deploy/rules/nicr.alerts.yml' }

/** The rules of Prometheus as they lie in deploy/rules. */
export const recordings = rulesOf<Recording>(ruleFiles.recordings)
export const alerts = rulesOf<Alert>(ruleFiles.alerts)

function rulesOf<Rule>(path: string): readonly Rule[] {
  const { groups } = parseYaml(readFileSync(packagePath(path), 'utf8')) as unknown as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[]
  }
  return groups.flatMap(({ rules }) => rules)
}
