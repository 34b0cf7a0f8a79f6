import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readComments } from '../../bench/comments.ts'
import { benchEncoder } from '../../bench/encoder.ts'
import { encoderTable } from '../../cli/bench-encoder-table.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { writeTinyEncoder } from '../support/tiny-encoder.ts'

const dir = mkdtempSync(join(tmpdir(), 'nicr-bench-encoder-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const isBuilt = existsSync(packagePath('dist', 'bench', 'encoder-run.js'))
const common = {
  rounds: 1,
  seconds: 0.2,
  swaps: 2,
  signal: new AbortController().signal,
  report: () => undefined,
}

describe('the encoder benchmark', () => {
  it('says that it was skipped, and why, where there is no encoder', async () => {
    const result = await benchEncoder({ ...common, folder: join(dir, 'nowhere'), python: null })
    expect(result).toEqual({ skipped: expect.stringContaining('scripts/minilm.sh') })
    expect(encoderTable(result)).toContain('skipped')
  })

  it.skipIf(!isBuilt)(
    'measures ours, and says that the reference was left out where its Python does not have it',
    async () => {
      const folder = writeTinyEncoder(join(dir, 'tiny'), { words: { good: [1, 0], bad: [0, 1] } })
      const comments = await readComments('/nowhere')
      const result = await benchEncoder({ ...common, folder, python: process.execPath, comments })
      if ('skipped' in result) throw new Error(result.skipped)
      expect(result.reference).toMatch(/^skipped: .* does not run transformers: /)
      expect(result.batches.map(({ batch, vsPipeline }) => [batch, vsPipeline])).toEqual([
        [1, null],
        [16, null],
      ])
      for (const { textsPerCpuSecond } of result.batches) expect(textsPerCpuSecond).toBeGreaterThan(0)
      for (const { callers, p50Ms, p99Ms } of result.callers) {
        expect(callers).toBeGreaterThan(0)
        expect(p99Ms).toBeGreaterThanOrEqual(p50Ms)
      }
      expect(result.swaps).toMatchObject({ count: 2 })
      expect(encoderTable(result)).toContain('compared with: skipped')
    },
  )
})
