import { readdirSync, readFileSync } from 'node:fs'
import avro from 'avsc'
import { describe, expect, it } from 'vitest'
import { createSchemaRegistry } from '../../pipelines/schema-registry.ts'
import { type AvroSchema, compileSchema, createDecoder, createEncoder } from '../../schemas/codec.ts'
import { packagePath } from '../../schemas/package-root.ts'
import type { Score } from '../../schemas/records.ts'
import { compatibilityOf, schemaOf, type TopicName, topicNames, topics } from '../../schemas/topics.ts'
import { aScore } from '../support/records.ts'
import { sharedStack, stackMissing } from '../support/stack.ts'

/**
 * Every version a schema ever had lies in versions/<schema>/<n>.avsc. A change to a schema is a further file there,
 * never a change to one of them: records and registries out in the world hold them.
 */
const avroTopics = topicNames.filter(name => topics[name].schema !== null)

describe.each(avroTopics)('%s', name => {
  const versions = versionsOf(name)

  it('has its schema among the versions, as the latest', () => {
    expect(
      schemaOf(name),
      `schemas/${topics[name].schema}.avsc changed: add versions/${topics[name].schema}/${versions.length + 1}.avsc`,
    ).toEqual(versions.at(-1))
  })

  it('reads every earlier version', () => {
    for (const earlier of versions) expect(() => resolve(schemaOf(name), earlier)).not.toThrow()
  })
})

describe.each(avroTopics.filter(name => compatibilityOf(name) === 'FULL_TRANSITIVE'))('%s', name => {
  it('is read by every earlier version, since readers need not be first to change', () => {
    for (const earlier of versionsOf(name)) expect(() => resolve(earlier, schemaOf(name))).not.toThrow()
  })
})

it('scores written before reasons said what the score would be without them are read', () => {
  const [first] = versionsOf('scores')
  const score = aScore()
  const reader = createDecoder<Score>(compileSchema(schemaOf('scores') as AvroSchema), JSON.stringify(first))
  if (!reader.ok) throw new Error(reader.detail)
  const read = reader.value(createEncoder<Score>(compileSchema(first as AvroSchema), 1)(score))
  const reasons = score.reasons.map(reason => ({ ...reason, without: null }))
  expect(read).toMatchObject({ ok: true, value: { id: score.id, reasons } })
})

describe.skipIf(stackMissing() !== null)('in a real registry', () => {
  it('takes all versions of every schema in turn, and refuses a break', async () => {
    const registry = createSchemaRegistry({ url: sharedStack().registryUrl, username: null, password: null })
    for (const name of avroTopics) {
      const subject = `compatibility-test-${process.pid}-${name}-value`
      const versions = versionsOf(name)
      await registry.register(subject, versions[0] ?? {})
      await registry.setCompatibility(subject, compatibilityOf(name))
      for (const version of versions.slice(1)) await registry.register(subject, version)
      await expect(registry.register(subject, broken(name)), name).rejects.toMatchObject({
        code: 'NICR_SCHEMA_INCOMPATIBLE',
      })
    }
    await registry.close()
  })
})

/** What others must not do: a new field that readers of old records could not fill. */
function broken(name: TopicName): object {
  const schema = schemaOf(name) as { fields: readonly object[] }
  return { ...schema, fields: [...schema.fields, { name: 'unheardOf', type: 'string' }] }
}

function versionsOf(name: TopicName): object[] {
  const folder = packagePath('test', 'schemas', 'versions', topics[name].schema ?? '')
  return readdirSync(folder)
    .sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))
    .map(file => JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as object)
}

function resolve(reader: object | null, writer: object | null): unknown {
  return typeOf(reader).createResolver(typeOf(writer))
}

function typeOf(schema: object | null): avro.Type {
  return avro.Type.forSchema(schema as avro.Schema, { registry: {} })
}
