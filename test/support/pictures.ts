import sharp, { type Sharp } from 'sharp'

/** Pictures made here for tests. `noise` is seeded, so that a picture is the same at each run. */

/** RGB noise. */
export function noisy(width: number, height: number, channels: 3 | 4 = 3): Sharp {
  const data = Buffer.alloc(width * height * channels)
  let state = 1
  for (let i = 0; i < data.length; i++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    data[i] = state >>> 24
  }
  return sharp(data, { raw: { width, height, channels } })
}

/** The left half red, the right half blue: which way it is turned shows. */
export function redBlue(width: number, height: number): Sharp {
  const data = Buffer.alloc(width * height * 3)
  for (let i = 0; i < width * height; i++) data[i * 3 + (i % width < width / 2 ? 0 : 2)] = 255
  return sharp(data, { raw: { width, height, channels: 3 } })
}

/** An animation whose frame n is grey of level n mod 256; `frames` may be many, for they are copies of one block. */
export function greyGif(frames: number, width: number, height: number): Buffer {
  const head = Buffer.alloc(13)
  head.write('GIF89a', 'latin1')
  head.writeUInt16LE(width, 6)
  head.writeUInt16LE(height, 8)
  // A table of 256 greys.
  head[10] = 0xf7
  const table = Buffer.from(Array.from({ length: 768 }, (_, i) => Math.floor(i / 3)))
  const blocks = Array.from({ length: frames }, (_, n) => greyFrame(n % 256, width, height))
  return Buffer.concat([head, table, ...blocks, Buffer.from([0x3b])])
}

/** One frame, its pixels in LZW of nine bits with a clear code before each, so that codes never widen. */
function greyFrame(level: number, width: number, height: number): Buffer {
  const codes: number[] = []
  for (let i = 0; i < width * height; i++) codes.push(256, level)
  codes.push(257)
  const packed = Buffer.alloc(Math.ceil((codes.length * 9) / 8))
  codes.forEach((code, n) => {
    for (let bit = 0; bit < 9; bit++)
      if ((code >> bit) & 1) packed[(n * 9 + bit) >> 3]! |= 1 << ((n * 9 + bit) & 7)
  })
  const head = Buffer.from([0x21, 0xf9, 4, 0, 10, 0, 0, 0, 0x2c, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8])
  head.writeUInt16LE(width, 13)
  head.writeUInt16LE(height, 15)
  const parts = [head]
  for (let at = 0; at < packed.length; at += 255) {
    const part = packed.subarray(at, at + 255)
    parts.push(Buffer.from([part.length]), part)
  }
  return Buffer.concat([...parts, Buffer.from([0])])
}
