import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../../jobs/encoder/add-encoder.ts'
import { fitLanguageLinks } from '../../../jobs/encoder/fit-language-links.ts'
import { readCard } from '../../../jobs/encoder/hub-card.ts'
import { evaluateFiles } from '../../../jobs/evaluate.ts'
import { createRandom } from '../../../jobs/random.ts'
import { loadModelFolder, readFolder, resolveModel } from '../../../pipelines/model-registry.ts'
import { niceness } from '../../../pipelines/niceness.ts'
import { scoreBatch, scoreOne } from '../../../pipelines/runtime/inference/score-batch.ts'
import { textSpam } from '../../../pipelines/text-spam.ts'
import type { EncoderHead } from '../../../processors/encoder/encoder-head.ts'
import { applyLink, type Link } from '../../../processors/text/link.ts'
import { writeTinyEncoder } from '../../support/tiny-encoder.ts'

let dir: string
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-languages-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

/** The processes of encoders that this one started. */
function encoderPids(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return lines
    .split('\n')
    .flatMap(line => (line.includes('encoder-worker.js') ? Number.parseInt(line, 10) : []))
}

const sigmoid: Link = { form: 'sigmoid' }
const piecewise: Link = { form: 'piecewise', knots: [-1, 1], slopes: [5, 0], min: 0, max: 10 }

/** Rows whose true margin is `shift` from what the model says. */
function rowsOf(language: string, count: number, shift: number, link: Link) {
  const random = createRandom(7)
  return Array.from({ length: count }, () => {
    const margin = link.form === 'sigmoid' ? 6 * random() - 3 : 1.6 * random() - 0.8
    const value = applyLink(link, margin + shift)
    const target = link.form === 'sigmoid' ? Number(random() < value) : value + 2 * random() - 1
    return { margin, target, weight: 1, language }
  })
}

describe('the link of a language', () => {
  it('leads to where its rows are, and leaves the others', () => {
    const rows = [...rowsOf('en', 1000, 0, sigmoid), ...rowsOf('de', 1000, -1.5, sigmoid)]
    const { en, de } = fitLanguageLinks(textSpam, sigmoid, rows)
    expect(de!.offset).toBeGreaterThan(-1.9)
    expect(de!.offset).toBeLessThan(-1.1)
    expect(Math.abs(en!.offset)).toBeLessThan(0.3)
    for (const { slope } of [en!, de!]) expect(Math.abs(slope - 1)).toBeLessThan(0.3)
  })

  it('is nearer to the common one the fewer rows there are, and the common one of a handful', () => {
    // Each margin with both classes, by how likely they are: nothing is left to chance.
    const offsetOf = (count: number) => {
      const german = Array.from({ length: count }, (_, i) => {
        const [margin, target] = [(6 * i) / count - 3, i % 2]
        const positive = applyLink(sigmoid, margin - 1.5)
        return { margin, target, weight: target === 1 ? positive : 1 - positive, language: 'de' }
      })
      const rows = [...rowsOf('en', 1000, 0, sigmoid), ...german]
      return fitLanguageLinks(textSpam, sigmoid, rows)['de']?.offset
    }
    expect(offsetOf(12)).toBeUndefined()
    expect(offsetOf(2000)!).toBeCloseTo(-1.5, 1)
    expect(offsetOf(60)!).toBeGreaterThan(offsetOf(2000)! + 0.1)
  })

  it('is fitted to grades as well', () => {
    const rows = [...rowsOf('en', 400, 0, piecewise), ...rowsOf('de', 400, 0.3, piecewise)]
    const { en, de } = fitLanguageLinks(niceness, piecewise, rows)
    expect(de!.offset).toBeGreaterThan(0.2)
    expect(de!.offset).toBeLessThan(0.4)
    expect(Math.abs(en!.offset)).toBeLessThan(0.05)
  })

  it('needs rows of both classes', () => {
    const rows = rowsOf('de', 200, 0, sigmoid).map(row => ({ ...row, target: 1 }))
    expect(
      fitLanguageLinks(textSpam, sigmoid, [...rowsOf('en', 200, 0, sigmoid), ...rows])['de'],
    ).toBeUndefined()
  })
})

