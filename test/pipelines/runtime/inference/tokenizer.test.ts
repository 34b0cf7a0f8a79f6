import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { openTokenizer } from '../../../../pipelines/runtime/inference/encoder/tokenizer.ts'
import { pythonWith } from '../../../support/python-venv.ts'
import { sentences } from '../../../support/sentences.ts'
import { writeTinyEncoder } from '../../../support/tiny-encoder.ts'

const dir = mkdtempSync(join(tmpdir(), 'nicr-tokens-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const awkward = [
  '',
  ' ',
  'Hello there, HOW are you?!',
  'naïve café, Ångström, ﬁne ½',
  '🙂👩‍👩‍👧 🏳️‍🌈 ok',
  '日本語のテキスト和 한국어',
  'zero\u200bwidth \u00adhyphen',
  'a\u0301\u0301\u0301 z\u0324a\u0336lgo',
  'tabs\tand\nlines\r\n  many   spaces ',
  'user@example.org https://example.org/a?b=c#d',
  'don’t “quote” it’s — fine',
  'x'.repeat(10_000),
  'the quick brown fox '.repeat(500),
  '[CLS] typed by hand [SEP]',
  '12,345.67 − 8×9',
]

const found = pythonWith(['tokenizers==0.22.1'])
const missing = 'missing' in found ? found.missing : ''

describe.skipIf(missing !== '')(`tokens are those of the reference ${missing}`, () => {
  const tokensMax = 20_000
  it.each(['word_piece', 'byte_pairs', 'unigram'])('of a tokeniser of the sort %s', async sort => {
    const expected = reference()[sort]!
    const tokenizer = await openTokenizer(join(dir, sort), tokensMax)
    for (const [i, text] of awkward.entries())
      expect([text.slice(0, 40), tokenizer.encode(text).ids]).toEqual([text.slice(0, 40), expected[i]])
  })
})

let answer: Readonly<Record<string, readonly (readonly number[])[]>> | null = null

/** Made once for all. */
function reference(): NonNullable<typeof answer> {
  if (answer !== null || !('python' in found)) return answer!
  const program = join(import.meta.dirname, '..', '..', '..', 'support', 'reference-tokens.py')
  const input = [...sentences(), JSON.stringify(awkward)].map(line => line.replaceAll('\n', ' ')).join('\n')
  const { status, stdout, stderr } = spawnSync(found.python, [program, dir], { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  answer = JSON.parse(stdout) as NonNullable<typeof answer>
  return answer
}

describe('a text longer than an encoder reads', () => {
  it('is cut, and its end is marked all the same', async () => {
    const folder = writeTinyEncoder(join(dir, 'tiny'), { words: { hello: [1], friend: [2] } })
    const tokenizer = await openTokenizer(folder, 6)
    const { ids, types } = tokenizer.encode('hello friend '.repeat(5000))
    expect(ids).toEqual([2, 4, 5, 4, 5, 3])
    expect(types).toEqual([0, 0, 0, 0, 0, 0])
    expect(tokenizer.encode('hello').ids).toEqual([2, 4, 3])
    expect(tokenizer.encode('hello \ud83d').ids).toEqual([2, 4, 3])
  })
})
