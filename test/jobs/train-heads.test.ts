import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { assembleModel } from '../../jobs/assemble-model.ts'
import { HeadsLearner, RegistersLearner } from '../../jobs/heads-learner.ts'
import { planHeads, registerName } from '../../jobs/heads-plan.ts'
import { createRandom } from '../../jobs/random.ts'
import { collectStack } from '../../jobs/stack.ts'
import { type TrainTextModelOptions, trainTextModel } from '../../jobs/train-text-model.ts'
import { TEST_FOLD } from '../../jobs/training-row.ts'
import { readAllRows, summariseRows } from '../../jobs/training-rows.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { decodeHeadsModel, encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { createFeatureReader } from '../../processors/text/features.ts'
import { type HeadsModel, predictText, valueOfText } from '../../processors/text/heads.ts'
import { arbitraryText } from '../support/arbitrary-text.ts'
import { jsonLines, trainingRows } from '../support/training-rows.ts'

/** What the heads of a text model learn from rows: which there are, what a parent and a weight do. */

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-heads-'))
})
afterEach(() => rm(dir, { recursive: true }))

type Rows = readonly Readonly<Record<string, unknown>>[]

const read = createFeatureReader()
const spamKind = kindNamed('text-spam')

async function fileOf(rows: Rows, name = 'rows'): Promise<{ path: string }> {
  const path = join(dir, `${name}.jsonl`)
  await writeFile(path, jsonLines(rows))
  return { path }
}

/** Trains `<dir>/<name>` and reads it back from its file. */
async function trained(
  kind: string,
  rows: Rows,
  { name = 'out', ...options }: Partial<TrainTextModelOptions> & { readonly name?: string } = {},
): Promise<HeadsModel> {
  const outDir = join(dir, name)
  await trainTextModel({ kind, files: [await fileOf(rows)], outDir, ...options })
  const model = decodeHeadsModel(await readFile(join(outDir, 'model.onnx')))
  if (typeof model === 'string') throw new Error(model)
  return model
}

const scoreOf = (model: HeadsModel, text: string) => valueOfText(model, read(text))
const meanOf = (model: HeadsModel, texts: readonly string[]) =>
  texts.reduce((sum, text) => sum + scoreOf(model, text), 0) / texts.length

const things = ['boat', 'cake', 'song', 'house', 'garden', 'story', 'letter', 'picture', 'coat', 'plan']
const people = ['Anna', 'Ben', 'Cleo', 'Dora', 'Emil', 'Fritz', 'Gerda', 'Hugo', 'Ida', 'Jan']
const each = (text: (person: string, thing: string) => string) =>
  people.flatMap(person => things.map(thing => text(person, thing)))

const ham = each((person, thing) => `${person} likes the ${thing}`)
const spam = each((person, thing) => `buy a ${thing} cheap, ${person}, click now`)
const spamRows = [...ham.map(text => ({ text, label: 0 })), ...spam.map(text => ({ text, label: 1 }))]

