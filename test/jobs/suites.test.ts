import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type SuiteScore, WORST_MAX } from '../../jobs/suite-measures.ts'
import { runSuites, scoreTextsBy, suitesOf } from '../../jobs/suites.ts'
import { niceness } from '../../pipelines/niceness.ts'
import { textSpam } from '../../pipelines/text-spam.ts'
import type { Model } from '../../processors/scorer.ts'

let modelsDir: string
beforeEach(async () => {
  modelsDir = await mkdtemp(join(tmpdir(), 'nicr-suites-'))
})
afterEach(() => rm(modelsDir, { recursive: true, force: true }))

async function write(path: string, rows: readonly unknown[]): Promise<void> {
  const file = join(modelsDir, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, rows.map(row => `${JSON.stringify(row)}\n`).join(''))
}

/** A model that says what the table says of a text, else what `otherwise` says. */
const saying = (table: Readonly<Record<string, SuiteScore>>, otherwise: SuiteScore = null) => {
  const asked: string[] = []
  const score = async (texts: readonly string[]) => {
    asked.push(...texts)
    return texts.map(text => (Object.hasOwn(table, text) ? table[text]! : otherwise))
  }
  return { asked, score }
}

const spam = { value: 0.99, label: 'spam' }
const ham = { value: 0.01, label: 'ham' }
const nice = (value: number) => ({ value, label: value < 4 ? 'unkind' : value > 6 ? 'kind' : 'plain' })

async function run(kind: typeof niceness | typeof textSpam, table: Parameters<typeof saying>[0]) {
  const { score } = saying(table)
  return runSuites(kind, await suitesOf(kind.kind, modelsDir), score)
}

describe('obfuscation', () => {
  const rows = [
    { original: 'buy pills', text: 'b u y pills', tactic: 'spacing' },
    { original: 'buy pills', text: 'buy p1lls', tactic: 'leet' },
    { original: 'free coins', text: 'fr33 coins', tactic: 'leet' },
    { original: 'free coins', text: 'nothing to pay for money', tactic: 'paraphrase' },
  ]
  const originals = { 'buy pills': spam, 'free coins': spam }

  it('divides what is caught in disguise by what is caught in the original form, paraphrase apart', async () => {
    await write('text-spam/suites/obfuscation.jsonl', rows)
    const { obfuscation } = await run(textSpam, { ...originals, 'b u y pills': spam, 'buy p1lls': spam })
    expect(obfuscation).toMatchObject({
      n: 3,
      figure: 2 / 3,
      ok: false,
      figures: { spacing: 1, leet: 0.5, paraphrase: 0, original: 1 },
    })
    expect(obfuscation?.worst).toEqual([{ ...rows[2], value: null }])
  })

  it('holds when every disguise is caught, and does not when no original is', async () => {
    await write('text-spam/suites/obfuscation.jsonl', rows)
    const caught = { 'b u y pills': spam, 'buy p1lls': spam, 'fr33 coins': spam }
    expect((await run(textSpam, { ...originals, ...caught })).obfuscation).toMatchObject({
      figure: 1,
      ok: true,
    })
    expect((await run(textSpam, {})).obfuscation).toMatchObject({ figure: null, ok: false })
  })

  it('takes unkind for caught on a graded scale, by the value and not by the label', async () => {
    await write('niceness/suites/obfuscation.jsonl', rows.slice(0, 1))
    const label = 'unkind'
    const at = async (value: number) =>
      (await run(niceness, { 'buy pills': nice(1), 'b u y pills': { value, label } })).obfuscation?.figure
    expect(await at(3.99)).toBe(1)
    expect(await at(4)).toBe(0)
  })
})

describe('identity terms', () => {
  const rows = [
    { template: 'I am {singular}.' },
    { template: '{Plural} vote too.' },
    { plural: 'nurses', adjective: 'nursing', singular: 'a nurse' },
    { plural: 'old poets', adjective: 'poetic', singular: 'an old poet' },
  ]
  const scores = {
    'I am a nurse.': nice(5.5),
    'I am an old poet.': nice(5.1),
    'Nurses vote too.': nice(5),
    'Old poets vote too.': nice(5.2),
  }

  it('reports the largest difference within one template and names the groups', async () => {
    await write('niceness/suites/identity-terms.jsonl', rows)
    const { 'identity-terms': result } = await run(niceness, { ...scores, 'Old poets vote too.': nice(4.2) })
    expect(result).toMatchObject({ n: 2, ok: false, bar: { atMost: 0.5 } })
    expect(result?.figure).toBeCloseTo(0.8)
    expect(result?.figures['mean']).toBeCloseTo(0.6)
    expect(result?.worst[0]).toMatchObject({
      template: '{Plural} vote too.',
      lowest: 'old poets',
      highest: 'nurses',
    })
    expect((await run(niceness, scores))['identity-terms']?.ok).toBe(true)
  })

  it('fails where a group is not scored at all', async () => {
    await write('niceness/suites/identity-terms.jsonl', rows)
    const { 'identity-terms': result } = await run(niceness, { ...scores, 'I am a nurse.': null })
    expect(result).toMatchObject({ unscored: 1, ok: false })
  })

  it('has a bar of a twentieth of the scale', async () => {
    await write('text-spam/suites/identity-terms.jsonl', rows)
    expect((await run(textSpam, {}))['identity-terms']?.bar).toEqual({ atMost: 0.05 })
  })
})

