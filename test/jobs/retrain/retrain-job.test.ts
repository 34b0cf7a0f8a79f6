import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { followChampions, type Services, startProcessing } from '../../../cli/services.ts'
import { RETRAIN_WRITES } from '../../../jobs/retrain/loop-writer.ts'
import { RetrainJob } from '../../../jobs/retrain/retrain-job.ts'
import { RetrainMetrics } from '../../../jobs/retrain/retrain-metrics.ts'
import type { TrainOrder } from '../../../jobs/retrain/trainings.ts'
import type { LoopKind } from '../../../pipelines/kind-declaration.ts'
import { createLoopFigures } from '../../../pipelines/loop-figures.ts'
import { committedModelsDir, modelsDirsOf, resolveModel } from '../../../pipelines/model-registry.ts'
import { niceness } from '../../../pipelines/niceness.ts'
import { promote } from '../../../pipelines/promote.ts'
import { defaultVersions, readPromotions } from '../../../pipelines/promotion-log.ts'
import { LeaseRunner } from '../../../pipelines/runtime/kafka/lease-runner.ts'
import { textLoopRules } from '../../../processors/retrain/loop-rules.ts'
import type { TrainingOutcome } from '../../../processors/retrain/next-move.ts'
import { NicrError } from '../../../schemas/errors.ts'
import type { RetrainRequest } from '../../../schemas/records.ts'
import { committedVersion, copyVersion, shiftedVersion } from '../../support/model-versions.ts'
import { type OwnNicr, startOwnNicr } from '../../support/own-nicr.ts'
import { openOwnServices } from '../../support/own-services.ts'
import { aContent, aLabel } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** The loop on real Kafka and the real ClickHouse engine, with a trainer of the test's own. */

/** Other tests share the broker and the engine: what takes two seconds alone may take a minute beside them. */
const WAIT_MS = 120_000
const TEST_MS = 400_000
const MIN = 10
const RECORDS = 40
const WAITING_MAX = 200
const kind: LoopKind = {
  ...niceness,
  loop: {
    ...textLoopRules,
    labels: { ...textLoopRules.labels, min: MIN, wanted: MIN, settleMs: 0 },
    rollout: {
      ...textLoopRules.rollout,
      shadowRecordsMin: RECORDS,
      canaryRecordsMin: RECORDS,
      canaryShare: 0.5,
      windowRecords: RECORDS,
      watchWindows: 2,
    },
  },
}