describe('the heads of a model', () => {
  const reviews = trainingRows.map(row => ({ ...row, text: `a film: ${row.text}`, source: 'reviews' }))
  const chat = trainingRows.map(row => ({
    ...row,
    source: 'chat',
    aspects: { warmth: Number(row.niceness === 9) },
  }))

  it('are one a source, one an aspect and one a register', async () => {
    const model = await trained('niceness', [...chat, ...reviews])
    expect(model.heads).toEqual(['chat', 'chat.warmth', 'reviews', 'register:chat', 'register:reviews'])
    expect(model).toMatchObject({ tones: 3, registers: 2 })
  })

  it('are without registers where there is one source', async () => {
    const model = await trained('niceness', chat)
    expect(model.heads).toEqual(['chat', 'chat.warmth'])
    expect(model.registers).toBe(1)
  })

  it('take in auxiliary rows, which make no register and do not say what is likely', async () => {
    const auxiliary = ham.map((text, i) => ({ text, niceness: i % 2, source: 'slurs', auxiliary: true }))
    const model = await trained('niceness', [...chat, ...reviews, ...auxiliary])
    expect(model.heads).toContain('slurs')
    expect(model.heads.filter(name => name.startsWith('register:'))).toEqual([
      'register:chat',
      'register:reviews',
    ])
    // Every auxiliary row says 0 or 1; the rows that judge do not.
    expect(meanOf(model, ham)).toBeGreaterThan(3)
  })

  it('take the grade of a corrective row and not its band', () => {
    const chat = { name: 'chat', rows: 30_000, weight: 30_000, judging: 30_000, low: 9_000, high: 9_000 }
    const source = { ...chat, targets: [1, 5, 9], aspects: [] }
    const plan = planHeads(kindNamed('niceness'), {
      hash: '',
      rows: 30_000,
      rowsOfFile: [30_000],
      positives: 0,
      sources: [source],
    })
    const row = {
      text: '',
      target: 1,
      weight: 1,
      fold: 1,
      source: 'chat',
      aspects: null,
      isAuxiliary: false,
      language: null,
    }
    const said = (isCorrective: boolean) =>
      Object.fromEntries(plan.map(head => [head.name, head.target({ ...row, isCorrective })]))
    expect(said(false)).toEqual({ chat: -0.8, 'chat.low': 1, 'chat.high': 0 })
    expect(said(true)).toEqual({ chat: -0.8, 'chat.low': Number.NaN, 'chat.high': Number.NaN })
  })

  it('end before the last epoch where more of it gains nothing', async () => {
    const epochs: number[] = []
    let allowed = 0
    // No text tells these labels: after the first look there is nothing more to learn.
    const random = createRandom(7)
    const noise = ham.map(text => ({ text, label: Number(random() < 0.5) }))
    await trained('text-spam', noise, {
      onProgress: progress => {
        epochs.push(progress.epoch)
        allowed = progress.epochs
      },
    })
    expect(epochs.at(-1)).toBeGreaterThan(1)
    expect(epochs.at(-1)).toBeLessThan(allowed)
  })
})

describe('training onwards from a parent', () => {
  const newSpam = things
    .slice(0, 8)
    .flatMap(thing => people.slice(0, 4).map(person => `airdrop ${thing} ${person}`))
  const newHam = things
    .slice(0, 8)
    .flatMap(thing => people.slice(0, 4).map(person => `lunch ${thing} ${person}`))
  const fresh = [
    ...newSpam.map(text => ({ text, label: 1, source: 'rows' })),
    ...newHam.map(text => ({ text, label: 0, source: 'rows' })),
  ]
  /** How far what a model says of spam lies above what it says of ham. */
  const gap = (model: HeadsModel, high: readonly string[], low: readonly string[]) =>
    meanOf(model, high) - meanOf(model, low)

  it('keeps what the parent knew, and learns the new rows', async () => {
    const parent = await trained('text-spam', spamRows, { name: '1' })
    const alone = await trained('text-spam', fresh, { name: 'alone' })
    const child = await trained('text-spam', fresh, { name: '2', parent: join(dir, '1') })
    expect(gap(parent, spam, ham)).toBeGreaterThan(0.5)
    expect(gap(child, spam, ham)).toBeGreaterThan(gap(alone, spam, ham) + 0.2)
    expect(gap(child, newSpam, newHam)).toBeGreaterThan(0.5)
    expect(gap(parent, newSpam, newHam)).toBeLessThan(0.3)
  })

  it.each([
    ['another family', { family: 'hashed-linear' }, /family hashed-linear is not hashed-heads/],
    ['other features', { features: { buckets: 8 } }, /trained with other features than this program reads/],
    ['another kind', { kind: 'niceness' }, /is of kind niceness, not text-spam/],
  ])('refuses one of %s', async (_, change, message) => {
    await trained('text-spam', spamRows, { name: '1' })
    const path = join(dir, '1', 'manifest.json')
    const manifest = JSON.parse(await readFile(path, 'utf8')) as object
    await writeFile(path, JSON.stringify({ ...manifest, ...change }))
    await expect(trained('text-spam', fresh, { parent: join(dir, '1') })).rejects.toMatchObject({
      code: 'NICR_MODEL_INVALID',
      message: expect.stringMatching(message),
    })
  })

  it('refuses a folder that holds no version, and names it', async () => {
    const parent = join(dir, 'nothing')
    await expect(trained('text-spam', fresh, { parent })).rejects.toMatchObject({
      code: 'NICR_MODEL_INVALID',
      message: expect.stringContaining(parent),
    })
  })
})

