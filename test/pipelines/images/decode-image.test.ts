import { crc32, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { decodeImage, imageLimits } from '../../../pipelines/images/decode-image.ts'
import { greyGif, noisy, redBlue } from '../../support/pictures.ts'

const MEGABYTE = 1024 * 1024

describe('what is decoded', () => {
  it.each(['jpeg', 'png', 'webp', 'gif', 'avif'] as const)('%s, by its content', async type => {
    const image = await decodeImage(await redBlue(40, 20).toFormat(type).toBuffer())
    expect(image).toMatchObject({ mimeType: `image/${type}`, width: 40, height: 20 })
    expect(image.frames).toHaveLength(1)
    expect(image.frames[0]).toMatchObject({ width: 40, height: 20, channels: 3 })
    expectColour(image.frames[0]!, 5, [255, 0, 0])
    expectColour(image.frames[0]!, 35, [0, 0, 255])
  })

  it('turns a picture as its EXIF says', async () => {
    const bytes = await redBlue(40, 20).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const { width, height, frames } = await decodeImage(bytes)
    expect([width, height, frames[0]!.width, frames[0]!.height]).toEqual([20, 40, 20, 40])
    expectColour(frames[0]!, 5, [255, 0, 0])
    expectColour(frames[0]!, 20 * 35, [0, 0, 255])
  })

  it.each([
    ['CMYK', () => redBlue(40, 20).toColourspace('cmyk').jpeg().toBuffer(), [232, 0, 0]],
    ['16 bits', () => redBlue(40, 20).toColourspace('rgb16').png().toBuffer(), [255, 0, 0]],
    ['a palette', () => redBlue(40, 20).png({ palette: true }).toBuffer(), [255, 0, 0]],
    ['grey', () => redBlue(40, 20).toColourspace('b-w').png().toBuffer(), [127, 127, 127]],
    ['16 bits of grey', () => redBlue(40, 20).toColourspace('grey16').png().toBuffer(), [127, 127, 127]],
    [
      'one bit',
      () => redBlue(40, 20).threshold(40).png({ palette: true, colours: 2 }).toBuffer(),
      [255, 255, 255],
    ],
    ['transparent, on white', () => redBlue(40, 20).ensureAlpha(0).png().toBuffer(), [255, 255, 255]],
    [
      'grey with alpha',
      () => redBlue(40, 20).toColourspace('b-w').ensureAlpha(0).png().toBuffer(),
      [255, 255, 255],
    ],
    ['progressive', () => redBlue(40, 20).jpeg({ progressive: true }).toBuffer(), [255, 0, 0]],
  ] as const)('%s', async (_name, make, colour) => {
    const { frames } = await decodeImage(await make())
    expect(frames[0]!.data).toHaveLength(40 * 20 * 3)
    expectColour(frames[0]!, 5, colour)
  })

  it.each([
    [1, 1, 1, 1],
    [1, 30_000, 1, 1600],
    [30_000, 1, 1600, 1],
    [3200, 800, 1600, 400],
  ])('%i × %i, scaled to %i × %i', async (width, height, shownWidth, shownHeight) => {
    const image = await decodeImage(await noisy(width, height).png().toBuffer())
    expect(image).toMatchObject({ width, height })
    expect(image.frames[0]).toMatchObject({ width: shownWidth, height: shownHeight })
    expect(image.frames[0]!.data).toHaveLength(shownWidth * shownHeight * 3)
  })

  it('takes frames over the length of an animation', async () => {
    const { frames } = await decodeImage(greyGif(101, 8, 8))
    expect(frames.map(({ data }) => data[0])).toEqual([0, 50, 100])
    const webp = await noisy(8, 24).webp().toBuffer()
    expect((await decodeImage(webp)).frames).toHaveLength(1)
  })

  it('does not decode an animation of 20,000 frames whole', async () => {
    const bytes = greyGif(20_000, 8, 8)
    const before = process.cpuUsage()
    const { frames } = await decodeImage(bytes)
    const { user, system } = process.cpuUsage(before)
    expect(frames).toHaveLength(3)
    expect(frames[2]!.data[0]).toBe(199)
    expect((user + system) / 1000).toBeLessThan(1000)
  })
})

describe('what is refused', () => {
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
  const ftyp = (brand: string) => Buffer.from(`\0\0\0\x18ftyp${brand}\0\0\0\0${brand}mif1`, 'latin1')
  const png = () => noisy(64, 64).png().toBuffer()
  it.each<[string, string, () => Uint8Array | Promise<Uint8Array>]>([
    ['NICR_IMAGE_UNREADABLE', 'an empty file', () => Buffer.alloc(0)],
    ['NICR_IMAGE_UNREADABLE', 'zeros', () => Buffer.alloc(1000)],
    ['NICR_IMAGE_UNREADABLE', 'text', () => Buffer.from('not a picture')],
    ['NICR_IMAGE_UNREADABLE', 'a JPEG cut off', async () => half(await noisy(64, 64).jpeg().toBuffer())],
    [
      'NICR_IMAGE_UNREADABLE',
      'a JPEG cut off at its end',
      async () => (await noisy(64, 64).jpeg().toBuffer()).subarray(0, -40),
    ],
    ['NICR_IMAGE_UNREADABLE', 'a JPEG’s first bytes', () => Buffer.from([0xff, 0xd8, 0xff])],
    ['NICR_IMAGE_UNREADABLE', 'a PNG cut off', async () => half(await png())],
    ['NICR_IMAGE_UNREADABLE', 'a PNG with a damaged chunk', async () => damaged(await png())],
    ['NICR_IMAGE_UNREADABLE', 'a WebP cut off', async () => half(await noisy(64, 64).webp().toBuffer())],
    ['NICR_IMAGE_UNREADABLE', 'a GIF cut off', async () => half(await noisy(64, 64).gif().toBuffer())],
    ['NICR_IMAGE_UNREADABLE', 'an AVIF cut off', async () => half(await noisy(64, 64).avif().toBuffer())],
    ['NICR_IMAGE_UNREADABLE', 'a GIF that goes on as SVG', () => Buffer.from(`GIF89a${svg}</svg>`)],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'SVG', () => Buffer.from(`${svg}</svg>`)],
    [
      'NICR_IMAGE_TYPE_UNSUPPORTED',
      'SVG with a script',
      () => Buffer.from(`${svg}<script>alert(1)</script></svg>`),
    ],
    [
      'NICR_IMAGE_TYPE_UNSUPPORTED',
      'SVG that names a file',
      () => Buffer.from(`${svg}<image href="file:///etc/passwd"/></svg>`),
    ],
    [
      'NICR_IMAGE_TYPE_UNSUPPORTED',
      'SVG with a preamble',
      () => Buffer.from(`\ufeff\n<?xml version="1.0"?><!DOCTYPE svg>${svg}</svg>`),
    ],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'SVG compressed', () => gzipSync(`${svg}</svg>`)],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'TIFF', () => noisy(8, 8).tiff().toBuffer()],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'PDF', () => Buffer.from('%PDF-1.7\n')],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'BMP', () => Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28', 'latin1')],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'HEIC', () => ftyp('heic')],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 'a film', () => ftyp('isom')],
    ['NICR_IMAGE_TOO_LARGE', 'more bytes than the limit', () => Buffer.alloc(imageLimits.bytesMax + 1)],
    ['NICR_IMAGE_TOO_LARGE', 'more pixels than the limit', () => bomb(7000, 7000)],
    ['NICR_IMAGE_UNREADABLE', 'more pixels than can be', () => bomb(2 ** 31 - 1, 2 ** 31 - 1)],
  ])('%s: %s', async (code, _name, make) => {
    const bytes = await make()
    const failure = await decodeImage(bytes).then(
      () => 'it was decoded',
      error => error,
    )
    expect(failure).toMatchObject({ code })
  })

  it('holds little memory for a bomb', async () => {
    const bytes = bomb(16_000, 16_000)
    expect(bytes.length).toBeLessThan(MEGABYTE)
    const before = process.memoryUsage.rss()
    for (let i = 0; i < 10; i++)
      await expect(decodeImage(bytes)).rejects.toMatchObject({ code: 'NICR_IMAGE_TOO_LARGE' })
    // Decoded it would hold 732.
    expect((process.memoryUsage.rss() - before) / MEGABYTE).toBeLessThan(64)
  })
})