it.each([
  ['language: en', ['en']],
  [
    'license: mit\nlanguage:\n- multilingual\n- de\n- "no"\n- zh-cn\n- zh-tw\ntags:\n- fr',
    ['de', 'no', 'zh'],
  ],
  ["language: [en, 'de', pt-BR]  # most", ['en', 'de', 'pt']],
  ['language: multilingual', null],
  ['tags:\n- en', null],
] as const)('a folder’s card that says %j names %j', async (head, languages) => {
  writeFileSync(join(dir, 'README.md'), `---\n${head}\n---\n# A model\nlanguage: xx\n`)
  expect((await readCard(dir)).languages).toEqual(languages)
})

describe('a version that reads two languages', () => {
  // In German the words are stronger than they should be: half of what looks like spam is none.
  const words = { cash: [-2, 2], hello: [2, -2], gewinn: [-2, 2], hallo: [2, -2] }
  const rowsFile = (name: string, germanRows: number) => {
    const file = join(dir, name)
    writeFileSync(file, '')
    const add = (row: object) => appendFileSync(file, `${JSON.stringify(row)}\n`)
    const random = createRandom(3)
    for (let i = 0; i < 300 + germanRows; i++) {
      const letters = [...`${i}`].map(digit => 'abcdefghij'[Number(digit)]).join('')
      const [spam, isSure] = [random() < 0.5, random() < 0.9]
      if (i < 300)
        add({
          text: `${spam ? 'cash' : 'hello'} for ${letters}`,
          label: Number(spam === isSure),
          language: 'en',
        })
      else {
        const label = Number(spam && random() < 0.5)
        add({ text: `${spam ? 'ein gewinn' : 'hallo'} an ${letters}`, label, language: 'de-CH' })
      }
    }
    return file
  }
  let folder = ''
  let file = ''
  let count = 0
  beforeAll(() => {
    folder = writeTinyEncoder(join(dir, 'source'), { words, labels: ['ham', 'spam'] })
    writeFileSync(join(folder, 'README.md'), '---\nlanguage:\n- en\n- de\n- fr\n---\n')
    file = rowsFile('rows.jsonl', 300)
  })

  async function add(
    path: string | null,
    options: { beside?: boolean; source?: string; languages?: readonly string[] } = {},
  ) {
    const outDir = join(dir, `version-${count++}`)
    const manifest = await addEncoder({
      kind: textSpam,
      folder: options.source ?? folder,
      files: path === null ? [] : [{ path }],
      trainsHead: false,
      ngrams: options.beside ? await resolveModel('text-spam@2') : null,
      languages: options.languages ?? null,
      outDir,
      version: '7',
      seed: 1,
    })
    const head = JSON.parse(readFileSync(join(outDir, 'head.json'), 'utf8')) as EncoderHead
    return {
      manifest,
      head,
      outDir,
      open: async () => loadModelFolder(await readFolder(outDir, 'text-spam', '7')),
    }
  }

  it('is calibrated for each, by what its rows state, and says so', async () => {
    const { manifest, head, outDir, open } = await add(file)
    expect(manifest.features).toMatchObject({ languages: ['en', 'de', 'fr'] })
    expect(Object.keys(head.languages!.links)).toEqual(['de', 'en'])
    const { en, de } = manifest.metricsByLanguage!
    expect([en!['n'], de!['n'], manifest.metrics['n']]).toEqual([300, 300, 600])
    expect(de!['ece']).toBeLessThan(0.08)
    const card = readFileSync(join(outDir, 'README.md'), 'utf8')
    expect(card).toMatch(/\| de \| 300 \|/)
    expect(card).toContain('Not measured, for want of rows: fr')

    const model = await open()
    const contents = ['en', 'de', 'fr'].map(language => ({ text: 'cash', language }))
    const scored = await scoreBatch(textSpam.scorer, model, contents)
    const [english, german, french] = scored.map(one => ('decision' in one ? one.decision.value : Number.NaN))
    expect(english!).toBeGreaterThan(german! + 0.1)
    // Without rows the common link holds.
    expect(french!).toBeGreaterThan(german!)
    expect(french!).toBeLessThan(english!)
    // What a word did is told by the same link.
    const [both] = await scoreBatch(textSpam.scorer, model, [{ text: 'gewinn cash', language: 'de' }])
    const reasons = 'decision' in both! ? both.decision.reasons : []
    expect(reasons.find(({ text }) => text === 'gewinn')!.without).toBeCloseTo(german!, 6)

    const { all } = await evaluateFiles({ kind: textSpam, model, files: [file], textLengthMax: 1000 })
    expect(Object.keys(all.languages)).toEqual(['de', 'en'])
    expect(all.languages['de']!['n']).toBe(300)
    await model.close()
  })

  it('keeps the common link for a language of few rows', async () => {
    const { head, manifest } = await add(rowsFile('few.jsonl', 15))
    expect(Object.keys(head.languages!.links)).toEqual(['en'])
    expect(Object.keys(manifest.metricsByLanguage!)).toEqual(['en'])
  })

  it('is watched with the rows of every language that its card names, as with those that are stated', async () => {
    const german = join(dir, 'german.jsonl')
    const rows = Array.from({ length: 200 }, (_, i) => {
      const name = [...`${i}`].map(digit => 'abcdefghij'[Number(digit)]).join('')
      const text = `Hallo ${name}, das ist nicht so schlimm, wir haben noch viel Zeit und kommen heute Abend`
      return JSON.stringify({ text, label: i % 2 })
    })
    writeFileSync(german, rows.join('\n'))
    const rowsWatched = async (languages?: readonly string[]) => {
      const { outDir } = await add(german, languages === undefined ? {} : { languages })
      return JSON.parse(readFileSync(join(outDir, 'reference.json'), 'utf8')).rows as number
    }
    expect(await rowsWatched()).toBeGreaterThan(0)
    expect(await rowsWatched()).toBe(await rowsWatched(['en', 'de', 'fr']))
  })

  it('is not made of rows in languages that it does not read', async () => {
    await expect(add(file, { languages: ['fr'] })).rejects.toMatchObject({
      code: 'NICR_INPUT_INVALID',
      message: expect.stringContaining('0 rows in the languages it reads (fr)'),
    })
  })

  it('is what is stated, whatever its card says', async () => {
    const { manifest, head } = await add(file, { languages: ['en'] })
    expect(manifest.features.languages).toBeNull()
    expect(manifest.metricsByLanguage).toBeUndefined()
    expect(head.languages).toBeUndefined()
  })

  it('undoes disguises in the languages of its kind only: others have letters and accents of their own', async () => {
    const uncased = writeTinyEncoder(join(dir, 'uncased'), {
      words: { schon: [-3, 3], schön: [3, -3] },
      labels: ['ham', 'spam'],
    })
    // Uncased, and yet it minds accents, as some encoders of many languages do.
    const tokenizer = join(uncased, 'tokenizer.json')
    const stated = readFileSync(tokenizer, 'utf8')
    writeFileSync(tokenizer, stated.replace('"strip_accents":null', '"strip_accents":false'))
    const { open } = await add(null, { source: uncased, languages: ['en', 'de'] })
    const model = await open()
    const [english, german] = await scoreBatch(textSpam.scorer, model, [
      { text: 'schön', language: 'en' },
      { text: 'schön', language: 'de' },
    ])
    const scoreOf = (one = english) => ('decision' in one! ? one.decision.value : Number.NaN)
    expect(scoreOf(english)).toBeGreaterThan(0.9)
    expect(scoreOf(german)).toBeLessThan(0.1)
    await model.close()
  })

  it('lets the n-grams beside it speak in their own language only', async () => {
    const { open } = await add(file, { beside: true })
    const model = await open()
    const text = 'free cash gewinn click here'
    const draft = (language: string) =>
      scoreOne(textSpam.scorer, model, { text, language }, { detail: 'VALUE', deadlineMs: 50 })
    const [pid] = encoderPids()
    process.kill(pid!, 'SIGSTOP')
    const german = draft('de')
    // English is answered in time by the n-grams; for German the encoder is waited for.
    expect(await draft('en')).toMatchObject({ status: 'DEGRADED' })
    process.kill(pid!, 'SIGCONT')
    expect(await german).toMatchObject({ status: 'SCORED' })
    await model.close()
  })
})
