import type { Raster } from './raster.ts'
import type { ReadLine, ReadText } from './seen-image.ts'
import { cornersOf, type TextRegion } from './text-regions.ts'

/** A line as an engine read it: where in pixels, and what. */
export interface RegionText {
  readonly region: TextRegion
  readonly text: string
  /** 0–1. */
  readonly confidence: number
}

/** Parts of one line overlap it by this share of the thinner one's thickness. */
const SAME_LINE_OVERLAP = 0.5

/** Lines as people read them: from the top, and those beside each other from the left; a tilted page is set upright for it. */
export function inReadingOrder(parts: readonly RegionText[]): RegionText[] {
  const tilt = medianTilt(parts)
  const placed = parts.map(part => {
    const { centreX, centreY, thickness } = part.region
    return {
      part,
      x: centreX * Math.cos(tilt) + centreY * Math.sin(tilt),
      y: centreY * Math.cos(tilt) - centreX * Math.sin(tilt),
      thickness,
    }
  })
  placed.sort((a, b) => a.y - b.y)
  const rows: (typeof placed)[] = []
  for (const one of placed) {
    const row = rows.at(-1)
    const near = row?.find(
      other => Math.abs(other.y - one.y) < SAME_LINE_OVERLAP * Math.min(other.thickness, one.thickness),
    )
    if (near === undefined) rows.push([one])
    else row!.push(one)
  }
  return rows.flatMap(row => row.sort((a, b) => a.x - b.x).map(({ part }) => part))
}

/** What was read in a picture, in fractions of it. */
export function readTextOf(
  parts: readonly RegionText[],
  { width, height }: Pick<Raster, 'width' | 'height'>,
  complete: boolean,
): ReadText {
  const lines = inReadingOrder(parts.filter(({ text }) => text !== '')).map(
    ({ region, text, confidence }): ReadLine => ({ text, confidence, box: boxOf(region, width, height) }),
  )
  const letters = lines.reduce((sum, { text }) => sum + text.length, 0)
  const sum = lines.reduce((total, { text, confidence }) => total + text.length * confidence, 0)
  return {
    lines,
    text: lines.map(({ text }) => text).join('\n'),
    confidence: letters === 0 ? 0 : sum / letters,
    complete,
  }
}

/** The detector cuts letters closely; a box for people leaves them room, in thicknesses of the line, both sides together. */
const MARGIN = 0.3

/** The upright rectangle around a region, in fractions of the picture. */
function boxOf(region: TextRegion, width: number, height: number): ReadLine['box'] {
  const margin = MARGIN * region.thickness
  const corners = cornersOf({
    ...region,
    length: region.length + margin,
    thickness: region.thickness + margin,
  })
  const within = (values: readonly number[], size: number) => {
    const from = Math.min(1, Math.max(0, Math.min(...values) / size))
    return [from, Math.min(1, Math.max(from, Math.max(...values) / size)) - from] as const
  }
  const [x, w] = within(
    corners.map(corner => corner.x),
    width,
  )
  const [y, h] = within(
    corners.map(corner => corner.y),
    height,
  )
  return { x, y, width: w, height: h }
}

/** Of the lines that are longer than a word or two; a letter's direction says nothing. */
function medianTilt(parts: readonly RegionText[]): number {
  const angles = parts
    .filter(({ region }) => region.length > 2 * region.thickness)
    .map(({ region }) => region.angle)
    .sort((a, b) => a - b)
  return angles[angles.length >> 1] ?? 0
}
