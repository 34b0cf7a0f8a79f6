import { decodeImage } from '../pipelines/images/decode-image.ts'
import type { Box, Raster } from '../processors/images/raster.ts'
import { layOver } from './text-pictures.ts'

/** A mark as spammers put it on pictures: drawn here, white parts and black parts on nothing. */
export interface DrawnLogo {
  readonly name: string
  /** Width over height. */
  readonly aspect: number
  /** In a view of 100 × aspect by 100. */
  readonly body: string
}

const text = (words: string, aspect: number, style: string): DrawnLogo => ({
  name: words,
  aspect,
  body: `<text x="${50 * aspect}" y="70" text-anchor="middle" textLength="${94 * aspect}" lengthAdjust="spacingAndGlyphs" font-size="62" fill="INK" ${style}>${words}</text>`,
})
const shape = (name: string, body: string, aspect = 1): DrawnLogo => ({ name, aspect, body })
const letters = 'text-anchor="middle" font-family="DejaVu Sans" fill="INK"'

/** Logos apart: what is chosen on one set is judged on the other. */
export const logoSets: Readonly<Record<'choose' | 'judge', readonly DrawnLogo[]>> = {
  choose: [
    text('Sale24', 3, 'font-family="DejaVu Sans" font-weight="bold"'),
    text('pillbox', 3.2, 'font-family="DejaVu Serif"'),
    text('WIN BIG', 4, 'font-family="DejaVu Sans Mono" font-weight="bold"'),
    text('luxe', 2, 'font-family="DejaVu Serif" font-style="italic"'),
    shape(
      'ring',
      '<circle cx="50" cy="50" r="38" fill="none" stroke="INK" stroke-width="10"/><path d="M30 50h40M50 30v40" stroke="INK" stroke-width="9"/>',
    ),
    shape('star', '<path d="M50 6l13 28 31 4-23 21 6 31-27-15-27 15 6-31L6 38l31-4z" fill="INK"/>'),
    shape(
      'house',
      '<path d="M8 48L50 10l42 38M20 44v46h60V44M42 90V62h16v28" fill="none" stroke="INK" stroke-width="5"/>',
    ),
    shape(
      'shield',
      `<path d="M50 5l40 14v28c0 25-20 40-40 48C30 87 10 72 10 47V19z" fill="none" stroke="INK" stroke-width="6"/><text x="50" y="64" font-size="44" font-weight="bold" ${letters}>R</text>`,
    ),
    shape(
      'bars',
      '<path d="M10 90V55h16v35zM34 90V35h16v55zM58 90V10h16v80z" fill="INK"/><path d="M6 96h88" stroke="INK" stroke-width="4"/>',
    ),
    shape(
      'badge',
      `<rect x="4" y="10" width="192" height="80" rx="16" fill="none" stroke="INK" stroke-width="6"/><text x="100" y="68" font-size="50" ${letters}>cash+</text>`,
      2,
    ),
    shape(
      'bolt',
      '<path d="M58 4L18 56h26l-8 40 44-56H52z" fill="INK"/><circle cx="50" cy="50" r="47" fill="none" stroke="INK" stroke-width="3"/>',
    ),
    shape(
      'waves',
      '<path d="M4 30q23-30 46 0t46 0M4 55q23-30 46 0t46 0M4 80q23-30 46 0t46 0" fill="none" stroke="INK" stroke-width="8"/>',
    ),
  ],
  judge: [
    text('MegaRx', 3, 'font-family="DejaVu Sans" font-weight="bold"'),
    text('goldshop', 3.6, 'font-family="DejaVu Serif" font-weight="bold"'),
    text('x-bet.example', 5, 'font-family="DejaVu Sans"'),
    text('Vita', 2, 'font-family="DejaVu Sans" font-style="italic"'),
    shape(
      'target',
      '<circle cx="50" cy="50" r="42" fill="none" stroke="INK" stroke-width="6"/><circle cx="50" cy="50" r="24" fill="none" stroke="INK" stroke-width="6"/><circle cx="50" cy="50" r="8" fill="INK"/>',
    ),
    shape(
      'heart',
      '<path d="M50 90C10 60 6 40 12 26c8-18 30-16 38 2 8-18 30-20 38-2 6 14 2 34-38 64z" fill="INK"/>',
    ),
    shape(
      'hexagon',
      `<path d="M50 4l40 23v46L50 96 10 73V27z" fill="none" stroke="INK" stroke-width="5"/><text x="50" y="66" font-size="46" ${letters}>Q</text>`,
    ),
    shape(
      'crown',
      '<path d="M8 80V26l22 24L50 14l20 36 22-24v54z" fill="INK"/><path d="M8 92h84" stroke="INK" stroke-width="6"/>',
    ),
    shape(
      'cart',
      '<path d="M6 16h14l14 46h42l14-34H26" fill="none" stroke="INK" stroke-width="6"/><circle cx="40" cy="80" r="8" fill="INK"/><circle cx="70" cy="80" r="8" fill="INK"/>',
    ),
    shape(
      'stamp',
      `<rect x="6" y="12" width="238" height="76" fill="none" stroke="INK" stroke-width="9"/><text x="125" y="70" font-size="54" font-weight="bold" ${letters}>DEAL!</text>`,
      2.5,
    ),
    shape(
      'leaf',
      '<path d="M12 88C10 30 40 8 90 10c2 50-20 80-62 66M12 88C30 60 50 42 70 30" fill="none" stroke="INK" stroke-width="5"/>',
    ),
    shape(
      'diamond',
      '<path d="M50 6l44 44-44 44L6 50z" fill="INK"/><path d="M50 30l20 20-20 20-20-20z" fill="PAPER"/>',
    ),
  ],
}

export interface Blend {
  /** Of the logo: its longer side, in pixels, where there is room. */
  readonly side: number
  /** Left upper corner, as parts of the room that is left. */
  readonly x: number
  readonly y: number
  /** 0–1. */
  readonly opacity: number
  readonly ink: 'white' | 'black'
  /** Of the JPEG that it is written to and read from. */
  readonly quality: number
}

/** Of a side of a picture that a logo takes. */
const ROOM_MAX = 0.95

/** Blends a logo over a picture, smaller where it has no room; with where it lies. */
export async function blendLogo(
  photo: Buffer,
  logo: DrawnLogo,
  blend: Blend,
): Promise<{ file: Buffer; box: Box }> {
  const { width: across, height: down } = await rasterOf(photo)
  const wanted = logo.aspect >= 1 ? blend.side / logo.aspect : blend.side
  const height = Math.round(Math.min(wanted, down * ROOM_MAX, (across * ROOM_MAX) / logo.aspect))
  const width = Math.round(height * logo.aspect)
  const body = logo.body
    .replaceAll('INK', blend.ink)
    .replaceAll('PAPER', blend.ink === 'white' ? 'black' : 'white')
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${100 * logo.aspect} 100"><g opacity="${blend.opacity}">${body}</g></svg>`
  const left = Math.round(blend.x * (across - width))
  const top = Math.round(blend.y * (down - height))
  const file = await layOver(photo, svg, left, top, blend.quality)
  return {
    file,
    box: { x: left / across, y: top / down, width: width / across, height: height / down },
  }
}

/** The file as pixels. */
export async function rasterOf(file: Buffer): Promise<Raster> {
  return (await decodeImage(file)).frames[0]!
}
