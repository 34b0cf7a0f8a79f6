import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../local/support.ts'
import { type FaultRun, startFaultRun } from '../../support/faults/fault-run.ts'
import { type OwnBrokers, startBrokers } from '../../support/faults/own-brokers.ts'
import { SETTLED_MS } from '../../support/faults/settled.ts'
import { isFull } from '../../support/full.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const RECORDS = 300
const KILLS = 3
/** How long a broker stays away, ms: long enough that its partitions are led by others, and groups have noticed. */
const AWAY_MS = 20_000
const PEAK_MIB_MAX = 450
const TEST_MS = SETTLED_MS + 600_000
const START_MS = 180_000

/** Brokers of the test's own; the short form leaves them to broker-restart.test.ts. */
describe.skipIf(stackMissing() !== null || !isFull).each([
  { count: 1 as const, what: 'a broker that is killed and comes back' },
  { count: 3 as const, what: 'three brokers of which one is lost' },
])('processes of Nicr on $what', ({ count }) => {
  const folder = temporaryFolder()
  let brokers: OwnBrokers
  let run: FaultRun
  beforeAll(async () => {
    brokers = await startBrokers({ folder, count })
    run = await startFaultRun({ parts: { KAFKA_BROKERS: brokers.addresses } })
  }, START_MS)
  afterAll(async () => {
    await run?.close()
    await brokers?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it(
    `lose nothing, ${KILLS} times`,
    async () => {
      const { fleet, traffic, progress } = run
      fleet.start()
      fleet.start()
      for (let kill = 0; kill < KILLS; kill++) {
        await traffic.write(RECORDS)
        await progress.scoredFurther(run.between(1, RECORDS), `kill ${kill}, seed ${run.seed}`)
        traffic.flow(50)
        const lost = brokers.nodes[run.between(0, count - 1)]!
        await lost.kill()
        const lostAt = performance.now()
        if (count === 3) {
          await progress.scoredFurther(RECORDS, 'with two of three brokers')
          await until('it was away for a while', () => performance.now() - lostAt > AWAY_MS, 2 * AWAY_MS)
        }
        await lost.start()
        await brokers.ready()
        await run.recovered(`a broker that is killed (${kill + 1} of ${KILLS})`)
      }
      expect(run.fleet.measureAll()).toBeLessThan(PEAK_MIB_MAX)
    },
    TEST_MS,
  )
})
