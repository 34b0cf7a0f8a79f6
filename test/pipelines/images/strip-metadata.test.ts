import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import { stripMetadata } from '../../../pipelines/images/strip-metadata.ts'
import { greyGif, noisy, redBlue } from '../../support/pictures.ts'

const SECRET = 'GPS of the author'
const exif = { IFD0: { Copyright: SECRET, Artist: SECRET } }
const xmp = `<x:xmpmeta xmlns:x="adobe:ns:meta/">${SECRET}</x:xmpmeta>`
const pixelsOf = (bytes: Uint8Array) => sharp(bytes, { animated: true }).autoOrient().raw().toBuffer()

describe('metadata', () => {
  it.each(['jpeg', 'png', 'webp'] as const)('is taken out of %s, and the pixels stay', async type => {
    const tagged = await redBlue(48, 32).withExif(exif).withXmp(xmp).toFormat(type).toBuffer()
    const bytes = Buffer.concat([tagged, Buffer.from(SECRET)])
    expect(bytes.toString('latin1')).toContain(SECRET)
    const stripped = Buffer.from(await stripMetadata(bytes))
    expect(stripped.toString('latin1')).not.toContain(SECRET)
    const { exif: left, xmp: leftXmp } = await sharp(stripped).metadata()
    expect([left, leftXmp]).toEqual([undefined, undefined])
    expect((await pixelsOf(stripped)).equals(await pixelsOf(tagged))).toBe(true)
  })

  it.each(['jpeg', 'png', 'webp'] as const)('leaves the way a %s is turned', async type => {
    const tagged = await redBlue(48, 32)
      .withExif(exif)
      .withMetadata({ orientation: 6 })
      .toFormat(type)
      .toBuffer()
    const stripped = Buffer.from(await stripMetadata(tagged))
    expect(await sharp(stripped).metadata()).toMatchObject({ orientation: 6, width: 48, height: 32 })
    expect((await pixelsOf(stripped)).equals(await pixelsOf(tagged))).toBe(true)
    expect(stripped.toString('latin1')).not.toContain(SECRET)
  })

  it('is taken out of a progressive JPEG of many scans, with comments and previews', async () => {
    const plain = await noisy(300, 200).jpeg({ progressive: true, quality: 95 }).toBuffer()
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, SECRET.length + 2]), Buffer.from(SECRET)])
    const bytes = Buffer.concat([plain.subarray(0, 2), comment, plain.subarray(2), plain])
    const stripped = Buffer.from(await stripMetadata(bytes))
    expect(stripped.equals(plain)).toBe(true)
  })

  it('is taken out of GIF, whose frames and loop stay', async () => {
    const plain = greyGif(5, 8, 8)
    const comment = Buffer.concat([
      Buffer.from([0x21, 0xfe, SECRET.length]),
      Buffer.from(SECRET),
      Buffer.from([0]),
    ])
    const loop = Buffer.from('\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0', 'latin1')
    const head = plain.subarray(0, 13 + 768)
    const rest = plain.subarray(13 + 768)
    const stripped = await stripMetadata(Buffer.concat([head, loop, comment, rest, Buffer.from(SECRET)]))
    expect(Buffer.from(stripped).equals(Buffer.concat([head, loop, rest]))).toBe(true)
  })

  it('is taken out of AVIF by writing it anew', async () => {
    const tagged = await redBlue(48, 32).withExif(exif).avif().toBuffer()
    const stripped = await stripMetadata(tagged)
    expect(await sharp(stripped).metadata()).toMatchObject({ format: 'webp', width: 48, height: 32 })
    expect(Buffer.from(stripped).toString('latin1')).not.toContain(SECRET)
  })

  it('keeps an animated WebP animated, and a colour profile', async () => {
    const frames = await Promise.all(
      [16, 17, 18].map(width => noisy(width, 16).resize(16, 16).png().toBuffer()),
    )
    const animated = await sharp(frames, { join: { animated: true } })
      .withExif(exif)
      .webp()
      .toBuffer()
    const stripped = await stripMetadata(animated)
    expect((await sharp(stripped, { animated: true }).metadata()).pages).toBe(3)
    expect((await pixelsOf(stripped)).equals(await pixelsOf(animated))).toBe(true)
    const profiled = await redBlue(48, 32).withIccProfile('p3').jpeg().toBuffer()
    expect((await sharp(await stripMetadata(profiled)).metadata()).icc).toBeDefined()
  })

  it.each(['jpeg', 'png', 'webp', 'gif'] as const)(
    'of a %s that is cut off anywhere ends in a code',
    async type => {
      const whole = await noisy(16, 16).withExif(exif).toFormat(type).toBuffer()
      for (let length = 20; length < whole.length; length += 7) {
        const failure = await stripMetadata(whole.subarray(0, length)).then(
          () => null,
          error => error,
        )
        if (failure !== null) expect(failure, String(length)).toMatchObject({ code: 'NICR_IMAGE_UNREADABLE' })
      }
    },
  )
})
