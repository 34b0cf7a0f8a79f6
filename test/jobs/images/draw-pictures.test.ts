import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { type DrawnRow, drawPicture, drawPictures } from '../../../jobs/images/drawn/draw-pictures.ts'
import { decodeImage } from '../../../pipelines/images/decode-image.ts'

/** Each layout has its turn. */
const ONE_ROUND = 35

it('draws the same pictures from the same seed, and others from another', async () => {
  const of = async (seed: number, number: number) => (await drawPicture(seed, number)).picture
  expect((await of(5, 3)).equals(await of(5, 3))).toBe(true)
  expect((await of(5, 3)).equals(await of(6, 3))).toBe(false)
  expect((await of(5, 3)).equals(await of(5, 3 + ONE_ROUND))).toBe(false)
})

it('draws harmless pictures and spam that can be looked at, with their rows, in one manner and in the other', {
  timeout: 60_000,
}, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'nicr-drawn-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const path = await drawPictures(folder, ONE_ROUND, 9)
  const lines = (await readFile(path, 'utf8')).trim().split('\n')
  const rows = lines.map(line => JSON.parse(line) as DrawnRow)
  expect(rows).toHaveLength(ONE_ROUND)
  expect(new Set(rows.map(row => row.group)).size).toBe(rows.length)
  const endings = new Set<string>()
  for (const { file, label, kind } of rows) {
    const { frames } = await decodeImage(await readFile(join(folder, file)))
    // Something is drawn on the paper.
    const { data } = frames[0]!
    expect(
      data.some(value => Math.abs(value - data[0]!) > 20),
      file,
    ).toBe(true)
    expect(kind).toBe(`${label}-drawn`)
    endings.add(file.slice(file.lastIndexOf('.')))
  }
  expect([...endings].sort()).toEqual(['.jpeg', '.png', '.webp'])
  const isSpam = (row: DrawnRow) => row.label === 'spam'
  const layoutOf = ({ file }: DrawnRow) => file.slice(file.indexOf('-') + 1, file.indexOf('.'))
  const layoutsOf = (picked: readonly DrawnRow[]) => new Set(picked.map(layoutOf))
  const harmless = layoutsOf(rows.filter(row => !isSpam(row)))
  expect([...layoutsOf(rows.filter(isSpam))].filter(layout => harmless.has(layout)).length).toBeGreaterThan(2)
  expect(rows.filter(isSpam).length).toBeGreaterThan(0.2 * rows.length)
  expect(rows.filter(isSpam).length).toBeLessThan(0.5 * rows.length)
})
