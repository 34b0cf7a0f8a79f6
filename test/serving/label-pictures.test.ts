import { createHash } from 'node:crypto'
import type { Page } from 'playwright-core'
import sharp from 'sharp'
import { describe, expect, it } from 'vitest'
import {
  isBrowserMissing,
  isTooWide,
  needsBrowser,
  picture,
  problemsOf,
  useBrowser,
} from '../support/browser.ts'
import { pictureKind, withPictureKind } from '../support/picture-kind.ts'
import { aTask, fakeLabels, peopleKeys } from './label-parts.ts'
import { servePage } from './page-server.ts'

/** Tagging pictures in a real browser, over a store and an image endpoint of the test's own. */

const desk = { width: 1280, height: 900 }
const phone = { width: 375, height: 740 }

async function drawn(hue: string, mark: string): Promise<Buffer> {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="400">
    <rect width="640" height="400" fill="${hue}"/><circle cx="220" cy="230" r="120" fill="#e2b04a"/>
    <path d="M0 400 L200 210 L360 330 L520 180 L640 300 L640 400 Z" fill="#35503c"/>
    <g transform="translate(470 40)"><rect width="130" height="60" rx="8" fill="#b3261e"/>
    <text x="65" y="40" font-size="26" font-family="sans-serif" fill="#fff" text-anchor="middle">${mark}</text></g></svg>`
  return sharp(Buffer.from(svg)).png().toBuffer()
}

const files = await Promise.all([drawn('#7fb2d9', 'glimt'), drawn('#c8a2c8', 'zorbo')])
const [hill, dusk] = files.map(bytes => `blob:${createHash('sha256').update(bytes).digest('hex')}`) as [
  string,
  string,
]
const far = 'https://pictures.example/far.png'

describe.skipIf(isBrowserMissing)(`pictures on /label ${needsBrowser}`, () => {
  const browser = useBrowser()

  async function enter(
    options: {
      viewport?: { width: number; height: number }
      images?: Record<string, string[]>
      over?: NonNullable<Parameters<typeof fakeLabels>[0]>['over']
    } = {},
  ) {
    const { viewport = desk, over = {} } = options
    const images = options.images ?? { 'content-0': [hill, dusk], 'content-1': [far], 'content-2': [hill] }
    const labels = fakeLabels({
      kind: pictureKind.kind,
      tasks: Object.keys(images).map((_, i) => aTask(i, { waitsSince: i })),
      texts: { 'content-0': 'Look at this!', 'content-1': '', 'content-2': 'Again.' },
      images,
      over: {
        boxNames: async () => ['zorbo'],
        readIn: async () =>
          new Map([
            [
              'content-0',
              [{ image: hill, text: 'glimt', box: { x: 0.73, y: 0.1, width: 0.2, height: 0.15 } }],
            ],
          ]),
        ...over,
      },
    })
    const server = await servePage({
      parts: {
        keys: peopleKeys({ ada: ['label'] }),
        labels: labels.store,
        kinds: withPictureKind,
        publish: labels.publish,
      },
    })
    const page = await browser.open({ viewport, hasTouch: viewport === phone })
    const asked: string[] = []
    await page.route('**/v1/images**', async route => {
      const url = route.request().url()
      asked.push(url)
      if (route.request().headers()['authorization'] !== 'Bearer ada-key')
        return route.fulfill({ status: 401, json: {} })
      const place = [hill, dusk, far].findIndex(
        ref => url.includes(encodeURIComponent(ref)) || url.endsWith(ref.slice(5)),
      )
      if (place === -1) return route.fulfill({ status: 404, json: { code: 'X', detail: 'no such image' } })
      return route.fulfill({ contentType: 'image/png', body: files[place % 2]! })
    })
    const problems = problemsOf(page)
    await page.goto(`${server.origin}/label`)
    await page.getByLabel('API key').fill('ada-key')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('button', { name: pictureKind.kind }).click()
    await shows(page, 1)
    return { page, labels, asked, problems, server }
  }

  /** Waits for the picture at a place of a question. */
  const shows = async (page: Page, place: number) => {
    await page.locator(`#picture[alt^="Picture ${place} "]`).waitFor()
    await expect.poll(() => page.evaluate<boolean>('document.getElementById("picture").complete')).toBe(true)
  }
  const blurOf = (page: Page) =>
    page.evaluate<string>('getComputedStyle(document.getElementById("picture")).filter')
  const boxCount = (page: Page) => page.locator('#boxes .box[data-state="kept"]').count()

  it('are blurred until asked, for each question anew, or at once for as long as the tab is open', async () => {
    const { page, problems, asked, server } = await enter()
    expect(await blurOf(page)).toContain('blur')
    // The next question's picture is on its way.
    await expect.poll(() => asked.some(url => url.includes(encodeURIComponent(far)))).toBe(true)
    await picture(page, 'label-picture-blurred')
    // Nobody draws on what they do not see.
    await page.keyboard.press('b')
    await page.getByText('Show the picture first.').waitFor()
    await page.keyboard.press('v')
    expect(await blurOf(page)).toBe('none')
    await picture(page, 'label-picture-clear')
    await page.keyboard.press('v')
    await page.locator('#stage').click()
    expect(await blurOf(page)).toBe('none')
    await page.keyboard.press('n')
    await expect.poll(() => blurOf(page)).toContain('blur')
    await page.getByLabel('Show pictures at once').check()
    expect(await blurOf(page)).toBe('none')
    await page.keyboard.press('n')
    await page.getByText('Again.').waitFor()
    expect(await blurOf(page)).toBe('none')
    expect(asked.some(url => url.includes('key'))).toBe(false)
    expect(asked.every(url => url.startsWith(server.origin))).toBe(true)
    await page.reload()
    await shows(page, 1)
    expect(await blurOf(page)).toBe('none')
    expect(problems).toEqual([])
  })

  it('take boxes drawn with the keyboard: begun, moved, resized, kept, named, dropped, deleted', async () => {
    const { page, labels } = await enter()
    await page.keyboard.press('v')
    await page.keyboard.press('b')
    // It stays within the picture, however far one goes.
    for (let i = 0; i < 45; i++) await page.keyboard.press('ArrowRight')
    for (let i = 0; i < 25; i++) await page.keyboard.press('ArrowUp')
    for (let i = 0; i < 8; i++) await page.keyboard.press('Shift+ArrowLeft')
    for (let i = 0; i < 13; i++) await page.keyboard.press('Shift+ArrowUp')
    // An answer does not take what is not kept yet.
    await page.keyboard.press('y')
    await page.getByText('Keep the box').waitFor()
    await page.keyboard.press('Enter')
    // The name field has the keyboard now: its letters answer nothing.
    await page.keyboard.type('glimty')
    await page.keyboard.press('Backspace')
    await page.keyboard.press('Enter')
    await page.keyboard.press('b')
    await page.keyboard.press('Escape')
    expect(await boxCount(page)).toBe(1)
    await page.keyboard.press('ArrowRight')
    await shows(page, 2)
    expect(await boxCount(page)).toBe(0)
    await page.keyboard.press('b')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await picture(page, 'label-picture-second')
    await page.keyboard.press('x')
    expect(await page.locator('#box-list li').count()).toBe(1)
    await page.keyboard.press('ArrowLeft')
    await shows(page, 1)
    await picture(page, 'label-picture-boxes')
    await page.keyboard.press('y')
    await expect.poll(() => labels.published.length).toBe(1)
    const [label] = labels.published
    expect(label).toMatchObject({
      kind: pictureKind.kind,
      contentId: 'content-0',
      value: 1,
      modelShown: false,
    })
    expect(label!.boxes).toEqual([
      {
        image: hill,
        x: expect.closeTo(0.7, 3),
        y: expect.closeTo(0.1, 3),
        width: expect.closeTo(0.22, 3),
        height: expect.closeTo(0.17, 3),
        name: 'glimt',
      },
    ])
  })

  it('take boxes drawn with the mouse, which undo brings back, and tell what was read only after the answer', async () => {
    const { page, labels } = await enter()
    await page.keyboard.press('v')
    const { x, y, width, height } = (await page.locator('#picture').boundingBox())!
    await page.mouse.move(x + 0.5 * width, y + 0.5 * height)
    await page.mouse.down()
    await page.mouse.move(x + 0.9 * width, y + 1.2 * height, { steps: 4 })
    await page.mouse.up()
    await page.locator('.box-name').fill('zorbo')
    await page.keyboard.press('Enter')
    // Not even to who draws a box around it.
    expect(await page.getByText('glimt').count()).toBe(0)
    await page.keyboard.press('y')
    await page.getByText('Of your last answer. Read in the picture: “glimt”').waitFor()
    await page.keyboard.press('u')
    await page.getByText('Look at this!').waitFor()
    expect(await page.locator('.box-name').inputValue()).toBe('zorbo')
    await page.getByRole('button', { name: 'Delete box 1' }).click()
    await page.keyboard.press('n')
    await expect.poll(() => labels.published.length).toBe(3)
    const [first, withdrawn, again] = labels.published
    expect(first!.boxes).toEqual([
      {
        image: hill,
        x: expect.closeTo(0.5, 2),
        y: expect.closeTo(0.5, 2),
        width: expect.closeTo(0.4, 2),
        height: expect.closeTo(0.5, 2),
        name: 'zorbo',
      },
    ])
    expect(first!.modelShown).toBe(false)
    expect(withdrawn).toMatchObject({ withdrawn: true, boxes: first!.boxes })
    // They know by now what the model read.
    expect(again).toMatchObject({ value: 0, boxes: [], modelShown: true })
  })

  it('offer the names that were given before, and show what the model says where it is asked to', async () => {
    const { page, labels } = await enter()
    await page.keyboard.press('v')
    await page.keyboard.press('b')
    await page.keyboard.press('Enter')
    await page.keyboard.type('mirk')
    await page.keyboard.press('Enter')
    await page.keyboard.press('y')
    await page.keyboard.press('n')
    await expect.poll(() => labels.published.length).toBe(2)
    const names = () =>
      page.evaluate<string[]>('[...document.querySelectorAll("#box-names option")].map(one => one.value)')
    expect(await names()).toEqual(['mirk', 'zorbo'])
    await page.getByLabel('Show what the model says').check()
    await page.getByText('The model says spam.').or(page.getByText('The model says ham.')).waitFor()
  })

  it('say where one cannot be had, and let it be skipped', async () => {
    const gone = `blob:${'0'.repeat(64)}`
    const { page } = await enter({ images: { 'content-0': [hill], 'content-1': [gone] } })
    await page.keyboard.press('n')
    await page.getByText('The picture is not here: no such image').waitFor()
    await page.keyboard.press('s')
    await page.getByText('You skipped one post').waitFor()
  })

  it('fit a phone, where a finger draws once it was asked to', async () => {
    const { page } = await enter({ viewport: phone })
    await page.locator('#stage').tap()
    expect(await blurOf(page)).toBe('none')
    expect(await isTooWide(page)).toBe(false)
    await page.getByRole('button', { name: 'Draw a box' }).tap()
    await picture(page, 'label-picture-phone')
    expect(await page.locator('#boxes .box').count()).toBe(1)
    await page.getByRole('button', { name: 'Drop' }).tap()
    expect(await page.locator('#boxes .box').count()).toBe(0)
    await page.getByRole('button', { name: 'Draw a box' }).tap()
    expect(
      await page.evaluate<string>('getComputedStyle(document.getElementById("stage")).touchAction'),
    ).toBe('none')
  })
})
