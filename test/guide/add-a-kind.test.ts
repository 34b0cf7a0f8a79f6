import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Challenger } from '../../jobs/challenger/challenger.ts'
import { makeChallenger } from '../../jobs/challenger/make-challenger.ts'
import { evaluateFiles } from '../../jobs/evaluate.ts'
import { trainTextModel } from '../../jobs/train-text-model.ts'
import { createDraftScorer } from '../../pipelines/draft-scorer.ts'
import { guidelineOf } from '../../pipelines/guidelines.ts'
import { byName, kinds } from '../../pipelines/kinds.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import { loadModel, type RegistryOptions, resolveModel } from '../../pipelines/model-registry.ts'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { topology } from '../../pipelines/topology.ts'
import type { Model } from '../../processors/scorer.ts'
import type { Score } from '../../schemas/records.ts'
import { aContent, aLabel } from '../support/records.ts'
import { readDataSet } from './data-set.ts'
import { politeness } from './politeness.ts'
import { coinedWords, createCommunity, type Request } from './requests.ts'

/**
 * docs/guide/add-a-kind.md, run: what stands there between its markers is ./politeness.ts and the steps of this file and of
 * ./requests.ts (`npm run generate`). Each test goes on from the one before.
 */

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nicr-guide-'))
})
afterAll(() => rm(folder, { recursive: true }))

const community = createCommunity(1)
const said = (count: number, request: () => Request) => Array.from({ length: count }, request)

const declared = { ...kinds, ...byName([politeness]) }
let manifest: ModelManifest
let registry: RegistryOptions
let model: Model<unknown, unknown>

it('1. is declared whole', () => {
  const { text, version } = guidelineOf(politeness)!
  expect(version).toMatch(/^[0-9a-f]{12}$/)
  expect(text).toContain('**The question:**')
  expect(text.length).toBeGreaterThan(800)
  expect(politeness.scorer.kind).toBe(politeness.kind)
  expect(politeness.processorName).toBe(`score-${politeness.kind}`)
  expect(politeness.drift.slices.length).toBeGreaterThan(1)
})

it('2. is trained', async () => {
  // step train
  const file = join(folder, 'requests.jsonl')
  const rows = said(600, community.usual)
  await writeFile(file, rows.map(row => JSON.stringify(row)).join('\n'))
  manifest = await trainTextModel({
    kind: politeness,
    files: [{ path: file, name: 'Made-up requests', licence: 'Apache-2.0' }],
    outDir: join(folder, 'models', 'politeness', '1'),
  })
  // step end
  expect(manifest.metrics['auc']).toBeGreaterThan(0.9)
  expect(manifest.settings['threshold']).toBeGreaterThan(0)
  expect(manifest.reference).toMatch(/^[0-9a-f]{64}$/)
})

it('3. is loaded', async () => {
  // step load
  registry = { modelsDirs: [join(folder, 'models')], kinds: declared }
  model = await loadModel('politeness@champion', registry)
  // step end
  expect(model.card).toMatchObject({ kind: 'politeness', version: '1', settings: manifest.settings })
})

it('4. is evaluated on rows it has not seen', async () => {
  // step evaluate
  const unseen = [
    { text: 'Would you be able to help me with my homework, please?', label: 1 },
    { text: 'Sorry for asking again, could you tell me where it is?', label: 1 },
    { text: 'Thank you for your time. May I ask how this works?', label: 1 },
    { text: 'Hurry up and answer my question.', label: 0 },
    { text: 'Why do you still not know how this works?', label: 0 },
    { text: 'Stop talking and do what I want, now.', label: 0 },
  ]
  const file = join(folder, 'unseen.jsonl')
  await writeFile(file, unseen.map(row => JSON.stringify(row)).join('\n'))
  const { all } = await evaluateFiles({ kind: politeness, model, files: [file], textLengthMax: 1000 })
  const { n, auc, accuracy } = all.figures
  // step end
  expect(all.unscored).toBe(0)
  expect(n).toBe(unseen.length)
  expect(auc).toBe(1)
  expect(accuracy).toBeGreaterThan(0.8)
})

/** The driver's time when it begins, ms. */
let now = 1_700_000_000_000
const askedEveryMs = 5_000

// step run
const driver = new MemoryDriver({
  topology: topology({
    kinds: byName([politeness]),
    modelOf: () => model,
    textLengthMax: 1000,
    topicPrefix: 'nicr.',
    now: () => now,
  }),
})
const posted: Request[] = []

/** Publishes requests, each under its number, and runs every processor until nothing is left to read. */
async function post(requests: readonly Request[]) {
  for (const request of requests) {
    const id = `request-${posted.push(request) - 1}`
    const author = `author-${posted.length % 200}`
    await driver.pipe('content', id, aContent({ id, author, text: request.text, at: now }))
    now += askedEveryMs
    driver.advanceTime(askedEveryMs)
  }
  await driver.drain()
}
// step end

async function scoresSince(first: number): Promise<Score[]> {
  const scores = (await driver.read('scores')).map(({ value }) => value)
  return Array.from(posted.keys())
    .slice(first)
    .map(number => scores.find(({ contentId }) => contentId === `request-${number}`)!)
}

/** Posts them. @returns the share that is scored with the label they have */
async function accuracyOn(requests: readonly Request[]): Promise<number> {
  const first = posted.length
  await post(requests)
  const scores = await scoresSince(first)
  return scores.filter(({ label }, i) => label === requests[i]!.label).length / requests.length
}

