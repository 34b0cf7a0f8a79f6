import { decodeImage } from '../pipelines/images/decode-image.ts'
import type { Box, Raster } from '../processors/images/raster.ts'
import type { DrawnLogo } from './made-logos.ts'
import { layOver } from './text-pictures.ts'

export interface Blend {
  /** Of the logo: its longer side, in pixels, where there is room. */
  readonly side: number
  /** Left upper corner, as parts of the room that is left. */
  readonly x: number
  readonly y: number
  /** 0–1. */
  readonly opacity: number
  /** Colours of the ink and of the holes in it, as SVG names them. */
  readonly ink: string
  readonly paper: string
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
  const body = logo.body.replaceAll('INK', blend.ink).replaceAll('PAPER', blend.paper)
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
