import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { trainFirstModels } from '../../jobs/train-first-models.ts'
import { trainTextModel, trainTextModelBeside } from '../../jobs/train-text-model.ts'
import { TEST_FOLD, type TrainingRow, toRow } from '../../jobs/training-row.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { committedModelsDir, loadModel, readFolder } from '../../pipelines/model-registry.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { readReference } from '../../pipelines/training-reference.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { marginOfText } from '../../processors/text/heads.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { isFull } from '../support/full.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-train-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function fileOf(rows: readonly unknown[]): Promise<{ path: string }[]> {
  const path = join(dir, 'rows.jsonl')
  await writeFile(path, rows.map(row => JSON.stringify(row)).join('\n'))
  return [{ path }]
}

const things = ['boat', 'cake', 'song', 'house', 'garden', 'story', 'letter', 'picture', 'coat', 'plan']
const people = ['Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fritz', 'Gerda', 'Hugo', 'Ida', 'Jan']
const spamRows = people.flatMap(person =>
  things.flatMap(thing => [
    { text: `${person} likes the ${thing}`, label: 'ham' },
    { text: `buy a ${thing} cheap, ${person}, click now`, label: 'spam' },
  ]),
)
const niceRows = spamRows.map(({ text, label }) => ({ text, niceness: label === 'ham' ? 8 : 2 }))

describe('what a model would say of a row that taught it', () => {
  it('is by copies that have not seen the row: what is known by heart counts for nothing', async () => {
    // Two of three labels are as the first word says; each row is known again by a word of its own.
    const letters = (i: number) => [...`${i}`].map(digit => 'abcdefghij'[Number(digit)]).join('')
    const rows = Array.from({ length: 600 }, (_, i) => ({
      text: `${i % 2 === 0 ? 'cash' : 'hello'} ${letters(i)}x${letters(i * 31)}`,
      label: Number((i % 2 === 0) === i % 3 < 2),
    }))
    const kind = kindNamed('text-spam')
    const outDir = join(dir, 'text-spam', '6')
    const { unseenMargin } = await trainTextModelBeside({ kind, files: await fileOf(rows), outDir })
    const model = await readHeadsModel(await readFolder(outDir, 'text-spam', '1'))
    const read = createFeatureReader()
    const taught = rows
      .map((value, line) => toRow(kind, 'rows.jsonl', { line, value }))
      .filter(row => row.fold !== TEST_FOLD)
    const right = (marginOf: (row: TrainingRow) => number) =>
      taught.filter(row => marginOf(row) > 0 === row.target > 0.5).length / taught.length
    expect(right(({ text }) => marginOfText(model, read(text)))).toBeGreaterThan(0.9)
    expect(right(unseenMargin)).toBeLessThan(0.75)
    const measuring = toRow(kind, 'rows.jsonl', { line: 0, value: rows[0]! })
    expect(unseenMargin({ ...measuring, fold: TEST_FOLD })).toBe(marginOfText(model, read(measuring.text)))
  })
})

