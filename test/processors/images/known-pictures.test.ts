import sharp from 'sharp'
import { beforeAll, describe, expect, it } from 'vitest'
import { decodeImage } from '../../../pipelines/images/decode-image.ts'
import { KnownPictures } from '../../../processors/images/known-pictures.ts'
import { isSamePicture, signatureOf } from '../../../processors/images/picture-signature.ts'

/** A drawing of its own for each number. */
function drawing(number: number, words = ''): Buffer {
  const discs = Array.from({ length: 12 }, (_, i) => {
    const place = (n: number) => ((number * 7919 + i * 104_729 + n * 1_299_709) % 1009) / 1009
    return `<circle cx="${400 * place(1)}" cy="${300 * place(2)}" r="${20 + 60 * place(3)}" fill="hsl(${360 * place(4)},60%,${20 + 60 * place(5)}%)"/>`
  })
  return Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><rect width="400" height="300" fill="#ccc"/>${discs.join('')}<text x="40" y="160" font-size="40" fill="#000">${words}</text></svg>`,
  )
}

const signed = async (file: Buffer) =>
  signatureOf((await decodeImage(await sharp(file).png().toBuffer())).frames[0]!)
const png = (number: number, words?: string) => sharp(drawing(number, words)).png().toBuffer()

describe('a signature', () => {
  let picture: Uint8Array
  beforeAll(async () => {
    picture = await signed(await png(1))
  })

  it.each([
    ['half its size', () => sharp(drawing(1)).resize(200).png().toBuffer()],
    ['one and a half times its size', () => sharp(drawing(1)).resize(600).png().toBuffer()],
    ['JPEG of quality 30', () => sharp(drawing(1)).jpeg({ quality: 30 }).toBuffer()],
    ['WebP at another size', () => sharp(drawing(1)).resize(300).webp({ quality: 50 }).toBuffer()],
  ])('is the same for the picture as %s', async (_, file) => {
    expect(isSamePicture(picture, await signed(await file()))).toBe(true)
  })

  it('differs where words were added', async () => {
    expect(isSamePicture(picture, await signed(await png(1, 'CHEAP PILLS')))).toBe(false)
  })

  it('tells pictures apart', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, async (_, i) => signed(await png(i))))
    const same = all.flatMap((one, i) => all.filter((other, j) => i < j && isSamePicture(one, other)))
    expect(same).toEqual([])
  })
})

describe('known pictures', () => {
  /** Grey all over, and square. */
  const signature = (level: number) => new Uint8Array(64 * 64 + 65).fill(level, 0, 64 * 64 + 64)

  it('finds a picture by its file, and by its looks where the file is another', () => {
    const known = new KnownPictures<string>(10)
    known.put('a', signature(10), 'dark')
    known.put('b', signature(200), 'light')
    known.put('c', null, 'moving')
    expect([known.get('a'), known.get('x'), known.like(signature(198)), known.like(signature(100))]).toEqual([
      'dark',
      undefined,
      ['light'],
      [],
    ])
  })

  it('forgets what was asked for least lately', () => {
    const known = new KnownPictures<string>(2)
    known.put('a', signature(0), 'a')
    known.put('b', signature(100), 'b')
    known.like(signature(0))
    known.put('c', signature(200), 'c')
    expect([known.size, known.get('a'), known.get('b'), known.get('c')]).toEqual([2, 'a', undefined, 'c'])
  })
})
