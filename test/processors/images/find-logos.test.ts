import { expect, it } from 'vitest'
import { logoSets } from '../../../bench/drawn-logos.ts'
import { blendLogo, rasterOf } from '../../../bench/logo-pictures.ts'
import { makeScene } from '../../../bench/text-pictures.ts'
import type { GradientField } from '../../../processors/images/gradient-field.ts'
import { createLogoBank } from '../../../processors/images/logo-bank.ts'
import { logoAt, logoTemplate, unpackLogo } from '../../../processors/images/logo-template.ts'
import type { Box, Raster } from '../../../processors/images/raster.ts'

const grey: Raster = { width: 320, height: 240, channels: 1, data: new Uint8Array(320 * 240).fill(90) }
const logos = logoSets.choose.slice(0, 6)
const scene = (seed: number) => makeScene(seed)

async function marked(index: number) {
  const blend = { side: 240, x: 0.5, y: 0.5, opacity: 1, ink: 'white', paper: 'black', quality: 90 } as const
  const { file, box } = await blendLogo(await scene(index + 1), logos[index]!, blend)
  const template = logoTemplate(await rasterOf(file), box)
  if (typeof template === 'string') throw new Error(template)
  return { id: `logo-${index}`, name: logos[index]!.name, weight: 1, template }
}

const entries = await Promise.all(logos.map((_, index) => marked(index)))
const bank = createLogoBank(entries)

function overlap(one: Box, other: Box): number {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  const both = Math.max(0, across) * Math.max(0, down)
  return both / (one.width * one.height + other.width * other.height - both)
}

function correlation(one: GradientField, other: GradientField): number {
  const sum = (a: GradientField, b: GradientField) =>
    a.x.reduce((total, x, i) => total + x * b.x[i]! + a.y[i]! * b.y[i]!, 0)
  return sum(one, other) / Math.sqrt(sum(one, one) * sum(other, other))
}

/** Upside down. */
function turned({ width, height, channels, data }: Raster): Raster {
  const rows = Array.from({ length: height }, (_, y) =>
    data.subarray(width * channels * y, width * channels * (y + 1)),
  )
  return { width, height, channels, data: Uint8Array.from(rows.reverse().flatMap(row => [...row])) }
}

it('finds marked logos in other pictures, at other places, sizes and opacities, with their boxes', async () => {
  let found = 0
  for (const [i, logo] of logos.entries()) {
    const blend = {
      side: [170, 240, 310][i % 3]!,
      x: 0.1,
      y: 0.8,
      opacity: 0.6,
      ink: 'black',
      paper: 'white',
      quality: 70,
    } as const
    const { file, box } = await blendLogo(await scene(40 + i), logo, blend)
    const match = bank.find(await rasterOf(file)).find(({ entry }) => entry === `logo-${i}`)
    if (match !== undefined && overlap(match.box, box) > 0.5) found++
  }
  expect(found).toBeGreaterThanOrEqual(5)
})

it('finds none in pictures without', async () => {
  const matches = await Promise.all(
    Array.from({ length: 6 }, async (_, i) => bank.find(await rasterOf(await scene(70 + i)))),
  )
  expect(matches.flat()).toEqual([])
})

it('finds a faint mark in colours other than the marked one', async () => {
  const blend = { side: 220, x: 0.6, y: 0.4, opacity: 0.3, ink: '#d02090', paper: 'black', quality: 75 }
  const { file, box } = await blendLogo(await scene(61), logos[0]!, blend)
  const [match] = bank.find(await rasterOf(file))
  expect(match?.entry).toBe('logo-0')
  expect(overlap(match!.box, box)).toBeGreaterThan(0.5)
})

it('does not take a logo for another that is it turned over', async () => {
  const blend = { side: 230, x: 0.5, y: 0.5, opacity: 1, ink: 'white', paper: 'black', quality: 85 }
  const { file } = await blendLogo(await scene(64), logos[5]!, blend)
  const image = await rasterOf(file)
  expect(bank.find(image).map(({ entry }) => entry)).toEqual(['logo-5'])
  expect(bank.find(turned(image))).toEqual([])
})

