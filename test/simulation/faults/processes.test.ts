import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../../schemas/package-root.ts'
import { type FaultRun, startFaultRun } from '../../support/faults/fault-run.ts'
import { expectNothingLost } from '../../support/faults/invariants.ts'
import { decoded } from '../../support/faults/ledger.ts'
import { Posting } from '../../support/faults/posting.ts'
import { SETTLED_MS } from '../../support/faults/settled.ts'
import { isFull } from '../../support/full.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const KILLS = isFull ? 30 : 2
const COMINGS_AND_GOINGS = isFull ? 24 : 3
const FREEZES = isFull ? 4 : 0
/** Scores while clocks are set: at this pace some six settings in the short form. */
const CLOCK_SCORES = isFull ? 6000 : 1500
const CLOCK_RECORDS_A_SECOND = 100
const SERVER_KILLS = isFull ? 8 : 1
const POSTS = isFull ? 200 : 60
const KEY = 'faults-key'
/** Between two faults. */
const RECORDS = isFull ? 400 : 200
/** Beyond the session's 10 s and the 10 s of a transaction: the group goes on without whoever is frozen. */
const FROZEN_MS = 25_000
/** A process with every model and the sink takes some 200 MiB. */
const PEAK_MIB_MAX = 450
const TEST_MS = SETTLED_MS + (isFull ? 900_000 : 60_000)

/** Processes that die, freeze, come and go, and whose clocks jump, while a platform writes. */
describe.skipIf(stackMissing() !== null)('processes of Nicr under fault', () => {
  let run: FaultRun
  beforeAll(async () => {
    run = await startFaultRun()
  })
  afterAll(() => run?.close())

  it(
    `lose nothing when they are killed, ${KILLS} times at any moment`,
    async () => {
      const { fleet, traffic, progress } = run
      fleet.start()
      fleet.start()
      for (let kill = 0; kill < KILLS; kill++) {
        await traffic.write(RECORDS)
        await progress.scoredFurther(run.between(1, RECORDS), `kill ${kill}, seed ${run.seed}`)
        await fleet.kill(fleet.living[run.between(0, fleet.living.length - 1)]!)
        fleet.start()
      }
      await run.recovered('SIGKILL')
    },
    TEST_MS,
  )

  it(
    `lose nothing while they come and go, ${COMINGS_AND_GOINGS} times`,
    async () => {
      const { fleet, traffic, progress } = run
      for (let change = 0; change < COMINGS_AND_GOINGS; change++) {
        traffic.flow(100)
        const { living } = fleet
        if (living.length < 2 || (living.length < 4 && run.random() < 0.5)) fleet.start()
        // One that has only just been started may not yet listen to signals.
        else expect([0, null]).toContain(await fleet.stop(living[run.between(0, living.length - 1)]!))
        // Often before the group has found its members.
        await progress.scoredFurther(run.between(1, 100), `change ${change}, seed ${run.seed}`)
      }
      await run.recovered('a storm of rebalances')
    },
    TEST_MS,
  )

  it.skipIf(FREEZES === 0)(
    'lose nothing when one is frozen until the group goes on without it, and thawed',
    async () => {
      const { fleet, traffic, progress } = run
      while (fleet.living.length < 2) fleet.start()
      for (let freeze = 0; freeze < FREEZES; freeze++) {
        traffic.flow(100)
        const one = fleet.living[run.between(0, fleet.living.length - 1)]!
        await progress.scoredFurther(run.between(1, 100), `freeze ${freeze}, seed ${run.seed}`)
        fleet.freeze(one)
        const frozenAt = performance.now()
        await until(
          'the group went on without it for a while',
          () => performance.now() - frozenAt > FROZEN_MS,
          2 * FROZEN_MS,
        )
        await progress.scoredFurther(100, 'by the others')
        fleet.thaw(one)
      }
      await run.recovered('SIGSTOP')
    },
    TEST_MS,
  )

  it(
    'count the same when their clocks jump',
    async () => {
      const { fleet, traffic, progress } = run
      await Promise.all(fleet.living.map(member => fleet.stop(member)))
      const clock = pathToFileURL(packagePath('test', 'support', 'faults', 'jumping-clock.mjs'))
      fleet.start(['process'], { NODE_OPTIONS: `--import ${clock}` })
      traffic.flow(CLOCK_RECORDS_A_SECOND)
      await progress.scoredFurther(CLOCK_SCORES, `seed ${run.seed}`)
      await run.recovered('clocks that jump')
    },
    TEST_MS,
  )

  it(
    `keep what a server acknowledged that is killed, ${SERVER_KILLS} times, while a backend posts to it`,
    async () => {
      const { fleet, traffic } = run
      if (fleet.living.length === 0) fleet.start()
      const serve = () => fleet.start(['serve'], { NICR_PORT: '0', NICR_API_KEY: KEY })
      let server = serve()
      const urlOf = () => /^server (.*)$/m.exec(server.running.output().stdout)?.[1]
      const posting = new Posting(urlOf, KEY)
      for (let kill = 0; kill < SERVER_KILLS; kill++) {
        const posted = posting.post(POSTS)
        const further = posting.acknowledged.length + run.between(1, POSTS)
        await until(
          `${further} posts are taken (seed ${run.seed})`,
          () => posting.acknowledged.length >= further,
          SETTLED_MS,
        )
        await fleet.kill(server)
        server = serve()
        await posted
      }
      traffic.acknowledged.push(...posting.acknowledged)
      await run.recovered('a server that is killed')
      expect(await fleet.stop(server)).toBe(0)
    },
    TEST_MS,
  )

  it('had bounded memory', () => {
    const peak = run.fleet.measureAll()
    console.info(`the most that a process took: ${peak.toFixed(0)} MiB`)
    expect(peak).toBeLessThan(PEAK_MIB_MAX)
  })

  it(
    'would be found out if they had lost, repeated or miscounted anything',
    async () => {
      const { nicr, traffic, progress, fleet, seed } = run
      const [score] = await nicr.read('scores')
      const profile = (await nicr.read('feature-profiles')).find(({ sourceTopic }) =>
        sourceTopic.endsWith('content'),
      )
      await nicr.publisher.publish('scores', [{ key: score!.contentId, value: score! }])
      await nicr.publisher.publish('feature-profiles', [{ key: profile!.kind, value: profile! }])
      const [vote] = (await decoded(nicr, 'votes')).placed
      await nicr.clickhouse.command('DELETE FROM votes_log WHERE id = {id:String}', { id: vote!.value.id })
      await progress.settled(() => fleet.assertAlive())
      const never = { topic: 'content' as const, key: 'never', partition: 0, offset: 1_000_000 }
      const told = await expectNothingLost(nicr, [...traffic.acknowledged, never], {
        seed,
        fault: 'made by hand',
      }).then(
        () => 'nothing',
        error => JSON.stringify(error.actual),
      )
      expect(told).toContain('never at content/0/1000000')
      expect(told).toContain(`${score!.kind} of ${score!.contentId}: due `)
      expect(told).toContain(`votes of ${vote!.value.contentId}/${vote!.value.id}: no row`)
      expect(told).toContain(`${profile!.firstOffset} is covered twice`)
    },
    TEST_MS,
  )
})
