import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Comments, cutTexts, readComments, writeComments } from '../../bench/comments.ts'
import { benchTrain, trainResult } from '../../bench/train.ts'
import { packagePath } from '../../schemas/package-root.ts'

const signal = new AbortController().signal

describe('the comments of a benchmark', () => {
  it('are invented ones of every grade where the public set is not there, the same each time', async () => {
    const comments = await readComments('/nowhere')
    expect(comments.corpus).toBe('invented')
    expect(new Set(comments.rows.map(({ niceness }) => niceness)).size).toBeGreaterThan(5)
    expect(comments.rows.slice(0, 3)).toEqual((await readComments('/nowhere')).rows.slice(0, 3))
  })

  it('are repeated up to the rows that are wanted', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'nicr-bench-'))
    try {
      await writeComments(comments('one', 'two'), 3, join(dir, 'rows.jsonl'))
      const lines = readFileSync(join(dir, 'rows.jsonl'), 'utf8').trimEnd().split('\n')
      expect(lines.map(line => (JSON.parse(line) as { text: string }).text)).toEqual(['one', 'two', 'one'])
    } finally {
      rmSync(dir, { recursive: true })
    }
  })

  it('are cut into texts of one length', () => {
    expect(cutTexts(comments('abc', 'def', 'g'), 4, 9)).toEqual(['abc ', 'def '])
    expect(cutTexts(comments('abcdefghijkl'), 4, 2)).toEqual(['abcd', 'efgh'])
  })
})

describe('the result of the training benchmark', () => {
  const measured = { cpuSeconds: 9, digest: '', metrics: {} }

  it('is rows of the set over seconds, and a ratio to parsing the same rows once', () => {
    const result = trainResult(
      { rows: 1000, seconds: 10, parseSeconds: 0.5, peakBytes: 3 * 2 ** 20, ...measured },
      'invented',
    )
    expect(result).toMatchObject({ rowsPerSecond: 100, vsJsonParse: 0.05, peakMegabytes: 3 })
  })

  it.skipIf(!existsSync(packagePath('dist', 'bench', 'train-run.js')))(
    'comes from a process of its own, which leaves nothing behind',
    async () => {
      const { rows } = await readComments('/nowhere')
      const few: Comments = { corpus: 'invented', rows: rows.slice(0, 2000) }
      const result = await benchTrain({ rows: 2000, comments: few, signal, report: () => undefined })
      expect(result.rows).toBe(2000)
      expect(result.rowsPerSecond).toBeGreaterThan(0)
      expect(result.peakMegabytes).toBeGreaterThan(30)
      expect(result.metrics['mae']).toBeGreaterThan(0)
    },
  )
})

function comments(...texts: readonly string[]): Comments {
  return { corpus: 'invented', rows: texts.map(text => ({ text, niceness: 5 })) }
}
