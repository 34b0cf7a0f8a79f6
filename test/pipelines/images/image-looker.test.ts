import sharp from 'sharp'
import { afterEach, describe, expect, it } from 'vitest'
import { imageLimits } from '../../../pipelines/images/decode-image.ts'
import type { ImageRef } from '../../../pipelines/images/fetch-image.ts'
import { ImageLooker, type LookSource } from '../../../pipelines/images/image-looker.ts'
import { SightPool } from '../../../pipelines/images/sight-pool.ts'
import { BURST_WEIGHT } from '../../../processors/images/burst.ts'
import type { LogoEntry } from '../../../processors/images/logo-template.ts'
import { NicrError } from '../../../schemas/errors.ts'
import { redBlue } from '../../support/pictures.ts'
import { until } from '../../support/until.ts'

const files = new Map<string, Uint8Array>()
const fetched: string[] = []
const fetcher = {
  async fetch({ ref }: ImageRef) {
    fetched.push(ref)
    const file = files.get(ref)
    if (file === undefined) throw new NicrError('NICR_IMAGE_NOT_FOUND', `there is nothing at ${ref}`)
    return file
  },
  close: () => undefined,
}

let pool: SightPool
afterEach(async () => {
  await pool.close()
  files.clear()
  fetched.length = 0
})

function looker() {
  pool = new SightPool({ threads: 1, limits: imageLimits })
  return new ImageLooker({
    fetcher,
    pool,
    words: text => ({
      probability: 0.9,
      reasons: [{ start: 0, end: text.length, weight: 0.5 }],
      model: 'text-spam@9',
    }),
  })
}

const words = (text: string) =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="480" height="160"><rect width="480" height="160" fill="#fff"/><text x="20" y="90" font-family="DejaVu Sans" font-size="40">${text}</text></svg>`,
    ),
  )

describe('looking at a picture', () => {
  it('reads it, says what the text model says of the words, and answers the same file, or the same picture at another size, from memory', async () => {
    files.set('a', await words('Buy cheap watches').png().toBuffer())
    files.set('again', files.get('a')!)
    files.set('smaller', await words('Buy cheap watches').resize(300).jpeg({ quality: 60 }).toBuffer())
    const sources: LookSource[] = []
    const eyes = looker()
    const look = (ref: string) =>
      eyes.look({ ref }, { timeoutMs: 60_000, onLooked: one => sources.push(one) })
    const first = await look('a')
    const others = [await look('again'), await look('smaller')]
    expect(first).toMatchObject({
      status: 'SEEN',
      seen: { ref: 'a', words: { probability: 0.9, model: 'text-spam@9' }, complete: true },
    })
    if (first.status !== 'SEEN') throw new Error(first.detail)
    expect(first.seen.reading.text.toLowerCase()).toContain('cheap')
    for (const other of others)
      expect(other).toMatchObject({ status: 'SEEN', seen: { reading: first.seen.reading } })
    expect(sources).toEqual(['LOOKED', 'FILE', 'PICTURE'])
  })

  it('reads a picture again that is the same but for a word', async () => {
    const about = (day: string) => words(`see you on ${day} at home`).png().toBuffer()
    files.set('thursday', await about('thursday'))
    files.set('saturday', await about('saturday'))
    files.set('resaved', await sharp(files.get('saturday')!).resize(360).jpeg({ quality: 50 }).toBuffer())
    const sources: LookSource[] = []
    const eyes = looker()
    const read = async (ref: string) => {
      const looked = await eyes.look({ ref }, { timeoutMs: 60_000, onLooked: one => sources.push(one) })
      return looked.status === 'SEEN' ? looked.seen.reading.text : looked.detail
    }
    expect(await read('thursday')).toContain('thursday')
    expect(await read('saturday')).toContain('saturday')
    expect(await read('resaved')).toContain('saturday')
    expect(sources).toEqual(['LOOKED', 'LOOKED', 'PICTURE'])
  })

  it('marks what time cut short, and not a page that is too dense to be read whole', async () => {
    const rows = Array.from(
      { length: 60 },
      (_, i) =>
        `<text x="8" y="${20 + 26 * i}" font-family="DejaVu Sans" font-size="18">row ${i} has some forty letters, as long pages do, one below the other</text>`,
    )
    const page = `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="1600"><rect width="800" height="1600" fill="#fff"/>${rows.join('')}</svg>`
    files.set('dense', await sharp(Buffer.from(page)).png().toBuffer())
    const eyes = looker()
    const late = await eyes.look({ ref: 'dense' }, { timeoutMs: 0 })
    const whole = await eyes.look({ ref: 'dense' }, { timeoutMs: 60_000 })
    expect(late).toMatchObject({ status: 'SEEN', seen: { complete: false } })
    expect(whole).toMatchObject({ status: 'SEEN', seen: { complete: true, reading: { complete: false } } })
  })

  it('says what is wrong with a picture, and goes on with the next', async () => {
    files.set('broken', new Uint8Array(100))
    files.set('good', await redBlue(64, 64).png().toBuffer())
    const eyes = looker()
    const look = (ref: string) => eyes.look({ ref }, { timeoutMs: 60_000 })
    expect(await Promise.all(['broken', 'missing', 'good'].map(look))).toMatchObject([
      { status: 'FAILED', code: 'NICR_IMAGE_UNREADABLE' },
      { status: 'FAILED', code: 'NICR_IMAGE_NOT_FOUND' },
      { status: 'SEEN' },
    ])
  })

  it('goes on with another thread where one ended while nothing was to be seen', async () => {
    files.set('a', await redBlue(64, 64).png().toBuffer())
    files.set('b', await redBlue(80, 64).png().toBuffer())
    const eyes = looker()
    const look = (ref: string) => eyes.look({ ref }, { timeoutMs: 60_000 })
    expect(await look('a')).toMatchObject({ status: 'SEEN' })
    pool.setLogos([{} as LogoEntry])
    await until('the thread has ended over what no bank holds', () => pool.size === 0)
    pool.setLogos([])
    expect(await look('b')).toMatchObject({ status: 'SEEN' })
  })

  it('puts a draft before what was posted and waits', async () => {
    for (let i = 0; i < 20; i++)
      files.set(
        `${i}`,
        await redBlue(40 + i, 40)
          .png()
          .toBuffer(),
      )
    const eyes = looker()
    const done: string[] = []
    const look = (ref: string, posting?: { author: string; at: number }) =>
      eyes
        .look({ ref }, { timeoutMs: 60_000, posting, isUrgent: posting === undefined })
        .then(() => done.push(ref))
    const posted = Array.from({ length: 19 }, (_, i) => look(`${i}`, { author: `${i}`, at: i }))
    await Promise.all([look('19'), ...posted])
    expect(done.indexOf('19')).toBeLessThan(5)
  })

  it('knows a picture that many authors post as a burst, and no draft of it', async () => {
    files.set('p', await words('everyone shares this').composite([]).png().toBuffer())
    const eyes = looker()
    const post = async (author: string, at: number) => {
      const looked = await eyes.look({ ref: 'p' }, { timeoutMs: 60_000, posting: { author, at } })
      return looked.status === 'SEEN' ? looked.seen.copyOf : null
    }
    const before: unknown[] = []
    for (let i = 0; i < 4; i++) before.push(await post(`author ${i}`, i), await post(`author ${i}`, i))
    const fifth = await post('author 4', 5)
    expect(before).toEqual(Array.from({ length: 8 }, () => null))
    expect(fifth).toMatchObject({ name: 'posted by 5 authors', weight: BURST_WEIGHT })
  })
})
