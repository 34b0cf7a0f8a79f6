import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSchemaRegistry, type SchemaRegistry } from '../../pipelines/schema-registry.ts'
import { schemaOf } from '../../schemas/topics.ts'
import { sharedStack, stackMissing } from '../support/stack.ts'

const anonymous = { username: null, password: null }
const content = schemaOf('content') ?? {}
/** One name a run, so that subjects are new. */
const subject = (name: string) => `registry-test-${process.pid}-${name}-value`

describe.skipIf(stackMissing() !== null)('a real registry', () => {
  let registry: SchemaRegistry
  beforeAll(() => {
    registry = createSchemaRegistry({ url: sharedStack().registryUrl, ...anonymous })
  })
  afterAll(() => registry.close())

  it('gives a schema one id, however often it is registered', async () => {
    const id = await registry.register(subject('once'), content)
    expect(await registry.register(subject('once'), content)).toBe(id)
    expect(await registry.idOf(subject('once'), content)).toBe(id)
    const other = createSchemaRegistry({ url: sharedStack().registryUrl, ...anonymous })
    expect(await other.register(subject('once'), content)).toBe(id)
    await other.close()
  })

  it('knows a schema that was registered in another layout', async () => {
    const url = `${sharedStack().registryUrl}/subjects/${subject('layout')}/versions`
    const body = JSON.stringify({ schema: JSON.stringify(content, null, 4) })
    const response = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json' },
    })
    const { id } = (await response.json()) as { id: number }
    expect(await registry.idOf(subject('layout'), content)).toBe(id)
    expect(await registry.register(subject('layout'), content)).toBe(id)
  })

  it('finds the schema that a record names', async () => {
    const id = await registry.register(subject('by-id'), content)
    expect(JSON.parse((await registry.schemaById(id)) ?? '')).toEqual(content)
  })

  it('answers null for what it does not know', async () => {
    expect(await registry.schemaById(2_000_000_000)).toBeNull()
    expect(await registry.idOf(subject('nobody'), content)).toBeNull()
    expect(await registry.compatibilityOf(subject('nobody'))).toBeNull()
    expect(await registry.isCompatible(subject('nobody'), content)).toBe(true)
  })

  it('refuses a schema that readers of the subject could not use', async () => {
    const withoutDefault = record([
      { name: 'id', type: 'string' },
      { name: 'mood', type: 'string' },
    ])
    await registry.register(subject('guarded'), record([{ name: 'id', type: 'string' }]))
    await registry.setCompatibility(subject('guarded'), 'BACKWARD_TRANSITIVE')
    expect(await registry.compatibilityOf(subject('guarded'))).toBe('BACKWARD_TRANSITIVE')
    expect(await registry.isCompatible(subject('guarded'), withoutDefault)).toBe(false)
    await expect(registry.register(subject('guarded'), withoutDefault)).rejects.toMatchObject({
      code: 'NICR_SCHEMA_INCOMPATIBLE',
    })
    expect(await registry.idOf(subject('guarded'), withoutDefault)).toBeNull()
  })
})

describe('a registry that cannot help', () => {
  const servers: Server[] = []
  afterAll(() => {
    for (const server of servers) server.close()
  })

  /** A registry that gives every request this answer, and how often it was asked. */
  async function fakeRegistry(status: number, body: object): Promise<{ url: string; asked: () => number }> {
    let asked = 0
    const server = createServer((_request, response) => {
      asked++
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    })
    servers.push(server)
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked: () => asked }
  }

  it('is unavailable, after a few tries, when it answers 500', async () => {
    const { url, asked } = await fakeRegistry(500, { error_code: 50001, message: 'no disk' })
    const registry = createSchemaRegistry({ url, ...anonymous })
    await expect(registry.schemaById(1)).rejects.toMatchObject({
      code: 'NICR_REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('no disk'),
    })
    expect(asked()).toBe(3)
  })

  it('is unavailable when nothing listens', async () => {
    const registry = createSchemaRegistry({ url: 'http://127.0.0.1:1', ...anonymous })
    await expect(registry.register(subject('down'), content)).rejects.toMatchObject({
      code: 'NICR_REGISTRY_UNAVAILABLE',
    })
  })

  it('says which settings to check when it does not let us in', async () => {
    const { url } = await fakeRegistry(401, { error_code: 401, message: 'who are you' })
    const registry = createSchemaRegistry({ url, username: 'nicr', password: 'wrong' })
    await expect(registry.idOf(subject('secret'), content)).rejects.toThrow('SCHEMA_REGISTRY_PASSWORD')
  })

  it('is asked once for a flood of records with the same unknown schema', async () => {
    const { url, asked } = await fakeRegistry(404, { error_code: 40403, message: 'not found' })
    const registry = createSchemaRegistry({ url, ...anonymous })
    for (let i = 0; i < 100; i++) expect(await registry.schemaById(7)).toBeNull()
    expect(asked()).toBe(1)
  })
})

function record(fields: readonly object[]): object {
  return { type: 'record', name: 'Thing', namespace: 'nicr', fields }
}
