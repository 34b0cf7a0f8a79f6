import { existsSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { readCompose } from '../support/compose-file.ts'
import { type ExposedMetric, exposedMetrics } from '../support/exposed-metrics.ts'
import { readExpression } from '../support/promql.ts'
import { alerts, recordings } from '../support/rule-files.ts'
import { filesUnder, readSources } from '../support/sources.ts'

/** Rules and dashboards ask for what our processes say, by Prometheus' own grammar. What alerts come to is in alerts.test.ts. */

const RUNBOOKS = 'docs/operations/alerts.md'
const read = (path: string) => readFileSync(packagePath(path), 'utf8')
const panels = filesUnder('deploy/grafana/dashboards', '.json').flatMap(path =>
  [...read(path).matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(
    ([, expr]) => [path, JSON.parse(expr!) as string] as const,
  ),
)
const expressions: readonly (readonly [where: string, expr: string])[] = [
  ...recordings.map(({ record, expr }) => [record, expr] as const),
  ...alerts.map(({ alert, expr }) => [alert, expr] as const),
  ...panels,
]
/** Labels that Prometheus adds when it scrapes. */
const SCRAPED = ['job', 'instance']
/** What Prometheus says itself, with its labels. */
const PROMETHEUS: Readonly<Record<string, readonly string[]>> = {
  up: [],
  ALERTS: ['alertname', 'alertstate', 'severity'],
}

describe('every expression', () => {
  let exposed: ReadonlyMap<string, ExposedMetric>
  beforeAll(async () => {
    exposed = new Map((await exposedMetrics()).map(metric => [metric.name, metric]))
  })

  it.each(expressions)('of %s asks for metrics and labels that there are: %s', (_where, expr) => {
    const expression = readExpression(expr)
    expect(expression.selectors.length).toBeGreaterThan(0)
    const labels = new Set(SCRAPED)
    for (const { metric, matchers } of expression.selectors) {
      const known = knownOf(metric)
      for (const label of known.labels) labels.add(label)
      for (const { label, op, value } of matchers) {
        expect([...SCRAPED, ...known.labels], `${metric}{${label}}`).toContain(label)
        const values = known.values.get(label)
        if (values !== undefined)
          expect(takesOf(values, op, value), `${metric}{${label}${op}"${value}"}`).not.toEqual([])
      }
    }
    for (const label of expression.grouping) expect([...labels], label).toContain(label)
  })

  interface Known {
    readonly labels: readonly string[]
    readonly values: ReadonlyMap<string, ReadonlySet<string>>
  }

  function knownOf(metric: string): Known {
    const ofPrometheus = PROMETHEUS[metric]
    if (ofPrometheus !== undefined) return { labels: ofPrometheus, values: new Map() }
    const recorded = recordings.find(({ record }) => record === metric)
    if (recorded !== undefined) return { labels: ofRecording(recorded.expr), values: new Map() }
    const part = /^(.*)_(bucket|sum|count)$/.exec(metric)
    const base = exposed.get(metric) ?? exposed.get(part?.[1] ?? '')
    expect(base, metric).toBeDefined()
    if (base!.name === metric) return base!
    expect(base!.type, metric).toBe('histogram')
    return part![2] === 'bucket' ? { ...base!, labels: [...base!.labels, 'le'] } : base!
  }
})

function ofRecording(expr: string): readonly string[] {
  return (readExpression(expr).by ?? []).filter(label => label !== 'le')
}

function takesOf(values: ReadonlySet<string>, op: string, value: string): string[] {
  const pattern = new RegExp(`^(?:${value})$`)
  return [...values].filter(one => {
    if (op === '=') return one === value
    if (op === '!=') return one !== value
    return pattern.test(one) === (op === '=~')
  })
}

describe('every alert', () => {
  const runbooks = read(RUNBOOKS)
  const sections = new Map(
    runbooks
      .split(/^### /m)
      .slice(1)
      .map(section => [section.slice(0, section.indexOf('\n')), section] as const),
  )

  it('has its runbook, and every runbook its alert', () => {
    expect([...sections.keys()].toSorted()).toEqual(alerts.map(({ alert }) => alert).toSorted())
  })

  it.each(alerts)(
    '$alert says how urgent it is, what happens and where to read on',
    ({ alert, labels, annotations }) => {
      expect(['page', 'ticket']).toContain(labels.severity)
      expect(annotations.summary.length).toBeGreaterThan(10)
      expect(annotations.runbook_url).toBe(`${RUNBOOKS}#${alert.toLowerCase()}`)
      const section = sections.get(alert)!
      expect(section).toMatch(labels.severity === 'page' ? /^Page\. /m : /^Ticket\. /m)
      expect(section).toMatch(/^- \*\*Users[:,]/m)
      for (const part of ['see', 'causes', 'do'])
        expect(section.toLowerCase()).toMatch(new RegExp(`\\*\\*.*${part}\\b.*:\\*\\*`))
      expect(section).toMatch(/^- \*\*Wake somebody:\*\*/m)
    },
  )

  it('has a runbook that says where to type, by names that compose and Kubernetes have', () => {
    const { services, secrets } = readCompose('docker-compose.yml')
    for (const [, service] of runbooks.matchAll(/docker compose exec -T "?(?:\$\{SERVICE:-)?([\w-]+)/g))
      expect(services).toHaveProperty(service!)
    for (const [, secret] of runbooks.matchAll(/\/run\/secrets\/([\w-]+)/g))
      expect(secrets).toHaveProperty(secret!)
    expect(services['clickhouse']?.environment).toMatchObject({ CLICKHOUSE_USER: 'nicr' })
    expect(services['serve']?.environment).toMatchObject({ NICR_PORT: '8080' })
    expect(read('deploy/nicr.env')).toMatch(/^NICR_METRICS_PORT=\d+$/m)
    expect(read('Dockerfile')).toMatch(/^ENTRYPOINT \["node", "\/app\/bin\/nicr\.js"\]$/m)
    const manifests = filesUnder('deploy/kubernetes/base', '.yaml').map(read).join('\n')
    const clickhouse = ['CLICKHOUSE_URL', 'CLICKHOUSE_USERNAME', 'CLICKHOUSE_PASSWORD_FILE']
    for (const name of ['NICR_PORT', 'NICR_METRICS_PORT', ...clickhouse])
      expect(manifests).toMatch(new RegExp(`^ *(?:- name: ${name}|${name}: .*)$`, 'm'))
    expect(manifests).toMatch(/^kind: Deployment\nmetadata:\n {2}name: serve$/m)
  })

  it('has a runbook whose commands, settings and headings there are', () => {
    const commands = readSources(['cli']).flatMap(({ code }) =>
      [...code.join('\n').matchAll(/\.command\(\s*'([\w-]+)'/g)].map(([, name]) => name),
    )
    const verbs = [...commands, 'pause', 'resume', 'score-niceness']
    const named = [...runbooks.matchAll(/`nicr (\w+)(?: ([a-z][\w-]+))?/g)]
    expect(named.length).toBeGreaterThan(20)
    for (const [all, command, sub] of named) {
      expect(verbs, all).toContain(command)
      if (sub !== undefined) expect(verbs, all).toContain(sub)
    }
    for (const [, anchor] of runbooks.matchAll(/\]\(#(\w+)\)/g))
      expect([...sections.keys()].map(name => name.toLowerCase())).toContain(anchor)
    expect(existsSync(packagePath('deploy/grafana/dashboards/operations.json'))).toBe(true)
  })
})