/** A PNG of black pixels that is small as a file. */
function bomb(width: number, height: number): Buffer {
  const header = Buffer.alloc(13)
  header.writeUInt32BE(width)
  header.writeUInt32BE(height, 4)
  header.set([8, 2, 0, 0, 0], 8)
  const pixels = deflateSync(Buffer.alloc(Math.min(50_000_000, height * (1 + width * 3))), { level: 9 })
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', pixels),
    chunk('IEND', Buffer.alloc(0)),
  ])
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data])
  const ends = [Buffer.alloc(4), Buffer.alloc(4)]
  ends[0]!.writeUInt32BE(data.length)
  ends[1]!.writeUInt32BE(crc32(body))
  return Buffer.concat([ends[0]!, body, ends[1]!])
}

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length / 2)
}

function damaged(bytes: Buffer): Buffer {
  const copy = Buffer.from(bytes)
  copy[copy.length >> 1]! ^= 0xff
  return copy
}

function expectColour({ data }: { data: Uint8Array }, pixel: number, colour: readonly number[]): void {
  const off = colour.map((value, i) => Math.abs(value - data[pixel * 3 + i]!))
  expect(Math.max(...off), [...data.subarray(pixel * 3, pixel * 3 + 3)].join(' ')).toBeLessThanOrEqual(12)
}