describe('trainTextModel', () => {
  it.each([
    ['text-spam', spamRows, 'buy a horse cheap, Karl, click now', 'Karl likes the horse'],
    ['niceness', niceRows, 'Karl likes the horse', 'buy a horse cheap, Karl, click now'],
  ])('teaches %s from rows, and the version loads', async (kind, rows, higher, lower) => {
    const manifest = await trainTextModel({
      kind,
      files: await fileOf(rows),
      outDir: join(dir, kind, '1'),
      seed: 3,
    })
    expect(manifest.metrics).toMatchObject({ n: expect.any(Number), auc: 1 })
    const model = await loadModel(`${kind}@1`, { modelsDirs: [dir] })
    const [high, low] = await scoreBatch(kindNamed(kind).scorer, model, [{ text: higher }, { text: lower }])
    if (high?.status !== 'SCORED' || low?.status !== 'SCORED') throw new Error('not scored')
    expect(high.decision.value).toBeGreaterThan(low.decision.value)
    expect(await readFile(join(dir, kind, '1', 'README.md'), 'utf8')).toContain(manifest.digest)
  })

  it('gives the same bytes of all files for the same rows and seed, and others for another seed', async () => {
    const files = await fileOf(spamRows)
    const digests = []
    for (const seed of [1, 1, 2]) {
      await trainTextModel({ kind: 'text-spam', files, outDir: join(dir, 'out'), seed })
      const hash = createHash('sha256')
      for (const file of (await readdir(join(dir, 'out'))).sort())
        hash.update(await readFile(join(dir, 'out', file)))
      digests.push(hash.digest('hex'))
    }
    expect((await readdir(join(dir, 'out'))).sort()).toEqual([
      'README.md',
      'manifest.json',
      'model.onnx',
      'reference.json',
    ])
    expect(digests[1]).toBe(digests[0])
    expect(digests[2]).not.toBe(digests[0])
  })

  it('says what it was trained on: the words that taught, and what was held out as the service would see it', async () => {
    const rows = [...spamRows, { text: 'a hapax stands here', label: 'ham' }]
    await trainTextModel({
      kind: 'text-spam',
      files: await fileOf(rows),
      outDir: join(dir, 'text-spam', '1'),
    })
    const open = await readReference(await readFolder(join(dir, 'text-spam', '1'), 'text-spam', '1'))
    const { reference, vocabulary } = open!
    const learned = ['likes', 'the', 'buy', 'cheap', 'click', 'now', 'anna', 'boat']
    expect(learned.filter(word => !vocabulary.has(word))).toEqual([])
    expect(['hapax', 'horse', 'Anna', 'glorp'].filter(word => vocabulary.has(word))).toEqual([])
    const countsOf = (name: string) => reference.features.find(one => one.name === name)!.counts
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0)
    expect(reference.rows).toBeGreaterThan(0)
    expect(reference.rows).toBeLessThan(rows.length / 5)
    expect(sum(countsOf('length'))).toBe(reference.rows)
    expect(countsOf('label')).toHaveLength(2)
    expect(sum(countsOf('label'))).toBe(reference.rows)
    // Of words that teach in other rows too, none is unknown.
    expect(countsOf('unknownWords')[0]).toBe(reference.rows)
    const spam = countsOf('label')[1]! / reference.rows
    expect(reference.positiveShare).toBeGreaterThan(spam - 0.2)
    expect(reference.positiveShare).toBeLessThan(spam + 0.2)
  })

  it.each([
    ['text-spam', [...spamRows, { text: 'x', label: 'maybe' }], /rows.jsonl, line 201: the field label/],
    ['text-spam', [...spamRows, { label: 'ham' }], /line 201: the field text/],
    ['text-spam', [{ text: 'x', label: 1, weight: -1 }], /line 1: the field weight/],
    ['text-spam', spamRows.filter(row => row.label === 'ham'), /one label only/],
    ['text-spam', spamRows.slice(0, 6), /too few/],
    ['text-spam', spamRows.map(row => ({ ...row, group: 'g' })), /200 of 200 rows are of one `group`/],
    [
      'niceness',
      [...niceRows, { text: 'x', niceness: 11 }],
      /line 201: the field niceness is not a number from 0 to 10/,
    ],
    ['niceness', [], /rows.jsonl holds no rows/],
  ])('refuses rows it cannot learn %s from', async (kind, rows, message) => {
    const training = trainTextModel({ kind, files: await fileOf(rows), outDir: join(dir, 'out') })
    await expect(training).rejects.toMatchObject({
      code: 'NICR_INPUT_INVALID',
      message: expect.stringMatching(message),
    })
    expect(existsSync(join(dir, 'out'))).toBe(false)
  })
})

const publicData = packagePath('..', 'shared', 'data')
/** Half a minute of training, so for `npm run test:full`. */
const canRetrain = isFull && existsSync(publicData)

it.skipIf(!canRetrain)(
  'the committed first models come out again from the public sets',
  { timeout: 120_000 },
  async () => {
    await trainFirstModels(publicData, dir, { say: () => {} })
    for (const file of ['niceness', 'text-spam', 'toxicity'].map(kind => `${kind}/2/manifest.json`))
      expect(await readFile(join(dir, file), 'utf8')).toBe(
        await readFile(join(committedModelsDir, file), 'utf8'),
      )
  },
)
