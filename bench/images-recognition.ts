import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createRandom } from '../jobs/random.ts'
import { createLogoBank } from '../processors/images/logo-bank.ts'
import { type LogoEntry, logoTemplate } from '../processors/images/logo-template.ts'
import type { Box, Raster } from '../processors/images/raster.ts'
import { cropRaster } from '../processors/images/resize.ts'
import { logoSets } from './drawn-logos.ts'
import { type Blend, blendLogo, rasterOf } from './logo-pictures.ts'
import { plainGround } from './text-pictures.ts'

export interface LogoBenchOptions {
  /** Files of photos: a quarter of them are marked, a quarter bear logos, all others must bear none. */
  readonly photos: readonly Buffer[]
  readonly set: keyof typeof logoSets
  /** Logos are marked on a plain ground, or on photos. */
  readonly markedOn: 'plain' | 'photos'
  /** Pictures with a logo. */
  readonly pictures: number
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

export interface LogoBenchResult {
  /** Share of the pictures whose logo was found where it is, by opacity and by size over the marked one. */
  readonly found: number
  readonly byOpacity: Readonly<Record<string, number>>
  readonly bySize: Readonly<Record<string, number>>
  /** Matches over photos × logos, and the share of photos with any. */
  readonly falsePairs: number
  readonly falsePhotos: number
  /** Of one picture, the whole bank. */
  readonly cpuMs: number
  readonly logos: number
}

const SEED = 2026
const SIZES = [0.5, 0.7, 1, 1.4, 2]
const OPACITIES = [0.25, 0.4, 0.7, 1]
/** Intersection over union from which a box is the logo's. */
const OVERLAP_MIN = 0.4
/** Of the longer side of its picture, as it is marked. */
const MARKED_SHARE = 0.3

/**
 * Measures how well marked logos are found again: drawn ones, blended over photos at many sizes, places and opacities.
 * @throws the signal's reason
 */
export async function benchLogos(options: LogoBenchOptions): Promise<LogoBenchResult> {
  const { photos, pictures, signal, report } = options
  const random = createRandom(SEED)
  const marked = photos.filter((_, i) => i % 4 === 0)
  const bearing = photos.filter((_, i) => i % 4 === 2)
  const bare = photos.filter((_, i) => i % 2 === 1)
  const oneOf = (some: readonly Buffer[]) => some[Math.floor(random() * some.length)]!
  const logos = logoSets[options.set]
  const entries: LogoEntry[] = []
  for (const [i, logo] of logos.entries()) {
    const ground = options.markedOn === 'plain' ? await plainGround() : oneOf(marked)
    const { file, box } = await blendLogo(ground, logo, await blendOf(ground, MARKED_SHARE, 1, random))
    const template = logoTemplate(await rasterOf(file), looselyAround(box, random))
    if (typeof template !== 'string') entries.push({ id: String(i), name: logo.name, weight: 1, template })
  }
  const bank = createLogoBank(entries)
  const tally = createTally()
  for (let i = 0; i < pictures; i++) {
    signal.throwIfAborted()
    report(`searching picture ${i + 1} of ${pictures} for logos`)
    const number = i % logos.length
    const size = SIZES[Math.floor(i / logos.length) % SIZES.length]!
    const opacity = OPACITIES[Math.floor(random() * OPACITIES.length)]!
    const ground = oneOf(bearing)
    const blend = await blendOf(ground, MARKED_SHARE * size, opacity, random)
    const { file, box } = await blendLogo(ground, logos[number]!, blend)
    const match = bank.find(await rasterOf(file)).find(({ entry }) => entry === String(number))
    tally.add({ size, opacity, found: match !== undefined && overlapOf(match.box, box) >= OVERLAP_MIN })
  }
  return { ...tally.result(), ...(await searchBare()), logos: entries.length }

  async function searchBare(): Promise<Pick<LogoBenchResult, 'falsePairs' | 'falsePhotos' | 'cpuMs'>> {
    let [matches, wrong, cpuMicros] = [0, 0, 0]
    for (const [i, file] of bare.entries()) {
      signal.throwIfAborted()
      report(`searching photo ${i + 1} of ${bare.length} for no logo`)
      const image = await rasterOf(file)
      const before = process.cpuUsage()
      const found = bank.find(image).length
      const { user, system } = process.cpuUsage(before)
      cpuMicros += user + system
      matches += found
      if (found > 0) wrong++
    }
    return {
      falsePairs: matches / (bare.length * entries.length),
      falsePhotos: wrong / bare.length,
      cpuMs: cpuMicros / 1000 / bare.length,
    }
  }
}

/** Photos of the public set in an order that its groups' names give, at most `max`; none where it is not there. */
export function readPhotos(dataDir: string, max: number): Buffer[] {
  const folder = join(dataDir, 'image-spam')
  const manifest = join(folder, 'manifest.jsonl.gz')
  if (!existsSync(manifest)) return []
  return gunzipSync(readFileSync(manifest))
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as { kind: string; group: string; file: string })
    .filter(({ kind }) => kind === 'ham-photo')
    .sort((a, b) => (a.group + a.file < b.group + b.file ? -1 : 1))
    .slice(0, max)
    .map(({ file }) => readFileSync(join(folder, file)))
}

