import type { Raster } from './raster.ts'

/** A picture's luma, 8 bits a pixel, in rows from the top. */
export interface GreyCopy extends Raster {
  readonly channels: 1
}

/** A grey copy of a picture. Channels are weighed as Rec. 709 does; each pixel is the mean of those that it stands for. */
export function greyCopy(image: Raster, width: number, height: number): GreyCopy {
  const { data, channels } = image
  const result = new Uint8Array(width * height)
  const xStep = image.width / width
  const yStep = image.height / height
  for (let y = 0; y < height; y++) {
    const top = Math.min(image.height - 1, Math.floor(y * yStep))
    const bottom = Math.min(image.height, Math.max(top + 1, Math.floor((y + 1) * yStep)))
    for (let x = 0; x < width; x++) {
      const left = Math.min(image.width - 1, Math.floor(x * xStep))
      const right = Math.min(image.width, Math.max(left + 1, Math.floor((x + 1) * xStep)))
      let sum = 0
      for (let row = top; row < bottom; row++) {
        for (let at = row * image.width + left, end = at + right - left; at < end; at++) {
          const i = at * channels
          sum += channels === 1 ? data[i]! * 256 : 54 * data[i]! + 183 * data[i + 1]! + 19 * data[i + 2]!
        }
      }
      result[y * width + x] = sum / (256 * (bottom - top) * (right - left))
    }
  }
  return { width, height, channels: 1, data: result }
}

/** Means over 3 × 3 pixels weighed 1-2-1 both ways; the edge is left as it is. */
export function blurred({ width, height, data }: GreyCopy): GreyCopy {
  const result = Uint8Array.from(data)
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1, i = y * width + 1; x < width - 1; x++, i++) {
      const above = data[i - width - 1]! + 2 * data[i - width]! + data[i - width + 1]!
      const beside = 2 * data[i - 1]! + 4 * data[i]! + 2 * data[i + 1]!
      const below = data[i + width - 1]! + 2 * data[i + width]! + data[i + width + 1]!
      result[i] = (above + beside + below + 8) >> 4
    }
  }
  return { width, height, channels: 1, data: result }
}
