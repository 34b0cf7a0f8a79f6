import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { createRandom } from '../jobs/random.ts'
import { createLogoBank } from '../processors/images/logo-bank.ts'
import { type LogoEntry, logoTemplate } from '../processors/images/logo-template.ts'
import type { Box } from '../processors/images/raster.ts'
import { type Blend, blendLogo, logoSets, rasterOf } from './logo-pictures.ts'
import { plainGround } from './text-pictures.ts'

export interface LogoBenchOptions {
  /** Files of photos; those at even places are marked or bear logos, all others must bear none. */
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
  const bearing = photos.filter((_, i) => i % 2 === 0)
  const bare = photos.filter((_, i) => i % 2 === 1)
  const photo = () => bearing[Math.floor(random() * bearing.length)]!
  const logos = logoSets[options.set]
  const entries: LogoEntry[] = []
  for (const [i, logo] of logos.entries()) {
    const ground = options.markedOn === 'plain' ? await plainGround() : photo()
    const { file, box } = await blendLogo(ground, logo, await blendOf(ground, MARKED_SHARE, 1, random))
    const template = logoTemplate(await rasterOf(file), box)
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
    const ground = photo()
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

/** A random place; ink that shows on the photo. */
async function blendOf(photo: Buffer, share: number, opacity: number, random: () => number): Promise<Blend> {
  const { width, height, data } = await rasterOf(photo)
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  return {
    side: share * Math.max(width, height),
    x: random(),
    y: random(),
    opacity,
    ink: mean < 128 ? 'white' : 'black',
    quality: 60 + Math.floor(random() * 31),
  }
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
