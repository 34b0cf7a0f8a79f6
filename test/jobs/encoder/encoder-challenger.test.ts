import { appendFileSync, cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Challenger } from '../../../jobs/challenger/challenger.ts'
import { makeChallenger } from '../../../jobs/challenger/make-challenger.ts'
import { addEncoder } from '../../../jobs/encoder/add-encoder.ts'
import { kindNamed } from '../../../pipelines/kinds.ts'
import type { ModelFolder } from '../../../pipelines/model-manifest.ts'
import { loadModelFolder, readFolder, resolveModel } from '../../../pipelines/model-registry.ts'
import type { Model } from '../../../processors/scorer.ts'
import { createFeatureReader } from '../../../processors/text/features.ts'
import type { TextPrediction } from '../../../processors/text/heads.ts'
import type { TextInput } from '../../../processors/text/text-input.ts'
import { coinedUnkind, communityDataSet, createCommunity } from '../../support/drifted-community.ts'
import { whileStopped } from '../../support/encoder-versions.ts'
import { writeTinyEncoder } from '../../support/tiny-encoder.ts'

const kind = kindNamed('niceness')
const readFeatures = createFeatureReader()
/** A word that the encoder does not know, in a sentence that says nothing else. */
const UNKIND = `Anna is a ${coinedUnkind[0]} about the plan`
const CALM = 'Anna has a new plan on Sunday'

let dir: string
let parent: ModelFolder
let first: Challenger
beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-encoder-challenger-'))
  parent = await addTiny('7')
  first = await makeChallenger({ kind, parent, dataSet: communityDataSet(1), ...at('8') })
}, 120_000)
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const at = (version: string) => ({ outDir: join(dir, version), version })

/** An encoder that knows some plain words of the community, beside the n-grams that ship. */
async function addTiny(version: string): Promise<ModelFolder> {
  const [good, bad] = [
    [3, 0, 0],
    [0, 0, 3],
  ]
  const words = {
    ...Object.fromEntries(['thank', 'love', 'wonderful', 'grateful', 'great'].map(word => [word, good])),
    ...Object.fromEntries(['idiot', 'stupid', 'moron', 'trash', 'pathetic'].map(word => [word, bad])),
    the: [0, 1, 0],
  }
  const { outDir } = at(version)
  await addEncoder({
    kind,
    folder: writeTinyEncoder(join(dir, `source-${version}`), { words, labels: ['A', 'B', 'C'] }),
    labels: 'A=10,B=5,C=0',
    files: [],
    trainsHead: false,
    ngrams: await resolveModel('niceness'),
    languages: null,
    outDir,
    version,
    seed: 1,
  })
  return readFolder(outDir, kind.kind, version)
}

const gate = ({ gates }: Challenger, name: string) => gates.find(one => one.name === name)!

async function withModel<T>(
  folder: ModelFolder,
  ask: (model: Model<TextInput, TextPrediction>) => Promise<T>,
) {
  const model = (await loadModelFolder(folder)) as Model<TextInput, TextPrediction>
  try {
    return await ask(model)
  } finally {
    await model.close()
  }
}

const valuesOf = (folder: ModelFolder, texts: readonly string[]) =>
  withModel(folder, async model =>
    (
      await model.predict(
        texts.map(text => readFeatures(text)),
        'VALUE',
      )
    ).map(one => one.value),
  )

describe('a challenger of an encoder', () => {
  it('learns what the platform calls unkind, keeps what is ordinary, and passes all gates', async () => {
    expect(first.gates.filter(one => !one.passed)).toEqual([])
    const [before, after] = [
      await valuesOf(parent, [UNKIND, CALM]),
      await valuesOf(first.folder, [UNKIND, CALM]),
    ]
    expect(before[0]).toBeGreaterThan(4)
    expect(after[0]).toBeLessThan(4)
    expect(Math.abs(after[1]! - before[1]!)).toBeLessThan(0.5)
  })

  it('is a whole version by itself: its network is the parent’s, whose folder may go', async () => {
    const lone = await addTiny('17')
    const made = await makeChallenger({ kind, parent: lone, dataSet: communityDataSet(1), ...at('18') })
    rmSync(lone.path, { recursive: true })
    expect(made.manifest.digest).toBe(lone.manifest.digest)
    expect((await valuesOf(made.folder, [UNKIND]))[0]).toBeLessThan(4)
  })

  it('has what it learned where the n-grams stand in for a late network', async () => {
    await withModel(first.folder, async model => {
      const [late] = await whileStopped(async () => model.predict([readFeatures(UNKIND)], 'VALUE', 10))
      expect(late).toMatchObject({ degraded: true })
      expect(late!.value).toBeLessThan(4)
    })
    await withModel(parent, async model => {
      const [late] = await whileStopped(async () => model.predict([readFeatures(UNKIND)], 'VALUE', 10))
      expect(late!.value).toBeGreaterThan(4)
    })
  })

  it('goes on from what a challenger before it learned', async () => {
    const dataSet = communityDataSet(2)
    const second = await makeChallenger({ kind, parent: first.folder, dataSet, ...at('9') })
    expect(second.manifest.parent).toBe('8')
    const { drifted } = createCommunity(99)
    const said = Array.from({ length: 100 }, drifted)
    const values = await valuesOf(
      second.folder,
      said.map(one => one.text),
    )
    const right = values.filter((value, i) => value < 5 === said[i]!.target < 5)
    expect(right.length).toBeGreaterThan(90)
  })

  it('is refused by the gates where people contradict what is surely known', async () => {
    const clean = communityDataSet(1)
    const rows = clean.rows.map((row, i) =>
      row.role === 'LABEL' && i % 4 === 1
        ? {
            ...row,
            target: 10 - row.target,
            evidence: row.evidence.map(one => ({ ...one, value: 10 - row.target })),
          }
        : row,
    )
    const made = await makeChallenger({ kind, parent, dataSet: { ...clean, rows }, ...at('10') })
    expect(made.passed).toBe(false)
    expect(gate(made, 'labels').passed).toBe(false)
  })

  it('counts the network into what an answer takes', () => {
    // By itself, one head more would be half of what its n-grams take.
    expect(gate(first, 'latency').figures['times']).toBeLessThan(1.5)
  })
})

describe('what a platform taught', () => {
  it.each([
    ['is missing', (file: string) => rmSync(file), 'NICR_MODEL_INVALID'],
    ['was changed', (file: string) => appendFileSync(file, ' '), 'NICR_MODEL_DIGEST_MISMATCH'],
  ])('is not answered without where its file %s', async (_, spoil, code) => {
    const { outDir } = at(code)
    cpSync(first.folder.path, outDir, { recursive: true })
    spoil(join(outDir, 'platform.onnx'))
    const folder = { path: outDir, manifest: first.manifest }
    await expect(loadModelFolder(folder)).rejects.toMatchObject({ code })
  })
})
