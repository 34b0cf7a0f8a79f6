import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  assumedShareOf,
  planRecalibration,
  recalibrationTo,
  thresholdUnder,
  writeRecalibrated,
} from '../../jobs/recalibrate.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { committedModelsDir, loadModelFolder, resolveModel } from '../../pipelines/model-registry.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { openHeadsSession } from '../../pipelines/runtime/inference/heads-session.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { logOdds, reweighted } from '../../processors/drift/class-share.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { valueOfText } from '../../processors/text/heads.ts'
import { sentences } from '../support/sentences.ts'

const kind = kindNamed('text-spam')
const modelsDirOf = (dir: string) => [committedModelsDir, join(dir, 'models')]

const hashOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-recalibrate-'))
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

async function made(share = 0.3, name = 'text-spam') {
  const parent = await resolveModel(`${name}@champion`)
  const recalibration = await recalibrationTo(share, parent)
  const order = { kind: kindNamed(name), parent, recalibration, modelsDirs: modelsDirOf(dir) }
  const planned = await planRecalibration(order)
  if (!planned.exists) await writeRecalibrated(order.kind, planned)
  return { parent, recalibration, planned, order }
}

describe('a recalibrated version', () => {
  it.each(['text-spam', 'toxicity'])(
    'of %s re-weights every probability exactly, and keeps the order of texts',
    async name => {
      const { parent, planned, recalibration } = await made(0.3, name)
      const [before, after] = [await readHeadsModel(parent), await readHeadsModel(planned)]
      const read = createFeatureReader()
      const inputs = [...sentences()].map(read)
      for (const input of inputs) {
        const exact = reweighted(valueOfText(before, input), recalibration.shift)
        expect(Math.abs(valueOfText(after, input) - exact)).toBeLessThan(1e-6)
      }
      const session = await openHeadsSession(join(planned.path, 'model.onnx'))
      const scored = await session.score(inputs)
      await session.close()
      const gaps = inputs.map((input, i) => Math.abs(valueOfText(after, input) - scored[i]!))
      expect(Math.max(...gaps)).toBeLessThan(1e-4)
    },
  )

  it('is the same bytes from the same order', async () => {
    const first = await made()
    const files = ['model.onnx', 'manifest.json', 'README.md']
    const bytes = async () =>
      (await Promise.all(files.map(file => readFile(join(first.planned.path, file))))).map(hashOf)
    const before = await bytes()
    await rm(first.planned.path, { recursive: true })
    const again = await made()
    expect(again.planned.path).toBe(first.planned.path)
    expect(await bytes()).toEqual(before)
  })

  it('is not made twice, and the next one gets the next number', async () => {
    const { planned } = await made(0.3)
    const same = await made(0.3)
    expect(same.planned).toMatchObject({ exists: true, path: planned.path })
    const other = await made(0.4)
    expect(Number(other.planned.manifest.version)).toBe(Number(planned.manifest.version) + 1)
  })

  it('is a version like any other: found by its number, checked, loaded, and its card says what it is', async () => {
    const { planned, parent } = await made()
    const { version } = planned.manifest
    const folder = await resolveModel(`text-spam@${version}`, { modelsDirs: modelsDirOf(dir) })
    expect(folder.manifest).toMatchObject({
      parent: parent.manifest.version,
      digest: planned.manifest.digest,
    })
    const model = await loadModelFolder(folder)
    const [scored] = await scoreBatch(kind.scorer, model, [
      { text: 'Win a FREE prize now, click http://x.example' },
    ])
    await model.close()
    expect(scored).toMatchObject({ status: 'SCORED' })
    const card = await readFile(join(folder.path, 'README.md'), 'utf8')
    expect(card).toContain(`text-spam@${parent.manifest.version} under another share of spam`)
    // Figures measured under the old share are not passed on.
    expect(Object.keys(folder.manifest.metrics)).toEqual(['auc'])
  })

  it('leads back to its parent when it is recalibrated to the share that assumed', async () => {
    const { planned, parent, recalibration, order } = await made(0.3)
    const back = await recalibrationTo(recalibration.fromShare, planned)
    const again = await planRecalibration({ ...order, parent: planned, recalibration: back })
    expect(back.shift).toBeCloseTo(-recalibration.shift, 12)
    expect(again.manifest.settings['threshold']).toBeCloseTo(parent.manifest.settings['threshold']!, 6)
  })

  it('calls the same texts spam as before, since its threshold bounds the false alarms', async () => {
    const { planned, parent } = await made(0.3)
    const contents = [...sentences()].map(text => ({ text }))
    const labels = async (folder: typeof parent) => {
      const model = await loadModelFolder(folder)
      const scored = await scoreBatch(kind.scorer, model, contents)
      await model.close()
      return scored.map(one => (one.status === 'SCORED' ? one.decision.label : one.status))
    }
    const before = await labels(parent)
    expect(await labels(planned)).toEqual(before)
    expect(new Set(before)).toContain('spam')
  })
})

describe('what is refused', () => {
  it('a kind whose value is no probability', async () => {
    const parent = await resolveModel('niceness@champion')
    const recalibration = { fromShare: 0.1, toShare: 0.2, shift: 1, report: null }
    const order = { kind: kindNamed('niceness'), parent, recalibration, modelsDirs: modelsDirOf(dir) }
    await expect(planRecalibration(order)).rejects.toMatchObject({ code: 'NICR_INPUT_INVALID' })
  })

  it('a share that the version assumes already', async () => {
    const parent = await resolveModel('text-spam@champion')
    const { fromShare } = await recalibrationTo(0.3, parent)
    const recalibration = await recalibrationTo(fromShare, parent)
    const order = { kind, parent, recalibration, modelsDirs: modelsDirOf(dir) }
    await expect(planRecalibration(order)).rejects.toMatchObject({ code: 'NICR_INPUT_INVALID' })
  })

  it('a share from nowhere: a version whose metrics do not tell what it assumes', async () => {
    const parent = await resolveModel('text-spam@champion')
    const { reference: _, ...manifest } = parent.manifest
    const silent = { ...parent, manifest: { ...manifest, metrics: {} } }
    await expect(recalibrationTo(0.3, silent)).rejects.toThrow('does not tell which share')
  })
})

it('the share a version assumes is that of the rows it was measured on', async () => {
  const manifest = (await resolveModel('text-spam@champion')).manifest
  // 40 of 100 positive: 30 caught, 10 missed, 5 blocked, 55 passed.
  const metrics = { accuracy: 0.85, recall: 0.75, precision: 30 / 35 }
  expect(assumedShareOf({ ...manifest, metrics })).toBeCloseTo(0.4, 12)
})

it('thresholds move as their rule has it, and never name what is likelier not so', () => {
  const alarms = { rule: 'falseAlarms', shareMax: 0.003 } as const
  expect(thresholdUnder(alarms, 0.74, 1)).toBeCloseTo(reweighted(0.74, 1), 12)
  expect(thresholdUnder(alarms, 0.74, -3)).toBe(0.5)
  expect(logOdds(thresholdUnder({ rule: 'macroF1' }, 0.3, 2))).toBeCloseTo(logOdds(0.3) + 1, 12)
})
