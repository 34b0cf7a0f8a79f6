import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { afterAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../../pipelines/config.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { SINK_NAME } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { settingTable } from '../../pipelines/settings.ts'
import { processorNames } from '../../pipelines/topology.ts'
import { packagePath, packageVersion } from '../../schemas/package-root.ts'
import { readCompose } from '../support/compose-file.ts'
import { filesUnder, readSources } from '../support/sources.ts'
import { parseYaml, type Yaml } from '../support/yaml-subset.ts'

/** docker-compose.yml without an engine: it parses, and everything it names exists. */

const read = (path: string) => readFileSync(packagePath(path), 'utf8')
const compose = readCompose('docker-compose.yml')
const services = Object.entries(compose.services)
const ours = services.filter(([, { image }]) => image.startsWith('nicr:'))
/** Those that go on until they are stopped. */
const running = ours.filter(([name]) => name !== 'apply')
const secretsDir = mkdtempSync(join(tmpdir(), 'nicr-compose-'))
/** Stands in for every file under /run/secrets. */
const givenSecret = join(secretsDir, 'given')
writeFileSync(givenSecret, 'a secret of more than thirty-two characters')
afterAll(() => rmSync(secretsDir, { recursive: true }))
/** `${NAME:?message}` and `${NAME:-default}`. */
const interpolated = /\$\{(\w+)(?::([?-])([^}]*))?\}/g

describe('docker-compose.yml', () => {
  it.each(['docker-compose.yml', 'docker-compose.brokers.yml'])(
    '%s is what the Compose specification describes',
    path => {
      const schema = JSON.parse(read('node_modules/dclint/schemas/compose.schema.json'))
      // Its `$schema` is written with https, which ajv does not know for draft 7.
      const validate = new Ajv({ strict: false, validateFormats: false }).compile({
        ...schema,
        $schema: undefined,
      })
      expect(validate(parse(read(path))), JSON.stringify(validate.errors)).toBe(true)
    },
  )

  it.each(services)('%s takes a pinned image', (_name, { image }) => {
    const tag = /^[\w./-]+:([\w.-]+)$/.exec(image)?.[1]
    expect(tag, image).toMatch(/\d+\.\d+/)
  })

  it('tags its own image with the version of the package', () => {
    expect(new Set(ours.map(([, { image }]) => image))).toEqual(new Set([`nicr:${packageVersion()}`]))
  })

  it('runs every processor, the sink, the job that trains and the server, each as its own service', () => {
    const commands = ours.map(([, { command }]) => command?.join(' ')).sort()
    const processes = [...processorNames(), SINK_NAME].map(name => `process ${name}`)
    expect(commands).toEqual(['apply', 'retrain', 'serve', ...processes].sort())
  })

  it.each(services)('%s depends on services that exist, in a state they can reach', (_name, service) => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      const target = compose.services[other]
      expect(target, other).toBeDefined()
      if (condition === 'service_healthy') expect(target?.healthcheck, other).toBeDefined()
      else expect(condition).toBe('service_completed_successfully')
    }
  })

  it.each(services)(
    '%s mounts paths and volumes that exist, and listens on loopback only',
    (_name, service) => {
      for (const volume of service.volumes ?? []) {
        const source = volume.split(':')[0]!
        if (source.startsWith('.')) expect(existsSync(packagePath(source)), source).toBe(true)
        else expect(Object.keys(compose.volumes)).toContain(source)
      }
      for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/)
      for (const path of [service.env_file, service.build])
        if (path !== undefined) expect(existsSync(packagePath(path)), path).toBe(true)
    },
  )

  it('gives whatever loads models the folder in which trained ones lie', () => {
    const loading = ['serve', 'retrain', ...Object.values(kinds).map(one => one.processorName)]
    for (const name of loading)
      expect(compose.services[name]?.volumes, name).toContain('nicr-data:/var/lib/nicr')
  })

  it.each(services)(
    '%s has bounds: memory, processors, the size of its log',
    (_name, { deploy, logging }) => {
      expect(deploy?.resources.limits.memory).toMatch(/^\d+M$/)
      expect(Number(deploy?.resources.limits.cpus)).toBeGreaterThan(0)
      expect(logging?.options).toEqual({ 'max-size': '10m', 'max-file': '3' })
    },
  )

  it.each(running)('%s says whether it is ready', (_name, { environment, healthcheck }) => {
    const port = environment?.['NICR_PORT'] ?? envFile('deploy/nicr.env')['NICR_METRICS_PORT']
    expect(healthcheck?.test.join(' ')).toContain(`http://127.0.0.1:${port}/readyz`)
  })

  it.each(running)('%s can be scaled: no name, port or replica of its own', (name, service) => {
    expect(service.container_name).toBeUndefined()
    expect(service.environment?.['NICR_REPLICA']).toBeUndefined()
    // The server's port is the one that people open; README says how several stand behind a proxy.
    if (name !== 'serve') expect(service.ports).toBeUndefined()
  })

  it('publishes each port once', () => {
    const ports = services.flatMap(([, service]) => service.ports ?? []).map(port => port.split(':')[1])
    expect(new Set(ports).size).toBe(ports.length)
  })

  it.each(ours)('%s is given a configuration that Nicr takes', (_name, service) => {
    const env = { ...envFile(service.env_file!), ...resolved(service.environment ?? {}) }
    for (const [name, path] of Object.entries(env)) {
      if (!name.endsWith('_FILE')) continue
      expect(
        service.secrets?.map(secret => `/run/secrets/${secret}`),
        name,
      ).toContain(path)
      env[name] = givenSecret
    }
    // What is Node's own is not Nicr's to know.
    const { NODE_OPTIONS: _, ...settings } = env
    for (const name of Object.keys(settings))
      expect(Object.keys(settingTable)).toContain(name.replace(/_FILE$/, ''))
    const config = readConfig(env)
    expect(config.clickhouse.password).not.toBe('')
    expect(config.kafka.brokers?.map(broker => broker.split(':')[0])).toEqual(['kafka'])
    for (const url of [config.registry.url, config.clickhouse.url])
      expect(Object.keys(compose.services)).toContain(new URL(url ?? '').hostname)
  })

  it.each(services)('%s is given secrets that exist', (_name, { secrets = [] }) => {
    for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret)
  })

  it('takes its secrets from the variables that .env.example lists', () => {
    const used = [...read('docker-compose.yml').matchAll(interpolated)].map(([, name]) => name!)
    const asFiles = Object.values(compose.secrets).map(({ environment }) => environment)
    expect([...new Set([...used, ...asFiles])].sort()).toEqual(Object.keys(envFile('.env.example')).sort())
  })
})

