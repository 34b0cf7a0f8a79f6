import { appendFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AddEncoderOptions, addEncoder } from '../../../jobs/encoder/add-encoder.ts'
import { ONNX_BYTES_MAX } from '../../../jobs/encoder/encoder-source.ts'
import { nextVersion } from '../../../jobs/next-version.ts'
import { planRecalibration, writeRecalibrated } from '../../../jobs/recalibrate.ts'
import {
  committedModelsDir,
  loadModelFolder,
  readFolder,
  resolveModel,
} from '../../../pipelines/model-registry.ts'
import { niceness } from '../../../pipelines/niceness.ts'
import { type Scored, scoreBatch } from '../../../pipelines/runtime/inference/score-batch.ts'
import { textSpam } from '../../../pipelines/text-spam.ts'
import { readReference } from '../../../pipelines/training-reference.ts'
import { reweighted } from '../../../processors/drift/class-share.ts'
import type { Model } from '../../../processors/scorer.ts'
import { createFeatureReader } from '../../../processors/text/features.ts'
import type { ModelPromotion } from '../../../schemas/records.ts'
import { whileStopped } from '../../support/encoder-versions.ts'
import { type TinyEncoder, writeTinyEncoder } from '../../support/tiny-encoder.ts'

let dir: string
let count = 0
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-encoder-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const words = { cash: [-2, 2], prize: [-2, 2], hello: [1, -1], friend: [2, -2], the: [0, 0] }
const classifier: TinyEncoder = { words, labels: ['ham', 'spam'] }

function folderOf(tiny: TinyEncoder): string {
  return writeTinyEncoder(join(dir, `source-${count++}`), tiny)
}

/** Adds a version 7. */
async function add(folder: string, options: Partial<AddEncoderOptions> = {}) {
  const outDir = join(dir, `version-${count++}`)
  const kind = options.kind ?? textSpam
  const manifest = await addEncoder({
    kind,
    folder,
    files: [],
    trainsHead: false,
    ngrams: null,
    languages: null,
    outDir,
    version: '7',
    seed: 1,
    ...options,
  })
  return { outDir, manifest, open: async () => loadModelFolder(await readFolder(outDir, kind.kind, '7')) }
}

async function valuesOf(model: Model<unknown, unknown>, texts: readonly string[], scorer = textSpam.scorer) {
  const scored = await scoreBatch(
    scorer,
    model,
    texts.map(text => ({ text })),
  )
  return scored.map(shownValue)
}

const shownValue = (one: Scored) => ('decision' in one ? Number(one.decision.value.toFixed(3)) : one.status)

/** 120 rows, of which the words say all, and how much. */
function rowsFile(target: (spam: boolean, i: number) => object): string {
  const file = join(dir, `rows-${count++}.jsonl`)
  for (let i = 0; i < 120; i++) {
    const spam = i % 2 === 0
    const text = spam ? `cash prize number ${wordOf(i)}` : `hello friend of ${wordOf(i)}`
    appendFileSync(file, `${JSON.stringify({ text, ...target(spam, i) })}\n`)
  }
  return file
}

const wordOf = (i: number) => [...`${i}`].map(digit => 'abcdefghij'[Number(digit)]).join('')

describe('an encoder with labels of its own', () => {
  it('scores as its labels say, once their places on the scale are known by name', async () => {
    const { manifest, open } = await add(folderOf(classifier))
    expect(manifest).toMatchObject({ family: 'encoder', settings: { threshold: 0.5 }, parent: null })
    const model = await open()
    const scored = await valuesOf(model, ['cash prize', 'hello friend', 'the', ''])
    expect(scored).toEqual([1, 0.002, 0.5, 'EMPTY'])
    await model.close()
  })

  it('knows the kind’s own labels, each in the middle of its part of the scale', async () => {
    const folder = folderOf({
      words: { good: [0, 0, 3], so: [0, 3, 0], bad: [3, 0, 0] },
      labels: ['unkind', 'plain', 'kind'],
    })
    const { open } = await add(folder, { kind: niceness })
    const model = await open()
    const values = await valuesOf(
      model,
      ['good '.repeat(9), 'so '.repeat(9), 'bad '.repeat(9)],
      niceness.scorer,
    )
    expect(values).toEqual([8, 5, 2].map(value => expect.closeTo(value, 0)))
    await model.close()
  })

  it('takes stated places, several on a scale of grades', async () => {
    const folder = folderOf({
      words: { good: [3, 0, 0], so: [0, 3, 0], bad: [0, 0, 3] },
      labels: ['A', 'B', 'C'],
    })
    const { open } = await add(folder, { kind: niceness, labels: 'A=10,B=5,C=0' })
    const model = await open()
    const [good, middling, bad] = await valuesOf(model, ['good good', 'so so', 'bad bad'], niceness.scorer)
    expect(good).toBeGreaterThan(9)
    expect(middling).toBeCloseTo(5, 0)
    expect(bad).toBeLessThan(1)
    await model.close()
  })

  it('is calibrated by rows: labels that are sure and wrong as often as not say little', async () => {
    const unsure = rowsFile((spam, i) => ({ label: Number(i % 6 < 2 ? !spam : spam) }))
    const { manifest, open } = await add(folderOf(classifier), { files: [{ path: unsure }] })
    const model = await open()
    const [spam] = await valuesOf(model, ['cash prize number'])
    expect(spam).toBeGreaterThan(0.5)
    expect(spam).toBeLessThan(0.8)
    expect(manifest.metrics['n']).toBe(120)
    await model.close()
  })
})

