import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, describe, expect, it } from 'vitest'
import type { ScoreFrame } from '../../demo/live-scores.ts'
import { hirePair } from '../../demo/pictures/agree.ts'
import { createCampaign, type PaintedPicture } from '../../demo/pictures/campaign.ts'
import { Chapter } from '../../demo/pictures/chapter.ts'
import { drawContactSheet } from '../../demo/pictures/contact-sheet.ts'
import { isFound, pictureSummary } from '../../demo/pictures/figures.ts'
import { createGallery, type PictureScore, type PostedPicture } from '../../demo/pictures/gallery.ts'
import { spamTexts } from '../../demo/pictures/offers.ts'
import { decodeImage } from '../../pipelines/images/decode-image.ts'
import type { Publication } from '../../pipelines/runtime/kafka/publisher.ts'
import { createCopyBank } from '../../processors/images/copy-bank.ts'
import { hashPicture } from '../../processors/images/picture-hash.ts'
import type { Content } from '../../schemas/records.ts'

/** The demo's chapter on pictures: what is drawn, posted, tagged and told. */

const { signal } = new AbortController()
const raster = async ({ file }: Pick<PaintedPicture, 'file'>) => (await decodeImage(file)).frames[0]!

describe('a campaign', () => {
  it('draws the same pictures for the same seed, in whatever order they are asked for', async () => {
    const [one, same, other] = [createCampaign(5), createCampaign(5), createCampaign(6)]
    const adverts = [await one.advert(), await one.advert()]
    await same.marked()
    expect((await same.advert()).file.equals(adverts[0]!.file)).toBe(true)
    expect(adverts[1]!.file.equals(adverts[0]!.file)).toBe(false)
    expect((await other.advert()).file.equals(adverts[0]!.file)).toBe(false)
  })

  it('lays the mark where it says, white upon the photo', async () => {
    const { file, box } = await createCampaign(2).marked(true)
    const { width, height, data } = await raster({ file })
    const isWhite = (x: number, y: number) => data[3 * (Math.floor(y) * width + Math.floor(x))]! > 225
    const whites = { within: 0, without: 0 }
    for (let y = 0; y < height; y += 2)
      for (let x = 0; x < width; x += 2) {
        if (!isWhite(x, y)) continue
        const [left, top] = [x / width - box!.x, y / height - box!.y]
        const isWithin = left >= 0 && left <= box!.width && top >= 0 && top <= box!.height
        whites[isWithin ? 'within' : 'without']++
      }
    expect(whites.within).toBeGreaterThan(200)
    expect(whites.without).toBeLessThan(whites.within)
  })

  it('posts copies of one picture that the bank knows, and innocent pictures that it does not', async () => {
    const campaign = createCampaign(3)
    const bank = createCopyBank([
      { id: 'a', name: '', weight: 1, hashes: hashPicture(await raster(await campaign.copy())) },
    ])
    const isKnown = async (picture: PaintedPicture) => bank.find(hashPicture(await raster(picture))) !== null
    for (let i = 0; i < 4; i++) expect(await isKnown(await campaign.copy()), `copy ${i}`).toBe(true)
    for (let i = 0; i < 6; i++) expect(await isKnown(await campaign.innocent()), `innocent ${i}`).toBe(false)
  })

  it('writes offers, no two alike', () => {
    const texts = spamTexts(1, 10)
    expect(new Set(texts).size).toBe(10)
    expect(texts.join(' ')).not.toMatch(/[{}]/)
    expect(spamTexts(1, 10)).toEqual(texts)
  })
})

let server: Server
afterEach(
  () =>
    new Promise<void>(resolve => {
      if (!server?.listening) return resolve()
      server.closeAllConnections()
      server.close(() => resolve())
    }),
)

interface Asked {
  readonly path: string
  readonly key: string
  readonly type: string | undefined
  readonly body: Buffer
}

/** Answers by what is asked; all that was asked, in order. */
async function serve(
  answer: (asked: Asked, nth: number) => { readonly status?: number; readonly body: object },
) {
  const all: Asked[] = []
  server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const { authorization = '', 'content-type': type } = request.headers
    const asked = { path: request.url!, key: authorization.slice(7), type, body: Buffer.concat(parts) }
    all.push(asked)
    const { status = 200, body } = answer(asked, all.length)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, all }
}