it('5. is scored in the stream, with reasons', async () => {
  // step asked
  await post([
    { text: 'Could you please repair my clock?', label: 'polite' },
    { text: 'Just repair my clock already.', label: 'impolite' },
  ])
  const [polite, impolite] = await scoresSince(0)
  // step end
  expect(polite).toMatchObject({ kind: 'politeness', status: 'SCORED', label: 'polite', modelVersion: '1' })
  expect(impolite).toMatchObject({ kind: 'politeness', status: 'SCORED', label: 'impolite' })
  const please = polite?.reasons.find(({ text }) => text === 'please')
  expect(please?.weight).toBeGreaterThan(0)
  expect(please?.without).toBeLessThan(polite?.value ?? 0)
})

it('6. is scored live, as in the stream', async () => {
  // step live
  const drafts = createDraftScorer(() => model, byName([politeness]))
  const [draft] = await drafts.score('Could you please repair my clock?', { language: 'en' })
  // step end
  expect(draft).toMatchObject({ kind: 'politeness', status: 'SCORED', modelVersion: '1' })
  const [published] = await scoresSince(0)
  const { value, label, probability, reasons } = draft!.decision!
  expect({ value, label, probability }).toEqual({
    value: published!.value,
    label: published!.label,
    probability: published!.probability,
  })
  expect(reasons.map(({ text }) => text)).toEqual(published!.reasons.map(({ text }) => text))
})

let words: readonly string[]

it('7. is watched for drift, and asks to be trained anew', async () => {
  await post(said(2_100, community.usual))
  expect((await driver.read('drift-reports')).filter(({ value }) => value.drifted)).toEqual([])
  expect(await driver.read('retrain-requests')).toEqual([])
  const before = posted.length
  // step drift
  const newWords = async () =>
    (await driver.read('drift-reports')).flatMap(({ value }) =>
      value.finding === 'NEW_WORDS' ? value.contributors.map(({ name }) => name) : [],
    )
  const requests = () => driver.read('retrain-requests')
  for (let hundreds = 0; hundreds < 10; hundreds++) {
    await post(said(100, community.changing))
    if ((await newWords()).length >= coinedWords.length && (await requests()).length > 0) break
  }
  words = await newWords()
  // step end
  expect(posted.length - before).toBeLessThan(1_000)
  expect([...words].sort()).toEqual([...coinedWords].sort())
  const [request, ...more] = await requests()
  expect(more).toEqual([])
  expect(request?.value).toMatchObject({ kind: 'politeness', policy: 'drift', modelVersion: '1' })
  const samples = (await driver.read('label-samples')).map(({ value }) => value)
  expect(samples.length).toBeGreaterThan(3)
  for (const { contentId } of samples)
    expect(words.some(word => posted[Number(contentId.slice(8))]!.text.includes(word))).toBe(true)
})

let dataSet: Awaited<ReturnType<typeof readDataSet>>

it('8. is labelled', async () => {
  const before = await accuracyOn(said(100, community.inNewWords))
  expect(before).toBeLessThan(0.7)
  // step label
  const first = posted.length
  await post(said(400, community.changing))
  for (let number = first; number < posted.length; number += 2) {
    const contentId = `request-${number}`
    const value = posted[number]!.label === 'polite' ? 1 : 0
    const labeller = number % 4 === 0 ? 'ada' : 'grace'
    const label = { id: `label-${number}`, kind: 'politeness', contentId, value, labeller, boxes: [], at: now }
    await driver.pipe('labels', contentId, aLabel(label))
  }
  await driver.drain()
  dataSet = await readDataSet(driver, 'politeness', words)
  // step end
  const labelled = dataSet.rows.filter(({ role }) => role === 'LABEL')
  expect(labelled.length).toBeGreaterThanOrEqual(politeness.loop.labels.min)
  expect(await driver.readRaw('dead-letters')).toEqual([])
})

let challenger: Challenger

it('9. is trained anew, compared and judged', async () => {
  const contents = await driver.read('content')
  // step retrain
  challenger = await makeChallenger(
    {
      kind: politeness,
      parent: await resolveModel('politeness@champion', registry),
      dataSet,
      outDir: join(folder, 'models', 'politeness', '2'),
      version: '2',
    },
    { authorsOf: async terms => new Map(terms.map(term => [term, authorsOf(term)])) },
  )
  const newLanguage = challenger.comparison.slices.find(({ slice }) => slice === 'newLanguage')
  // step end
  function authorsOf(term: string): number {
    const held = contents.filter(({ value }) => value.text.includes(term))
    return new Set(held.map(({ value }) => value.author)).size
  }
  expect(challenger.gates.filter(({ passed }) => !passed)).toEqual([])
  expect(challenger.passed).toBe(true)
  const { champion, challenger: own, low } = newLanguage!.figures['accuracy']!
  expect(champion).toBeLessThan(0.75)
  expect(own).toBeGreaterThan(0.9)
  expect(low).toBeGreaterThan(0)
})

it('10. understands the new words when it goes live, and the old ones still', async () => {
  // step swap
  model = await loadModel('politeness@2', registry)
  const onNewWords = await accuracyOn(said(100, community.inNewWords))
  const onUsual = await accuracyOn(said(100, community.usual))
  // step end
  expect(onNewWords).toBeGreaterThan(0.9)
  expect(onUsual).toBeGreaterThan(0.97)
  expect((await scoresSince(posted.length - 1))[0]).toMatchObject({ modelVersion: '2' })
})
