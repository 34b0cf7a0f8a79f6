import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { readMigrations, statementsOf } from '../../pipelines/apply/migrations.ts'
import type { NewTopic, Step, TopicAdmin, TopicSettings } from '../../pipelines/apply/planned-step.ts'
import { apply } from '../../pipelines/apply.ts'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { Config } from '../../pipelines/config.ts'
import { createSchemaRegistry, type SchemaRegistry } from '../../pipelines/schema-registry.ts'
import { schemaOf, topicNames } from '../../schemas/topics.ts'
import { dropDatabase, newClickHouse } from '../support/clickhouse.ts'
import { sharedStack, sharedStackConfig, stackMissing } from '../support/stack.ts'

/** A cluster in memory. */
class Cluster implements TopicAdmin {
  readonly topics = new Map<string, NewTopic>()

  async list() {
    return this.topics
  }
  async create(topics: readonly NewTopic[]) {
    for (const topic of topics) if (!this.topics.has(topic.name)) this.topics.set(topic.name, topic)
  }
  async describeConfigs(names: readonly string[]) {
    return new Map(names.map(name => [name, this.topics.get(name)?.config ?? {}]))
  }
  async alterConfigs(name: string, config: TopicSettings) {
    const topic = this.topics.get(name)
    if (topic !== undefined) this.topics.set(name, { ...topic, config })
  }
}

let runs = 0

