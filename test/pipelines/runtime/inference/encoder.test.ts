import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../../../jobs/encoder/add-encoder.ts'
import { loadModelFolder, readFolder, resolveModel } from '../../../../pipelines/model-registry.ts'
import { readEncoderFiles } from '../../../../pipelines/runtime/inference/encoder/encoder-files.ts'
import { EncoderPool, type EncodeWish } from '../../../../pipelines/runtime/inference/encoder/encoder-pool.ts'
import { type RunTally, unwatched } from '../../../../pipelines/runtime/inference/encoder/encoder-watch.ts'
import { type Scored, scoreBatch, scoreOne } from '../../../../pipelines/runtime/inference/score-batch.ts'
import { textSpam } from '../../../../pipelines/text-spam.ts'
import type { Model } from '../../../../processors/scorer.ts'
import { encoderPids } from '../../../support/encoder-versions.ts'
import { writeTinyEncoder } from '../../../support/tiny-encoder.ts'

let dir: string
let folder: string
let multilingual: string
const words = {
  cash: [-2, 2],
  prize: [-2, 2],
  hello: [1, -1],
  friend: [2, -2],
  gewinn: [-3, 3],
  freund: [3, -3],
  kaputt: [Number.NaN, 0],
}

beforeAll(async () => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-encoder-'))
  const source = writeTinyEncoder(join(dir, 'source'), { words, labels: ['ham', 'spam'] })
  const ngrams = await resolveModel('text-spam@2')
  const common = { kind: textSpam, folder: source, files: [], trainsHead: false, version: '7', seed: 1 }
  folder = join(dir, 'version')
  await addEncoder({ ...common, ngrams, languages: null, outDir: folder })
  multilingual = join(dir, 'multilingual')
  await addEncoder({ ...common, ngrams, languages: ['en', 'de'], outDir: multilingual })
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const opened: { close(): Promise<void> }[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close()
})

async function openModel(path = folder): Promise<Model<unknown, unknown>> {
  const model = await loadModelFolder(await readFolder(path, 'text-spam', '7'))
  opened.push(model)
  return model
}

async function openPool(size: number, tally?: RunTally): Promise<EncoderPool> {
  const pool = await closedPool(size, tally)
  await pool.open()
  return pool
}

/** One whose first process begins when it is first asked. */
async function closedPool(size: number, tally?: RunTally): Promise<EncoderPool> {
  const { settings } = await readEncoderFiles(await readFolder(folder, 'text-spam', '7'))
  const pool = new EncoderPool({ folder, encoder: settings, provider: 'cpu' }, size, tally)
  opened.push(pool)
  return pool
}

const decided = (scored: Scored) => {
  if (!('decision' in scored)) throw new Error(`there is no score: ${scored.status}`)
  return scored
}

describe('a version of an encoder', () => {
  it('gives the words that made the score as reasons, in the author’s own text', async () => {
    const model = await openModel()
    const text = 'Hello there, a CASH\u200b prize'
    const [scored] = await scoreBatch(textSpam.scorer, model, [{ text }])
    const { decision, status } = decided(scored!)
    expect(status).toBe('SCORED')
    expect(decision.value).toBeGreaterThan(0.95)
    const reasons = decision.reasons.map(({ text: word, weight }) => [word, Math.sign(weight)])
    expect(
      reasons
        .slice(0, 2)
        .map(([word]) => word)
        .toSorted(),
    ).toEqual(['CASH\u200b', 'prize'])
    expect(reasons).toContainEqual(['prize', 1])
    for (const { start, end, text: word } of decision.reasons) expect(text.slice(start!, end!)).toBe(word)
    const prize = decision.reasons.find(one => one.text === 'prize')!
    const [less] = await scoreBatch(textSpam.scorer, model, [{ text: 'Hello there, a CASH\u200b ' }])
    expect(prize.without).toBeCloseTo(decided(less!).decision.value, 6)
  })

  it('answers a draft by its n-grams where it is late, marked as degraded, and itself once it is back', async () => {
    const model = await openModel()
    const ngrams = await loadModelFolder(await resolveModel('text-spam@2'))
    const draft = { text: 'hello friend, this is a cash prize' }
    const wish = { detail: 'REASONS', deadlineMs: 300 } as const
    const [pid] = encoderPids()
    process.kill(pid!, 'SIGSTOP')
    const late = decided(await scoreOne(textSpam.scorer, model, draft, wish))
    const lesser = decided(await scoreOne(textSpam.scorer, ngrams, draft, { detail: 'REASONS' }))
    expect(late).toMatchObject({ status: 'DEGRADED', decision: { value: lesser.decision.value } })
    process.kill(pid!, 'SIGCONT')
    const [again] = await scoreBatch(textSpam.scorer, model, [draft])
    expect(again).toMatchObject({ status: 'SCORED' })
  })

  it('reads the languages it was added with', async () => {
    const [english, many] = [await openModel(), await openModel(multilingual)]
    const content = { text: 'das ist ein gewinn', language: 'de' }
    const [unsupported] = await scoreBatch(textSpam.scorer, english, [content])
    const [scored] = await scoreBatch(textSpam.scorer, many, [content])
    expect(unsupported).toMatchObject({ status: 'UNSUPPORTED' })
    expect(decided(scored!).decision.value).toBeGreaterThan(0.9)
    const [french] = await scoreBatch(textSpam.scorer, many, [{ ...content, language: 'fr' }])
    expect(french).toMatchObject({ status: 'UNSUPPORTED', language: 'fr' })
  })

  it('says that it does not know, where the network fails in a language that its n-grams do not read', async () => {
    const many = await openModel(multilingual)
    const texts = ['das ist ein gewinn', 'das ist kaputt'].map(text => ({ text, language: 'de' }))
    const scored = await scoreBatch(textSpam.scorer, many, [
      ...texts,
      { text: 'hello friend', language: 'en' },
    ])
    expect(scored).toMatchObject([
      { status: 'UNSUPPORTED', language: 'de' },
      { status: 'UNSUPPORTED', language: 'de' },
      { status: 'DEGRADED' },
    ])
  })
})

