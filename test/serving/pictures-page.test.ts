import { createHash } from 'node:crypto'
import type { BrowserContextOptions, Locator, Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import type { ImageScorer } from '../../serving/ports.ts'
import {
  faintTextsOf,
  isBrowserMissing,
  isTooWide,
  needsBrowser,
  picture,
  problemsOf,
  requestsOf,
  useBrowser,
} from '../support/browser.ts'
import { keyOf, pictureScorer, scoreRecord } from './fake-parts.ts'
import { servePage } from './page-server.ts'

/** Pictures in the composer and in the feed, in a real browser; the store of pictures is a fake that keeps none. */

const spam = await pictureFile('Get FREE C0INS now', 'offer.png')
const holiday = await pictureFile('', 'holiday.png')
const refOf = (bytes: Buffer) =>
  `blob:${bytes.equals(spam.buffer) ? 'spam' : createHash('sha256').update(bytes).digest('hex')}`

async function pictureFile(words: string, name: string) {
  const svg = `<svg width="600" height="400" xmlns="http://www.w3.org/2000/svg">
    <defs><linearGradient id="sky" x2="0" y2="1"><stop stop-color="#3b78b5"/><stop offset="1" stop-color="#f3d9a2"/></linearGradient></defs>
    <rect width="600" height="400" fill="url(#sky)"/><circle cx="470" cy="90" r="40" fill="#fff3c4"/>
    <text x="60" y="215" font-family="sans-serif" font-weight="bold" font-size="40" fill="#ffe100">${words}</text></svg>`
  return { name, mimeType: 'image/png', buffer: await sharp(Buffer.from(svg)).png().toBuffer() }
}

/** Says of one picture what it says of those it takes for spam. */
function takesForSpam(ref: string): ImageScorer {
  return {
    kind: 'image-spam',
    async score(_images, wish) {
      const score = await pictureScorer.score([{ ref: 'blob:spam' }], wish)
      const reasons = score.decision!.reasons.map(reason => ({ ...reason, image: ref }))
      return { ...score, decision: { ...score.decision!, reasons } }
    },
  }
}

describe.skipIf(isBrowserMissing)(`pictures on the page ${needsBrowser}`, () => {
  const browser = useBrowser()
  let server: Awaited<ReturnType<typeof servePage>>
  let requested: string[]
  let problems: string[]
  let uploads: { readonly type: string; readonly bytes: Buffer }[]

  async function enter(
    options: BrowserContextOptions = {},
    { imageScorer = pictureScorer, refuse }: { imageScorer?: ImageScorer; refuse?: () => string | null } = {},
  ): Promise<Page> {
    server = await servePage({ parts: { imageScorers: [imageScorer] } })
    const page = await browser.open(options)
    requested = requestsOf(page)
    problems = problemsOf(page)
    uploads = []
    await page.route('**/v1/images', async route => {
      const bytes = route.request().postDataBuffer()!
      const refusal = refuse?.() ?? null
      if (refusal !== null)
        return route.fulfill({ status: 503, json: { code: 'NICR_BLOBS_UNAVAILABLE', detail: refusal } })
      uploads.push({ type: (await route.request().headerValue('content-type'))!, bytes })
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      return route.fulfill({
        status: 201,
        json: { ref: refOf(bytes), sha256, mimeType: 'image/png', width: 600, height: 400 },
      })
    })
    await page.goto(server.origin)
    await page.getByLabel('API key').fill(keyOf('admin'))
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('#connection[data-state=live]').waitFor()
    return page
  }

  const choose = (page: Page, ...files: (typeof spam)[]) =>
    page.locator('#picture-files').setInputFiles(files)
  const tiles = (page: Page) => page.locator('#tray > li')
  const verdict = (page: Page) => page.locator('#pictures-verdict')

  /** Where a box is drawn, in fractions of the picture as it is shown. */
  async function drawnBox(place: Locator) {
    const image = (await place.locator('img').boundingBox())!
    const box = (await place.locator('.box').boundingBox())!
    return {
      x: (box.x - image.x) / image.width,
      y: (box.y - image.y) / image.height,
      width: box.width / image.width,
      height: box.height / image.height,
    }
  }

  function expectInPlace(drawn: Awaited<ReturnType<typeof drawnBox>>): void {
    const wanted = { x: 0.1, y: 0.4, width: 0.6, height: 0.2 }
    for (const side of ['x', 'y', 'width', 'height'] as const)
      expect(drawn[side], side).toBeCloseTo(wanted[side], 1.7)
  }

  it('looks at what is chosen, names the picture spam and draws where, and posts it', async () => {
    const page = await enter()
    await choose(page, holiday, spam)
    await verdict(page).getByText('Spam in a picture, 97 %').waitFor()
    const [clean, bad] = await tiles(page).all()
    expect(await clean!.locator('.box').count()).toBe(0)
    expectInPlace(await drawnBox(bad!))
    expect(await bad!.locator('.box-label').textContent()).toBe('1 FREE C0INS')
    const list = page.getByRole('list', { name: 'Spam in offer.png' })
    expect(await list.getByRole('listitem').allTextContents()).toEqual(['“FREE C0INS” in the middle'])
    expect(uploads.map(({ type }) => type)).toEqual(['image/png', 'image/png'])
    expect(uploads[1]!.bytes.equals(spam.buffer)).toBe(true)

    await page.locator('#post').click()
    const entry = page.locator('#feed .post').first()
    await expect.poll(() => tiles(page).count()).toBe(0)
    await expect.poll(() => verdict(page).textContent()).toBe('')
    const [content] = server.recordsOf('content')
    expect(content).toMatchObject({
      text: '',
      images: [
        { ref: refOf(holiday.buffer), mimeType: 'image/png' },
        { ref: 'blob:spam', mimeType: 'image/png' },
      ],
    })

    server.log.append(scoreOfPicture(content!['id'] as string))
    await entry.getByText('Spam in a picture, 95 %').waitFor()
    expect(await entry.getByText('Spam in a picture, 95 %').getAttribute('title')).toBe('image-spam')
    expectInPlace(await drawnBox(entry.locator('.post-pictures > div').nth(1)))
    expect(problems).toEqual([])
    const elsewhere = requested.filter(url => !url.startsWith('blob:') && new URL(url).host !== hostOf())
    expect(elsewhere).toEqual([])
  })

  const hostOf = () => new URL(server.origin).host

  function scoreOfPicture(contentId: string, fields = {}) {
    return scoreRecord({
      contentId,
      kind: 'image-spam',
      value: 0.95,
      label: 'spam',
      reasons: [
        {
          ...{ start: null, end: null, weight: 3, source: 'IMAGE', without: null, text: 'FREE C0INS' },
          image: 'blob:spam',
          box: { x: 0.1, y: 0.4, width: 0.6, height: 0.2 },
        },
      ],
      ...fields,
    })
  }

  it('looks again when a picture is replaced or taken away', async () => {
    const page = await enter()
    await choose(page, spam)
    await verdict(page).getByText('Spam in a picture').waitFor()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Replace: offer.png' }).click()
    await (await chooser).setFiles(holiday)
    await verdict(page).getByText('No spam in the pictures, 3 %').waitFor()
    expect(await tiles(page).count()).toBe(1)
    expect(await page.locator('.box').count()).toBe(0)
    await page.getByRole('button', { name: 'Remove: holiday.png' }).click()
    await expect.poll(() => verdict(page).textContent()).toBe('')
    expect(await tiles(page).count()).toBe(0)
    expect(await page.locator('#post').isDisabled()).toBe(true)
    expect(await page.locator('#add-pictures').evaluate(node => node.matches(':focus'))).toBe(true)
  })

  it('takes dropped and pasted pictures, and leaves a pasted text a text', async () => {
    const page = await enter()
    await offer(page, 'drop', '#composer')
    await tiles(page).nth(0).waitFor()
    await offer(page, 'paste', '#text')
    await tiles(page).nth(1).waitFor()
    await offer(page, 'paste', '#text', 'words beside the picture')
    await expect.poll(() => uploads.length).toBe(2)
    expect(await tiles(page).count()).toBe(2)
  })

  /** Gives the page a file as a drop or a paste does. */
  async function offer(page: Page, type: 'drop' | 'paste', target: string, said = ''): Promise<void> {
    const data = holiday.buffer.toString('base64')
    await page.evaluate(
      `(() => {
        const bytes = Uint8Array.from(atob('${data}'), one => one.charCodeAt(0))
        const given = new DataTransfer()
        given.items.add(new File([bytes], 'beach.png', { type: 'image/png' }))
        if ('${said}' !== '') given.setData('text/plain', '${said}')
        const init = { bubbles: true, cancelable: true }
        const event = '${type}' === 'drop'
          ? new DragEvent('drop', { ...init, dataTransfer: given })
          : new ClipboardEvent('paste', { ...init, clipboardData: given })
        document.querySelector('${target}').dispatchEvent(event)
      })()`,
    )
  }

  it('draws boxes on the smallest picture, whose words are in the list alone', async () => {
    const bytes = await sharp(spam.buffer).resize({ width: 48 }).png().toBuffer()
    const page = await enter({}, { imageScorer: takesForSpam(refOf(bytes)) })
    await choose(page, { ...spam, name: 'icon.png', buffer: bytes })
    await page.getByRole('list', { name: 'Spam in icon.png' }).waitFor()
    expectInPlace(await drawnBox(tiles(page).first()))
    expect(await page.locator('.box-label').isVisible()).toBe(false)
  })

  it('refuses what is no picture, too large or too much, and says so', async () => {
    const page = await enter()
    const alert = page.locator('#pictures-problem')
    await choose(page, { name: 'notes.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF') })
    expect(await alert.textContent()).toBe('notes.pdf is no JPEG, PNG, WebP, GIF or AVIF.')
    await choose(page, { ...spam, name: 'huge.png', buffer: Buffer.alloc(10_000_001) })
    expect(await alert.textContent()).toBe('huge.png has more than 10 MB.')
    await choose(page, ...Array<typeof spam>(5).fill(holiday))
    expect(await alert.textContent()).toBe('A post has at most 4 pictures.')
    await expect.poll(() => uploads.length).toBe(4)
    expect(await tiles(page).count()).toBe(4)
  })

  it('keeps a post back until its pictures are uploaded, and tries again', async () => {
    let refusal: string | null = 'the store of images did not answer'
    const page = await enter({}, { refuse: () => refusal })
    await page.getByLabel('Your post').fill('thanks')
    await choose(page, holiday)
    await tiles(page).getByText('Not uploaded: the store of images did not answer').waitFor()
    expect(await page.locator('#post').isDisabled()).toBe(true)
    refusal = null
    await page.getByRole('button', { name: 'Try again: holiday.png' }).click()
    await verdict(page).getByText('No spam in the pictures').waitFor()
    expect(await page.locator('#post').isEnabled()).toBe(true)
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect.poll(() => tiles(page).count()).toBe(0)
  })

  it('says that pictures were not looked at in time, and lets them be posted', async () => {
    const late: ImageScorer = {
      kind: 'image-spam',
      score: async () => ({
        ...{ kind: 'image-spam', status: 'DEGRADED', decision: null, modelVersion: '1', language: null },
      }),
    }
    const page = await enter({}, { imageScorer: late })
    await choose(page, holiday)
    await verdict(page).getByText('could not be looked at now').waitFor()
    expect(await page.locator('#post').isEnabled()).toBe(true)
  })

  it('tells of pictures that it does not have what was read in them', async () => {
    const page = await enter()
    server.log.append(scoreOfPicture('p1', { author: 'from-kafka' }))
    const entry = page.locator('#feed .post').first()
    const list = entry.getByRole('list', { name: 'Spam in a picture' })
    expect(await list.getByRole('listitem').allTextContents()).toEqual(['“FREE C0INS” in the middle'])
    await entry.getByRole('button', { name: 'Report' }).click()
    await entry.getByRole('button', { name: 'no spam in a picture' }).click()
    await expect
      .poll(() => server.recordsOf('reports'))
      .toMatchObject([{ contentId: 'p1', kind: 'image-spam', expected: 0, seenScore: { value: 0.95 } }])
  })

  it.each([
    ['pictures', { colorScheme: 'light', viewport: { width: 1200, height: 800 } }],
    ['pictures-dark', { colorScheme: 'dark', viewport: { width: 1200, height: 800 } }],
    ['pictures-narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ] as const)('fits its window: %s', async (name, options) => {
    const page = await enter(options)
    await choose(page, spam)
    await verdict(page).getByText('Spam in a picture').waitFor()
    await page.locator('#post').click()
    await expect.poll(() => server.recordsOf('content').length).toBe(1)
    server.log.append(scoreOfPicture(server.recordsOf('content')[0]!['id'] as string))
    await page.locator('#feed .box').waitFor()
    server.log.append(scoreOfPicture('p2', { author: 'from-kafka' }))
    await page.getByText('from-kafka').waitFor()
    await page.getByLabel('Your post').fill('Thanks for the help, have a look.')
    await choose(page, spam)
    await verdict(page).getByText('Spam in a picture').waitFor()
    expectInPlace(await drawnBox(tiles(page).first()))
    expect(await isTooWide(page)).toBe(false)
    await picture(page, `${name}-one`)
    await choose(page, holiday)
    await expect.poll(() => uploads.length).toBe(3)
    await verdict(page).getByText('Spam in a picture').waitFor()
    expectInPlace(await drawnBox(tiles(page).first()))
    expect(await isTooWide(page)).toBe(false)
    expect(await faintTextsOf(page)).toEqual([])
    await picture(page, name)
    expect(problems).toEqual([])
  })
})
