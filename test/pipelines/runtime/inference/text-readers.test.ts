import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPolicyReader } from '../../../../pipelines/runtime/inference/policy-reader.ts'
import { openPpOcrReader } from '../../../../pipelines/runtime/inference/ppocr-reader.ts'
import { openTesseractReader } from '../../../../pipelines/runtime/inference/tesseract-reader.ts'
import type { Raster } from '../../../../processors/images/raster.ts'
import { toGrey } from '../../../../processors/images/resize.ts'
import type { TextReader } from '../../../../processors/images/text-reader.ts'
import { packagePath } from '../../../../schemas/package-root.ts'
import { drawn, textSvg } from '../../../support/rasters.ts'

const TIMEOUT_MS = 60_000
const lines = ['Meet me at 18:30', 'Bring 2 umbrellas']
const blank: Raster = { width: 300, height: 200, channels: 3, data: new Uint8Array(300 * 200 * 3).fill(250) }

const readers: Readonly<Record<string, () => Promise<TextReader>>> = {
  tesseract: async () => openTesseractReader(),
  'pp-ocr': openPpOcrReader,
  policy: openPolicyReader,
}

describe.each(Object.entries(readers))('%s', (name, open) => {
  let reader: TextReader
  let page: Raster
  beforeAll(async () => {
    reader = await open()
    page = await drawn(textSvg(lines))
  })
  afterAll(() => reader.close())

  it('reads clean lines in order, each in its box', async () => {
    const read = await reader.read(page, { timeoutMs: TIMEOUT_MS })
    expect(reader.name).toBe(name)
    expect(read).toMatchObject({ text: lines.join('\n'), complete: true })
    expect(read.confidence).toBeGreaterThan(0.8)
    for (const [i, { box }] of read.lines.entries()) {
      const [left, middle] = [40 / page.width, (58 + i * 60) / page.height]
      expect(Math.abs(box.x - left)).toBeLessThan(0.03)
      expect(box.y).toBeLessThan(middle)
      expect(box.y + box.height).toBeGreaterThan(middle)
      expect(box.x + box.width).toBeLessThanOrEqual(1)
    }
  })

  it('reads grey as it reads colours', async () => {
    const read = await reader.read(toGrey(page), { timeoutMs: TIMEOUT_MS })
    expect(read.text).toBe(lines.join('\n'))
  })

  it('finds nothing where there is no text, not even in a single pixel', async () => {
    const pixel: Raster = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) }
    for (const image of [blank, pixel]) {
      const read = await reader.read(image, { timeoutMs: TIMEOUT_MS })
      expect(read).toEqual({ lines: [], text: '', confidence: 0, complete: true })
    }
  })

  it('answers with what it has when the time is up, and reads the next picture', async () => {
    expect((await reader.read(page, { timeoutMs: 0 })).complete).toBe(false)
    expect((await reader.read(page, { timeoutMs: 1 })).complete).toBe(false)
    expect((await reader.read(page, { timeoutMs: TIMEOUT_MS })).text).toBe(lines.join('\n'))
  })

  it('reads pictures asked for at once', async () => {
    const reads = await Promise.all(
      [page, blank, page].map(one => reader.read(one, { timeoutMs: TIMEOUT_MS })),
    )
    expect(reads.map(({ text }) => text)).toEqual([lines.join('\n'), '', lines.join('\n')])
  })
})

describe('tesseract', () => {
  it('reads on in a new thread after as many pictures as one may read', async () => {
    const reader = openTesseractReader({ picturesMax: 1 })
    const page = await drawn(textSvg(['Again']))
    for (let i = 0; i < 3; i++)
      expect((await reader.read(page, { timeoutMs: TIMEOUT_MS })).text).toBe('Again')
    await reader.close()
  })

  it('leaves nothing running once closed: the process ends by itself', () => {
    const program = `
      import { openTesseractReader } from ${JSON.stringify(packagePath('dist/pipelines/runtime/inference/tesseract-reader.js'))}
      const reader = openTesseractReader()
      const read = await reader.read({ width: 64, height: 32, channels: 1, data: new Uint8Array(2048).fill(255) }, { timeoutMs: 60000 })
      await reader.close()
      process.stdout.write(String(read.complete))
    `
    const run = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      timeout: 60_000,
      encoding: 'utf8',
    })
    expect(run).toMatchObject({ status: 0, stdout: 'true' })
  })
})

describe('policy', () => {
  it.each([12, -35, 90, 180])('reads text turned by %i degrees', async angle => {
    const reader = await openPolicyReader()
    const page = await drawn(textSvg(['Only today: 3 for 2']), angle)
    const read = await reader.read(page, { timeoutMs: TIMEOUT_MS })
    await reader.close()
    expect(read.text).toBe('Only today: 3 for 2')
  })

  it('says of a dense page that its smallest lines were left out', async () => {
    const reader = await openPolicyReader()
    const small = Array.from({ length: 24 }, (_, i) => 60 + i * 30)
      .map(
        y =>
          `<text x="20" y="${y}" font-size="17" font-family="DejaVu Sans">Nobody reads the small print of row ${y}, however long it goes on and on</text>`,
      )
      .join('')
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="700" height="800"><rect width="100%" height="100%" fill="#fff"/><text x="20" y="36" font-size="30" font-family="DejaVu Sans">Large print</text>${small}</svg>`
    const read = await reader.read(await drawn(svg), { timeoutMs: TIMEOUT_MS })
    await reader.close()
    expect(read.complete).toBe(false)
    expect(read.lines.length).toBeGreaterThan(5)
  })

  it('reads the text under a watermark, and not the watermark', async () => {
    const mark = (x: number) =>
      `<text x="${x}" y="260" font-size="40" font-family="DejaVu Sans" fill="#d22" fill-opacity="0.3" transform="rotate(-35 ${x} 260)">PREVIEW ONLY PREVIEW</text>`
    const marks = [-80, 80, 240, 400].map(mark).join('')
    const page = await drawn(
      textSvg(['Fresh bread at seven', 'Closed on Tuesdays']).replace('</svg>', `${marks}</svg>`),
    )
    const reader = await openPolicyReader()
    const read = await reader.read(page, { timeoutMs: TIMEOUT_MS })
    await reader.close()
    expect(read.text).toBe('Fresh bread at seven\nClosed on Tuesdays')
  })
})