describe('the processes of an encoder', () => {
  it('serve in the order of asking, drafts first, and nobody starves', async () => {
    const pool = await openPool(1)
    const done: string[] = []
    const ask = (name: string, wish: EncodeWish = {}) =>
      pool.encode([`hello ${name}`], wish).then(() => done.push(name))
    const patient = Array.from({ length: 200 }, (_, i) => ask(`${i}`))
    await Promise.all([...patient, ask('draft', { line: 'DRAFTS' })])
    expect(done.filter(name => name !== 'draft')).toEqual(Array.from({ length: 200 }, (_, i) => `${i}`))
    // What was begun is finished first.
    expect(done.indexOf('draft')).toBeLessThanOrEqual(32)
  })

  it('answer drafts before they look for reasons of others', async () => {
    const pool = await openPool(1)
    const done: string[] = []
    const ask = (name: string, line: NonNullable<EncodeWish['line']>) =>
      pool.encode(Array<string>(16).fill('hello'), { line }).then(() => done.push(name))
    await Promise.all([
      ask('first', 'STREAM'),
      ask('reasons', 'REASONS'),
      ask('more reasons', 'REASONS'),
      ask('draft', 'DRAFTS'),
    ])
    expect(done).toEqual(['first', 'draft', 'reasons', 'more reasons'])
  })

  it('do not run what nobody waits for any more', async () => {
    const texts: number[] = []
    const pool = await openPool(1, { ...unwatched, ran: ran => texts.push(ran) })
    const [pid] = encoderPids()
    process.kill(pid!, 'SIGSTOP')
    const first = pool.encode(['cash'])
    const late = pool.encode(['prize'], { line: 'DRAFTS', until: performance.now() })
    const refused = expect(late).rejects.toMatchObject({ code: 'NICR_MODEL_BUSY' })
    process.kill(pid!, 'SIGCONT')
    await Promise.all([first, refused])
    expect(texts).toEqual([1])
  })

  it('refuse at once what they cannot do in time, and do what they can', async () => {
    const pool = await openPool(1)
    for (let i = 0; i < 5; i++) await pool.encode(Array<string>(16).fill('hello'))
    const [pid] = encoderPids()
    process.kill(pid!, 'SIGSTOP')
    const until = performance.now() + 30_000
    const asked = [pool.encode(['first']), pool.encode(['hello'], { line: 'DRAFTS', until })]
    const askedAt = performance.now()
    const many = pool.encode(Array<string>(16).fill('hello'), { line: 'DRAFTS', until: askedAt + 0.1 })
    await expect(many).rejects.toMatchObject({ code: 'NICR_MODEL_BUSY' })
    expect(performance.now() - askedAt).toBeLessThan(1_000)
    process.kill(pid!, 'SIGCONT')
    await Promise.all(asked)
  })

  it('answer each text as it would be answered alone, whatever it is run with', async () => {
    const pool = await openPool(2)
    const texts = Array.from({ length: 50 }, (_, i) => `cash ${'friend '.repeat(i % 7)}`)
    const together = await pool.encode(texts)
    const alone = await Promise.all(texts.map(text => pool.encode([text])))
    expect([...together.rows]).toEqual(alone.flatMap(({ rows }) => [...rows]))
  })

  it('are replaced where one is killed, and what it was asked is asked again', async () => {
    const pool = await openPool(1)
    const [pid] = encoderPids()
    process.kill(pid!, 'SIGSTOP')
    const asked = pool.encode(['cash prize'])
    process.kill(pid!, 'SIGKILL')
    expect([...(await asked).rows]).toEqual([-4, 4])
    expect(encoderPids()).not.toContain(pid)
  })

  it('are asked again, too, where one has ended and nobody has heard of it yet', async () => {
    const pool = await openPool(1)
    const [pid] = encoderPids()
    process.kill(pid!, 'SIGKILL')
    // Without a turn of the event loop, which would tell.
    while (encoderPids().includes(pid!));
    expect([...(await pool.encode(['cash prize'])).rows]).toEqual([-4, 4])
  })

  it('say that the model failed where the only one is killed before it has begun', async () => {
    const pool = await closedPool(1)
    const asked = pool.encode(['cash prize'])
    for (const pid of encoderPids()) process.kill(pid, 'SIGKILL')
    await expect(asked).rejects.toMatchObject({ code: 'NICR_MODEL_FAILED' })
  })

  it('end with what started them', async () => {
    const model = await openModel()
    expect(encoderPids().length).toBe(1)
    await model.close()
    expect(encoderPids()).toEqual([])
  })
})
