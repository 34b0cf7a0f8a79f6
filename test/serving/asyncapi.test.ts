import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Ajv } from 'ajv'
import avsc from 'avsc'
import { describe, expect, it } from 'vitest'
import { schemaOf, topicNames, topics } from '../../schemas/topics.ts'
import { asyncApiOf } from '../../serving/asyncapi.ts'
import { serverFrames } from '../../serving/server-frames.ts'
import { scoreRecord } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'
import { connect, serveLive } from './live-server.ts'

const require = createRequire(import.meta.url)
const draft7 = () => new Ajv({ strict: false, validateFormats: false, allErrors: true })

describe('/asyncapi.json', () => {
  it('is valid AsyncAPI 3.0, as its specification’s JSON schema has it', async () => {
    const { get } = await serveHttp()
    const path = require.resolve('@asyncapi/specs/schemas/3.0.0-without-$id.json')
    const check = draft7().compile(JSON.parse(readFileSync(path, 'utf8')))
    const document = (await get('/asyncapi.json', {})).json()
    check(document)
    expect(check.errors).toBeNull()
    check({ ...document, channels: { live: { address: 7 } } })
    expect(check.errors).not.toBeNull()
  })

  it('points at nothing that is not there', () => {
    const document = describedWith({})
    const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(match => match[1]!)
    expect(references.length).toBeGreaterThan(30)
    const missing = references.filter(reference => {
      const steps = reference.replace('#/', '').split('/')
      return (
        steps.reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], document) === undefined
      )
    })
    expect(missing).toEqual([])
  })

  it('has every topic under its full name, with the schema its records are written by', () => {
    const { channels, operations } = describedWith({ topicPrefix: 'team.', partitions: 12 })
    expect(Object.keys(channels)).toEqual(['live', ...topicNames])
    for (const name of topicNames) {
      const channel = channels[name]!
      const { payload } = channel.messages.record!
      expect(channel.address).toBe(`team.${name}`)
      expect(payload?.schema ?? null).toEqual(schemaOf(name))
      if (payload !== undefined) avsc.Type.forSchema(payload.schema as avsc.Schema)
      const action = topics[name].writers === 'platform' ? 'receive' : 'send'
      expect(operations[`${action}-${name}`]).toBeDefined()
    }
    expect(channels.scores!.bindings.kafka).toMatchObject({
      partitions: 12,
      topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': 1000 },
    })
    expect(channels.labels!.bindings.kafka).toMatchObject({ partitions: 1 })
  })

  it('has each frame that the server sends, as it sends it', async () => {
    const { url, log } = await serveLive()
    const client = await connect(url)
    client.send({ type: 'draft', id: 'd', seq: 0, text: 'thanks, you idiot' })
    client.send({ type: 'resume', cursor: 'no cursor' })
    client.send({ type: 'subscribe', content: ['c'], ack: true })
    const { cursor } = await client.next(frame => frame.type === 'subscribed')
    client.send({ type: 'resume', cursor, ack: true })
    await client.next(frame => frame.type === 'resumed')
    log.append(
      scoreRecord({ contentId: 'c' }),
      scoreRecord({ contentId: 'c', revision: 1, status: 'CLEARED' }),
    )
    await client.next(frame => frame.type === 'cleared')
    client.send({ type: 'unsubscribe', content: ['c'], ack: true })
    await client.next(frame => frame.type === 'unsubscribed')
    await client.next(frame => frame.type === 'draft-score')
    expect([...new Set(client.frames.map(frame => frame.type))].sort()).toEqual(
      Object.keys(serverFrames).sort(),
    )
    for (const frame of client.frames) {
      const declared = serverFrames[frame.type as keyof typeof serverFrames]
      const check = draft7().compile(JSON.parse(JSON.stringify({ ...declared, additionalProperties: false })))
      check(frame)
      expect([frame.type, check.errors]).toEqual([frame.type, null])
    }
  })
})

interface Described {
  readonly channels: Readonly<
    Record<
      string,
      {
        readonly address: string
        readonly messages: Readonly<Record<string, { readonly payload?: { readonly schema: unknown } }>>
        readonly bindings: { readonly kafka: object }
      }
    >
  >
  readonly operations: Readonly<Record<string, object>>
}

function describedWith(some: Partial<Parameters<typeof asyncApiOf>[0]>): Described {
  return asyncApiOf({
    version: '1',
    topicPrefix: 'nicr.',
    retentionMs: 1000,
    partitions: null,
    ...some,
  }) as Described
}
