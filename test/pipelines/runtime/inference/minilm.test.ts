import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publicSetsDir } from '../../../../bench/comments.ts'
import { minilmFolder } from '../../../../bench/minilm-folder.ts'
import { addEncoder } from '../../../../jobs/encoder/add-encoder.ts'
import { evaluateFiles } from '../../../../jobs/evaluate.ts'
import { nicenessSets } from '../../../../jobs/sets-niceness.ts'
import { writeRows } from '../../../../jobs/train-first-models.ts'
import { TEST_FOLD, toRow } from '../../../../jobs/training-row.ts'
import { loadModel, loadModelFolder, readFolder, resolveModel } from '../../../../pipelines/model-registry.ts'
import { niceness } from '../../../../pipelines/niceness.ts'
import { EncoderPool } from '../../../../pipelines/runtime/inference/encoder/encoder-pool.ts'
import { openTokenizer } from '../../../../pipelines/runtime/inference/encoder/tokenizer.ts'
import { scoreBatch } from '../../../../pipelines/runtime/inference/score-batch.ts'
import type { Model } from '../../../../processors/scorer.ts'
import { minilmMissing, readReference } from '../../../support/minilm.ts'

const TOKENS_READ = 256
const dir = mkdtempSync(join(tmpdir(), 'nicr-minilm-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

describe.skipIf(minilmMissing !== '')(
  `a real encoder is read as its authors’ tools read it ${minilmMissing}`,
  () => {
    it.each(['whole', 'cut'] as const)('in its tokens, of awkward texts %s', async form => {
      const tokenizer = await openTokenizer(minilmFolder(), form === 'cut' ? TOKENS_READ : 20_000)
      for (const { text, ids, cut } of readReference().tokens) {
        const shown = JSON.stringify(text.slice(0, 40))
        expect([shown, tokenizer.encode(text).ids]).toEqual([shown, form === 'cut' ? cut : ids])
      }
    })

    it.each([
      ['of 32 bits', 'model.onnx', 0.9999],
      ['of 8 bits', 'model_quantized.onnx', 0.95],
    ])('in its vectors, whatever is run beside a text, by the network %s', async (_, file, likeness) => {
      const folder = join(dir, file)
      mkdirSync(folder)
      for (const name of ['tokenizer.json', 'tokenizer_config.json'])
        copyFileSync(join(minilmFolder(), name), join(folder, name))
      copyFileSync(join(minilmFolder(), 'onnx', file), join(folder, 'model.onnx'))
      const output = { name: 'last_hidden_state', form: 'TOKENS' } as const
      const encoder = { tokensMax: TOKENS_READ, output, pooling: 'MEAN', normalised: true } as const
      const pool = new EncoderPool({ folder, encoder, provider: 'cpu' }, 1)
      await pool.open()
      const { vectors } = readReference()
      const { rows, width } = await pool.encode(vectors.map(({ text }) => text))
      const alone = await pool.encode([vectors[0]!.text])
      await pool.close()
      const cosines = vectors.map(({ vector }, i) =>
        rows.subarray(i * width, (i + 1) * width).reduce((sum, one, k) => sum + one * vector[k]!, 0),
      )
      expect(Math.min(...cosines)).toBeGreaterThan(likeness)
      expect(alone.rows).toEqual(rows.slice(0, width))
    })
  },
)

const politeness = nicenessSets.find(({ path }) => path.startsWith('politeness/'))!
const setMissing = existsSync(join(publicSetsDir(), politeness.path)) ? '' : 'the public sets are not there'
const missing = [minilmMissing, setMissing].filter(one => one !== '').join(', ')
/** Rows that teach: enough for a head, and few enough to be encoded in seconds. */
const TEACHING_ROWS = 2_000

describe.skipIf(missing !== '')(`a version of a real encoder with a head taught here ${missing}`, () => {
  let model: Model<unknown, unknown>
  /** Of rows that neither head nor mixture saw. */
  let metrics: Readonly<Record<string, number>>
  const heldOut = join(dir, 'held-out.jsonl')
  beforeAll(async () => {
    const { path } = await writeRows(publicSetsDir(), politeness, join(dir, 'all.jsonl'))
    const taught = join(dir, 'taught.jsonl')
    let teaching = 0
    for (const line of readFileSync(path, 'utf8').trimEnd().split('\n')) {
      const { fold } = toRow(niceness, path, { line: 1, value: JSON.parse(line) as unknown })
      if (fold === TEST_FOLD) appendFileSync(heldOut, `${line}\n`)
      if (fold === TEST_FOLD || teaching++ < TEACHING_ROWS) appendFileSync(taught, `${line}\n`)
    }
    const outDir = join(dir, 'version')
    const added = await addEncoder({
      kind: niceness,
      folder: minilmFolder(),
      files: [{ path: taught }],
      trainsHead: true,
      ngrams: await resolveModel('niceness@2'),
      languages: null,
      outDir,
      version: '9',
      seed: 1,
    })
    metrics = added.metrics
    model = await loadModelFolder(await readFolder(outDir, 'niceness', '9'))
  }, 120_000)
  afterAll(() => model.close())

  it('knows more of rows held out than the n-grams beside it do', async () => {
    const ngrams = await loadModel('niceness@2')
    const measured = { kind: niceness, files: [heldOut], textLengthMax: 10_000 }
    const { figures } = (await evaluateFiles({ ...measured, model: ngrams })).all
    expect(metrics['pearson']! - figures['pearson']!).toBeGreaterThan(0.02)
    expect(metrics['auc']! - figures['auc']!).toBeGreaterThan(0)
  })

  it.each([
    ['You are a pathetic i\u200bdiot and everybody hates you', ['pathetic', 'i\u200bdiot', 'hates']],
    ['🙂🙂 日本語 Ｔｈａｎｋｓ so much, that was wonderful 🏳️‍🌈', ['Ｔｈａｎｋｓ', 'wonderful']],
    ['ok   \t\r\n\u00ad thank\u0301s — you’re the best…', ['thank\u0301s', 'best']],
  ])('points at words of %j', async (text, named) => {
    const [scored] = await scoreBatch(niceness.scorer, model, [{ text, language: 'en' }])
    if (scored === undefined || !('decision' in scored))
      throw new Error(`there is no score: ${scored?.status}`)
    const { reasons } = scored.decision
    for (const { start, end, text: word } of reasons) expect(text.slice(start!, end!)).toBe(word)
    const heaviest = reasons.slice(0, 3).map(({ text: word }) => word)
    expect(
      named.filter(word => heaviest.includes(word)),
      heaviest.join(' | '),
    ).not.toEqual([])
  })
})
