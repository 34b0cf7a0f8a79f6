import { afterEach, describe, expect, it } from 'vitest'
import { createKafka, RETRY } from '../../../../pipelines/runtime/kafka/client.ts'
import { compressGzip, DECOMPRESSED_BYTES_MAX } from '../../../../pipelines/runtime/kafka/compression.ts'
import { MemorySchemas } from '../../../../pipelines/runtime/memory/memory-schemas.ts'
import {
  declareProcessor,
  type ProcessorDeclaration,
} from '../../../../pipelines/runtime/processor-declaration.ts'
import { headerText } from '../../../../pipelines/runtime/records.ts'
import type { SchemaSource } from '../../../../pipelines/runtime/topic-codecs.ts'
import { createSchemaRegistry } from '../../../../pipelines/schema-registry.ts'
import { topicSchemas } from '../../../../pipelines/topic-schemas.ts'
import type { Processor } from '../../../../processors/processor.ts'
import { subjectOf } from '../../../../schemas/topics.ts'
import { KafkaDriver, type KafkaDriverSettings, silent } from '../../../support/kafka-driver.ts'
import { startHttpProxy } from '../../../support/proxy.ts'
import { aContent, aVote } from '../../../support/records.ts'
import { sharedStack, stackMissing } from '../../../support/stack.ts'
import { until } from '../../../support/until.ts'
import { lengthTopology, tallyTopology } from '../../../topology/topologies.ts'

/** content and votes → draft-outcomes: counts both in one state, so that it needs both at one place. */
const countBoth: Processor<'content' | 'votes', 'draft-outcomes', number> = {
  name: 'count-both',
  reads: ['content', 'votes'],
  writes: ['draft-outcomes'],
  init: () => 0,
  process: (count, { key }) => ({ state: count + 1, emit: [outcome(key ?? '', count + 1, '')] }),
}

function outcome(key: string, edits: number, modelVersion: string) {
  const value = {
    draftId: key,
    contentId: key,
    outcome: 'POSTED_AS_IS',
    nicenessFirst: null,
    nicenessLast: null,
    edits,
    modelVersion,
    at: 0,
  } as const
  return { topic: 'draft-outcomes', key, value } as const
}

const SESSION_AND_SOME_MS = 14_000

