import sharp from 'sharp'
import type { Raster } from '../../processors/images/raster.ts'

/** An SVG as pixels, turned by `angle` degrees on a ground of white. */
export async function drawn(svg: string, angle = 0): Promise<Raster> {
  const upright = await sharp(Buffer.from(svg)).png().toBuffer()
  const { data, info } = await sharp(upright)
    .rotate(angle, { background: '#fff' })
    .flatten({ background: '#fff' })
    .raw()
    .toBuffer({ resolveWithObject: true })
  return { width: info.width, height: info.height, channels: 3, data }
}

/** Lines of black text on white, 36 pixels high, as an SVG. */
export function textSvg(lines: readonly string[], width = 640): string {
  const texts = lines.map(
    (line, i) => `<text x="40" y="${70 + i * 60}" font-size="36" font-family="DejaVu Sans">${line}</text>`,
  )
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${60 + lines.length * 60}"><rect width="100%" height="100%" fill="#fff"/>${texts.join('')}</svg>`
}
