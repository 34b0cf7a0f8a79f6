import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { followChampions, startProcessing } from '../../../cli/services.ts'
import { createCommunity } from '../../../demo/community/community.ts'
import { createRandom } from '../../../jobs/random.ts'
import { modelsDirsOf, resolveModel } from '../../../pipelines/model-registry.ts'
import { packagePath } from '../../../schemas/package-root.ts'
import type { Content, RetrainRequest } from '../../../schemas/records.ts'
import { isFull } from '../../support/full.ts'
import { committedVersion } from '../../support/model-versions.ts'
import { type OwnNicr, startOwnNicr } from '../../support/own-nicr.ts'
import { openOwnServices } from '../../support/own-services.ts'
import { aLabel } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** `nicr retrain` as operators run it, with a real training, killed again and again. */

const CONTENTS = 1600
const LABELS = 320
const KILLS = isFull ? 4 : 2
const SEED = 5

describe.skipIf(stackMissing() !== null)('nicr retrain, killed at any point', () => {
  let nicr: OwnNicr
  let dataDir: string
  let child: ChildProcess | null = null
  let champion: string
  const undo: (() => Promise<unknown>)[] = []

  beforeAll(async () => {
    nicr = await startOwnNicr()
    champion = await committedVersion('niceness')
    dataDir = await mkdtemp(join(tmpdir(), 'nicr-killed-'))
    const services = openOwnServices(nicr, { ...nicr.config, dataDir })
    const champions = await followChampions(services, { processors: ['score-niceness'], challengers: true })
    const processing = await startProcessing(services, champions, {
      names: ['score-niceness', 'clickhouse-sink'],
      onFailed: (name, error) => console.error(name, error),
    })
    undo.push(
      () => services.close(),
      () => champions.close(),
      () => processing.stop(),
    )
  }, 90_000)

  afterAll(async () => {
    child?.kill('SIGKILL')
    for (const step of undo.reverse()) await step()
    await nicr?.close()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  })

  it('promotes one challenger once, with every step said once', async () => {
    const community = createCommunity({ seed: SEED, startAt: Date.now(), drift: { from: 0, share: 0.5 } })
    const events = community.events()
    const published = await publish(events, CONTENTS)
    const labels = published.slice(0, LABELS).map(({ record, niceness }, i) =>
      aLabel({
        id: `l${i}`,
        sampleId: null,
        contentId: record.id,
        kind: 'niceness',
        value: niceness,
        labeller: `t${i % 3}`,
        at: Date.now(),
      }),
    )
    await nicr.publisher.publish(
      'labels',
      labels.map(value => ({ key: value.contentId, value })),
    )
    const request: RetrainRequest = {
      id: 'killed',
      kind: 'niceness',
      policy: 'manual',
      reason: 'The test asks.',
      evidence: [],
      modelVersion: champion,
      by: 'test',
      requestedAt: Date.now(),
      expiresAt: null,
    }
    await nicr.publisher.publish('retrain-requests', [{ key: 'niceness', value: request }])
    const random = createRandom(SEED)
    let isOver = false
    const feed = (async () => {
      while (!isOver) {
        await publish(events, 20)
        await delay(200)
      }
    })()
    for (let kill = 0; kill < KILLS; kill++) {
      start()
      await until('it works', async () => (await steps()).length > kill, 60_000)
      await delay(8000 * random())
      child!.kill('SIGKILL')
      await once(child!, 'exit')
    }
    start()
    await until(
      'it is over',
      async () => (await steps()).some(({ step }) => step === 'PROMOTED' || step === 'REJECTED'),
      120_000,
    )
    isOver = true
    await feed
    child!.kill('SIGTERM')
    await once(child!, 'exit')
    const said = await steps()
    expect(said.at(-1)?.detail).toMatch(/is live/)
    expect(said.filter(({ step }) => step === 'PROMOTED')).toHaveLength(1)
    const promoted = (await nicr.read('model-promotions')).filter(({ alias }) => alias === 'CHAMPION')
    expect(promoted.map(({ version, previous, requestId }) => [previous, requestId, typeof version])).toEqual(
      [[null, 'killed', 'string']],
    )
    expect(new Set(said.map(({ id }) => id)).size).toBe(said.length)
    const { dataHash } = (
      await resolveModel(`niceness@${promoted[0]?.version}`, { modelsDirs: modelsDirsOf(dataDir) })
    ).manifest
    expect(await readdir(join(dataDir, 'data-sets', 'niceness'))).toContain(dataHash)
  }, 300_000)

  async function publish(events: Iterator<unknown>, count: number) {
    const published: { readonly record: Content; readonly niceness: number }[] = []
    while (published.length < count) {
      const event = events.next().value as
        | { type: 'content'; record: Content; truth: { niceness: number } }
        | { type: 'vote' | 'report' }
      if (event.type === 'content')
        published.push({ record: { ...event.record, at: Date.now() }, niceness: event.truth.niceness })
    }
    await nicr.publisher.publish(
      'content',
      published.map(({ record }) => ({ key: record.id, value: record })),
    )
    return published
  }

  async function steps() {
    return (await nicr.read('retrain-steps')).filter(({ requestId }) => requestId === 'killed')
  }

  function start(): void {
    child = spawn(process.execPath, [packagePath('bin', 'nicr.js'), 'retrain', '--kind', 'niceness'], {
      env: { PATH: process.env['PATH'] ?? '', ...nicr.env, NICR_DATA_DIR: dataDir },
      stdio: 'ignore',
    })
  }
})