describe('the weight of a row', () => {
  it('decides between rows that contradict each other', async () => {
    const claims = (weightOfSpam: number) => [
      ...spamRows,
      ...each((person, thing) => `${person} has a voucher for the ${thing}`).flatMap(text => [
        { text, label: 1, weight: weightOfSpam },
        { text, label: 0, weight: 1 },
      ]),
    ]
    const voucher = 'Karl has a voucher for the horse'
    const strong = await trained('text-spam', claims(5), { name: 'strong' })
    const weak = await trained('text-spam', claims(0.2), { name: 'weak' })
    expect(scoreOf(strong, voucher)).toBeGreaterThan(0.6)
    expect(scoreOf(weak, voucher)).toBeLessThan(0.4)
  })
})

describe('a trained model', () => {
  it('answers any text at all with a finite number of the scale', async () => {
    for (const kind of ['niceness', 'text-spam'] as const) {
      const model = await trained(kind, trainingRows)
      const { min, max } = kindNamed(kind).scale
      const check = (text: string) => {
        const { value, wordWeights } = predictText(model, read(text))
        expect(value).toBeGreaterThanOrEqual(min)
        expect(value).toBeLessThanOrEqual(max)
        expect(wordWeights.every(Number.isFinite)).toBe(true)
      }
      for (const text of ['', ' ', '\ud83d', '!'.repeat(5000), 'thank you '.repeat(5000)]) check(text)
      fc.assert(fc.property(arbitraryText, check))
    }
  })

  /**
   * The mixture is fitted to what copies of the heads say of rows they have not seen; the final heads have seen these
   * rows, so the two differ even where nothing is wrong. Once every margin of the stack is taken from the final heads,
   * what is left is the rounding of weights to whole steps, 1/254 of a head's largest weight for each feature.
   */
  it('says of a row what the mixture was fitted to, but for the rounding of weights', async () => {
    const rows = spamRows.map((row, i) => ({ ...row, source: i % 2 === 0 ? 'chat' : 'posts' }))
    const files = [await fileOf(rows)]
    const summary = await summariseRows(spamKind, files)
    const sources = summary.sources.map(source => source.name)
    const registerNames = sources.map(registerName)
    const plan = planHeads(spamKind, summary)
    const heads = new HeadsLearner(plan, null)
    const registers = new RegistersLearner(sources.length, null, registerNames)
    const known: { input: ReturnType<typeof read>; source: string }[] = []
    for await (const batch of readAllRows(spamKind, files))
      for (const row of batch) {
        if (row.fold === TEST_FOLD) continue
        const input = read(row.text)
        heads.learn(row, input)
        // A part that no copy leaves out: all copies of the registers are then the final one.
        registers.learn(-1, sources.indexOf(row.source), input)
        known.push({ input, source: row.source })
      }
    const learned = { plan, heads, registers, registerNames, sources }
    const stack = await collectStack(spamKind, files, summary, learned, 1)
    expect(stack.count).toBe(known.length)
    // The row is said to be of no source that taught a head, so every head answers as its final copy.
    const final = {
      target: 0,
      weight: 1,
      fold: 1,
      isAuxiliary: false,
      isCorrective: false,
      aspects: null,
      text: '',
      language: null,
      source: 'none',
    }
    const stride = stack.tones + stack.registers
    for (const [row, { input }] of known.entries())
      heads.margins(final, input, stack.margins.subarray(row * stride, row * stride + stack.tones))
    const assembled = assembleModel(spamKind, learned, stack)
    const model = decodeHeadsModel(encodeHeadsModel(assembled, 'text-spam'))
    if (typeof model === 'string') throw new Error(model)
    const differences = known.map(({ input }, row) =>
      Math.abs(valueOfText(model, input) - mixedValue(model, stack.margins.subarray(row * stride))),
    )
    expect(Math.max(...differences)).toBeLessThan(ROUNDING_MAX)
    expect(new Set(known.map(({ input }) => valueOfText(model, input).toFixed(3))).size).toBeGreaterThan(10)
  })
})

/** Of a probability: some fifty features, each off by half a step at the most, mostly in both directions. */
const ROUNDING_MAX = 0.01

/** The formula of processors/text/heads.ts for margins that are given, two registers and a sigmoid link. */
function mixedValue({ tones, registers, experts, offsets }: HeadsModel, margins: Float32Array): number {
  const shares = Array.from({ length: registers }, (_, register) => Math.exp(margins[tones + register]!))
  const sum = shares.reduce((a, b) => a + b, 0)
  const mixed = shares.reduce((total, share, register) => {
    let expert = offsets[register]!
    for (let tone = 0; tone < tones; tone++) expert += experts[register * tones + tone]! * margins[tone]!
    return total + (share / sum) * expert
  }, 0)
  return 1 / (1 + Math.exp(-mixed))
}
