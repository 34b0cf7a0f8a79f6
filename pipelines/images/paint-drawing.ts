import sharp from 'sharp'

/** How a drawing becomes a file. */
export interface Painting {
  /** Deviation in pixels; 0: as sharp as it was drawn. */
  readonly blur: number
  readonly format: 'png' | 'jpeg' | 'webp'
  /** 1–100; of no matter for PNG. */
  readonly quality: number
}

/** An SVG as a picture file. The fonts are those of the system. */
export function paintDrawing(svg: string, { blur, format, quality }: Painting): Promise<Buffer> {
  const drawn = sharp(Buffer.from(svg)).removeAlpha()
  const seen = blur > 0 ? drawn.blur(blur) : drawn
  return (format === 'png' ? seen.png() : seen[format]({ quality })).toBuffer()
}