describe('Dockerfile', () => {
  it('copies what exists, from a pinned image', () => {
    const dockerfile = read('Dockerfile')
    const built = ['dist', 'node_modules']
    const copied = [...dockerfile.matchAll(/^COPY --from=build \/app\/(\S+)/gm)].map(([, path]) => path!)
    const manifests = /^COPY (package.+) \.\/$/m.exec(dockerfile)?.[1]?.split(' ') ?? []
    for (const path of [...copied, ...manifests])
      expect(built.includes(path) || existsSync(packagePath(path)), path).toBe(true)
    for (const [, image] of dockerfile.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/:\d+\.\d+\.\d+/)
  })

  it('copies every folder from which the program reads', () => {
    const folders = readSources(['schemas', 'pipelines', 'serving', 'cli']).flatMap(({ code }) =>
      [...code.join('\n').matchAll(/packagePath\('(\w+)'/g)].map(([, folder]) => folder!),
    )
    const dockerfile = read('Dockerfile')
    for (const folder of new Set(folders)) expect(dockerfile).toContain(`/app/${folder}`)
  })
})

describe('monitoring', () => {
  it('shows dashboards of data sources that are provided', () => {
    const uids = filesUnder('deploy/grafana/provisioning/datasources', '.yml').map(
      path => /^ {4}uid: (\S+)$/m.exec(read(path))?.[1],
    )
    const asked = filesUnder('deploy/grafana/dashboards', '.json').flatMap(path =>
      [...read(path).matchAll(/"datasource": \{\s*"type": "[\w-]+",\s*"uid": "(\w+)"/g)].map(
        ([, uid]) => uid,
      ),
    )
    expect(asked.length).toBeGreaterThan(20)
    expect(asked.filter(uid => !uids.includes(uid))).toEqual([])
  })

  it('shows metrics that exist', () => {
    const named = filesUnder('deploy/grafana/dashboards', '.json').flatMap(path =>
      [...read(path).matchAll(/\bnicr_\w+/g)].map(([name]) => name.replace(/_(?:bucket|count|sum)$/, '')),
    )
    const known = readSources(['serving', 'pipelines', 'jobs']).flatMap(({ code }) =>
      [...code.join('\n').matchAll(/name: '(nicr_\w+)'/g)].map(([, name]) => name!),
    )
    expect(named.length).toBeGreaterThan(0)
    expect(named.filter(name => !known.includes(name))).toEqual([])
  })
})

describe('the YAML the tests read', () => {
  it('is maps, lists and scalars', () => {
    expect(parseYaml('# c\na:\n  - "x: y"\n  - b: 1\n    c: ["d"]\ne: http://f:8080\ng:\n')).toEqual({
      a: ['x: y', { b: '1', c: ['d'] }],
      e: 'http://f:8080',
      g: null,
    } satisfies Yaml)
  })

  it.each(['a: &b c', 'a: b # c', 'a: 1\na: 2', '- a\nb: c', 'a:\n    b: 1\n  c: 2'])('refuses %j', text => {
    expect(() => parseYaml(text)).toThrow(/^line \d/)
  })
})

function envFile(path: string): Record<string, string> {
  const lines = read(path)
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

/** With a stand-in for what has to be given. */
function resolved(environment: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      value.replaceAll(interpolated, (_all, _name, sign: string, text: string) =>
        sign === '-' ? text : 'given',
      ),
    ]),
  )
}
