import { appendFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Champions } from '../../pipelines/champions.ts'
import { createDraftScorer } from '../../pipelines/draft-scorer.ts'
import { committedModelsDir } from '../../pipelines/model-registry.ts'
import { holdable } from '../../pipelines/runtime/inference/holdable-model.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import { scoringStep } from '../../pipelines/runtime/scoring-step.ts'
import { topology } from '../../pipelines/topology.ts'
import type { ModelPromotion } from '../../schemas/records.ts'
import { MemoryPromotions } from '../support/memory-promotions.ts'
import { aPromotion, artifactOf, committedVersion, copyVersion } from '../support/model-versions.ts'
import { aContent } from '../support/records.ts'
import { runStep } from '../support/run-step.ts'

let dir: string
let promotions: MemoryPromotions
let registry: Registry
let logLines: { code?: string; version?: string; msg: string }[]
let champions: Champions | null = null
/** Digests of the local versions. */
const digests: Record<string, string> = {}

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-champions-'))
  for (const version of ['71', '72']) digests[version] = await copyVersion(dir, 'niceness', version)
  promotions = new MemoryPromotions()
  registry = new Registry()
  logLines = []
})
afterEach(async () => {
  await champions?.close()
  champions = null
  await rm(dir, { recursive: true })
})

async function follow(): Promise<Champions> {
  champions = await Champions.follow({
    registry: { modelsDirs: [committedModelsDir, dir] },
    promotions,
    metrics: new RuntimeMetrics(registry),
    log: pino({ level: 'info' }, { write: (line: string) => void logLines.push(JSON.parse(line)) }),
  })
  return champions
}

const move = (previous: string | null, version: string, changes: Partial<ModelPromotion> = {}) =>
  aPromotion({ previous, version, digest: digests[version] ?? '', ...changes })
const live = () => champions?.of({ kind: 'niceness' }).card.version
const metrics = () => registry.metrics()

describe('the live version', () => {
  it('is the highest committed one without a promotion, whatever was trained here', async () => {
    await follow()
    expect(live()).toBe(await committedVersion('niceness'))
  })

  it('is what the promotions read at the start come to, before anything is scored', async () => {
    await promotions.append(move(null, '71'), move('71', '72'))
    await follow()
    expect(live()).toBe('72')
  })

  it('is swapped by a promotion, in /metrics too', async () => {
    await follow()
    const before = live()
    await promotions.append(move(null, '71'))
    expect(live()).toBe('71')
    const text = await metrics()
    expect(text).toContain('nicr_model_info{kind="niceness",version="71",alias="champion"} 1')
    expect(text).not.toContain(`nicr_model_info{kind="niceness",version="${before}"`)
  })

  it('is the last of several in quick succession', async () => {
    await follow()
    await Promise.all([
      promotions.append(move(null, '71'), move('71', '72'), move('72', '71')),
      promotions.append(move('71', '72')),
    ])
    expect(live()).toBe('72')
  })

  it('is not moved by a challenger', async () => {
    await follow()
    await promotions.append(move(null, '71', { alias: 'CHALLENGER' }))
    expect(live()).toBe(await committedVersion('niceness'))
  })

  it('may lie where the promotion says, outside the folders of models', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'nicr-elsewhere-'))
    const digest = await copyVersion(elsewhere, 'niceness', '80')
    await follow()
    await promotions.append(move(null, '80', { digest, artifact: artifactOf(elsewhere, 'niceness', '80') }))
    expect(live()).toBe('80')
    await rm(elsewhere, { recursive: true })
  })
})

