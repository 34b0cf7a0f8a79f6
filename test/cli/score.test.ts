import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runNicr } from '../support/run-nicr.ts'

interface Line {
  readonly id: string
  readonly score: number | null
  readonly label: string | null
  readonly reasons: readonly object[]
}

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-score-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function fileOf(name: string, bytes: string | Buffer): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

function linesOf(stdout: string): Line[] {
  return stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => JSON.parse(line) as Line)
}

const good =
  '{"id":"a","text":"Thank you so much, this was lovely."}\n{"id":7,"text":"You are a pathetic idiot."}\n'

describe('nicr score', () => {
  it('writes one JSON line a row, in order, nicer texts higher', async () => {
    const { code, stdout, stderr } = await score(fileOf('good.jsonl', good))
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [kind, unkind] = linesOf(stdout)
    expect([kind?.id, unkind?.id]).toEqual(['a', '7'])
    expect(kind?.score).toBeGreaterThan(unkind?.score ?? 10)
    for (const line of [kind!, unkind!]) {
      expect(Object.keys(line)).toEqual(['id', 'score', 'label', 'reasons'])
      expect(line.score).toBeGreaterThanOrEqual(0)
      expect(line.score).toBeLessThanOrEqual(10)
      expect(line.reasons.length).toBeGreaterThan(0)
      expect(line.reasons[0]).toMatchObject({
        text: expect.any(String),
        weight: expect.any(Number),
        without: expect.any(Number),
      })
    }
  })

  it('reads gzip, a byte order mark, Windows line ends and blank lines', async () => {
    const { code, stdout } = await score(
      fileOf('bom.jsonl.gz', gzipSync(`\uFEFF${good.replaceAll('\n', '\r\n\r\n')}`)),
    )
    expect(code).toBe(0)
    expect(linesOf(stdout).map(({ id }) => id)).toEqual(['a', '7'])
  })

  it('carries on past bad rows, names each by its line, and exits with 1', async () => {
    const bad = ['{"id":"x"}', 'no JSON', '[1]', 'null', '{"text":5}', `{"text":"${'z'.repeat(100_001)}"}`]
    const { code, stdout, stderr } = await score(fileOf('bad.jsonl', `${bad.join('\n')}\n${good}`))
    expect(code).toBe(1)
    expect(linesOf(stdout).map(({ id }) => id)).toEqual(['a', '7'])
    for (const line of [1, 2, 3, 4, 5, 6]) expect(stderr).toMatch(new RegExp(`line ${line}: `))
    expect(stderr).toContain('6 rows')
    expect(stderr).not.toMatch(/^\s+at .+:\d+/m)
  })

  it('survives lone surrogates, emoji, NUL and words nobody wrote', async () => {
    const texts = ['\\ud83d', '🧡🧡🧡', 'a\\u0000b', '   ', '', 'ﷺ'.repeat(2000), 'a'.repeat(90_000)]
    const rows = texts.map((text, i) => `{"id":"${i}","text":"${text}"}`)
    const { code, stdout } = await score(fileOf('odd.jsonl', rows.join('\n')))
    expect(code).toBe(0)
    const lines = linesOf(stdout)
    expect(lines).toHaveLength(texts.length)
    for (const { score: value } of lines) expect(value === null || (value >= 0 && value <= 10)).toBe(true)
    expect(lines[4]).toMatchObject({ score: null, label: null, status: 'EMPTY' })
  })

  it('takes the text from another field', async () => {
    const file = fileOf('field.jsonl', '{"id":"a","body":"Thank you!"}\n')
    expect((await score(file, '--field', 'body')).code).toBe(0)
  })

  it.each<[what: string, content: Buffer | null, says: string]>([
    ['a missing file', null, 'there is no such file'],
    ['a gzip that is cut off', gzipSync(good.repeat(50)).subarray(0, 60), 'the gzip is cut off'],
    ['no gzip at all', Buffer.from(good), 'incorrect header check'],
  ])('says so of %s', async (what, content, says) => {
    const name = `${what.replaceAll(' ', '-')}.jsonl.gz`
    const path = content === null ? join(folder, name) : fileOf(name, content)
    const { code, stderr } = await score(path)
    expect(code).toBe(1)
    expect(stderr).toContain('NICR_FILE_UNREADABLE')
    expect(stderr).toContain(says)
    expect(stderr).toContain(path)
  })

  it.each<[parameters: string[], says: string]>([
    [
      ['--kind', 'nicenes'],
      'NICR_KIND_UNKNOWN: no model kind is named nicenes; there are niceness, text-spam',
    ],
    [['--kind', 'niceness', '--model', '999'], 'NICR_MODEL_NOT_FOUND: niceness@999'],
    [['--kind', 'niceness', '--model', 'text-spam@2'], 'is of kind text-spam, not niceness'],
  ])('refuses %j', async (parameters, says) => {
    const { code, stdout, stderr } = await runNicr(['score', ...parameters, fileOf('good.jsonl', good)])
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
    expect(stderr).toContain(says)
  })

  function score(file: string, ...more: string[]) {
    return runNicr(['score', '--kind', 'niceness', '--json', ...more, file])
  }
})