const painted = (form: PaintedPicture['form'], isSpam: boolean): PaintedPicture => ({
  ...{ form, isSpam, file: Buffer.from(form), mimeType: 'image/png' },
  box: form === 'marked' ? { x: 0.1, y: 0.1, width: 0.2, height: 0.2 } : null,
})
const said = (value: number, reasons: PictureScore['reasons'] = []): PictureScore => ({
  ...{ value, label: value >= 0.5 ? 'spam' : 'ham', reasons },
})

it('uploads a picture, publishes content that names it, and answers with what is said of it; what is never scored has no score', async () => {
  const { url, all } = await serve(({ body }) => ({ status: 201, body: { ref: `blob:${body}` } }))
  const published: Content[] = []
  let tell: (frame: ScoreFrame) => void = () => undefined
  const gallery = createGallery({
    server: { url, key: 'k' },
    publisher: {
      async publish(_topic, publications) {
        const [{ value }] = publications as unknown as [Publication<'content'>]
        published.push(value)
        const { id, images } = value
        const frame = { type: 'score', contentId: id, reasons: [], model: '1' }
        if (images[0]?.ref !== 'blob:photo')
          tell({ ...frame, kind: images.length > 0 ? 'image-spam' : 'text-spam', value: 0.9, label: 'spam' })
        return []
      },
    },
    scores: {
      onScore(listener) {
        tell = listener
      },
    },
    everyMs: 1,
    scoreMsMax: 100,
  })
  const paints = [painted('advert', true), painted('photo', false)].map(one => async () => one)
  const posted = await gallery.post(paints, signal)
  expect(all.map(({ path, type, key }) => [path, type, key])).toEqual([
    ['/v1/images', 'image/png', 'k'],
    ['/v1/images', 'image/png', 'k'],
  ])
  expect(published.map(({ images }) => images)).toEqual([
    [{ ref: 'blob:advert', sha256: null, mimeType: 'image/png' }],
    [{ ref: 'blob:photo', sha256: null, mimeType: 'image/png' }],
  ])
  expect(new Set(published.map(({ author }) => author)).size).toBe(2)
  expect(posted.map(({ ref, score }) => [ref, score?.label ?? null])).toEqual([
    ['blob:advert', 'spam'],
    ['blob:photo', null],
  ])
  expect(await gallery.write(['buy now'], signal)).toEqual(['spam'])
})

it('tags by two people with keys of their own, the first with a box, once the content can be tagged', async () => {
  const { url, all } = await serve(({ path }, nth) => {
    if (path.startsWith('/v1/label/guideline')) return { body: { version: 'v1' } }
    return nth < 4 ? { status: 400, body: { code: 'NICR_BODY_INVALID' } } : { body: { labels: [] } }
  })
  const folder = mkdtempSync(join(tmpdir(), 'nicr-pair-'))
  try {
    const pair = hirePair({ url, keysFile: join(folder, 'keys.json'), signal })
    const box = { x: 0.1, y: 0.2, width: 0.3, height: 0.4 }
    await pair.callSpam({ contentId: 'c1', ref: 'blob:a' }, { name: 'crown', box })
  } finally {
    rmSync(folder, { recursive: true })
  }
  const labels = all.filter(({ path }) => path === '/v1/labels')
  const bodies = labels.map(({ body }) => JSON.parse(String(body)))
  expect(bodies[0]).toEqual(bodies[1])
  expect(bodies[1]).toEqual({
    ...{ kind: 'image-spam', contentId: 'c1', label: 'spam', guidelineVersion: 'v1' },
    boxes: [{ image: 'blob:a', name: 'crown', x: 0.1, y: 0.2, width: 0.3, height: 0.4 }],
  })
  expect(bodies[2]).toMatchObject({ contentId: 'c1', boxes: [] })
  expect(new Set(labels.map(({ key }) => key)).size).toBe(2)
})

