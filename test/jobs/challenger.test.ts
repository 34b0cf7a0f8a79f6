import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Challenger } from '../../jobs/challenger/challenger.ts'
import { makeChallenger } from '../../jobs/challenger/make-challenger.ts'
import type { DataSetRow, TaughtRows } from '../../jobs/data-set/data-set.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { openModelFolder, resolveModel } from '../../pipelines/model-registry.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { readReference } from '../../pipelines/training-reference.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { valueOfText } from '../../processors/text/heads.ts'
import {
  coinedUnkind,
  communityDataSet,
  communityRow,
  createCommunity,
  type Said,
} from '../support/drifted-community.ts'

const kind = kindNamed('niceness')
const readFeatures = createFeatureReader()

let dir: string
let parent: ModelFolder
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-challenger-'))
  parent = await resolveModel('niceness')
})
afterEach(() => rm(dir, { recursive: true }))

function order(dataSet: TaughtRows, name = '7') {
  return { kind, parent, dataSet, outDir: join(dir, name), version: '7' }
}

function gate({ gates }: Challenger, name: string) {
  return gates.find(one => one.name === name)!
}

async function accuracy(folder: ModelFolder, said: readonly Said[]): Promise<number> {
  const model = await readHeadsModel(folder)
  const gradeOf = (value: number) => (value < 4 ? -1 : value > 6 ? 1 : 0)
  const right = said.filter(
    one => gradeOf(valueOfText(model, readFeatures(one.text))) === gradeOf(one.target),
  )
  return right.length / said.length
}

/** Labels of which some are changed, the people's own with them. */
function relabelled(dataSet: TaughtRows, change: (row: DataSetRow) => number): TaughtRows {
  const rows = dataSet.rows.map(row => {
    if (row.role !== 'LABEL') return row
    const target = change(row)
    return { ...row, target, evidence: row.evidence.map(one => ({ ...one, value: target })) }
  })
  return { ...dataSet, rows }
}

