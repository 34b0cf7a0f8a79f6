/** IEEE 754 half precision, as ONNX stores FLOAT16: 10 bits of fraction are plenty for a weight, at half the bytes. */

const INFINITY_BITS = 0x7c00
const SUBNORMAL_UNIT = 2 ** -24

/** The nearest half-precision number's bits, ties to even. */
export function toFloat16Bits(value: number): number {
  if (Number.isNaN(value)) return INFINITY_BITS | 1
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | INFINITY_BITS
  // Below the least normal number the unit stays; above, it is 2^-10 of the power of two below the number.
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude)))
  const unit = magnitude < 2 ** -14 ? SUBNORMAL_UNIT : 2 ** (exponent - 10)
  const steps = roundToEven(magnitude / unit)
  // Steps of 2048 carry into the exponent by themselves, since the fields are adjacent.
  return magnitude < 2 ** -14 ? sign | steps : sign | ((((exponent + 15) << 10) + steps - 1024) & 0x7fff)
}

export function fromFloat16Bits(bits: number): number {
  const sign = (bits & 0x8000) === 0 ? 1 : -1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  if (exponent === 0) return sign * fraction * SUBNORMAL_UNIT
  return sign * (1024 + fraction) * 2 ** (exponent - 25)
}

function roundToEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
