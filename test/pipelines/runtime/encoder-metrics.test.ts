import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { loadModelFolder, readFolder } from '../../../pipelines/model-registry.ts'
import { defaultEncoderRun } from '../../../pipelines/runtime/inference/encoder/encoder-run.ts'
import { scoreBatch, scoreOne } from '../../../pipelines/runtime/inference/score-batch.ts'
import { RuntimeMetrics } from '../../../pipelines/runtime/metrics.ts'
import { textSpam } from '../../../pipelines/text-spam.ts'
import { addTinyVersion, encoderPids } from '../../support/encoder-versions.ts'
import { until } from '../../support/until.ts'

const dir = mkdtempSync(join(tmpdir(), 'nicr-encoder-metrics-'))
let folder = ''
beforeAll(async () => {
  const tiny = { words: { cash: [-2, 2], hello: [1, -1] }, labels: ['ham', 'spam'] }
  folder = await addTinyVersion(dir, textSpam, tiny)
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

async function open(registry: Registry) {
  const watch = new RuntimeMetrics(registry).encoders
  const encoders = { ...defaultEncoderRun, occlusions: 2, threads: 3, watch }
  return loadModelFolder(await readFolder(folder, 'text-spam', '7'), { encoders })
}

const named = 'kind="text-spam",version="7"'

/** Value of a metric’s series; null where there is none. */
async function seriesValue(registry: Registry, name: string, labels = ''): Promise<number | null> {
  const line = (await registry.metrics())
    .split('\n')
    .find(one => one.startsWith(`nicr_encoder_${name}{${named}${labels}}`))
  return line === undefined ? null : Number(line.split(' ').at(-1))
}

it('an encoder shows where and on how many threads it runs, what it ran, who waits and what went wrong', async () => {
  const registry = new Registry()
  const model = await open(registry)
  const value = (name: string, labels?: string) => seriesValue(registry, name, labels)
  expect(await value('threads', ',provider="cpu"')).toBe(3)
  expect(await value('processes', ',state="idle"')).toBe(1)
  // The text that warms it up, and the texts with a half of its words left out.
  expect(await value('texts_total')).toBe(3)
  expect(await value('run_duration_seconds_count')).toBe(2)

  const [pid] = encoderPids()
  process.kill(pid!, 'SIGSTOP')
  const stream = scoreBatch(textSpam.scorer, model, [{ text: 'hello' }])
  const draft = { detail: 'VALUE', deadlineMs: 50 } as const
  expect(await scoreOne(textSpam.scorer, model, { text: 'cash now' }, draft)).toMatchObject({
    status: 'DEGRADED',
  })
  expect(await value('degraded_total', ',reason="late"')).toBe(1)
  expect(await value('processes', ',state="busy"')).toBe(1)
  expect(await value('waiting_texts', ',line="drafts"')).toBe(1)

  process.kill(pid!, 'SIGKILL')
  await stream
  expect(await value('process_restarts_total')).toBe(1)
  expect(await value('failures_total', ',code="NICR_MODEL_FAILED"')).toBe(1)
  await until('nobody waits', async () => (await value('waiting_texts', ',line="drafts"')) === 0)

  await model.close()
  expect(await registry.metrics()).not.toContain(named)
})

it('a version that takes its own place is counted on', async () => {
  const registry = new Registry()
  const watch = new RuntimeMetrics(registry).encoders
  const state = () => ({ processes: 2, busy: 1, waiting: { drafts: 0, reasons: 0, stream: 4 } })
  const encoder = { kind: 'text-spam', version: '7', provider: 'cpu', threads: 1, state } as const
  const [former, later] = [watch.opened({ ...encoder }), watch.opened({ ...encoder })]
  former.ran(5, 0.1)
  later.ran(6, 0.1)
  expect(await seriesValue(registry, 'processes', ',state="busy"')).toBe(2)
  expect(await seriesValue(registry, 'waiting_texts', ',line="stream"')).toBe(8)
  former.closed()
  expect(await seriesValue(registry, 'texts_total')).toBe(11)
  expect(await seriesValue(registry, 'processes', ',state="busy"')).toBe(1)
})
