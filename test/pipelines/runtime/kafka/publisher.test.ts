import net from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Publisher } from '../../../../pipelines/runtime/kafka/publisher.ts'
import { silent } from '../../../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../../../support/own-nicr.ts'
import { type PartProxy, startProxy } from '../../../support/proxy.ts'
import { aContent } from '../../../support/records.ts'
import { stackMissing } from '../../../support/stack.ts'

const BOUNDED_MS = 20_000

describe.skipIf(stackMissing() !== null)('the publisher', () => {
  let nicr: OwnNicr
  let proxy: PartProxy
  const closing: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    nicr = await startOwnNicr()
    const [host, port] = nicr.kafka.brokers[0]!.split(':') as [string, string]
    proxy = await startProxy({ host, port: Number(port) })
  })
  afterEach(async () => {
    proxy.switchTo('open')
    for (const close of closing.splice(0)) await close()
    vi.restoreAllMocks()
  })
  afterAll(async () => {
    await proxy?.close()
    await nicr?.close()
  })

  it('refuses a record that the topic does not take, and publishes the next', async () => {
    const text = textOf(1024 * 1024)
    await expect(publish(nicr.publisher, ['large'], text)).rejects.toMatchObject({
      code: 'NICR_RECORD_TOO_LARGE',
      message: expect.stringContaining('1048576'),
    })
    // Below the limit by itself, above it with what Kafka adds.
    const tight = textOf(1024 * 1024 - 60)
    await expect(publish(nicr.publisher, ['tight'], tight)).rejects.toMatchObject({
      code: 'NICR_RECORD_TOO_LARGE',
    })
    await publish(nicr.publisher, ['small'])
    expect(await idsPublished()).toEqual(['small'])
  })

  it('takes more records at once than one batch of the broker holds', async () => {
    const ids = Array.from({ length: 60 }, (_, index) => `many-${index}`)
    const text = textOf(40 * 1024)
    const published = await nicr.publisher.publish(
      'content',
      ids.map(id => ({ key: 'same key', value: aContent({ id, text }) })),
    )
    const records = (await nicr.read('content')).map(({ id }) => id).filter(id => id.startsWith('many-'))
    expect(records).toEqual(ids)
    const offsets = published.map(({ offset }) => offset)
    expect(offsets).toEqual(ids.map((_, index) => offsets[0]! + index))
  })

  it.each(['refuse', 'silent'] as const)(
    'says in bounded time that the broker is away (it would %s), and goes on when it is back',
    async mode => {
      const publisher = await startThroughProxy()
      await publish(publisher, [`${mode} before`])
      proxy.switchTo(mode)
      const startedAt = performance.now()
      await expect(publish(publisher, [`${mode} away`])).rejects.toMatchObject({
        code: 'NICR_KAFKA_UNAVAILABLE',
      })
      expect(performance.now() - startedAt).toBeLessThan(BOUNDED_MS)
      proxy.switchTo('refuse')
      proxy.switchTo('open')
      await publish(publisher, [`${mode} after`])
      expect(await idsPublished()).toContain(`${mode} after`)
    },
  )

  it('never takes a later record for a repeat of one whose fate it does not know', async () => {
    const publisher = await startThroughProxy()
    await publish(publisher, ['first'])
    // The broker takes the record, and its answer is lost.
    proxy.switchTo('deaf')
    await expect(publish(publisher, ['in doubt'])).rejects.toMatchObject({ code: 'NICR_KAFKA_UNAVAILABLE' })
    proxy.switchTo('open')
    await publish(publisher, ['acknowledged'])
    expect(await idsPublished()).toContain('acknowledged')
  })

  /** A publisher all of whose connections to the broker go through the proxy, whatever address the broker gives. */
  async function startThroughProxy(): Promise<Publisher> {
    const brokerPort = Number(nicr.kafka.brokers[0]!.split(':')[1])
    const connect = net.connect
    vi.spyOn(net, 'connect').mockImplementation(((options: net.TcpNetConnectOpts, ...rest: []) =>
      connect(
        options.port === brokerPort ? { ...options, port: proxy.port } : options,
        ...rest,
      )) as typeof connect)
    const publisher = new Publisher({
      kafka: nicr.kafka,
      topicPrefix: nicr.config.topics.prefix,
      codecs: nicr.codecs,
      log: silent,
    })
    await publisher.start()
    closing.push(() => publisher.stop())
    return publisher
  }

  function publish(publisher: Publisher, ids: readonly string[], text = 'hello') {
    return publisher.publish(
      'content',
      ids.map(id => ({ key: 'same key', value: aContent({ id, text }) })),
    )
  }

  async function idsPublished(): Promise<string[]> {
    return (await nicr.read('content')).map(({ id }) => id).filter(id => !id.startsWith('many-'))
  }
})

function textOf(length: number): string {
  return 'lorem ipsum '.repeat(Math.ceil(length / 12)).slice(0, length)
}
