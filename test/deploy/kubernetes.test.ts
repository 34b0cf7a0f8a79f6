import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, describe, expect, it } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { PARTITIONS_DEFAULT } from '../../pipelines/apply.ts'
import { readConfig } from '../../pipelines/config.ts'
import { SINK_NAME } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { settingTable } from '../../pipelines/settings.ts'
import { processorNames, readsOf } from '../../pipelines/topology.ts'
import { packagePath, packageVersion } from '../../schemas/package-root.ts'
import { fullTopicName, topics } from '../../schemas/topics.ts'
import { scaledObjectSchema, triggerAuthenticationSchema } from '../support/keda-schemas.ts'
import { pythonWith } from '../support/python-venv.ts'

/** deploy/kubernetes as kubectl renders it, held to Kubernetes' schemas and to what the runtime uses. No cluster is asked. */

// biome-ignore lint/suspicious/noExplicitAny: manifests are of many shapes, which the schemas check.
type Manifest = any

/** The oldest that is still looked after, and the newest, at the time of writing. */
const VERSIONS = ['1.35.0', '1.37.0']
const OVERLAY = 'deploy/kubernetes/overlays/example'
const PREFIX = readConfig({}).topics.prefix

const { status, stdout, stderr, error } = spawnSync('kubectl', ['kustomize', packagePath(OVERLAY)], {
  encoding: 'utf8',
})
/** With Kubernetes' schemas. */
const python = pythonWith(['kubernetes-validate==1.37.0'])
const isThere = (error as NodeJS.ErrnoException | undefined)?.code !== 'ENOENT'
const dir = mkdtempSync(join(tmpdir(), 'nicr-kubernetes-'))
const file = join(dir, 'rendered.yaml')
const secret = join(dir, 'secret')
writeFileSync(file, stdout ?? '')
writeFileSync(secret, 'a secret of more than thirty-two characters')
afterAll(() => rmSync(dir, { recursive: true }))