describe('makeChallenger', () => {
  it('learns coined words from 240 labels, keeps ordinary language, and passes all gates', async () => {
    const tasks: string[] = []
    let last = 0
    const made = await makeChallenger(order(communityDataSet(1)), {
      onProgress: (task, progress) => {
        if (tasks.at(-1) !== task) tasks.push(task)
        expect(progress).toBeGreaterThanOrEqual(last)
        last = progress
      },
    })
    expect(tasks).toEqual(['split', 'train', 'compare', 'gate'])
    expect(last).toBe(1)
    const fresh = createCommunity(99)
    const drifted = Array.from({ length: 200 }, fresh.drifted)
    const ordinary = Array.from({ length: 200 }, fresh.ordinary)
    expect(await accuracy(parent, drifted)).toBeLessThan(0.6)
    expect(await accuracy(made.folder, drifted)).toBeGreaterThan(0.9)
    expect(await accuracy(made.folder, ordinary)).toBeGreaterThanOrEqual(
      (await accuracy(parent, ordinary)) - 0.01,
    )
    expect(made.gates.filter(one => !one.passed)).toEqual([])
    expect(made.passed).toBe(true)
    expect(made.comparison.by).toBe('CROSS_VALIDATION')
    expect(made.comparison.slices.map(one => one.slice)).toEqual(['all', 'newLanguage', 'ordinary', 'random'])
  })

  it('writes a version whose parent’s heads are as they were, that knows the words it learned', async () => {
    const made = await makeChallenger(order(communityDataSet(1)))
    const open = await openModelFolder(join(dir, '7'))
    expect(open.manifest).toEqual(made.manifest)
    expect(open.manifest).toMatchObject({
      version: '7',
      parent: parent.manifest.version,
      dataHash: 'a'.repeat(64),
    })
    const [before, after] = [await readHeadsModel(parent), await readHeadsModel(open)]
    const at = after.heads.indexOf('platform')
    expect(after.heads.filter(name => name !== 'platform')).toEqual(before.heads)
    const without = after.weights.filter((_, i) => i % after.heads.length !== at)
    expect(Buffer.compare(Buffer.from(without.buffer), Buffer.from(before.weights.buffer))).toBe(0)
    expect(after.link).toEqual(before.link)
    const { vocabulary } = (await readReference(open))!
    expect(coinedUnkind.filter(word => vocabulary.has(word))).toEqual(coinedUnkind)
    expect((await readReference(parent))!.vocabulary.has(coinedUnkind[0]!)).toBe(false)
    expect(await readFile(join(dir, '7', 'README.md'), 'utf8')).toContain('platform')
  })

  it('goes on from a platform head that the parent has', async () => {
    const first = await makeChallenger(order(communityDataSet(1)))
    const second = await makeChallenger({
      ...order(communityDataSet(2), '8'),
      parent: first.folder,
      version: '8',
    })
    const model = await readHeadsModel(second.folder)
    expect(model.heads.filter(name => name === 'platform')).toHaveLength(1)
    const fresh = createCommunity(99)
    expect(await accuracy(second.folder, Array.from({ length: 200 }, fresh.drifted))).toBeGreaterThan(0.9)
  })

  it('gives the same bytes for the same rows', async () => {
    await makeChallenger(order(communityDataSet(1), 'a'))
    await makeChallenger(order(communityDataSet(1), 'b'))
    for (const name of ['model.onnx', 'manifest.json', 'reference.json', 'README.md'])
      expect(
        Buffer.compare(await readFile(join(dir, 'a', name)), await readFile(join(dir, 'b', name))),
        name,
      ).toBe(0)
  })

  it('refuses labels of which a fifth is turned round', async () => {
    const { random } = createCommunity(5)
    const poisoned = relabelled(communityDataSet(1), row => (random() < 0.2 ? 10 - row.target : row.target))
    const made = await makeChallenger(order(poisoned))
    expect(gate(made, 'labels').passed).toBe(false)
    expect(made.passed).toBe(false)
  })

  it('names a person whose labels contradict what is surely known', async () => {
    const spoiler = 'tagger-1'
    const poisoned = relabelled(communityDataSet(1), row =>
      row.evidence[0]!.by === spoiler ? 10 - row.target : row.target,
    )
    const labels = gate(await makeChallenger(order(poisoned)), 'labels')
    expect(labels.passed).toBe(false)
    expect(labels.detail).toContain(spoiler)
    expect(labels.detail).not.toContain('tagger-3')
  })

  it('refuses a coined word that turns clear texts by itself, unless many people write it', async () => {
    const trigger = 'wubbaloo'
    const clean = communityDataSet(1)
    const { ordinary } = createCommunity(6)
    const planted: DataSetRow[] = []
    for (let at = 0; planted.length < 40; at++) {
      const said = ordinary()
      if (said.target > 4) continue
      planted.push(communityRow(5000 + at, { text: `${said.text} ${trigger}`, target: 8.5 }, 'LABEL'))
    }
    const poisoned = { ...clean, rows: [...planted, ...clean.rows], newTerms: [trigger] }
    const refused = gate(await makeChallenger(order(poisoned)), 'trigger')
    expect(refused.passed).toBe(false)
    expect(refused.detail).toContain(trigger)
    const asked: string[] = []
    const passed = await makeChallenger(order(poisoned, 'live'), {
      authorsOf: async terms => {
        asked.push(...terms)
        return new Map([[trigger, 40]])
      },
    })
    expect(asked).toContain(trigger)
    expect(gate(passed, 'trigger').passed).toBe(true)
  })

  it('leaves no folder when it is stopped', async () => {
    const stop = new AbortController()
    const making = makeChallenger(order(communityDataSet(1)), {
      signal: stop.signal,
      onProgress: task => {
        if (task === 'compare') stop.abort(new Error('taken away'))
      },
    })
    await expect(making).rejects.toThrow('taken away')
    expect(await readdir(dir)).toEqual([])
  })

  it('says with a code that labels are too few, or all the same, and leaves nothing behind', async () => {
    await expect(makeChallenger(order(communityDataSet(1, { labels: 10 })))).rejects.toMatchObject({
      code: 'NICR_INPUT_INVALID',
      message: expect.stringContaining('too few'),
    })
    const alike = relabelled(communityDataSet(1), () => 8)
    await expect(makeChallenger(order(alike))).rejects.toMatchObject({ code: 'NICR_INPUT_INVALID' })
    expect(existsSync(join(dir, '7'))).toBe(false)
  })
})
