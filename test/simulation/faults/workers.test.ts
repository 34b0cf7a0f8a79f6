import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../../jobs/encoder/add-encoder.ts'
import { resolveModel } from '../../../pipelines/model-registry.ts'
import { textSpam } from '../../../pipelines/text-spam.ts'
import { temporaryFolder } from '../../local/support.ts'
import { type FaultRun, startFaultRun } from '../../support/faults/fault-run.ts'
import { peakMiBOf } from '../../support/faults/fleet.ts'
import { SETTLED_MS } from '../../support/faults/settled.ts'
import { isFull } from '../../support/full.ts'
import { nicr as runNicr } from '../../support/nicr.ts'
import { stackMissing } from '../../support/stack.ts'
import { writeTinyEncoder } from '../../support/tiny-encoder.ts'
import { until } from '../../support/until.ts'

const RECORDS = isFull ? 400 : 150
const KILLS = isFull ? 20 : 3
/** A frozen worker is given up after 60 s. */
const FREEZES = isFull ? 1 : 0
const FROZEN_MS = 70_000
/** A worker that works a tenth of the time. */
const SLOW_BACKLOG = isFull ? 2_000 : 150
const AT_WORK_MS = 20
const ASLEEP_MS = 180
const PEAK_MIB_MAX = 500
const TEST_MS = SETTLED_MS + (isFull ? 600_000 : 60_000)

/** An encoder scores text spam in a process of its own, which dies, hangs or is slow. */
describe.skipIf(stackMissing() !== null)('an encoder under fault', () => {
  const dataDir = temporaryFolder()
  let run: FaultRun
  beforeAll(async () => {
    await writeEncoderVersion(join(dataDir, 'models', 'text-spam', '7'))
    run = await startFaultRun({ parts: { NICR_DATA_DIR: dataDir } })
    run.fleet.start()
    const env = { ...run.nicr.env }
    const promoted = await runNicr(['models', 'promote', 'text-spam@7', '--reason', 'to see it fail'], env)
    expect(promoted).toMatchObject({ code: 0, stderr: '' })
    await until('its process runs', () => workers().length > 0, SETTLED_MS)
  }, TEST_MS)
  afterAll(async () => {
    await run?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  it(
    `is asked again when its process is killed, ${KILLS} times`,
    async () => {
      for (let kill = 0; kill < KILLS; kill++) {
        await run.traffic.write(RECORDS)
        await run.progress.scoredFurther(run.between(1, RECORDS), `kill ${kill}, seed ${run.seed}`)
        for (const pid of workers()) process.kill(pid, 'SIGKILL')
      }
      await run.recovered('a worker that is killed')
      await run.traffic.write(RECORDS)
      await until('another process runs', () => workers().length > 0, SETTLED_MS)
      await run.recovered('another worker')
    },
    TEST_MS,
  )

  it.skipIf(FREEZES === 0)(
    'is replaced when its process hangs',
    async () => {
      await run.traffic.write(RECORDS)
      const frozen = workers()
      for (const pid of frozen) process.kill(pid, 'SIGSTOP')
      await run.traffic.write(RECORDS)
      await until('it was given up', () => frozen.every(pid => !workers().includes(pid)), 3 * FROZEN_MS)
      await run.recovered('a worker that hangs')
    },
    TEST_MS,
  )

  it(
    'holds the stream up when it is slow, and heaps nothing up',
    async () => {
      let isSlow = true
      const slowing = (async () => {
        while (isSlow) {
          signal('SIGSTOP')
          await delay(ASLEEP_MS)
          signal('SIGCONT')
          await delay(AT_WORK_MS)
        }
      })()
      try {
        await run.traffic.write(SLOW_BACKLOG)
        await run.recovered('a slow worker')
      } finally {
        isSlow = false
        await slowing
      }
      const peaks = [run.fleet.measureAll(), ...workers().map(peakMiBOf)]
      console.info(`the most that the process and its worker took: ${peaks.map(Math.round)} MiB`)
      expect(Math.max(...peaks)).toBeLessThan(PEAK_MIB_MAX)
    },
    TEST_MS,
  )

  it('scored what there was to score', async () => {
    const scores = (await run.nicr.read('scores')).filter(({ kind }) => kind === textSpam.kind)
    expect(new Set(scores.map(({ modelVersion }) => modelVersion))).toContain('7')
    expect(scores.some(({ modelVersion, status }) => modelVersion === '7' && status === 'SCORED')).toBe(true)
  })

  /** The processes of encoders that members of the fleet have started. */
  function workers(): number[] {
    const parents = run.fleet.living.map(({ pid }) => pid).join(',')
    try {
      return execFileSync('ps', ['-o', 'pid=,args=', '--ppid', parents], { encoding: 'utf8' })
        .split('\n')
        .filter(line => line.includes('encoder-worker.js'))
        .map(line => Number.parseInt(line, 10))
    } catch {
      // `ps` fails where there is none.
      return []
    }
  }

  function signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    for (const pid of workers())
      try {
        process.kill(pid, name)
      } catch {
        // It has ended in between.
      }
  }
})

async function writeEncoderVersion(outDir: string): Promise<void> {
  const words = { stupid: [-2, 2], prize: [-2, 2], friend: [2, -2], thank: [1, -1] }
  const source = temporaryFolder()
  try {
    await addEncoder({
      kind: textSpam,
      folder: writeTinyEncoder(join(source, 'tiny'), { words, labels: ['ham', 'spam'] }),
      files: [],
      trainsHead: false,
      version: '7',
      seed: 1,
      ngrams: await resolveModel('text-spam'),
      languages: null,
      outDir,
    })
  } finally {
    rmSync(source, { recursive: true, force: true })
  }
}