describe.skipIf(stackMissing() !== null)('apply', () => {
  const opened: { clickhouse: ClickHouse; registry: SchemaRegistry }[] = []
  afterEach(async () => {
    for (const { clickhouse, registry } of opened.splice(0)) {
      await dropDatabase(clickhouse)
      await registry.close()
    }
  })

  /** Parts with nothing in them. */
  function newParts(env: Readonly<Record<string, string>> = {}) {
    const prefix = `apply-test-${process.pid}-${runs++}.`
    const config: Config = sharedStackConfig({ NICR_TOPIC_PREFIX: prefix, ...env })
    const clickhouse = newClickHouse()
    const registry = createSchemaRegistry({ url: sharedStack().registryUrl, username: null, password: null })
    opened.push({ clickhouse, registry })
    return { prefix, parts: { config, admin: new Cluster(), registry, clickhouse } }
  }

  it('creates everything at first, and keeps everything the second time', async () => {
    const { parts, prefix } = newParts()
    const told: Step[] = []
    const steps = await apply({ ...parts, report: step => told.push(step) }, { partitionsDefault: 4 })
    expect(told).toEqual(steps)
    expect(steps.filter(step => step.action !== 'create')).toEqual([])
    expect(parts.admin.topics.get(`${prefix}content`)).toMatchObject({ partitions: 4, replication: -1 })
    expect(parts.admin.topics.get(`${prefix}labels`)).toMatchObject({ partitions: 1 })
    expect(await parts.registry.compatibilityOf(`${prefix}content-value`)).toBe('BACKWARD_TRANSITIVE')
    expect(await parts.registry.compatibilityOf(`${prefix}scores-value`)).toBe('FULL_TRANSITIVE')
    expect(await parts.clickhouse.query('SELECT * FROM scores')).toEqual([])

    const again = await apply(parts, { partitionsDefault: 4 })
    expect(again.map(step => step.what)).toEqual(steps.map(step => step.what))
    expect(again.filter(step => step.action !== 'keep')).toEqual([])
  })

  it('changes nothing in a dry run', async () => {
    const { parts, prefix } = newParts()
    const steps = await apply(parts, { dryRun: true })
    expect(steps).toContainEqual({
      what: `topic ${prefix}content`,
      action: 'create',
      detail: '12 partitions',
    })
    expect(steps).toContainEqual({ what: 'migration 0001_content', action: 'create' })
    expect(parts.admin.topics.size).toBe(0)
    expect(await parts.registry.idOf(`${prefix}content-value`, schemaOf('content') ?? {})).toBeNull()
    expect(await parts.clickhouse.hasDatabase()).toBe(false)
  })

  it('may run twice at once', async () => {
    const { parts } = newParts()
    await Promise.all([apply(parts), apply(parts), apply(parts)])
    expect((await apply(parts)).filter(step => step.action !== 'keep')).toEqual([])
    const [row] = await parts.clickhouse.query<{ n: number }>(
      'SELECT count() AS n FROM schema_migrations FINAL',
    )
    expect(row?.n).toBe(readMigrations().length)
  })

  it('goes on where a broken run stopped', async () => {
    const { parts } = newParts()
    const broken = { ...parts.clickhouse, command: () => Promise.reject(new Error('cut off')) }
    await expect(apply({ ...parts, clickhouse: broken })).rejects.toThrow('cut off')
    const steps = await apply(parts)
    expect(steps.filter(step => step.what.startsWith('topic') && step.action !== 'keep')).toEqual([])
    expect(steps.filter(step => step.what.startsWith('migration') && step.action !== 'create')).toEqual([])
  })

  it('keeps the partitions of the first apply and says so', async () => {
    const first = newParts()
    await apply(first.parts, { partitionsDefault: 4 })
    first.parts.admin.topics.delete(`${first.prefix}votes`)
    const config = sharedStackConfig({ NICR_TOPIC_PREFIX: first.prefix, NICR_PARTITIONS: '8' })
    const steps = await apply({ ...first.parts, config })
    const content = steps.find(step => step.what === `topic ${first.prefix}content`)
    expect(content).toMatchObject({ action: 'keep', detail: expect.stringContaining('4 partitions, not 8') })
    expect(first.parts.admin.topics.get(`${first.prefix}votes`)).toMatchObject({ partitions: 4 })
  })

  it('follows a changed retention, and leaves what an operator set alone', async () => {
    const { parts, prefix } = newParts()
    await apply(parts)
    const name = `${prefix}content`
    const topic = parts.admin.topics.get(name)
    await parts.admin.alterConfigs(name, { ...topic?.config, 'compression.type': 'zstd' })
    const config = sharedStackConfig({ NICR_TOPIC_PREFIX: prefix, NICR_RETENTION: '2d' })
    const steps = await apply({ ...parts, config })
    expect(steps).toContainEqual({
      what: `topic ${name}`,
      action: 'update',
      detail: 'retention.ms=172800000',
    })
    expect(parts.admin.topics.get(name)?.config).toMatchObject({
      'retention.ms': '172800000',
      'compression.type': 'zstd',
    })
  })

  it('creates the changelogs of processors with state beside their input', async () => {
    const { parts, prefix } = newParts()
    await apply({ ...parts, changelogs: [{ processor: 'detect-drift', partitions: 'control' }] })
    expect(parts.admin.topics.get(`${prefix}detect-drift-changelog`)).toMatchObject({
      partitions: 1,
      config: { 'cleanup.policy': 'compact' },
    })
    expect(parts.admin.topics.size).toBe(topicNames.length + 1)
  })

  it('refuses to go on from a foreign schema, with nothing registered', async () => {
    const { parts, prefix } = newParts()
    const subject = `${prefix}content-value`
    await parts.registry.register(subject, {
      type: 'record',
      name: 'Other',
      fields: [{ name: 'x', type: 'int' }],
    })
    await parts.registry.setCompatibility(subject, 'BACKWARD_TRANSITIVE')
    await expect(apply(parts)).rejects.toMatchObject({
      code: 'NICR_SCHEMA_INCOMPATIBLE',
      message: expect.stringContaining(subject),
    })
    expect(await parts.registry.idOf(subject, schemaOf('content') ?? {})).toBeNull()
  })

  it('stops at a migration that was changed after it was applied, and says what to do', async () => {
    const { parts } = newParts()
    await apply(parts)
    await parts.clickhouse.insertRows('schema_migrations', [{ name: '0002_votes', checksum: 'other' }], {
      deduplicationToken: 'changed',
    })
    await expect(apply(parts)).rejects.toMatchObject({
      code: 'NICR_MIGRATION_CHANGED',
      message: expect.stringContaining('new migration'),
    })
  })
})

describe('migrations', () => {
  it('are numbered without a gap', () => {
    const numbers = readMigrations().map(migration => Number(migration.name.slice(0, 4)))
    expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  })

  it('are cut into statements for a database of any name', () => {
    const folder = mkdtempSync(join(tmpdir(), 'nicr-migrations-'))
    writeFileSync(join(folder, '0001_a.sql'), "-- a; b\nSELECT ';' FROM {database}.a;\n\nSELECT 2;\n")
    writeFileSync(join(folder, 'notes.txt'), 'not one')
    const [migration, ...others] = readMigrations(folder)
    expect(others).toEqual([])
    expect(statementsOf(migration ?? { name: '', sql: '', checksum: '' }, 'my`db')).toEqual([
      "-- a; b\nSELECT ';' FROM `my\\`db`.a",
      'SELECT 2',
    ])
  })
})
