import type { Plane } from './gradient-field.ts'

/** Scales a plane: each value is the mean of those around it, weighed by a tent as wide as the larger of both pixels. */
export function resampled(plane: Plane, width: number, height: number): Plane {
  if (width === plane.width && height === plane.height) return plane
  const rows = alongLines(plane.data, plane.height, plane.width, width)
  const turned = transposed(rows, width, plane.height)
  return { width, height, data: transposed(alongLines(turned, width, plane.height, height), height, width) }
}

function alongLines(data: Float32Array, lines: number, length: number, wanted: number): Float32Array {
  const result = new Float32Array(lines * wanted)
  const step = length / wanted
  const reach = Math.max(1, step)
  for (let i = 0; i < wanted; i++) {
    const middle = (i + 0.5) * step - 0.5
    const from = Math.max(0, Math.ceil(middle - reach))
    const to = Math.min(length - 1, Math.floor(middle + reach))
    let total = 0
    for (let at = from; at <= to; at++) total += 1 - Math.abs(at - middle) / reach
    for (let at = from; at <= to; at++) {
      const weight = (1 - Math.abs(at - middle) / reach) / total
      for (let line = 0; line < lines; line++)
        result[line * wanted + i]! += weight * data[line * length + at]!
    }
  }
  return result
}

function transposed(data: Float32Array, width: number, height: number): Float32Array {
  const result = new Float32Array(data.length)
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) result[x * height + y] = data[y * width + x]!
  return result
}
