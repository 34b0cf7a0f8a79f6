/** A square of complex numbers, `SQUARE` × `SQUARE`, in rows. */
export interface ComplexSquare {
  readonly re: Float32Array
  readonly im: Float32Array
}

/** Side of the squares that are transformed: a power of four, small enough for a core's cache. */
export const SQUARE = 256
const SIZE = SQUARE * SQUARE
const BLOCK = 16

const cosines = Float64Array.from({ length: SQUARE }, (_, i) => Math.cos((2 * Math.PI * i) / SQUARE))
const sines = Float64Array.from({ length: SQUARE }, (_, i) => Math.sin((2 * Math.PI * i) / SQUARE))
const spare = emptySquare()

/** Of a row or column of a transformed square, that of the opposite frequency. */
export const opposite = Uint8Array.from({ length: SQUARE }, (_, row) =>
  reversed((SQUARE - reversed(row)) % SQUARE),
)

/** Its eight bits the other way round: where `transform` leaves a frequency. */
function reversed(value: number): number {
  let result = 0
  for (let bit = 1; bit < SQUARE; bit <<= 1) result = 2 * result + Number((value & bit) !== 0)
  return result
}

export function emptySquare(): ComplexSquare {
  return { re: new Float32Array(SIZE), im: new Float32Array(SIZE) }
}

/**
 * The Fourier transform of a square, in place (Cooley and Tukey, Mathematics of Computation 19, 1965; radix 4). Frequencies are left in
 * the order in which they fall out, both axes swapped, as `inverse` takes them: products need no order.
 */
export function transform(square: ComplexSquare): void {
  splitRows(square)
  transpose(square)
  splitRows(square)
}

/** Undoes `transform`, but for a factor of `SQUARE`². */
export function inverse(square: ComplexSquare): void {
  joinRows(square)
  transpose(square)
  joinRows(square)
}

/** Butterflies between rows, each along all columns: decimation in frequency. */
function splitRows({ re, im }: ComplexSquare): void {
  for (let span = SQUARE; span >= 4; span >>= 2) {
    const quarter = span >> 2
    for (let k = 0; k < quarter; k++) {
      const turn = (k * SQUARE) / span
      for (let row = k; row < SQUARE; row += span) splitFour(re, im, row * SQUARE, quarter * SQUARE, turn)
    }
  }
}

function splitFour(re: Float32Array, im: Float32Array, start: number, step: number, turn: number): void {
  const [c1, s1] = [cosines[turn]!, -sines[turn]!]
  const [c2, s2] = [cosines[2 * turn]!, -sines[2 * turn]!]
  const [c3, s3] = [cosines[3 * turn]!, -sines[3 * turn]!]
  for (let a = start, end = start + SQUARE; a < end; a++) {
    const b = a + step
    const c = b + step
    const d = c + step
    const evenRe = re[a]! + re[c]!
    const evenIm = im[a]! + im[c]!
    const evenRe2 = re[a]! - re[c]!
    const evenIm2 = im[a]! - im[c]!
    const oddRe = re[b]! + re[d]!
    const oddIm = im[b]! + im[d]!
    const oddRe2 = re[b]! - re[d]!
    const oddIm2 = im[b]! - im[d]!
    re[a] = evenRe + oddRe
    im[a] = evenIm + oddIm
    const re2 = evenRe - oddRe
    const im2 = evenIm - oddIm
    re[b] = re2 * c2 - im2 * s2
    im[b] = re2 * s2 + im2 * c2
    const re1 = evenRe2 + oddIm2
    const im1 = evenIm2 - oddRe2
    re[c] = re1 * c1 - im1 * s1
    im[c] = re1 * s1 + im1 * c1
    const re3 = evenRe2 - oddIm2
    const im3 = evenIm2 + oddRe2
    re[d] = re3 * c3 - im3 * s3
    im[d] = re3 * s3 + im3 * c3
  }
}

/** The same butterflies undone, last ones first. */
function joinRows({ re, im }: ComplexSquare): void {
  for (let span = 4; span <= SQUARE; span <<= 2) {
    const quarter = span >> 2
    for (let k = 0; k < quarter; k++) {
      const turn = (k * SQUARE) / span
      for (let row = k; row < SQUARE; row += span) joinFour(re, im, row * SQUARE, quarter * SQUARE, turn)
    }
  }
}

function joinFour(re: Float32Array, im: Float32Array, start: number, step: number, turn: number): void {
  const [c1, s1] = [cosines[turn]!, sines[turn]!]
  const [c2, s2] = [cosines[2 * turn]!, sines[2 * turn]!]
  const [c3, s3] = [cosines[3 * turn]!, sines[3 * turn]!]
  for (let a = start, end = start + SQUARE; a < end; a++) {
    const b = a + step
    const c = b + step
    const d = c + step
    const re2 = re[b]! * c2 - im[b]! * s2
    const im2 = re[b]! * s2 + im[b]! * c2
    const re1 = re[c]! * c1 - im[c]! * s1
    const im1 = re[c]! * s1 + im[c]! * c1
    const re3 = re[d]! * c3 - im[d]! * s3
    const im3 = re[d]! * s3 + im[d]! * c3
    const evenRe = re[a]! + re2
    const evenIm = im[a]! + im2
    const evenRe2 = re[a]! - re2
    const evenIm2 = im[a]! - im2
    re[a] = evenRe + re1 + re3
    im[a] = evenIm + im1 + im3
    re[c] = evenRe - re1 - re3
    im[c] = evenIm - im1 - im3
    re[b] = evenRe2 - im1 + im3
    im[b] = evenIm2 + re1 - re3
    re[d] = evenRe2 + im1 - im3
    im[d] = evenIm2 - re1 + re3
  }
}

function transpose({ re, im }: ComplexSquare): void {
  swapSides(re, spare.re)
  swapSides(im, spare.im)
}

function swapSides(values: Float32Array, copy: Float32Array): void {
  copy.set(values)
  for (let top = 0; top < SQUARE; top += BLOCK)
    for (let left = 0; left < SQUARE; left += BLOCK)
      for (let y = top; y < top + BLOCK; y++)
        for (let x = left, at = y * SQUARE + left; x < left + BLOCK; x++, at++)
          values[x * SQUARE + y] = copy[at]!
}
