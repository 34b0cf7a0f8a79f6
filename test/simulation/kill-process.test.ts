import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../../local/ports.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { SINK_NAME } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { processorNames } from '../../pipelines/topology.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { isFull } from '../support/full.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import { aContent } from '../support/records.ts'
import { randomOf, seedOf } from '../support/seed.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

const CONTENTS = 20_000
const KILLS = 20
const SETTLED_MS = 60_000

/** `nicr process` as users run it, killed without warning again and again while content comes in; CI has `faults/processes.test.ts`. */
describe.skipIf(!isFull || stackMissing() !== null)('nicr process, killed with SIGKILL in the middle', () => {
  let nicr: OwnNicr
  let child: ChildProcess | null = null
  let metricsPort = 0
  beforeAll(async () => {
    nicr = await startOwnNicr()
    metricsPort = await freePort(new Set())
  })
  afterAll(async () => {
    child?.kill('SIGKILL')
    await nicr?.close()
  })

  it(`scores ${CONTENTS} contents once each, on the topic and in ClickHouse, through ${KILLS} kills`, async () => {
    const seed = seedOf('NICR_TEST_SEED')
    const random = randomOf(seed)
    const ids = Array.from({ length: CONTENTS }, (_, index) => `c${index}`)
    let published = 0
    const publish = async (count: number) => {
      const some = ids.slice(published, published + count)
      published += some.length
      const publications = some.map(id => ({
        key: id,
        value: aContent({ id, text: `thank you, ${id}, this is not as stupid as it looks` }),
      }))
      await nicr.publisher.publish('content', publications)
    }
    child = start()
    for (let kill = 0; kill < KILLS; kill++) {
      const share = Math.floor(CONTENTS / (KILLS + 1))
      await publish(Math.floor(share / 2))
      // At work, somewhere: a seeded number of scores further on than at the last kill.
      const before = await scoresCommitted()
      const further = 1 + Math.floor(random() * share)
      await until(
        `${further} more scores (seed ${seed})`,
        async () => (await scoresCommitted()) >= before + further,
      )
      await publish(share - Math.floor(share / 2))
      child.kill('SIGKILL')
      await once(child, 'exit')
      child = start()
    }
    await publish(CONTENTS - published)
    const kindNames = Object.values(kinds)
      .filter(({ input }) => input === 'TEXT')
      .map(({ kind }) => kind)
    const wanted = kindNames.length * CONTENTS
    await until('everything is scored', async () => (await scoresCommitted()) >= wanted, SETTLED_MS)
    await until('ClickHouse has every score', async () => (await stored()).n >= wanted, SETTLED_MS)

    const scores = await nicr.read('scores')
    for (const kind of kindNames) {
      const own = scores.filter(score => score.kind === kind).map(({ contentId }) => contentId)
      expect({ seed, kind, scored: own.length }).toEqual({ seed, kind, scored: CONTENTS })
      expect(new Set(own)).toEqual(new Set(ids))
    }
    expect(await stored()).toEqual({ n: wanted, contents: CONTENTS, ids: wanted })
    const rows = await nicr.clickhouse.query<{ id: string; value: number }>('SELECT id, value FROM scores')
    expect(new Map(rows.map(({ id, value }) => [id, value]))).toEqual(
      new Map(scores.map(({ id, value }) => [id, value])),
    )
    expect(await nicr.readRaw('dead-letters')).toEqual([])
    expect(await nicr.clickhouse.query('SELECT code FROM dead_letters')).toEqual([])

    const asked = await fetch(`http://127.0.0.1:${metricsPort}/readyz`)
    expect(await asked.json()).toMatchObject({ ready: true })
    const metrics = await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()
    for (const name of [...processorNames(), SINK_NAME])
      expect(metrics).toMatch(new RegExp(`^nicr_processor_partitions\\{processor="${name}"\\} [1-9]`, 'm'))
    expect(metrics).toContain('nicr_part_ready{part="model niceness",needed="true"} 1')

    child.kill('SIGTERM')
    const [status] = await once(child, 'exit')
    expect(status).toBe(0)
  }, 600_000)

  function start(): ChildProcess {
    return spawn(process.execPath, [packagePath('bin', 'nicr.js'), 'process'], {
      env: {
        ...process.env,
        ...nicr.env,
        NICR_BATCH_RECORDS: '100',
        NICR_METRICS_PORT: String(metricsPort),
        LOG_LEVEL: process.env['NICR_TEST_LOG'] ?? 'fatal',
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
  }

  async function scoresCommitted(): Promise<number> {
    return (await nicr.readRaw('scores')).length
  }

  async function stored(): Promise<{ n: number; contents: number; ids: number }> {
    const [row] = await nicr.clickhouse.query<{ n: number; contents: number; ids: number }>(
      'SELECT count() AS n, uniqExact(contentId) AS contents, uniqExact(id) AS ids FROM scores',
    )
    return row!
  }
})
