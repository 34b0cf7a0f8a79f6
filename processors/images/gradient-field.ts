/** One value a pixel, in rows. */
export interface Plane {
  readonly width: number
  readonly height: number
  readonly data: Float32Array
}

/** The gradient of a picture, from dark to light, each held against those around it. */
export interface GradientField {
  readonly width: number
  readonly height: number
  /** -1 to 1; pixels in rows. */
  readonly x: Float32Array
  readonly y: Float32Array
}

/** Pixels around one, whose mean gradient its own is held against. */
const AROUND = 6
/** Of a gradient, in greys a pixel: below lies noise. */
const NOISE = 2

/**
 * The gradients of a picture, each divided by the mean around it, so that a faint mark on a plain part counts as much as an opaque one
 * on a busy part. Gradients of photos are nearly white noise (their spectrum falls with the frequency: Field, JOSA A 4, 1987), so to
 * correlate them is the matched filter for a mark that lies over a photo.
 */
export function gradientField(plane: Plane): GradientField {
  return evenedOut(gradients(plane), NOISE)
}

/** The gradients as they are, in values a pixel; none along the border. */
export function gradients({ width, height, data }: Plane): GradientField {
  const x = new Float32Array(width * height)
  const y = new Float32Array(width * height)
  for (let row = 1; row < height - 1; row++) {
    for (let i = row * width + 1, end = i + width - 2; i < end; i++) {
      const falling = data[i + width + 1]! - data[i - width - 1]!
      const rising = data[i - width + 1]! - data[i + width - 1]!
      x[i] = (falling + rising + 2 * (data[i + 1]! - data[i - 1]!)) / 8
      y[i] = (falling - rising + 2 * (data[i + width]! - data[i - width]!)) / 8
    }
  }
  return { width, height, x, y }
}

/** Divides each gradient by the mean around it, in place. @param noise length of gradients that count little */
export function evenedOut(field: GradientField, noise: number): GradientField {
  const { width, height, x, y } = field
  const lengths = new Float32Array(x.length)
  for (let i = 0; i < x.length; i++) lengths[i] = Math.sqrt(x[i]! * x[i]! + y[i]! * y[i]!)
  const around = boxMeans(lengths, width, height)
  for (let i = 0; i < x.length; i++) {
    const share = 1 / (lengths[i]! + around[i]! + noise)
    x[i]! *= share
    y[i]! *= share
  }
  return field
}

/** Means over squares of 2 × `AROUND` + 1 pixels, of what of them lies in the picture. */
function boxMeans(values: Float32Array, width: number, height: number): Float32Array {
  const across = new Float32Array(values.length)
  const result = new Float32Array(values.length)
  slideMeans(values, across, { lines: height, line: width, length: width, step: 1 })
  slideMeans(across, result, { lines: width, line: 1, length: height, step: width })
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