describe('an encoder that gives vectors', () => {
  const vectors = {
    words: { cash: [1, 0, 0.2], prize: [0.9, 0.1, 0], hello: [0, 1, 0.1], friend: [0.1, 0.9, 0] },
  }

  it('gets a head that is trained here, the same bytes for the same rows and seed', async () => {
    const files = [{ path: rowsFile(spam => ({ label: Number(spam) })) }]
    const folder = folderOf(vectors)
    const [one, other] = [await add(folder, { files }), await add(folder, { files })]
    expect(readFileSync(join(one.outDir, 'head.json'))).toEqual(readFileSync(join(other.outDir, 'head.json')))
    const model = await one.open()
    const [spam, ham] = await valuesOf(model, ['win a cash prize', 'hello my friend'])
    expect(spam).toBeGreaterThan(0.8)
    expect(ham).toBeLessThan(0.2)
    await model.close()
  })

  it('keeps a head for each source of rows, since the same word means other things in them', async () => {
    // In one set cash is what spammers say, in the other what a till is about.
    const file = join(dir, 'two-sources.jsonl')
    for (let i = 0; i < 600; i++) {
      const [shop, spam] = [i % 2 === 0, i % 4 < 2]
      const text = `${shop ? 'till' : 'mail'} ${spam === shop ? 'hello' : 'cash'} ${wordOf(i)}`
      appendFileSync(
        file,
        `${JSON.stringify({ text, label: Number(spam), source: shop ? 'shop' : 'inbox' })}\n`,
      )
    }
    const folder = folderOf({
      words: { till: [1, 0, 0], mail: [0, 1, 0], cash: [0, 0, 1], hello: [0, 0, -1] },
    })
    const { open } = await add(folder, { files: [{ path: file }] })
    const model = await open()
    const [till, mail] = await valuesOf(model, ['mail cash now', 'till cash now'])
    await model.close()
    expect(till).toBeGreaterThan(0.8)
    expect(mail).toBeLessThan(0.2)
  })

  it('stands beside the n-grams of a version', async () => {
    const files = [{ path: rowsFile(spam => ({ label: Number(spam) })) }]
    const ngrams = await resolveModel('text-spam@2')
    const { manifest } = await add(folderOf(vectors), { files, ngrams })
    expect(manifest.parent).toBe('2')
    expect(Object.keys(manifest.features.files)).toContain('ngrams.onnx')
  })

  it('tells drift what it was made with: its rows, and its words beside those of the n-grams', async () => {
    const files = [
      { path: rowsFile((spam, i) => ({ label: Number(spam), text: `zorplewort of ${wordOf(i)}, hello` })) },
    ]
    const ngrams = await resolveModel('text-spam@2')
    const { outDir } = await add(folderOf(vectors), { files, ngrams })
    const { reference, vocabulary } = (await readReference(await readFolder(outDir, 'text-spam', '7')))!
    expect(reference.rows).toBeGreaterThan(0)
    expect(reference.features.map(one => one.name)).not.toContain('score')
    expect(['zorplewort', 'address'].map(word => vocabulary.has(word))).toEqual([true, true])
    expect((await readReference(ngrams))!.vocabulary.has('zorplewort')).toBe(false)
  })

  it('needs rows, more than a handful, and no places of labels', async () => {
    const code = 'NICR_INPUT_INVALID'
    await expect(add(folderOf(vectors))).rejects.toMatchObject({ code })
    const path = join(dir, 'handful.jsonl')
    writeFileSync(path, '{"text":"cash","label":1}\n{"text":"hello","label":0}\n')
    const few = add(folderOf(vectors), { files: [{ path }] })
    await expect(few).rejects.toMatchObject({ code, message: expect.stringContaining('2 rows are too few') })
    const files = [{ path: rowsFile(spam => ({ label: Number(spam) })) }]
    const stated = add(folderOf(vectors), { files, labels: 'spam=1' })
    await expect(stated).rejects.toMatchObject({ code, message: expect.stringContaining('--labels') })
  })
})