describe.skipIf(!isThere)(`${OVERLAY}${isThere ? '' : ' (kubectl is missing)'}`, () => {
  const manifests: Manifest[] = parseAllDocuments(stdout ?? '').map(document => document.toJSON())
  const ofKind = (kind: string) => manifests.filter(one => one?.kind === kind)
  const named = (kind: string, name: string) => ofKind(kind).find(one => one.metadata.name === name)
  const workloads = [...ofKind('Deployment'), ...ofKind('Job')]
  const settings: Record<string, string> = named('ConfigMap', 'nicr')?.data ?? {}
  const container = (workload: Manifest) => workload.spec.template.spec.containers[0]

  it('is rendered', () => {
    expect(stderr).toBe('')
    expect(status).toBe(0)
    expect(manifests.length).toBeGreaterThan(30)
  })

  const without = 'missing' in python ? ` (${python.missing})` : ''
  it.skipIf(without !== '')(
    `is what Kubernetes takes, field by field${without}`,
    () => {
      if ('missing' in python) return
      const check = packagePath('test/support/kubernetes-check.py')
      const answer = spawnSync(python.python, ['-W', 'ignore', check, file, ...VERSIONS], {
        encoding: 'utf8',
      })
      expect(answer.stdout + answer.stderr).toBe('')
      expect(answer.status).toBe(0)
    },
    60_000,
  )

  it('is what KEDA takes', () => {
    const ajv = new Ajv({ strictTypes: false })
    for (const [kind, schema] of [
      ['ScaledObject', scaledObjectSchema],
      ['TriggerAuthentication', triggerAuthenticationSchema],
    ] as const) {
      const validate = ajv.compile(schema)
      expect(ofKind(kind).length).toBeGreaterThan(0)
      for (const one of ofKind(kind)) expect(validate(one), JSON.stringify(validate.errors)).toBe(true)
    }
  })

  it('runs every process, each by itself, with the image of this version', () => {
    const expected = [...processorNames(), SINK_NAME].map(name => `process ${name}`)
    const commands = workloads.map(one => container(one).args.join(' ')).toSorted()
    expect(commands).toEqual(['apply', 'retrain', 'serve', ...expected].toSorted())
    for (const one of workloads)
      expect(container(one).image).toBe(`registry.example.org/nicr:${packageVersion()}`)
  })

  it('gives every process a configuration that Nicr takes', () => {
    const secrets = new Set<string>()
    for (const workload of workloads) {
      const own = (container(workload).env ?? []).map((one: Manifest) => [
        one.name,
        one.value ?? 'of the pod',
      ])
      const { NODE_OPTIONS: _, ...env } = { ...settings, ...Object.fromEntries(own) } as Record<
        string,
        string
      >
      for (const [name, value] of Object.entries(env)) {
        expect(Object.keys(settingTable)).toContain(name.replace(/_FILE$/, ''))
        if (!name.endsWith('_FILE')) continue
        secrets.add(value)
        env[name] = secret
      }
      const config = readConfig(env)
      expect(config.kafka).toMatchObject({ ssl: true, sasl: { mechanism: 'scram-sha-512' } })
      expect(config.topics.partitions).toBe(PARTITIONS_DEFAULT)
    }
    // docs/operations/deploy.md says how the secret is made, of these.
    const keys = ['clickhouse-password', 'kafka-ca', 'kafka-password', 'ticket-secret']
    expect([...secrets].toSorted()).toEqual(keys.map(key => `/run/secrets/nicr/${key}`))
  })

  it('lets no process be root, write to its image, or ask the cluster', () => {
    for (const workload of workloads) {
      const { spec } = workload.spec.template
      expect(spec).toMatchObject({
        automountServiceAccountToken: false,
        securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
      })
      expect(container(workload)).toMatchObject({
        resources: { requests: { memory: expect.any(String) }, limits: { memory: expect.any(String) } },
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        },
      })
    }
  })

  it('asks for liveness and readiness where the process answers', () => {
    for (const deployment of ofKind('Deployment')) {
      const { ports, startupProbe, livenessProbe, readinessProbe, env = [] } = container(deployment)
      const isServer = deployment.metadata.name === 'serve'
      const port = isServer
        ? env.find((one: Manifest) => one.name === 'NICR_PORT').value
        : settings['NICR_METRICS_PORT']
      expect(ports).toEqual([{ name: isServer ? 'http' : 'metrics', containerPort: Number(port) }])
      for (const probe of [startupProbe, livenessProbe, readinessProbe])
        expect(probe.httpGet.port).toBe(ports[0].name)
      expect([startupProbe, livenessProbe, readinessProbe].map(probe => probe.httpGet.path)).toEqual([
        '/livez',
        '/livez',
        '/readyz',
      ])
    }
  })

  it('mounts claims and secrets that exist, and selects what is there', () => {
    const labels = workloads.map(one => one.spec.template.metadata.labels)
    for (const workload of workloads)
      for (const { persistentVolumeClaim, secret: mounted } of workload.spec.template.spec.volumes) {
        if (persistentVolumeClaim)
          expect(named('PersistentVolumeClaim', persistentVolumeClaim.claimName)).toBeDefined()
        if (mounted) expect(mounted.secretName).toBe('nicr')
      }
    const selectors = [
      ...ofKind('Service').map(one => one.spec.selector),
      ...[...ofKind('PodDisruptionBudget'), ...ofKind('Deployment')].map(
        one => one.spec.selector.matchLabels,
      ),
      ...ofKind('NetworkPolicy').flatMap(one => one.spec.podSelector.matchLabels ?? []),
    ]
    for (const selector of selectors)
      expect(
        labels.filter(each => Object.entries(selector).every(([key, value]) => each[key] === value)).length,
      ).toBe(1)
    const chosen = ofKind('NetworkPolicy').flatMap(one => one.spec.podSelector.matchExpressions ?? [])
    for (const { key, values } of chosen)
      for (const value of values)
        expect(
          labels.some(each => each[key] === value),
          value,
        ).toBe(true)
  })

  it('scales what reads more than one partition, by the group that the runtime joins', () => {
    const scaling = [...processorNames(), SINK_NAME].filter(
      name => name === SINK_NAME || readsOf(name)!.some(topic => topics[topic].partitions === 'data'),
    )
    expect(ofKind('ScaledObject').map(one => one.metadata.name)).toEqual(scaling.toSorted())
    for (const { metadata, spec } of ofKind('ScaledObject')) {
      expect(named('Deployment', spec.scaleTargetRef.name)).toBeDefined()
      // Would be set back at each `kubectl apply`.
      expect(named('Deployment', spec.scaleTargetRef.name).spec.replicas).toBeUndefined()
      expect(spec.maxReplicaCount).toBe(Number(settings['NICR_PARTITIONS']))
      const [trigger] = spec.triggers
      expect(trigger.metadata.consumerGroup).toBe(`${PREFIX}${metadata.name}`)
      expect(settings).toHaveProperty(trigger.metadata.bootstrapServersFromEnv)
      const reads = metadata.name === SINK_NAME ? null : readsOf(metadata.name)!
      expect(trigger.metadata.topic).toBe(reads?.length === 1 ? fullTopicName(PREFIX, reads[0]!) : undefined)
      expect(named('TriggerAuthentication', trigger.authenticationRef.name)).toBeDefined()
    }
  })

  it('keeps the account, the configuration and the Job that goes first apart by a label', () => {
    const first = manifests.filter(one => one.metadata.labels?.['nicr/stage'] === 'prepare')
    expect(first.map(one => one.kind).toSorted()).toEqual([
      'ConfigMap',
      'Job',
      'Namespace',
      'NetworkPolicy',
      'PersistentVolumeClaim',
      'ServiceAccount',
    ])
  })
})