/** Nicr, as far as the chapter sees it: adverts are read, and the first `known` pictures that people tag come into the bank. */
function tellWith({ known = 2 } = {}) {
  let asked = 0
  const lines: string[] = []
  const tagged: { readonly form: string | null; readonly name: string | null }[] = []
  const verdict = ({ form }: PaintedPicture): PictureScore => {
    if (form === 'advert') return said(0.9)
    const isTagged = tagged.some(one => one.form === form)
    return said(isTagged ? 0.8 : 0.2)
  }
  const made = (form: PaintedPicture['form'], isSpam: boolean) => async () => painted(form, isSpam)
  const chapter = new Chapter({
    ...{ seed: 1, dataDir: '', signal },
    narrator: { say: line => void lines.push(line), print: () => undefined, show: () => undefined },
    campaign: {
      logo: { name: 'crown', body: '' },
      advert: made('advert', true),
      marked: made('marked', true),
      copy: made('copy', true),
      innocent: made('photo', false),
      shared: made('shared', false),
    },
    gallery: {
      post: async paints =>
        Promise.all(
          paints.map(async (paint, i): Promise<PostedPicture> => {
            const picture = await paint()
            const form = picture.form
            return {
              ...picture,
              contentId: `${form}-${i}`,
              author: `${i}`,
              ref: form,
              score: verdict(picture),
            }
          }),
        ),
      write: async texts => texts.map((_, i) => (i === 0 ? null : 'spam')),
    },
    bank: { until: async () => (asked++ < known ? 1500 : null), stop: async () => undefined },
    pair: { callSpam: async ({ ref }, mark) => void tagged.push({ form: ref, name: mark?.name ?? null }) },
  })
  return { chapter, lines, tagged }
}

describe('the chapter', () => {
  it('tells that words are read at once, and that a mark and copies are known once people tagged one', async () => {
    const { chapter, lines, tagged } = tellWith()
    const outcome = await chapter.tell()
    if (typeof outcome === 'string') throw new Error(outcome)
    expect(tagged).toEqual([
      { form: 'marked', name: 'crown' },
      { form: 'copy', name: null },
    ])
    const told = lines.join('\n')
    for (const part of [
      /9 of 10 are caught/,
      /0 of 13 are caught/,
      /24 of 24 photos with the mark/,
      /1\.5 s later/,
    ])
      expect(told).toMatch(part)
    const summary = pictureSummary(outcome)
    const row = (name: string) => summary.split('\n').find(line => line.startsWith(name))!
    expect(row('photos with the shop')).toMatch(/0\.0 % +100\.0 % +\+100\.0 points/)
    expect(row('copies of one picture')).toMatch(/0\.0 % +100\.0 %/)
    expect(row('innocent pictures')).toMatch(/0\.0 % +0\.0 %/)
    expect(summary).toContain('shared 0 of 8')
  })

  it.each([
    [0, 'the bank does not know the mark “crown”'],
    [1, 'the bank does not know the picture that was tagged'],
  ])('says so where the bank learns only %d of them', async (known, why) => {
    const { chapter, tagged } = tellWith({ known })
    expect(await chapter.tell()).toBe(why)
    expect(tagged).toHaveLength(known + 1)
  })
})

it('counts a mark as found only where a box of a caught picture lies on it', () => {
  const { box } = painted('marked', true)
  const boxed = (x: number) => [
    { start: null, end: null, weight: 0.5, source: 'IMAGE', box: { ...box!, x } } as const,
  ]
  expect(isFound({ box, score: said(0.8, boxed(0.12)) })).toBe(true)
  expect(isFound({ box, score: said(0.8, boxed(0.3)) })).toBe(false)
  expect(isFound({ box, score: said(0.3, boxed(0.1)) })).toBe(false)
  expect(isFound({ box, score: null })).toBe(false)
})

it('draws a sheet of examples, with a row for each sort', async () => {
  const picture = { ...(await createCampaign(1).marked()), score: null }
  const sheet = async (rows: number) =>
    sharp(
      await drawContactSheet(Array.from({ length: rows }, () => ({ name: 'a', pictures: [picture] }))),
    ).metadata()
  const [one, two] = [await sheet(1), await sheet(2)]
  expect(one.format).toBe('png')
  expect(two.width).toBe(one.width)
  expect(two.height).toBeGreaterThan(one.height + 150)
})
