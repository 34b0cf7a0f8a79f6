import { type OwnNicr, startOwnNicr } from '../own-nicr.ts'
import { randomOf, seedOf } from '../seed.ts'
import { Fleet } from './fleet.ts'
import { expectNothingLost } from './invariants.ts'
import { Progress } from './settled.ts'
import { Traffic } from './traffic.ts'

/** A Nicr of a test's own, with traffic and processes, on which one fault after the other is tried. */
export interface FaultRun {
  readonly nicr: OwnNicr
  readonly seed: number
  readonly random: () => number
  readonly fleet: Fleet
  readonly traffic: Traffic
  readonly progress: Progress
  /** A whole number from `min` to `max`, by the seed. */
  between(min: number, max: number): number
  /** Waits until everything was read, and asserts that nothing was lost, repeated or miscounted since the run began. */
  recovered(fault: string): Promise<void>
  close(): Promise<void>
}

/**
 * @param parts variables over the shared stack's, for Nicr and the test alike
 * @param processes variables of the processes alone, such as a proxy in front of a part
 */
export async function startFaultRun({
  parts = {},
  processes = {},
}: {
  readonly parts?: Readonly<Record<string, string>>
  readonly processes?: Readonly<Record<string, string>>
} = {}): Promise<FaultRun> {
  const seed = seedOf('NICR_TEST_SEED')
  const random = randomOf(seed)
  const nicr = await startOwnNicr(parts)
  const fleet = new Fleet(nicr, processes)
  const traffic = await Traffic.start(nicr, seed, 'c')
  const progress = await Progress.start(nicr)
  return {
    nicr,
    seed,
    random,
    fleet,
    traffic,
    progress,
    between: (min, max) => min + Math.floor(random() * (max - min + 1)),
    async recovered(fault) {
      await traffic.calm()
      await progress
        .settled(() => fleet.assertAlive())
        .catch(error => {
          throw new Error(`${fault}, seed ${seed}: ${(error as Error).message}\n${fleet.said()}`)
        })
      await expectNothingLost(nicr, traffic.acknowledged, { seed, fault })
      fleet.assertAlive()
    },
    async close() {
      await traffic.close()
      await fleet.close()
      await progress.close()
      await nicr.close()
    },
  }
}
