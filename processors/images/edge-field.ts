import type { GreyCopy } from './grey-copy.ts'

/**
 * The edges of a picture as vectors at twice their angle: light on dark and dark on light look the same, and both sides of a stroke
 * point one way, while edges that cross each other cancel out (Granlund, Computer Graphics and Image Processing 8, 1978).
 */
export interface EdgeField {
  readonly width: number
  readonly height: number
  /** Cosine of twice the edge's angle by its strength, -127 to 127; pixels in rows. */
  readonly cos: Int8Array
  /** Sine of it. */
  readonly sin: Int8Array
  /** The gradient by its direction, from dark to light, and strength, -127 to 127, hardly smoothed. */
  readonly x: Int8Array
  readonly y: Int8Array
  /** Of the gradient itself, in greys a pixel. */
  readonly lengths: Float32Array
}

/** Pixels around one, whose mean gradient its own is held against. */
const AROUND = 5
/** Of a gradient, in greys a pixel: below lies noise. */
const NOISE = 1.5
/** Times that neighbours are mixed, 1-2-1 both ways. */
const SMOOTHINGS = 2
/** Length of a smoothed vector that counts half. */
const HALF = 0.1

/**
 * The edges of a picture. A gradient counts by how it stands out of those around it, so that a faint mark counts nearly as much as an
 * opaque one.
 */
export function edgeField({ width, height, data }: GreyCopy): EdgeField {
  const size = width * height
  const lengths = new Float32Array(size)
  const x2 = new Float32Array(size)
  const y2 = new Float32Array(size)
  const x1 = new Float32Array(size)
  const y1 = new Float32Array(size)
  for (let y = 1; y < height - 1; y++) {
    for (let i = y * width + 1, end = i + width - 2; i < end; i++) {
      const falling = data[i + width + 1]! - data[i - width - 1]!
      const rising = data[i - width + 1]! - data[i + width - 1]!
      const gx = (falling + rising + 2 * (data[i + 1]! - data[i - 1]!)) / 8
      const gy = (falling - rising + 2 * (data[i + width]! - data[i - width]!)) / 8
      const length = Math.sqrt(gx * gx + gy * gy)
      if (length === 0) continue
      lengths[i] = length
      x1[i] = gx
      y1[i] = gy
      x2[i] = (gx * gx - gy * gy) / length
      y2[i] = (2 * gx * gy) / length
    }
  }
  const spare = new Float32Array(size)
  const around = boxMeans(lengths, width, height, spare)
  for (let i = 0; i < size; i++) {
    const share = 1 / (lengths[i]! + around[i]! + NOISE)
    x2[i]! *= share
    y2[i]! *= share
    x1[i]! *= share
    y1[i]! *= share
  }
  smooth(x1, width, height, spare)
  smooth(y1, width, height, spare)
  for (let i = 0; i < SMOOTHINGS; i++) {
    smooth(x2, width, height, spare)
    smooth(y2, width, height, spare)
  }
  const [cos, sin] = evened(x2, y2)
  const [x, y] = evened(x1, y1)
  return { width, height, cos, sin, x, y, lengths }
}

/** Vectors whose lengths are nearly alike, but for those of hardly any. */
function evened(x: Float32Array, y: Float32Array): [Int8Array, Int8Array] {
  const result: [Int8Array, Int8Array] = [new Int8Array(x.length), new Int8Array(x.length)]
  for (let i = 0; i < x.length; i++) {
    const share = 127 / (Math.sqrt(x[i]! * x[i]! + y[i]! * y[i]!) + HALF)
    result[0][i] = x[i]! * share
    result[1][i] = y[i]! * share
  }
  return result
}

/** Means over squares of 2 × `AROUND` + 1 pixels, of what of them lies in the picture. */
function boxMeans(values: Float32Array, width: number, height: number, spare: Float32Array): Float32Array {
  const result = new Float32Array(values.length)
  slideMeans(values, spare, { lines: height, line: width, length: width, step: 1 })
  slideMeans(spare, result, { lines: width, line: 1, length: height, step: width })
  return result
}

interface Lines {
  readonly lines: number
  /** From one line to the next. */
  readonly line: number
  readonly length: number
  /** From one value of a line to the next. */
  readonly step: number
}

function slideMeans(from: Float32Array, to: Float32Array, { lines, line, length, step }: Lines): void {
  for (let k = 0; k < lines; k++) {
    const start = k * line
    let sum = 0
    let count = 0
    for (let i = -AROUND; i < length; i++) {
      if (i + AROUND < length) {
        sum += from[start + (i + AROUND) * step]!
        count++
      }
      if (i > AROUND) {
        sum -= from[start + (i - AROUND - 1) * step]!
        count--
      }
      if (i >= 0) to[start + i * step] = sum / count
    }
  }
}

function smooth(values: Float32Array, width: number, height: number, spare: Float32Array): void {
  spare.set(values)
  for (let i = 1; i < values.length - 1; i++)
    spare[i] = (values[i - 1]! + 2 * values[i]! + values[i + 1]!) / 4
  for (let i = width, end = width * (height - 1); i < end; i++)
    values[i] = (spare[i - width]! + 2 * spare[i]! + spare[i + width]!) / 4
}