describe.skipIf(stackMissing() !== null)('a processor on Kafka', () => {
  const closing: (() => Promise<unknown>)[] = []
  const start = async (
    topology: readonly ProcessorDeclaration[],
    settings: Partial<KafkaDriverSettings> = {},
  ): Promise<KafkaDriver> => {
    const driver = await KafkaDriver.start({ topology, ...settings })
    closing.push(() => driver.close())
    return driver
  }
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close()
  })

  it.each(['exactly-once', 'at-least-once'])('commits each of its inputs where it is, %s', async delivery => {
    const driver = await start([declareProcessor(countBoth)], { env: { NICR_DELIVERY: delivery } })
    const write = async (from: number, to: number) => {
      for (let index = from; index < to; index++) {
        await driver.pipe('content', `c${index % 5}`, aContent({ id: `c${index % 5}` }))
        if (index % 3 === 0)
          await driver.pipe('votes', `c${index % 5}`, aVote({ contentId: `c${index % 5}` }))
      }
    }
    await write(0, 30)
    await driver.drain()
    await driver.restart()
    await write(30, 45)
    await driver.drain()
    const counts = (await driver.read('draft-outcomes')).map(({ key, value }) => `${key} ${value.edits}`)
    const expected = Array.from({ length: 5 }, (_, key) =>
      Array.from({ length: 12 }, (_, count) => `c${key} ${count + 1}`),
    ).flat()
    expect(counts.sort()).toEqual(expected.sort())
  })

  it('waits for a registry that answers 500 or nothing, keeps its membership, and dead-letters nothing', async () => {
    const { registryUrl } = sharedStack()
    const proxy = await startHttpProxy(registryUrl)
    closing.push(() => proxy.close())
    const registry = createSchemaRegistry({ url: proxy.url, username: null, password: null })
    closing.push(() => registry.close())
    const prefix = `r${Date.now()}.`
    const sources = topicSchemas(registry, prefix)
    const direct = new MemorySchemas()
    const idOf = new Map<string, number>()
    for (const topic of ['content', 'scores', 'votes', 'draft-outcomes'] as const) {
      const schema = await direct.schemaById(await direct.idOfTopic(topic))
      idOf.set(topic, await registry.register(subjectOf(`${prefix}${topic}`), schema!))
    }
    // What is registered is known without asking; what a record names is asked for.
    const schemas: SchemaSource = { ...sources, idOfTopic: async topic => idOf.get(topic)! }
    const driver = await start([lengthTopology()], { schemas, env: { NICR_TOPIC_PREFIX: prefix } })
    const admin = createKafka(driver.kafka, silent).admin()
    await admin.connect()
    closing.push(() => admin.disconnect())
    const member = async () =>
      (await admin.describeGroups([`${prefix}score-length`])).groups[0]?.members[0]?.memberId
    const before = await member()
    proxy.switchTo('silent')
    for (let index = 0; index < 10; index++)
      await driver.pipe('content', `c${index}`, aContent({ id: `c${index}` }))
    const startedAt = performance.now()
    await until('the registry was asked', () => proxy.connections > 0)
    await until('a session would have ended', () => performance.now() - startedAt > SESSION_AND_SOME_MS)
    expect(await member()).toBe(before)
    for (const mode of ['refuse', 'failing'] as const) {
      proxy.switchTo(mode)
      await until('it was asked again', () => proxy.connections > 2)
    }
    expect(await driver.readRaw('scores')).toEqual([])
    proxy.switchTo('open')
    await driver.drain()
    expect((await driver.read('scores')).length).toBe(10)
    expect(await driver.readRaw('dead-letters')).toEqual([])
    expect(await member()).toBe(before)
    expect(driver.failures).toEqual([])
  })

  it('gives a batch that unpacks to too much to the dead letters as one, and scores its neighbours', async () => {
    const driver = await start([lengthTopology()])
    const { partition } = await driver.pipe('content', 'c', aContent({ id: 'c', text: 'before' }))
    const producer = createKafka(driver.kafka, silent).producer({ retry: RETRY })
    await producer.connect()
    closing.push(() => producer.disconnect())
    const bomb = Buffer.alloc(DECOMPRESSED_BYTES_MAX + 1)
    await producer.send({
      topic: driver.fullName('content'),
      compression: 1,
      messages: [{ key: 'bomb', value: bomb, partition }],
    })
    await driver.pipe('content', 'c', aContent({ id: 'c', revision: 1, text: 'behind it' }))
    await driver.drain()
    expect((await driver.read('scores')).map(({ value }) => value.value)).toEqual([6, 9])
    const letters = await driver.readRaw('dead-letters')
    expect(letters.map(({ headers }) => headerText(headers, 'nicr-code'))).toEqual([
      'NICR_RECORD_UNDECODABLE',
    ])
    expect(headerText(letters[0]!.headers, 'nicr-batch-unreadable')).toContain(String(DECOMPRESSED_BYTES_MAX))
    expect(letters[0]!.value!.length).toBeLessThan((await compressGzip(bomb)).length + 1024)
  })

  it('says what it is about a record that it can write nowhere, instead of trying for ever', async () => {
    const shouting: Processor<'votes', 'draft-outcomes', number> = {
      name: 'shout',
      reads: ['votes'],
      writes: ['draft-outcomes'],
      init: () => 0,
      process: () => ({ state: 0, emit: [outcome('k', 1, 'A'.repeat(2 * 1024 * 1024))] }),
    }
    const driver = await start([declareProcessor(shouting)])
    await driver.pipe('votes', 'k', aVote())
    await expect(driver.drain()).rejects.toMatchObject({
      code: 'NICR_RECORD_TOO_LARGE',
      message: expect.stringContaining('shout'),
    })
  })

  it('goes on after records whose ids leave no room for a score', async () => {
    const driver = await start([lengthTopology(), tallyTopology])
    const id = 'i'.repeat(700 * 1024)
    await driver.pipe('content', 'k', aContent({ id, text: 'long id' }))
    await driver.pipe(
      'content',
      'k',
      aContent({ id: 'k', author: 'a'.repeat(1000 * 1024), text: 'long author' }),
    )
    await driver.pipe('content', 'k', aContent({ id: 'k', text: 'fine' }))
    await driver.drain()
    expect((await driver.read('scores')).map(({ value }) => value.value)).toEqual([4])
    const letters = (await driver.readRaw('dead-letters')).map(({ headers }) =>
      headerText(headers, 'nicr-code'),
    )
    expect(letters).toEqual(['NICR_RECORD_INVALID', 'NICR_RECORD_INVALID'])
  })
})
