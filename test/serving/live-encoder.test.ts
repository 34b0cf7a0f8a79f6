import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createDraftScorer } from '../../pipelines/draft-scorer.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { loadModel, loadModelFolder, readFolder } from '../../pipelines/model-registry.ts'
import { niceness } from '../../pipelines/niceness.ts'
import { holdable } from '../../pipelines/runtime/inference/holdable-model.ts'
import type { Model } from '../../processors/scorer.ts'
import { addTinyVersion, encoderPids } from '../support/encoder-versions.ts'
import type { Frame } from './fake-parts.ts'
import { connect, serveLive } from './live-server.ts'

const dir = mkdtempSync(join(tmpdir(), 'nicr-live-encoder-'))
const DEADLINE_MS = 400
let folder = ''
beforeAll(async () => {
  const tiny = { words: { cruel: [9, -9], lovely: [-9, 9] }, labels: ['unkind', 'kind'] }
  folder = await addTinyVersion(dir, niceness, tiny, { labels: 'unkind=0,kind=10' })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const opened: Model<unknown, unknown>[] = []
afterEach(async () => {
  for (const model of opened.splice(0)) await model.close()
})

/** A server whose champion of niceness is the encoder. */
async function serveEncoder() {
  const encoder = holdable(await loadModelFolder(await readFolder(folder, 'niceness', '7')))
  const ngrams = await loadModel('text-spam')
  opened.push(encoder, ngrams)
  const modelOf = ({ kind }: { readonly kind: string }) => (kind === 'niceness' ? encoder : ngrams)
  const { niceness: one, 'text-spam': other } = kinds
  const declared = { niceness: one!, 'text-spam': other! }
  const { url } = await serveLive({ parts: { drafts: createDraftScorer(modelOf, declared, DEADLINE_MS) } })
  return url
}

const answerTo =
  (wanted: string, seq: number) =>
  ({ type, id, seq: answered }: Frame) =>
    type === 'draft-score' && id === wanted && answered === seq

it('a draft that the encoder is late for is answered in time by the n-grams, marked, and the next by the encoder', async () => {
  const url = await serveEncoder()
  const [ann, ben] = [await connect(url), await connect(url)]
  const say = (client: typeof ann, id: string, seq: number) =>
    client.send({ type: 'draft', id, seq, text: 'a cruel, cruel thing', language: 'en' })

  say(ann, 'a', 0)
  const before = await ann.next(answerTo('a', 0))
  expect(before).toMatchObject({ status: 'SCORED', model: '7', label: 'unkind' })
  expect(before['niceness']).toBeLessThan(0.5)

  const [pid] = encoderPids()
  process.kill(pid!, 'SIGSTOP')
  const askedAt = performance.now()
  say(ann, 'a', 1)
  say(ben, 'b', 0)
  const [late, beside] = await Promise.all([ann.next(answerTo('a', 1)), ben.next(answerTo('b', 0))])
  const waitedMs = performance.now() - askedAt
  expect(waitedMs).toBeGreaterThan(DEADLINE_MS - 5)
  expect(waitedMs).toBeLessThan(DEADLINE_MS + 1_000)
  for (const degraded of [late, beside]) expect(degraded).toMatchObject({ status: 'DEGRADED', model: '7' })
  expect(late['niceness']).toBeGreaterThan(0.5)
  expect(late['spam']).not.toBeNull()

  // One that comes while it hangs makes it where it goes on in time.
  say(ben, 'b', 1)
  say(ann, 'c', 0)
  process.kill(pid!, 'SIGCONT')
  const [again, other] = await Promise.all([ben.next(answerTo('b', 1)), ann.next(answerTo('c', 0))])
  for (const scored of [again, other])
    expect(scored).toMatchObject({ status: 'SCORED', niceness: before['niceness'] })
})
