import { describe, expect, it } from 'vitest'
import { fromFloat16Bits, toFloat16Bits } from '../../../../pipelines/runtime/inference/float16.ts'

describe('half precision', () => {
  it('gives every half-precision number back', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = fromFloat16Bits(bits)
      if (!Number.isNaN(value)) expect(toFloat16Bits(value)).toBe(bits)
    }
  })

  it('takes the nearest, ties to even', () => {
    for (let bits = 0; bits < 0x7bff; bits += 7) {
      const [low, high] = [fromFloat16Bits(bits), fromFloat16Bits(bits + 1)]
      expect(toFloat16Bits(low + (high - low) * 0.49)).toBe(bits)
      expect(toFloat16Bits(low + (high - low) * 0.51)).toBe(bits + 1)
      expect(toFloat16Bits((low + high) / 2) % 2).toBe(0)
    }
    expect([0.1, 1, 65504, 65519, 65520, 1e9, 1e-9].map(toFloat16Bits)).toEqual([
      0x2e66, 0x3c00, 0x7bff, 0x7bff, 0x7c00, 0x7c00, 0,
    ])
    expect(fromFloat16Bits(toFloat16Bits(Number.NaN))).toBeNaN()
  })
})
