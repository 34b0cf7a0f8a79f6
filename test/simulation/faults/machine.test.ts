import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { startStack } from '../../../local/stack.ts'
import { embeddedConfig, temporaryFolder } from '../../local/support.ts'
import { type FaultRun, startFaultRun } from '../../support/faults/fault-run.ts'
import { machineFaultsMissing, mountSmallDisk, openNamespace } from '../../support/faults/machine.ts'
import { startBrokers } from '../../support/faults/own-brokers.ts'
import { SETTLED_MS } from '../../support/faults/settled.ts'
import { isFull } from '../../support/full.ts'
import { startHttpProxy } from '../../support/proxy.ts'
import { sharedStack, stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const RECORDS = 300
const FILLS = 4
const CUTS = 3
/** Beyond the session's 10 s and the 10 s of a transaction. */
const AWAY_MS = 25_000
const BROKER_DISK_MIB = 192
const CLICKHOUSE_DISK_MIB = 256
/** What a full disk has left. */
const LEFT_KIB = 512
const TEST_MS = SETTLED_MS + 600_000

const missing = isFull ? machineFaultsMissing() : 'they are a part of the full form (NICR_TEST_FULL=1)'
if (missing !== null) console.info(`Faults of the machine are left out: ${missing}.`)

describe.skipIf(stackMissing() !== null || missing !== null)(
  'processes of Nicr on a machine under fault',
  () => {
    const closing: (() => unknown)[] = []
    afterEach(async () => {
      for (const close of closing.splice(0).reverse()) await close()
    })

    it(
      'lose nothing when the disk of the broker is full, and there is room again',
      async () => {
        const disk = smallDisk(BROKER_DISK_MIB)
        const brokers = await startBrokers({ folder: disk.folder, count: 1 })
        closing.push(() => brokers.stop())
        const run = await open({ parts: { KAFKA_BROKERS: brokers.addresses } })
        run.fleet.start()
        const [broker] = brokers.nodes
        for (let fill = 0; fill < FILLS; fill++) {
          await run.traffic.write(RECORDS)
          await run.progress.scoredFurther(RECORDS, 'they are at work')
          disk.fill(LEFT_KIB)
          run.traffic.flow(200)
          // A broker that cannot write to its only disk ends.
          await until('the broker has ended', () => !broker!.isRunning, SETTLED_MS)
          disk.clear()
          await broker!.start()
          await brokers.ready()
          await run.recovered(`a full disk of the broker (${fill + 1} of ${FILLS})`)
        }
      },
      TEST_MS,
    )

    it(
      'lose nothing when the disk of ClickHouse is full, and there is room again',
      async () => {
        const disk = smallDisk(CLICKHOUSE_DISK_MIB)
        const stack = await startStack(embeddedConfig(join(disk.folder, 'nicr')), {
          only: ['clickhouse'],
          report: () => undefined,
        })
        closing.push(() => stack.stop())
        const run = await open({ parts: { CLICKHOUSE_URL: stack.clickhouseUrl } })
        run.fleet.start(['process'], { LOG_LEVEL: 'warn' })
        const warned = () => run.fleet.living[0]!.running.output().stderr
        for (let fill = 0; fill < FILLS; fill++) {
          await run.traffic.write(RECORDS)
          await run.progress.scoredFurther(RECORDS, 'they are at work')
          const before = warned().length
          disk.fill(LEFT_KIB)
          run.traffic.flow(200)
          await until(
            'the sink waits for ClickHouse',
            () => warned().slice(before).includes('NICR_CLICKHOUSE_UNAVAILABLE'),
            SETTLED_MS,
          )
          await run.progress.scoredFurther(RECORDS, 'while ClickHouse takes nothing')
          disk.clear()
          await run.recovered(`a full disk of ClickHouse (${fill + 1} of ${FILLS})`)
        }
      },
      TEST_MS,
    )

    it(
      'lose nothing when the network between them is cut, and mended',
      async () => {
        const namespace = openNamespace()
        closing.push(() => namespace.remove())
        const folder = temporaryFolder()
        closing.push(() => rmSync(folder, { recursive: true, force: true }))
        const brokers = await startBrokers({ folder, count: 1, host: namespace.host })
        closing.push(() => brokers.stop())
        const { registryUrl, clickhouseUrl } = sharedStack()
        const registry = await startHttpProxy(registryUrl, namespace.host)
        closing.push(() => registry.close())
        const clickhouse = await startHttpProxy(clickhouseUrl, namespace.host)
        closing.push(() => clickhouse.close())
        for (const { port } of [registry, clickhouse]) await namespace.forward(port)
        const run = await open({ parts: { KAFKA_BROKERS: brokers.addresses } })
        const inside = {
          SCHEMA_REGISTRY_URL: registryUrl.replace(/:\d+/, `:${registry.port}`),
          CLICKHOUSE_URL: clickhouseUrl.replace(/:\d+/, `:${clickhouse.port}`),
        }
        run.fleet.start(['process'], inside, namespace.under)
        const other = run.fleet.start()
        for (let cut = 0; cut < CUTS; cut++) {
          // The last time there is nobody else to go on.
          const isAlone = cut === CUTS - 1
          if (isAlone) expect(await run.fleet.stop(other)).toBe(0)
          await run.traffic.write(RECORDS)
          await run.progress.scoredFurther(run.between(1, RECORDS), `cut ${cut}, seed ${run.seed}`)
          run.traffic.flow(50)
          namespace.cut()
          const cutAt = performance.now()
          if (!isAlone) await run.progress.scoredFurther(RECORDS, 'by the other')
          await until('it was cut off for a while', () => performance.now() - cutAt > AWAY_MS, 2 * AWAY_MS)
          namespace.mend()
          await run.recovered(`a network that is cut (${cut + 1} of ${CUTS})`)
        }
      },
      TEST_MS,
    )

    function smallDisk(mib: number) {
      const folder = temporaryFolder()
      const disk = mountSmallDisk(folder, mib)
      closing.push(() => {
        disk.unmount()
        rmSync(folder, { recursive: true, force: true })
      })
      return disk
    }

    async function open(settings: Parameters<typeof startFaultRun>[0]): Promise<FaultRun> {
      const run = await startFaultRun(settings)
      closing.push(() => run.close())
      return run
    }
  },
)
