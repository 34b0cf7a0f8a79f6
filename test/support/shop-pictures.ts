import sharp from 'sharp'
import { createRandom } from '../../jobs/random.ts'
import type { Box } from '../../processors/images/raster.ts'

/** A picture that was drawn here. */
export interface DrawnPicture {
  /** JPEG. */
  readonly file: Buffer
  readonly isSpam: boolean
  /** Where the shop's mark stands; null where there is none. */
  readonly mark: Box | null
}

/** A drop in a ring over a bar, in a view of 100 by 100. */
const MARK =
  '<circle cx="50" cy="46" r="40" fill="none" stroke="INK" stroke-width="8"/><path d="M50 14C70 41 70 56 50 70C30 56 30 41 50 14z" fill="INK"/><path d="M6 95h88" stroke="INK" stroke-width="8"/>'

/**
 * Pictures of a platform: drawn scenes that are harmless, and those of a shop, which lays its mark, a bar and a price over such a
 * scene. The same seed draws the same.
 */
export function createShopPictures(seed: number): (isSpam: boolean) => Promise<DrawnPicture> {
  const random = createRandom(seed)
  const between = (from: number, to: number) => from + random() * (to - from)
  const one = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!

  function scene(w: number, h: number): string {
    const colour = () => `hsl(${between(0, 360)},${between(20, 55)}%,${between(30, 75)}%)`
    const shapes = Array.from({ length: 14 }, () => {
      const [x, y, r] = [between(0, w), between(0, h), between(0.04, 0.25) * w]
      return random() < 0.5
        ? `<ellipse cx="${x}" cy="${y}" rx="${r}" ry="${r * between(0.4, 1)}" fill="${colour()}"/>`
        : `<path d="M${x - r} ${h}Q${x} ${y - r} ${x + r} ${h}" fill="${colour()}"/>`
    })
    return `<rect width="${w}" height="${h}" fill="${colour()}"/>${shapes.join('')}`
  }

  function shop(w: number, h: number): { readonly drawing: string; readonly mark: Box } {
    const side = between(0.26, 0.34) * Math.min(w, h)
    const [x, y] = [between(0.04, 0.6) * w, between(0.38, 0.46) * h]
    const [cx, cy, r] = [between(0.3, 0.8) * w, between(0.17, 0.22) * h, between(0.13, 0.16) * Math.min(w, h)]
    const bar = `<rect y="${h * 0.82}" width="${w}" height="${h * 0.18}" fill="${one(['#c22', '#26a', '#283'])}"/>`
    const price = `<circle cx="${cx}" cy="${cy}" r="${r}" fill="#ffd800" stroke="#c00" stroke-width="4"/><text x="${cx}" y="${cy + r * 0.3}" font-size="${r * 0.8}" text-anchor="middle" font-weight="bold" font-family="DejaVu Sans" fill="#c00">-${one([30, 50, 60, 70])}%</text>`
    const mark = `<g transform="translate(${x} ${y}) scale(${side / 100})">${MARK.replaceAll('INK', one(['#fff', '#111']))}</g>`
    return {
      drawing: bar + price + mark,
      mark: { x: x / w, y: y / h, width: side / w, height: side / h },
    }
  }

  return async isSpam => {
    const [w, h] = [Math.round(between(320, 480)), Math.round(between(260, 380))]
    const under = await sharp(Buffer.from(svg(w, h, scene(w, h))))
      .blur(between(0.8, 1.4))
      .png()
      .toBuffer()
    const over = isSpam ? shop(w, h) : null
    const whole = over === null ? [] : [{ input: Buffer.from(svg(w, h, over.drawing)) }]
    const file = await sharp(under).composite(whole).jpeg({ quality: 82 }).toBuffer()
    return { file, isSpam, mark: over?.mark ?? null }
  }
}

function svg(w: number, h: number, content: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${content}</svg>`
}
