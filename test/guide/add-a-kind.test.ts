import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { evaluateFiles } from '../../jobs/evaluate.ts'
import { trainTextModel } from '../../jobs/train-text-model.ts'
import { byName, type KindDeclaration, kinds } from '../../pipelines/kinds.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import { loadHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { topology } from '../../pipelines/topology.ts'
import type { Model } from '../../processors/scorer.ts'
import { textScorer } from '../../processors/text/text-scorer.ts'
import { twoClasses } from '../../processors/text/two-classes.ts'
import { aContent } from '../support/records.ts'

/** docs/guide/add-a-kind.md, run: what stands there between its markers are the steps of this file (`npm run generate`). */

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nicr-guide-'))
})
afterAll(() => rm(folder, { recursive: true }))

// step declare
/** Is the text asking for help? */
const question = {
  kind: 'question',
  description: 'The probability that a text asks others for help.',
  input: 'TEXT',
  scale: { min: 0, max: 1 },
  languages: ['en'],
  labels: ['statement', 'question'],
  processorName: 'score-question',
  scorer: textScorer({ kind: 'question', languages: ['en'], ...twoClasses('statement', 'question') }),
  training: {
    objective: 'BINARY',
    field: 'label',
    negative: ['statement'],
    positive: ['question'],
    threshold: { rule: 'macroF1' },
  },
  loadModel: loadHeadsModel,
} as const satisfies KindDeclaration
// step end

// step rows
const things = 'bicycle,printer,oven,garden hose,camera,radio,lamp,kettle,piano,tent'.split(',')
const questions = [
  'How do I repair my {}?',
  'Can somebody help me with a {}?',
  'Does anyone know why the {} is so loud?',
  'Where could I find parts for this {}?',
  'What should I do when the {} stops?',
  'Please help, my {} is broken and I am stuck.',
  'Which {} would you recommend?',
  'Is there a way to clean the {}?',
  'Any ideas how to move a {} upstairs?',
  'Could you tell me who sells a {}?',
]
const statements = [
  'I repaired my {} yesterday.',
  'The {} works well now.',
  'My sister gave me her old {}.',
  'We sold the {} last week.',
  'This {} is louder than the other one.',
  'She moved the {} into the kitchen.',
  'A good {} lasts for years.',
  'They painted the {} green.',
  'Nobody has used that {} since May.',
  'Our {} came with two spare parts.',
]
const rowsOf = (sentences: readonly string[], label: string) =>
  sentences.flatMap(sentence => things.map(thing => ({ text: sentence.replace('{}', thing), label })))
const rows = [...rowsOf(questions, 'question'), ...rowsOf(statements, 'statement')]
// step end

let manifest: ModelManifest
let model: Model<unknown, unknown>

it('1. trains it', async () => {
  // step train
  const file = join(folder, 'questions.jsonl')
  await writeFile(file, rows.map(row => JSON.stringify(row)).join('\n'))
  manifest = await trainTextModel({
    kind: question,
    files: [{ path: file, name: 'Made-up questions', licence: 'Apache-2.0' }],
    outDir: join(folder, 'models', 'question', '1'),
  })
  // step end
  expect(manifest.metrics['auc']).toBeGreaterThan(0.9)
  expect(manifest.settings['threshold']).toBeGreaterThan(0)
})

it('2. loads it', async () => {
  // step load
  const declared = { ...kinds, ...byName([question]) }
  model = await loadModel('question@1', { modelsDirs: [join(folder, 'models')], kinds: declared })
  // step end
  expect(model.card).toMatchObject({ kind: 'question', version: '1', settings: manifest.settings })
})

it('3. evaluates it on rows it has not seen', async () => {
  // step evaluate
  const unseen = [
    { text: 'How can I fix the brakes of my car?', label: 1 },
    { text: 'Does anybody have an idea why it is so loud?', label: 1 },
    { text: 'Could you help me find a plumber?', label: 1 },
    { text: 'We sold our house last year.', label: 0 },
    { text: 'My brother repaired the roof and painted the door.', label: 0 },
    { text: 'The meeting came to an end since nobody was there.', label: 0 },
  ]
  const file = join(folder, 'unseen.jsonl')
  await writeFile(file, unseen.map(row => JSON.stringify(row)).join('\n'))
  const { all } = await evaluateFiles({ kind: question, model, files: [file], textLengthMax: 1000 })
  const { n, auc, accuracy } = all.figures
  // step end
  expect(all.unscored).toBe(0)
  expect(n).toBe(unseen.length)
  expect(auc).toBe(1)
  expect(accuracy).toBeGreaterThan(0.8)
})

it('4. runs content through it to scores with reasons', async () => {
  // step run
  const driver = new MemoryDriver({
    topology: topology({
      kinds: byName([question]),
      modelOf: () => model,
      textLengthMax: 1000,
      topicPrefix: 'nicr.',
      now: () => Date.now(),
    }),
  })
  await driver.pipe('content', 'c1', aContent({ id: 'c1', text: 'Can anyone help me repair a clock?' }))
  await driver.pipe('content', 'c2', aContent({ id: 'c2', text: 'My sister gave me this clock.' }))
  await driver.drain()
  const scores = await driver.read('scores')
  // step end
  const of = (id: string) => scores.find(({ key }) => key === id)?.value
  expect(of('c1')).toMatchObject({ kind: 'question', status: 'SCORED', label: 'question', modelVersion: '1' })
  expect(of('c2')).toMatchObject({ kind: 'question', status: 'SCORED', label: 'statement' })
  const help = of('c1')?.reasons.find(({ text }) => text === 'help')
  expect(help?.weight).toBeGreaterThan(0)
  expect(help?.without).toBeLessThan(of('c1')?.value ?? 0)
})
