import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { Registry } from 'prom-client'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { addEncoder } from '../../jobs/encoder/add-encoder.ts'
import { Champions } from '../../pipelines/champions.ts'
import { createDraftScorer } from '../../pipelines/draft-scorer.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { committedModelsDir, resolveModel } from '../../pipelines/model-registry.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import { topology } from '../../pipelines/topology.ts'
import { MemoryPromotions } from '../support/memory-promotions.ts'
import { aPromotion } from '../support/model-versions.ts'
import { aContent } from '../support/records.ts'
import { runStep } from '../support/run-step.ts'
import { writeTinyEncoder } from '../support/tiny-encoder.ts'
import { connect, serveLive } from './live-server.ts'
import { GERMAN, servePerspective, toxicityOf } from './perspective-server.ts'

const ENCODER_VERSION = '90'
const { niceness, toxicity, 'text-spam': textSpam } = kinds as Record<string, KindDeclaration>
const texts = { niceness: niceness!, toxicity: toxicity!, 'text-spam': textSpam! }
let dir = ''
const digests: Record<string, string> = {}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-languages-'))
  const labels = { toxicity: ['civil', 'toxic'], niceness: ['nice', 'unkind'] }
  for (const kind of ['toxicity', 'niceness'] as const) {
    const folder = writeTinyEncoder(join(dir, `source-${kind}`), {
      words: { schlechter: [-3, 3], danke: [3, -3] },
      labels: labels[kind],
    })
    writeFileSync(
      join(folder, 'README.md'),
      '---\nlicense: mit\nlanguage:\n- en\n- de\n---\n# Two languages\n',
    )
    const { digest } = await addEncoder({
      kind: texts[kind],
      folder,
      labels: kind === 'niceness' ? 'nice=10,unkind=0' : undefined,
      files: [],
      trainsHead: false,
      ngrams: null,
      languages: null,
      outDir: join(dir, kind, ENCODER_VERSION),
      version: ENCODER_VERSION,
      seed: 1,
    })
    digests[kind] = digest
  }
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

let champions: Champions | null = null
afterEach(async () => {
  await champions?.close()
  champions = null
})

/** Champions that follow promotions, and what moves a kind from the committed version to the encoder and back. */
async function followed() {
  const promotions = new MemoryPromotions()
  champions = await Champions.follow({
    registry: { modelsDirs: [committedModelsDir, dir] },
    kinds: Object.keys(texts),
    promotions,
    metrics: new RuntimeMetrics(new Registry()),
    log: pino({ level: 'silent' }),
  })
  const { of } = champions
  const modelOf = of.bind(champions)
  const committed = async (kind: string) => (await resolveModel(`${kind}@champion`)).manifest
  return {
    modelOf,
    drafts: createDraftScorer(modelOf, texts),
    async promote(kind: string) {
      const { version } = await committed(kind)
      const digest = digests[kind]!
      await promotions.append(aPromotion({ kind, previous: version, version: ENCODER_VERSION, digest }))
    },
    async rollBack(kind: string) {
      const { version, digest } = await committed(kind)
      await promotions.append(aPromotion({ kind, previous: ENCODER_VERSION, version, digest }))
    },
  }
}

it('answers Perspective’s clients in German while a version that reads it is live, and not before or after', async () => {
  const { drafts, promote, rollBack } = await followed()
  const { analyze, suggestScore } = await servePerspective({ parts: { drafts } })
  const ask = (languages: readonly string[]) =>
    analyze(toxicityOf(GERMAN, { languages, spanAnnotations: true }))
  const suggest = () =>
    suggestScore({ comment: { text: GERMAN }, attributeScores: { TOXICITY: { summaryScore: { value: 1 } } } })
  const refused = { error: { details: [{ errorType: 'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE' }] } }
  for (const languages of [[], ['de']]) expect((await ask(languages)).json()).toMatchObject(refused)
  expect((await suggest()).statusCode).toBe(400)

  await promote('toxicity')
  for (const languages of [[], ['de-AT']]) {
    const answer = (await ask(languages)).json()
    expect(answer).toMatchObject({ detectedLanguages: ['de'] })
    expect(answer.attributeScores.TOXICITY.summaryScore.value).toBeGreaterThan(0.9)
    expect(answer.attributeScores.TOXICITY.spanScores).toHaveLength(1)
  }
  expect((await suggest()).statusCode).toBe(200)
  expect((await ask(['fr'])).json()).toMatchObject(refused)

  await rollBack('toxicity')
  for (const languages of [[], ['de']]) expect((await ask(languages)).json()).toMatchObject(refused)
})

it('scores German drafts and posts by the version that is live', async () => {
  const { drafts, modelOf, promote, rollBack } = await followed()
  const { url } = await serveLive({ parts: { drafts } })
  const client = await connect(url)
  const [processor] = topology({ modelOf, textLengthMax: 1000, topicPrefix: 'nicr.', now: () => 0 })
  const step = processor!.createStep(null)
  const value = aContent({ text: GERMAN, language: null })
  let seq = 0
  const seen = async () => {
    client.send({ type: 'draft', id: 'd', seq: ++seq, text: GERMAN })
    const draft = await client.next(({ type, seq: answered }) => type === 'draft-score' && answered === seq)
    const { emitted } = await runStep(step, [
      { topic: 'content', partition: 0, offset: 0, key: 'c1', value, appendedAt: value.at },
    ])
    const post = emitted.find(({ topic }) => topic === 'scores')!.value as {
      status: string
      language: string
    }
    return { draft: draft['status'], post: post.status, language: post.language, niceness: draft['niceness'] }
  }
  const unsupported = { draft: 'UNSUPPORTED', post: 'UNSUPPORTED', language: 'de', niceness: null }
  expect(await seen()).toEqual(unsupported)
  await promote('niceness')
  const scored = await seen()
  expect(scored).toMatchObject({ draft: 'SCORED', post: 'SCORED', language: 'de' })
  expect(scored.niceness).toBeLessThan(1)
  await rollBack('niceness')
  expect(await seen()).toEqual(unsupported)
})
