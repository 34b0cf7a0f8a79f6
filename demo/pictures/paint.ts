import sharp, { type Sharp } from 'sharp'
import type { Box } from '../../processors/images/raster.ts'
import type { Draws } from '../community/draws.ts'
import type { Logo } from './logos.ts'
import { betweenOf, type Drawing } from './scenes.ts'

/** Drawings as files. */

/** Of what a camera adds to each value. */
const GRAIN = 22
const QUALITY = { min: 62, max: 90 } as const

/** A JPEG of a drawing as a camera would take it: a little blurred, and with grain. */
export async function paintPhoto(drawing: Drawing, draws: Draws): Promise<Buffer> {
  const { data, info } = await sharp(svgOf(drawing))
    .blur(1.2)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  for (let at = 0; at < data.length; at += info.channels) {
    // Of the light, as most of a camera's is: the same in all colours.
    const grain = (draws.uniform() - 0.5) * GRAIN
    for (let i = at; i < at + info.channels; i++) data[i] = Math.max(0, Math.min(255, data[i]! + grain))
  }
  return saved(sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } }), draws)
}

/** A PNG of a drawing, as a screenshot is one. */
export function paintScreenshot(drawing: Drawing): Promise<Buffer> {
  return sharp(svgOf(drawing)).png().toBuffer()
}

/** A JPEG of a drawing as it is. */
export function paintSheet(drawing: Drawing, draws: Draws): Promise<Buffer> {
  return saved(sharp(svgOf(drawing)).removeAlpha(), draws)
}

/** Where and how a logo is laid over a picture. */
export interface Blend {
  /** Of its square, as a part of the picture's shorter side. */
  readonly share: number
  /** Left upper corner, as parts of the room that is left. */
  readonly x: number
  readonly y: number
  /** 0–1. */
  readonly opacity: number
  readonly ink: 'white' | 'black'
}

/** A picture with a shop's mark over it, and where it lies. */
export async function watermarked(
  photo: Buffer,
  { body }: Logo,
  { share, x, y, opacity, ink }: Blend,
  draws: Draws,
): Promise<{ readonly file: Buffer; readonly box: Box }> {
  const { width, height } = await sharp(photo).metadata()
  const side = Math.round(share * Math.min(width, height))
  const [left, top] = [Math.round(x * (width - side)), Math.round(y * (height - side))]
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${side}" height="${side}" viewBox="0 0 100 100"><g opacity="${opacity}">${body.replaceAll('INK', ink)}</g></svg>`
  const file = await saved(sharp(photo).composite([{ input: Buffer.from(svg), left, top }]), draws)
  return { file, box: { x: left / width, y: top / height, width: side / width, height: side / height } }
}

/** What is cut off each side at most, as a part of it; and sizes, as parts of what it was. */
const CUT_MAX = 0.07
const SCALE = { min: 0.6, max: 1.4 } as const

/** A picture as somebody else posts it again: cut, at another size, saved anew. */
export async function reposted(picture: Buffer, draws: Draws): Promise<Buffer> {
  const between = betweenOf(draws)
  const { width, height } = await sharp(picture).metadata()
  const [left, top] = [Math.round(between(0, CUT_MAX) * width), Math.round(between(0, CUT_MAX) * height)]
  const cut = {
    left,
    top,
    width: Math.round(width * (1 - between(0, CUT_MAX))) - left,
    height: Math.round(height * (1 - between(0, CUT_MAX))) - top,
  }
  const across = Math.round(cut.width * between(SCALE.min, SCALE.max))
  return saved(sharp(picture).extract(cut).resize({ width: across }), draws)
}

/** A PNG of few colours, as small as a page likes it. */
export function paintContactSheet(drawing: Drawing): Promise<Buffer> {
  return sharp(svgOf(drawing)).png({ palette: true, colours: SHEET_COLOURS, effort: 10 }).toBuffer()
}

/** A picture that fits into a place, for an SVG. */
export async function thumbnail(
  file: Buffer,
  place: { readonly width: number; readonly height: number },
): Promise<{ readonly width: number; readonly height: number; readonly uri: string }> {
  const { width, height } = place
  const { data, info } = await sharp(file)
    .resize({ width, height, fit: 'inside' })
    .jpeg({ quality: THUMBNAIL_QUALITY })
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, uri: `data:image/jpeg;base64,${data.toString('base64')}` }
}

const THUMBNAIL_QUALITY = 85
const SHEET_COLOURS = 128

function svgOf({ width, height, body }: Drawing): Buffer {
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${body}</svg>`,
  )
}

function saved(picture: Sharp, draws: Draws): Promise<Buffer> {
  const quality = Math.round(betweenOf(draws)(QUALITY.min, QUALITY.max))
  return picture.jpeg({ quality }).toBuffer()
}