describe('a promotion that cannot be followed', () => {
  it.each<[string, () => ModelPromotion, string]>([
    ['names an unknown kind', () => move(null, '71', { kind: 'rudeness' }), 'NICR_KIND_UNKNOWN'],
    ['follows another version', () => move('99', '71'), 'NICR_PROMOTION_CONFLICT'],
    ['takes the champion away', () => move(null, ''), 'NICR_RECORD_INVALID'],
    ['names a version that is not here', () => move(null, '99'), 'NICR_MODEL_NOT_FOUND'],
    ['climbs out of the folder', () => move(null, '../../niceness/71'), 'NICR_MODEL_NOT_FOUND'],
    [
      'names another digest',
      () => move(null, '71', { digest: 'f'.repeat(64) }),
      'NICR_MODEL_DIGEST_MISMATCH',
    ],
    ['names no digest', () => move(null, '71', { digest: '' }), 'NICR_MODEL_DIGEST_MISMATCH'],
    [
      'has an artefact that is no path',
      () => move(null, '99', { artifact: 'file://%zz' }),
      'NICR_MODEL_NOT_FOUND',
    ],
  ])('and %s is said and counted, and the present version scores on', async (_name, promotion, code) => {
    await follow()
    await promotions.append(promotion())
    expect(live()).toBe(await committedVersion('niceness'))
    expect(logLines.map(line => line.code)).toContain(code)
    expect(await metrics()).toMatch(
      /nicr_model_promotions_total\{kind="(niceness|unknown)",outcome="(ignored|unusable)"\} 1/,
    )
    expect(await scoreOne()).toBe(await committedVersion('niceness'))
  })

  it('because its file was changed is followed by the next all the same', async () => {
    await follow()
    await appendFile(join(dir, 'niceness', '71', 'model.onnx'), 'x')
    await promotions.append(move(null, '71'))
    expect(live()).toBe(await committedVersion('niceness'))
    await promotions.append(move('71', '72'))
    expect(live()).toBe('72')
  })

  it('at the start leaves the newest version that can be used', async () => {
    await promotions.append(move(null, '71'), move('71', '99'))
    await follow()
    expect(live()).toBe('71')
    expect(logLines.find(line => line.code === 'NICR_MODEL_NOT_FOUND')).toMatchObject({ version: '99' })
  })
})

describe('a swap', () => {
  it('leaves a batch to the version it began with, and closes that one after it', async () => {
    const events: string[] = []
    let answer: (predictions: unknown[]) => void = () => undefined
    const old = holdable({
      card: { kind: 'niceness', version: 'old', settings: {} },
      predict: () =>
        new Promise(resolve => {
          answer = resolve
        }),
      close: async () => void events.push('closed'),
    })
    const step = scoringStep({
      scorer: {
        kind: 'niceness',
        prepare: ({ text }) => ({ status: 'READY', input: text, language: null }),
        decide: () => ({ value: 5, label: 'plain', probability: null, reasons: [] }),
      },
      model: () => old,
      textLengthMax: 1000,
      now: () => 0,
    })
    const value = aContent()
    const batch = runStep(step, [
      { topic: 'content', partition: 0, offset: 0, key: 'c1', value, appendedAt: value.at },
    ])
    const closed = old.close()
    await new Promise(resolve => setImmediate(resolve))
    events.push('answered')
    answer([null])
    const { emitted } = await batch
    await closed
    expect(emitted.map(({ value }) => (value as { modelVersion: string }).modelVersion)).toEqual(['old'])
    expect(events).toEqual(['answered', 'closed'])
  })

  it('a hundred times leaves memory flat and no one reading', async () => {
    await follow()
    await promotions.append(move(null, '71'))
    const swap = async (times: number) => {
      for (let i = 0; i < times; i++) {
        const [from, to] = live() === '71' ? ['71', '72'] : ['72', '71']
        await promotions.append(move(from!, to!))
        expect(await scoreOne()).toBe(to)
      }
    }
    // What the first swaps leave (compiled code, metrics, the bounded history) is not what a leak would leave.
    await swap(110)
    const before = usedBytes()
    await swap(100)
    const grown = usedBytes() - before
    // One copy of a model's weights is 256 KiB at least; a hundred of them would be 25 MiB.
    expect(grown).toBeLessThan(3 * 1024 * 1024)
    console.info(`100 swaps: ${(grown / 1024).toFixed(0)} KiB more in use after collection`)
    await champions?.close()
    expect(promotions.isFollowed).toBe(false)
  })
})

/** The version that a draft is scored with. */
async function scoreOne(): Promise<string | undefined> {
  const drafts = createDraftScorer(kind => champions!.of(kind))
  const [score] = await drafts.score('thank you', { language: null, kinds: ['niceness'] })
  return score?.modelVersion
}

function usedBytes(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  collect()
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

describe('the processors', () => {
  it('score each batch by the version live at its start', async () => {
    await follow()
    const [niceness] = topology({
      modelOf: kind => champions!.of(kind),
      textLengthMax: 1000,
      topicPrefix: 'nicr.',
      now: () => 0,
    })
    const step = niceness!.createStep(null)
    const value = aContent()
    const versionsOf = async () => {
      const { emitted } = await runStep(step, [
        { topic: 'content', partition: 0, offset: 0, key: 'c1', value, appendedAt: value.at },
      ])
      return emitted
        .filter(({ topic }) => topic === 'scores')
        .map(one => (one.value as { modelVersion: string }).modelVersion)
    }
    expect(await versionsOf()).toEqual([await committedVersion('niceness')])
    await promotions.append(move(null, '72'))
    expect(await versionsOf()).toEqual(['72'])
  })
})