/** As a tagger draws it: up to 6% too wide on each side, or a little too narrow. */
function looselyAround({ x, y, width, height }: Box, random: () => number): Box {
  const [left, top, right, bottom] = [width, height, width, height].map(
    length => length * (0.07 * random() - 0.01),
  ) as [number, number, number, number]
  return { x: x - left, y: y - top, width: width + left + right, height: height + top + bottom }
}

/** A random place; ink that shows there: light on dark, dark on light, one in three of any hue. */
async function blendOf(photo: Buffer, share: number, opacity: number, random: () => number): Promise<Blend> {
  const image = await rasterOf(photo)
  const place = { side: share * Math.max(image.width, image.height), x: random(), y: random() }
  const light = meanUnder(image, place) < 128
  const [ink, paper] = light ? ['white', 'black'] : ['black', 'white']
  const hue = Math.floor(random() * 360)
  return {
    ...place,
    opacity,
    ink: random() < 1 / 3 ? `hsl(${hue},85%,${light ? 60 : 35}%)` : ink!,
    paper: paper!,
    quality: 60 + Math.floor(random() * 36),
  }
}

/** Of the square that the logo lies in. */
function meanUnder(image: Raster, { side, x, y }: Pick<Blend, 'side' | 'x' | 'y'>): number {
  const [width, height] = [Math.min(image.width, side), Math.min(image.height, side)].map(Math.round)
  const left = Math.floor(x * (image.width - width!))
  const top = Math.floor(y * (image.height - height!))
  const { data } = cropRaster(image, left, top, width!, height!)
  return data.reduce((sum, value) => sum + value, 0) / data.length
}

interface Searched {
  readonly size: number
  readonly opacity: number
  readonly found: boolean
}

function createTally() {
  const all: Searched[] = []
  const share = (some: readonly Searched[]) => some.filter(({ found }) => found).length / some.length
  const by = (key: 'size' | 'opacity', values: readonly number[]) =>
    Object.fromEntries(values.map(value => [String(value), share(all.filter(one => one[key] === value))]))
  return {
    add: (searched: Searched) => all.push(searched),
    result: () => ({ found: share(all), byOpacity: by('opacity', OPACITIES), bySize: by('size', SIZES) }),
  }
}

/** Intersection over union. */
function overlapOf(one: Box, other: Box): number {
  const across = Math.min(one.x + one.width, other.x + other.width) - Math.max(one.x, other.x)
  const down = Math.min(one.y + one.height, other.y + other.height) - Math.max(one.y, other.y)
  const both = Math.max(0, across) * Math.max(0, down)
  return both / (one.width * one.height + other.width * other.height - both)
}