describe.skipIf(stackMissing() !== null)('the retrain job', () => {
  let nicr: OwnNicr
  let services: Services
  let dataDir: string
  let champion: string
  const undo: (() => Promise<unknown>)[] = []
  let feeding = true
  let published = 0
  const runners: LeaseRunner[] = []

  beforeAll(async () => {
    nicr = await startOwnNicr()
    champion = await committedVersion('niceness')
    dataDir = await mkdtemp(join(tmpdir(), 'nicr-loop-'))
    services = openOwnServices(nicr, { ...nicr.config, dataDir })
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
    const feed = (async () => {
      while (feeding) {
        // No faster than they are stored: on a busy machine all that the loop waits for would come later and later.
        if (published - (await storedContents()) < WAITING_MAX) await publish(10)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    })()
    undo.push(async () => {
      feeding = false
      await feed
    })
  }, 90_000)

  afterAll(async () => {
    for (const step of undo.reverse()) await step()
    await nicr?.close()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  })

  // One that was left would keep the lease from the next test.
  afterEach(async () => {
    for (const runner of runners.splice(0)) await runner.stop()
  })

  it(
    'takes a request through tagging, training, shadow and canary to a watched promotion, on any instance',
    async () => {
      const trained: string[] = []
      const train: TrainOrder['train'] = async ({ champion: from }, { onNews }) => {
        trained.push(from)
        await copyVersion(join(dataDir, 'models'), 'niceness', '71')
        onNews({ task: 'train', progress: 0.5, figures: { rows: 12 }, detail: 'It learns.', version: '71' })
        return { passed: true, version: '71', detail: 'It is better.' }
      }
      const first = await startJob(train)
      const second = await startJob(train)
      await until('one of them holds the lease', () => first.isHolder || second.isHolder)
      await request('r1')
      await until(
        'it waits for labels, visibly',
        async () => (await stepsOf('r1')).includes('TAGGING tag'),
        WAIT_MS,
      )
      expect(trained).toEqual([])
      await label(MIN)
      await until('it is in its shadow', async () => (await stepsOf('r1')).includes('SHADOW shadow'), WAIT_MS)
      // Whoever takes over goes on where the other was.
      const [holder, other] = first.isHolder ? [first, second] : [second, first]
      await holder.stop()
      await until('the other took over', () => other.isHolder)
      await until('it is promoted', async () => (await stepsOf('r1')).includes('PROMOTED promote'), WAIT_MS)
      await until('it stays', async () => (await stepsOf('r1')).includes('PROMOTED watch'), WAIT_MS)
      await other.stop()
      expect(trained).toEqual([champion])
      const promotions = await nicr.read('model-promotions')
      expect(promotions.map(({ alias, version, share }) => [alias, version, share])).toEqual([
        ['CHALLENGER', '71', 0],
        ['CHALLENGER', '71', 0.5],
        ['CHAMPION', '71', 1],
        ['CHALLENGER', champion, 0],
        ['CHALLENGER', '', 0],
      ])
      const steps = (await nicr.read('retrain-steps')).filter(({ requestId }) => requestId === 'r1')
      expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length)
      const answered = await nicr.clickhouse.query<{ modelVersion: string; contents: string }>(
        "SELECT modelVersion, toString(uniqExact(contentId)) AS contents FROM scores WHERE alias = 'CHAMPION' GROUP BY modelVersion",
      )
      // The champion's, those of the canary and those since the promotion.
      expect(answered.map(({ modelVersion }) => modelVersion).sort()).toEqual([champion, '71'].sort())
    },
    TEST_MS,
  )

  it(
    'takes a bad promotion of a person back by itself, and leaves who goes back by hand alone',
    async () => {
      await shiftedVersion(dataDir, await resolveModel(`niceness@${champion}`), '72', -20)
      const job = await startJob(neverTrains)
      await promoteByHand('72')
      await until('it is taken back', async () => (await live()) === '71', WAIT_MS)
      const [last] = (await nicr.read('model-promotions'))
        .filter(({ alias }) => alias === 'CHAMPION')
        .slice(-1)
      expect(last).toMatchObject({ by: 'retrain', version: '71', previous: '72' })
      expect(last?.reason).toMatch(/taken back: it was never in shadow/)
      await promoteByHand(champion)
      const before = published
      await until('more was scored', async () => published > before + 3 * RECORDS)
      expect(await live()).toBe(champion)
      await job.stop()
    },
    TEST_MS,
  )

  it(
    'says why a training failed or was refused, and the champion stays',
    async () => {
      const outcomes: (() => Promise<TrainingOutcome>)[] = [
        async () => {
          throw new NicrError('NICR_INPUT_INVALID', 'all labels say the same')
        },
        async () => ({ passed: false, version: null, detail: 'It is worse in new language.' }),
        // What passed is tampered with before it is let in.
        async () => {
          await cp(
            join(committedModelsDir, 'niceness', champion),
            join(dataDir, 'models', 'niceness', '73'),
            {
              recursive: true,
            },
          )
          await shiftedVersion(dataDir, await resolveModel(`niceness@${champion}`), '73', -20, {
            keepDigest: true,
          })
          return { passed: true, version: '73', detail: 'It is better.' }
        },
      ]
      const said: string[] = []
      for (const [place, outcome] of outcomes.entries()) {
        const job = await startJob(outcome)
        await request(`refused ${place}`)
        await until(
          'it is refused',
          async () => (await stepsOf(`refused ${place}`)).some(step => step.startsWith('REJECTED')),
          WAIT_MS,
        )
        said.push(
          (await nicr.read('retrain-steps')).filter(one => one.requestId === `refused ${place}`).at(-1)
            ?.detail ?? '',
        )
        await job.stop()
      }
      expect(said[0]).toContain('all labels say the same')
      expect(said[1]).toBe('It is worse in new language.')
      expect(said[2]).toContain('NICR_MODEL_DIGEST_MISMATCH')
      expect(await live()).toBe(champion)
    },
    TEST_MS,
  )

  it(
    'trains nothing of a paused kind, and goes on when it is resumed',
    async () => {
      let trainings = 0
      const job = await startJob(async () => {
        trainings++
        return { passed: false, version: null, detail: 'Done.' }
      })
      await automate(true)
      await request('paused')
      await until('it says that it is paused', async () =>
        (await stepsOf('paused')).includes('REQUESTED paused'),
      )
      expect(trainings).toBe(0)
      await automate(false)
      await until('it trains', () => trainings === 1)
      await job.stop()
    },
    TEST_MS,
  )

  const neverTrains: TrainOrder['train'] = async () => {
    throw new Error('nothing asked for a training')
  }

  async function startJob(train: TrainOrder['train']): Promise<LeaseRunner> {
    const registry = { modelsDirs: modelsDirsOf(dataDir) }
    const { codecs, log, clickhouse } = services
    const topicPrefix = nicr.config.topics.prefix
    const job = new RetrainJob({
      kinds: [kind],
      registry,
      defaultOf: await defaultVersions(registry),
      logs: { kafka: nicr.kafka, topicPrefix, codecs, log },
      codecs,
      figures: createLoopFigures(clickhouse),
      samples: { choose: async () => [] },
      metrics: new RetrainMetrics(new Registry()),
      log,
      train,
      now: () => Date.now(),
    })
    const runner = new LeaseRunner({
      name: 'retrain',
      topic: 'retrain-requests',
      writes: RETRAIN_WRITES,
      kafka: nicr.kafka,
      topicPrefix,
      log,
      onFailed: error => {
        throw error
      },
      work: lease => job.work(lease),
    })
    runners.push(runner)
    await runner.start()
    return runner
  }

  async function publish(count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, i) =>
      aContent({
        id: `c${published + i}`,
        author: `a${(published + i) % 50}`,
        text: `${TEXTS[(published + i) % TEXTS.length]} ${published + i}`,
        at: Date.now(),
      }),
    )
    await nicr.publisher.publish(
      'content',
      values.map(value => ({ key: value.id, value })),
    )
    published += count
  }

  async function storedContents(): Promise<number> {
    const [row] = await nicr.clickhouse.query<{ contents: string }>(
      'SELECT toString(uniqExact(contentId)) AS contents FROM scores_log',
    )
    return Number(row?.contents)
  }

  async function label(count: number): Promise<void> {
    const values = Array.from({ length: count }, (_, i) =>
      aLabel({ id: `l${i}`, sampleId: null, contentId: `c${i}`, kind: 'niceness', value: 7, at: Date.now() }),
    )
    await nicr.publisher.publish(
      'labels',
      values.map(value => ({ key: value.contentId, value })),
    )
  }

  async function request(id: string): Promise<void> {
    const value: RetrainRequest = {
      id,
      kind: 'niceness',
      policy: 'manual',
      reason: 'The test asks.',
      evidence: [],
      modelVersion: '',
      by: 'test',
      requestedAt: Date.now(),
      expiresAt: null,
    }
    await nicr.publisher.publish('retrain-requests', [{ key: 'niceness', value }])
  }

  async function automate(paused: boolean): Promise<void> {
    const value = { id: String(paused), kind: 'niceness', paused, reason: '', by: 'test', at: Date.now() }
    await nicr.publisher.publish('automation', [{ key: 'niceness', value }])
  }

  async function stepsOf(id: string): Promise<string[]> {
    const steps = await nicr.read('retrain-steps')
    return steps.filter(({ requestId }) => requestId === id).map(({ step, task }) => `${step} ${task}`)
  }

  async function log() {
    const registry = { modelsDirs: modelsDirsOf(dataDir) }
    const { codecs, log: quiet } = services
    const parts = { kafka: nicr.kafka, topicPrefix: nicr.config.topics.prefix, codecs, log: quiet }
    const defaultOf = await defaultVersions(registry)
    return { read: () => readPromotions(parts, defaultOf), defaultOf, registry }
  }

  async function live(): Promise<string | undefined> {
    const { read } = await log()
    return (await read()).promotions.get('CHAMPION niceness')?.at(-1)?.promotion.version
  }

  async function promoteByHand(version: string): Promise<void> {
    const { read, defaultOf, registry } = await log()
    await promote({ publisher: nicr.publisher, read, defaultOf, now: () => Date.now() }, await read(), {
      kind: 'niceness',
      alias: 'CHAMPION',
      folder: await resolveModel(`niceness@${version}`, registry),
      reason: 'by hand',
      by: 'ada',
    })
  }
})

const TEXTS = [
  'Thank you, that was kind of you',
  'You are a fool and a liar',
  'The meeting moves to Tuesday',
  'I love how you explained this',
  'Nobody wants to hear from you',
]