it('parts a logo from the busy ground that it was marked on', async () => {
  const stripes = Uint8Array.from({ length: 320 * 240 * 3 }, (_, i) => {
    const [x, y] = [Math.floor(i / 3) % 320, Math.floor(i / 960)]
    return 90 + 60 * Math.sin(x / 4 + (i % 3)) + 40 * Math.sin(y / 5)
  })
  const star = (x: number, y: number) => Math.hypot(x - 160, y - 120) < 50 && Math.abs(x - 160) > 12
  const marked = (ground: (i: number) => number): Raster => ({
    width: 320,
    height: 240,
    channels: 3,
    data: Uint8Array.from(stripes, (_, i) =>
      star(Math.floor(i / 3) % 320, Math.floor(i / 960)) ? 250 : ground(i),
    ),
  })
  const box = { x: 0.32, y: 0.26, width: 0.36, height: 0.48 }
  const [plain, busy] = [() => 60, (i: number) => stripes[i]!].map(ground => {
    const shape = unpackLogo(logoTemplate(marked(ground), box) as Uint8Array)!
    return logoAt(shape, 32)
  })
  expect([busy!.width, busy!.height]).toEqual([plain!.width, plain!.height])
  expect(correlation(plain!, busy!)).toBeGreaterThan(0.8)
})

it('answers the same in whatever order its entries come', async () => {
  const { file } = await blendLogo(await scene(50), logos[4]!, {
    side: 240,
    x: 0.2,
    y: 0.3,
    opacity: 1,
    ink: 'white',
    paper: 'black',
    quality: 80,
  })
  const image = await rasterOf(file)
  const found = bank.find(image)
  expect(found.map(({ entry }) => entry)).toContain('logo-4')
  expect(createLogoBank([...entries].reverse()).find(image)).toEqual(found)
})

it('searches no longer than its budget', async () => {
  const image = await rasterOf(await scene(1))
  expect(bank.find(image, { searchesMax: 0 })).toEqual([])
})

it('says why a box makes no template', async () => {
  const image = await rasterOf(await scene(1))
  expect(logoTemplate(grey, { x: 0.2, y: 0.2, width: 0.4, height: 0.4 })).toBe('TOO_PLAIN')
  expect(logoTemplate(image, { x: 0.2, y: 0.2, width: 0.01, height: 0.01 })).toBe('TOO_SMALL')
  expect(logoTemplate(image, { x: 2, y: 2, width: 0.5, height: 0.5 })).toBe('TOO_SMALL')
})

it('packs a logo the same on every machine, and passes over what is cut short or of another format', () => {
  const data = Uint8Array.from(grey.data)
  for (let y = 60; y < 180; y++) {
    for (let x = 100; x < 220; x++) if ((x - 160) ** 2 + (y - 120) ** 2 < 2500) data[y * 320 + x] = 240
  }
  const template = logoTemplate(
    { ...grey, data },
    { x: 0.3, y: 0.22, width: 0.4, height: 0.56 },
  ) as Uint8Array
  expect({ bytes: template.length, head: [...template.subarray(0, 32)] }).toMatchInlineSnapshot(`
    {
      "bytes": 3707,
      "head": [
        2,
        108,
        103,
        43,
        43,
        2,
        3,
        47,
        49,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
        0,
      ],
    }
  `)
  expect(unpackLogo(template)).not.toBeNull()
  expect(unpackLogo(template.subarray(1))).toBeNull()
  expect(unpackLogo(template.subarray(0, template.length - 1))).toBeNull()
  expect(unpackLogo(Uint8Array.of(1, ...template.subarray(1)))).toBeNull()
  expect(createLogoBank([{ id: 'a', name: 'a', weight: 1, template: template.subarray(1) }]).size).toBe(0)
})
