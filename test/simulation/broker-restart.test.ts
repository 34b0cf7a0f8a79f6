import { randomBytes } from 'node:crypto'
import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { freePort } from '../../local/ports.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { readConfig } from '../../pipelines/config.ts'
import { LogFollower } from '../../pipelines/runtime/kafka/log-follower.ts'
import { temporaryFolder } from '../local/support.ts'
import { isFull } from '../support/full.ts'
import { KafkaDriver, silent } from '../support/kafka-driver.ts'
import { aContent, aVote } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { lengthTopology, tallyTopology } from '../topology/topologies.ts'

const KILLS = isFull ? 4 : 1

/** A broker of its own, killed and started anew on the same data and port while processors run. */
describe.skipIf(stackMissing() !== null)('a broker that is killed while processors run', () => {
  const dataDir = temporaryFolder()
  let port: number
  let stack: Stack | null = null
  let driver: KafkaDriver | null = null
  let follower: LogFollower | null = null
  beforeAll(async () => {
    expect(inject('stack')).not.toBeNull()
    port = await freePort(new Set())
    stack = await startBroker()
  })
  afterAll(async () => {
    await follower?.stop()
    await driver?.close()
    await stack?.stop()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('comes back to processors that go on by themselves: every record is scored once, every vote counted once', async () => {
    driver = await KafkaDriver.start({
      topology: [lengthTopology(), tallyTopology],
      env: {
        KAFKA_BROKERS: `127.0.0.1:${port}`,
        NICR_TOPIC_PREFIX: `b${randomBytes(4).toString('hex')}.`,
        NICR_BATCH_RECORDS: '10',
      },
    })
    // What follows a control topic, such as the promotions, goes on by itself too.
    const followed: string[] = []
    follower = new LogFollower(
      { kafka: driver.kafka, topic: driver.fullName('scores') },
      {
        log: silent,
        onRecords: async records => void followed.push(...records.map(({ value }) => String(value))),
      },
    )
    await follower.start()
    let written = 0
    const write = async (count: number) => {
      for (const end = written + count; written < end; written++) {
        await driver!.pipe('content', `c${written}`, aContent({ id: `c${written}` }))
        await driver!.pipe('votes', `c${written % 7}`, aVote({ contentId: `c${written % 7}` }))
      }
    }
    for (let kill = 0; kill < KILLS; kill++) {
      await write(100)
      await until('they are at work', async () => (await driver!.readRaw('scores')).length > written - 80)
      await write(50)
      process.kill(stack!.parts[0]!.pid, 'SIGKILL')
      await stack!.stop()
      stack = await startBroker()
    }
    await write(50)
    await until(
      'everything is scored',
      async () => (await driver!.readRaw('scores')).length >= written,
      60_000,
    )
    await driver.drain()
    const firstPartition = (await driver.readRaw('scores')).filter(({ partition }) => partition === 0)
    await follower.catchUp()
    expect(followed).toEqual(firstPartition.map(({ value }) => String(value)))
    const ids = (await driver.read('scores')).map(({ value }) => value.contentId)
    expect(ids.length).toBe(written)
    expect(new Set(ids).size).toBe(written)
    const counts = (await driver.read('draft-outcomes')).map(({ key, value }) => `${key} ${value.edits}`)
    const expected = Array.from(
      { length: written },
      (_, index) => `c${index % 7} ${Math.floor(index / 7) + 1}`,
    )
    expect(counts.sort()).toEqual(expected.sort())
    expect(await driver.readRaw('dead-letters')).toEqual([])
    expect(driver.failures).toEqual([])
  }, 150_000)

  function startBroker(): Promise<Stack> {
    const config = readConfig({
      NICR_DATA_DIR: dataDir,
      NICR_KAFKA_PORT: String(port),
      NICR_REGISTRY_PORT: '0',
      NICR_CLICKHOUSE_PORT: '0',
    })
    return startStack(config, { only: ['kafka'], report: () => undefined })
  }
})
