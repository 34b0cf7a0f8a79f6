import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JsonLine, LINE_BYTES_MAX, readJsonLines } from '../../pipelines/jsonl.ts'
import { collect } from '../support/collect.ts'

let dir: string
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-jsonl-'))
})
afterEach(() => rm(dir, { recursive: true }))

async function read(name: string, content: string | Uint8Array): Promise<JsonLine[]> {
  const path = join(dir, name)
  await writeFile(path, content)
  return collect(readJsonLines(path))
}

describe('readJsonLines', () => {
  const rows = [
    { line: 1, value: { text: 'é👍' } },
    { line: 3, error: expect.stringContaining('is not JSON') },
    { line: 4, value: [1] },
  ]
  const content = '\uFEFF{"text":"é👍"}\r\n\n{oops\n[1]'

  it('numbers rows by line, carries on past a bad one and needs no last line break', async () => {
    expect(await read('rows.jsonl', content)).toEqual(rows)
    expect(await read('rows.jsonl.gz', gzipSync(content))).toEqual(rows)
    expect(await read('empty.jsonl', '')).toEqual([])
  })

  it('puts together rows that lie across chunks of the file', async () => {
    const texts = Array.from({ length: 5000 }, (_, i) => ({ text: 'ü'.repeat(i % 97), i }))
    const values = await read('many.jsonl', texts.map(text => JSON.stringify(text)).join('\n'))
    expect(values).toEqual(texts.map((value, i) => ({ line: i + 1, value })))
  })

  it('refuses a line that is too long and reads the next', async () => {
    const long = Buffer.alloc(LINE_BYTES_MAX + 1, 'x')
    const [first, second] = await read('long.jsonl', Buffer.concat([long, Buffer.from('\n{"a":1}\n')]))
    expect(first).toEqual({ line: 1, error: 'is longer than 16 MiB' })
    expect(second).toEqual({ line: 2, value: { a: 1 } })
  })

  it('says which file cannot be read, and why', async () => {
    const unreadable = (message: RegExp) => ({
      code: 'NICR_FILE_UNREADABLE',
      message: expect.stringMatching(message),
    })
    await expect(collect(readJsonLines(join(dir, 'none.jsonl')))).rejects.toMatchObject(
      unreadable(/no such file/),
    )
    await expect(collect(readJsonLines(dir))).rejects.toMatchObject(unreadable(/is a folder/))
    await expect(read('plain.jsonl.gz', 'not gzip')).rejects.toMatchObject(unreadable(/plain.jsonl.gz/))
    const cut = gzipSync('{"a":1}\n'.repeat(10)).subarray(0, -9)
    await expect(read('cut.jsonl.gz', cut)).rejects.toMatchObject(unreadable(/cut off/))
  })
})
