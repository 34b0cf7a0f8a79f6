import { afterAll, beforeAll, describe, it } from 'vitest'
import { type FaultRun, startFaultRun } from '../../support/faults/fault-run.ts'
import { stackMissing } from '../../support/stack.ts'

describe.skipIf(stackMissing() !== null)('calm', () => {
  let run: FaultRun
  beforeAll(async () => {
    run = await startFaultRun()
  })
  afterAll(() => run?.close())

  it('nothing happens', async () => {
    run.fleet.start()
    await run.traffic.write(600)
    const t = performance.now()
    await run.recovered('nothing')
    console.log('recovered', performance.now() - t, run.fleet.measureAll())
  }, 300_000)
})
