import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Evaluation, evaluateFiles } from '../../jobs/evaluate.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import type { Model } from '../../processors/scorer.ts'
import { jsonLines } from '../support/training-rows.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-evaluate-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string, rows: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(path, jsonLines(rows))
  return path
}

/** A kind whose model reads the value off the text, so that figures are known beforehand. */
function readingKind(name: string): KindDeclaration {
  const kind = kindNamed(name)
  return {
    ...kind,
    scorer: {
      kind: name,
      prepare: ({ text }) =>
        text === '' ? { status: 'EMPTY', language: null } : { status: 'READY', input: text, language: null },
      decide: (_content, _input, value) => ({
        value: value as number,
        label: '',
        probability: null,
        reasons: [],
      }),
    },
  }
}

function reader(kind: string, settings: Readonly<Record<string, number>> = {}): Model<unknown, unknown> {
  return {
    card: { kind, version: '1', settings },
    predict: inputs => inputs.map(Number),
    close: async () => {},
  }
}

function evaluate(name: string, files: readonly string[], settings: Readonly<Record<string, number>> = {}) {
  return evaluateFiles({
    kind: readingKind(name),
    model: reader(name, settings),
    files,
    textLengthMax: 20,
  })
}

const nice = [
  { text: '9', niceness: 8 },
  { text: '8', niceness: 10 },
  { text: '5', niceness: 7 },
  { text: '1', niceness: 0 },
  { text: '', niceness: 5 },
  { text: '9'.repeat(21), niceness: 4 },
]

describe('evaluateFiles', () => {
  it('measures a graded kind, rows without a value at the middle', async () => {
    const { all } = await evaluate('niceness', [fileOf('nice.jsonl', nice)])
    expect(all.unscored).toBe(2)
    expect(all.figures).toMatchObject({ n: 6, accuracy: 0.833333, auc: 1, mae: 1.166667 })
    expect(Object.keys(all.figures)).toEqual([
      'n',
      'accuracy',
      'macroF1',
      'auc',
      'mae',
      'pearson',
      'spearman',
      'ece',
    ])
    expect(all.baselines['constant']).toMatchObject({ n: 6, accuracy: 0.333333, auc: 0.5, pearson: null })
    expect(all.baselines['majority']).toMatchObject({ accuracy: 0.5 })
  })

  it('measures a binary kind by the threshold of the version, whatever the file holds', async () => {
    const rows = [
      { text: '0.9', label: 'spam' },
      { text: '0.6', label: true },
      { text: '0.6', label: 'ham' },
      { text: '0.1', label: 0 },
    ]
    const file = fileOf('spam.jsonl', rows)
    const strict = await evaluate('text-spam', [file], { threshold: 0.7 })
    const lax = await evaluate('text-spam', [file], { threshold: 0.5 })
    expect(strict.all.figures).toMatchObject({ spamCaught: 0.5, hamBlocked: 0, auc: 0.875 })
    expect(lax.all.figures).toMatchObject({ spamCaught: 1, hamBlocked: 0.5, auc: 0.875 })
    // The references are cut at one half, not at the model's threshold.
    expect(strict.all.baselines).toEqual(lax.all.baselines)
    expect(strict.all.baselines['constant']).toMatchObject({ accuracy: 0.5, precision: null, mcc: 0 })
  })

  it('leaves a figure out where the rows hold one class', async () => {
    const { all } = await evaluate('text-spam', [fileOf('ham.jsonl', [{ text: '0.2', label: 0 }])])
    expect(all.figures).toMatchObject({
      n: 1,
      accuracy: 1,
      auc: null,
      mcc: null,
      recall: null,
      hamBlocked: 0,
    })
  })

  it('measures several files each and together', async () => {
    const files = [fileOf('a.jsonl', nice.slice(0, 2)), fileOf('b.jsonl', nice.slice(2))]
    const { sets, all } = await evaluate('niceness', files)
    expect(sets.map(({ figures }) => figures['n'])).toEqual([2, 4])
    expect(all).toEqual<Evaluation>((await evaluate('niceness', [fileOf('nice.jsonl', nice)])).all)
  })

  it('counts words for the lexicon baseline', async () => {
    const file = fileOf('words.jsonl', [
      { text: 'You idiot', niceness: 3 },
      { text: 'Thank you', niceness: 7 },
      { text: 'the table', niceness: 5 },
    ])
    const kind = readingKind('niceness')
    const model = { ...reader('niceness'), predict: (inputs: readonly unknown[]) => inputs.map(() => 5) }
    const { all } = await evaluateFiles({ kind, model, files: [file], textLengthMax: 20 })
    expect(all.baselines['lexicon']).toMatchObject({ accuracy: 1, mae: 0 })
    const own = await evaluateFiles({
      kind: { ...kind, kind: 'mood' },
      model,
      files: [file],
      textLengthMax: 20,
    })
    expect(Object.keys(own.all.baselines)).toEqual(['constant', 'majority'])
  })
})