describe('an encoder that is recalibrated', () => {
  it('re-weights every probability, also that of the n-grams that stand in, and keeps its network', async () => {
    const files = [{ path: rowsFile((spam, i) => ({ label: Number(i % 6 === 0 ? !spam : spam) })) }]
    const ngrams = await resolveModel('text-spam@2')
    const { outDir, open } = await add(folderOf(classifier), { files, ngrams })
    const parent = await readFolder(outDir, 'text-spam', '7')
    const modelsDirs = [committedModelsDir, join(dir, `models-${count++}`)]
    const recalibration = { fromShare: 0.5, toShare: 0.8, shift: Math.log(4), report: null }
    const planned = await planRecalibration({ kind: textSpam, parent, recalibration, modelsDirs })
    await writeRecalibrated(textSpam, planned)
    expect(planned.manifest.digest).toBe(parent.manifest.digest)
    const models = [await open(), await loadModelFolder(planned)]
    const readFeatures = createFeatureReader()
    const texts = ['cash prize number', 'hello friend of mine', 'the']
    const inputs = texts.map(text => readFeatures(text))
    const ask = (deadlineMs?: number) => () =>
      Promise.all(
        models.map(async model => (await model.predict(inputs, 'VALUE', deadlineMs)) as { value: number }[]),
      )
    for (const [before, after] of [await ask()(), await whileStopped(ask(10))]) {
      for (const [i, { value }] of before!.entries())
        expect(after![i]!.value).toBeCloseTo(reweighted(value, Math.log(4)), 5)
    }
    for (const model of models) await model.close()
  })

  it('is numbered beyond what was ever promoted', async () => {
    const promotion = { kind: 'text-spam', alias: 'CHAMPION', version: '12' } as ModelPromotion
    const promotions = new Map([['CHAMPION text-spam', [{ promotion, offset: 0, since: 0 }]]])
    expect(await nextVersion('text-spam', {}, promotions)).toBe('13')
  })
})

describe('a folder that cannot be a version', () => {
  const bad: readonly [string, string, RegExp, () => string][] = [
    ['is not there', 'NICR_MODEL_NOT_FOUND', /no such folder; .*hf:OWNER\/NAME/, () => join(dir, 'nowhere')],
    ['lacks its tokeniser', 'NICR_MODEL_INVALID', /tokenizer\.json/, () => without('tokenizer.json')],
    ['lacks its network', 'NICR_MODEL_NOT_FOUND', /export-encoder/, () => without('onnx/model.onnx')],
    [
      'has a network of another opset',
      'NICR_MODEL_INVALID',
      /onnxruntime/,
      () => folderOf({ ...classifier, opset: 999 }),
    ],
    [
      'has a network that is none',
      'NICR_MODEL_INVALID',
      /onnxruntime/,
      () => written('onnx/model.onnx', 'not a network'),
    ],
    [
      'has a tokeniser that is none',
      'NICR_MODEL_INVALID',
      /tokenizer\.json/,
      () => written('tokenizer.json', '{"a": 1}'),
    ],
    [
      'names other labels than the network has',
      'NICR_MODEL_INVALID',
      /3 labels, and the network gives 2/,
      () => folderOf({ ...classifier, labels: ['ham', 'spam', 'spam'] }),
    ],
    [
      'gives no numbers',
      'NICR_MODEL_FAILED',
      /no numbers/,
      () => folderOf({ ...classifier, words: { ...words, you: [Number.NaN, 0] } }),
    ],
    ['is too large', 'NICR_MODEL_INVALID', /at most/, tooLarge],
    ['keeps weights elsewhere', 'NICR_MODEL_INVALID', /one file/, () => written('onnx/model.onnx_data', '')],
    [
      'has labels without a place on the scale',
      'NICR_INPUT_INVALID',
      /--labels/,
      () => folderOf({ ...classifier, labels: ['LABEL_0', 'LABEL_1'] }),
    ],
  ]

  it.each(bad)('%s', async (_, code, message, make) => {
    await expect(add(make())).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  function without(name: string): string {
    const folder = folderOf(classifier)
    rmSync(join(folder, name))
    return folder
  }

  function written(name: string, text: string): string {
    const folder = folderOf(classifier)
    writeFileSync(join(folder, name), text)
    return folder
  }

  /** A hole of so many bytes: it takes no room. */
  function tooLarge(): string {
    const folder = written('onnx/model.onnx', '')
    truncateSync(join(folder, 'onnx', 'model.onnx'), ONNX_BYTES_MAX + 1)
    return folder
  }
})

describe('a version whose files were changed', () => {
  it.each(['head.json', 'tokenizer.json'])('%s is not used', async name => {
    const { outDir, open } = await add(folderOf(classifier))
    appendFileSync(join(outDir, name), ' ')
    await expect(open()).rejects.toMatchObject({ code: 'NICR_MODEL_DIGEST_MISMATCH' })
  })
})
