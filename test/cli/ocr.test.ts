import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { textSvg } from '../support/rasters.ts'
import { runNicr } from '../support/run-nicr.ts'

let folder: string
let page: string
let broken: string
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-ocr-'))
  page = join(folder, 'page.png')
  broken = join(folder, 'broken.png')
  await sharp(Buffer.from(textSvg(['Lost: one red glove']))).toFile(page)
  writeFileSync(broken, 'no picture')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it('nicr ocr --json reads past a bad image, names it and fails in the end', async () => {
  const missing = join(folder, 'missing.png')
  const { code, stdout, stderr } = await runNicr(['ocr', '--json', page, broken, missing, page])
  expect(code).not.toBe(0)
  const rows = stdout
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)
  expect(rows).toHaveLength(2)
  for (const row of rows) {
    expect(row).toMatchObject({ file: page, text: 'Lost: one red glove' })
    expect(row['confidence']).toBeGreaterThan(0.8)
    expect(row['boxes']).toEqual([
      {
        text: 'Lost: one red glove',
        x: expect.any(Number),
        y: expect.any(Number),
        width: expect.any(Number),
        height: expect.any(Number),
        confidence: row['confidence'],
      },
    ])
  }
  expect(stderr).toContain(broken)
  expect(stderr).toContain(missing)
  expect(stderr).toContain('2 images of 4')
})

it('nicr ocr shows people the lines', async () => {
  const { code, stdout } = await runNicr(['ocr', page])
  expect(code).toBe(0)
  expect(stdout).toMatch(/page\.png: 1 line, confidence [01]\.\d\d\n {2}Lost: one red glove\n/)
})