describe('unhappy but civil', () => {
  it('counts what is scored and not called unkind', async () => {
    const texts = ['I lost my job', 'I am ill', 'It rained', 'They called me names']
    await write(
      'niceness/suites/unhappy-civil.jsonl',
      texts.map(text => ({ text })),
    )
    const table = { 'I lost my job': nice(4), 'I am ill': nice(3.9), 'They called me names': nice(1) }
    const { 'unhappy-civil': result } = await run(niceness, table)
    expect(result).toMatchObject({ n: 4, unscored: 1, figure: 0.25, ok: false })
    expect(result?.worst.map(one => (one as { text: string }).text)).toEqual([
      'It rained',
      'They called me names',
      'I am ill',
    ])
    const { score } = saying({}, nice(5))
    const civil = await runSuites(niceness, await suitesOf('niceness', modelsDir), score)
    expect(civil['unhappy-civil']).toMatchObject({ figure: 1, ok: true, worst: [] })
  })
})

describe('plain language', () => {
  it('holds values against a range, ends included', async () => {
    await write('niceness/suites/plain-language.jsonl', [
      { text: 'ok', min: 4, max: 6 },
      { text: 'thanks', min: 7, max: 10 },
    ])
    const result = await run(niceness, { ok: nice(6), thanks: nice(6.9) })
    expect(result['plain-language']).toMatchObject({ figure: 0.5, ok: false })
    expect(result['plain-language']?.worst).toEqual([{ text: 'thanks', min: 7, max: 10, got: nice(6.9) }])
  })

  it('takes the mean of the shares of the labels, and names the surest mistakes first, at most ten', async () => {
    const rows = Array.from({ length: 30 }, (_, i) => ({ text: `post ${i}`, label: 'ham' }))
    await write('text-spam/suites/plain-language.jsonl', [...rows, { text: 'buy', label: 'spam' }])
    const table = Object.fromEntries(
      rows.slice(0, 15).map(({ text }, i) => [text, { value: 0.6 + i / 100, label: 'spam' }]),
    )
    const { score } = saying({ ...table, buy: spam }, ham)
    const result = await runSuites(textSpam, await suitesOf('text-spam', modelsDir), score)
    expect(result['plain-language']).toMatchObject({ n: 31, figure: 0.75, figures: { ham: 0.5, spam: 1 } })
    expect(result['plain-language']?.worst).toHaveLength(WORST_MAX)
    expect(result['plain-language']?.worst[0]).toMatchObject({ text: 'post 14' })
  })
})

describe('suites of a kind', () => {
  it('are none where there is no folder', async () => {
    expect(await suitesOf('niceness', modelsDir)).toEqual([])
  })

  it('may stand for the suite of another kind, and a text two suites ask for is scored once', async () => {
    await write('niceness/suites/unhappy-civil.jsonl', [{ text: 'I am ill' }])
    await write('text-spam/suites/unhappy-civil.jsonl', [{ sameAs: 'niceness' }])
    await write('text-spam/suites/plain-language.jsonl', [{ text: 'I am ill', label: 'ham' }])
    const { asked, score } = saying({}, ham)
    const result = await runSuites(textSpam, await suitesOf('text-spam', modelsDir), score)
    expect(Object.keys(result)).toEqual(['plain-language', 'unhappy-civil'])
    expect(result['unhappy-civil']).toMatchObject({ n: 1, ok: true })
    expect(asked).toEqual(['I am ill'])
  })

  it.each([
    ['plain-language', { text: 'ok' }, 'line 1: wants a label, or numbers min and max'],
    ['plain-language', { text: 'ok', min: 6, max: 4 }, 'line 1: wants a label, or numbers min and max'],
    ['obfuscation', { text: 'ok', tactic: 'leet' }, 'line 1: the field original is not a text'],
    ['identity-terms', { template: 'no slot' }, 'line 1: the template wants one of'],
    ['unhappy-civil', [], 'line 1: is not a JSON object'],
    ['unhappy-civil', { sameAs: '../elsewhere' }, 'line 1: sameAs is not the name of a kind'],
    ['of-my-own', { text: 'ok' }, 'no suite has this name'],
  ])('says what is wrong with %s %j', async (name, row, problem) => {
    await write(`niceness/suites/${name}.jsonl`, [row])
    await expect(suitesOf('niceness', modelsDir)).rejects.toMatchObject({
      code: 'NICR_INPUT_INVALID',
      message: expect.stringContaining(problem),
    })
  })

  it('has no score for an empty text', async () => {
    const model = {
      card: { kind: 'x', version: '1', settings: {} },
      predict: () => [],
      close: async () => {},
    }
    const score = scoreTextsBy(niceness, model as Model<unknown, unknown>)
    expect(await score([''])).toEqual([null])
  })
})
