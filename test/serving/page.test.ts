import { existsSync, mkdirSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { RecordOf } from '../../schemas/topics.ts'
import { defaultLimits } from '../../serving/limits.ts'
import type { PublishedTopic } from '../../serving/ports.ts'
import { createScoreFeed } from '../../serving/score-feed.ts'
import {
  createFakeLog,
  type FakeParts,
  fakeServer,
  keyOf,
  scoreRecord,
  scoresOfContent,
} from './fake-parts.ts'

const CHROMIUM = '/usr/bin/chromium'
/** Where pictures of the page are left for people to look at; none are made unless it is given. */
const screensDir = process.env.NICR_TEST_SCREENS_DIR

/** The page in a real browser, over a server whose Kafka, models and ClickHouse are fakes. */
describe.skipIf(!existsSync(CHROMIUM))('the page (skipped where there is no /usr/bin/chromium)', () => {
  let browser: Browser
  let app: FastifyInstance
  let parts: FakeParts
  let origin: string
  let requested: string[]

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
      ],
    })
  })
  afterAll(() => browser.close())
  afterEach(() => app.close())

  /** A server whose published content is scored at once. */
  async function serve(port = 0): Promise<void> {
    const scores = createScoreFeed({ now: Date.now, limits: defaultLimits })
    scores.positioned()
    const log = createFakeLog(scores)
    const published: { topic: PublishedTopic; key: string; record: unknown }[] = []
    const server = await fakeServer({
      parts: {
        scores,
        publish: async (topic, key, record) => {
          published.push({ topic, key, record })
          if (topic === 'content')
            log.append(...(await scoresOfContent(record as RecordOf<'content'>, Date.now())))
          return { partition: 0, offset: published.length - 1 }
        },
      },
    })
    app = server.app
    parts = { ...server.parts, published }
    await app.listen({ port, host: '127.0.0.1' })
    origin = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  }

  async function enter(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser.newPage(options)
    requested = []
    page.on('request', request => void requested.push(request.url()))
    page.on('websocket', socket => void requested.push(socket.url()))
    page.on('pageerror', error => {
      throw error
    })
    await page.goto(origin)
    await picture(page, 'door')
    await page.getByLabel('API key').fill(keyOf('admin'))
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('#connection[data-state=live]').waitFor()
    return page
  }

  const niceness = (page: Page) => page.getByRole('meter', { name: 'Niceness' }).first()
  const meterValue = async (page: Page) =>
    Number(await niceness(page).evaluate(meter => (meter as unknown as { value: number }).value))

  async function picture(page: Page, name: string): Promise<void> {
    if (screensDir === undefined) return
    mkdirSync(screensDir, { recursive: true })
    await page.screenshot({ path: join(screensDir, `${name}.png`), fullPage: true, animations: 'disabled' })
  }

  it('shows the meter move while the author types, the words that move it, and the score of the post', async () => {
    await serve()
    const page = await enter()
    await page.getByLabel('Your post').pressSequentially('You stupid idiot')
    await expect.poll(() => meterValue(page)).toBeCloseTo(0.2)
    expect(await page.locator('#marked mark').allTextContents()).toEqual(['stupid', 'idiot'])
    await page.getByLabel('Your post').fill('Thanks, that was a great help')
    await expect.poll(() => meterValue(page)).toBe(10)
    expect(await page.locator('#reasons li').allTextContents()).toEqual([
      'Thanks+2.0 without it: 9.0',
      'great+2.0 without it: 9.0',
      'help+2.0 without it: 9.0',
    ])
    const clip = () => page.evaluate("getComputedStyle(document.querySelector('#reasons .without')).clipPath")
    expect(await clip()).not.toBe('none')
    await page.locator('#reasons li').first().focus()
    expect(await clip()).toBe('none')
    await picture(page, 'without')

    await page.getByRole('button', { name: 'Post' }).click()
    const entry = page.locator('#feed li.post').first()
    await entry.getByText('10.0 kind').waitFor()
    expect(await entry.textContent()).toContain('Not spam, 2 %')
    await expect.poll(() => parts.published.map(one => one.topic)).toEqual(['content', 'draft-outcomes'])
    const [content, outcome] = parts.published
    expect(content!.record).toMatchObject({ text: 'Thanks, that was a great help', action: 'CREATED' })
    expect(outcome!.record).toMatchObject({ outcome: 'MODIFIED', contentId: content!.key, nicenessLast: 10 })
    expect(await page.getByLabel('Your post').inputValue()).toBe('')
    expect(requested.length).toBeGreaterThan(5)
    expect(requested.filter(url => new URL(url).host !== new URL(origin).host)).toEqual([])
    await page.close()
  })

  it('takes a discarded draft and a deleted post away', async () => {
    await serve()
    const page = await enter()
    await page.getByLabel('Your post').fill('I hate this')
    await expect.poll(() => meterValue(page)).toBeCloseTo(2.6)
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect
      .poll(() => parts.published)
      .toMatchObject([{ topic: 'draft-outcomes', record: { outcome: 'DELETED', contentId: null } }])
    await page.getByLabel('Your post').fill('thanks')
    await page.getByRole('button', { name: 'Post' }).click()
    await page.locator('#feed').getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => page.locator('#feed li.post').count()).toBe(0)
    await page.close()
  })

  it('asks again for a key that does not hold, and keeps none', async () => {
    await serve()
    const page = await browser.newPage()
    await page.goto(origin)
    await page.getByLabel('API key').fill('nonsense')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('alert').getByText('the API key is not known').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
    await page.close()
  })

  it('comes back by itself after the server was away', async () => {
    await serve()
    const page = await enter()
    const port = Number(new URL(origin).port)
    await app.close()
    await page.locator('#connection[data-state=waiting]').waitFor()
    await serve(port)
    await page.locator('#connection[data-state=live]').waitFor()
    await page.getByLabel('Your post').fill('thanks')
    await expect.poll(() => meterValue(page)).toBe(7)
    await page.close()
  })

  it.each([
    ['light', { colorScheme: 'light', viewport: { width: 1200, height: 800 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1200, height: 800 } }],
    ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
  ] as const)('fits its window: %s', async (name, options) => {
    await serve()
    const page = await enter(options)
    for (const text of [
      'Click here for free money at the best casino!!!',
      'Why are you so stupid? I hate reading this.',
      'Thank you all for the kind words, it was a lovely evening.',
    ]) {
      await page.getByLabel('Your post').fill(text)
      await page.getByRole('button', { name: 'Post' }).click()
      await page.locator('#feed').getByText(text.slice(0, 5)).first().waitFor()
      await expect.poll(() => page.getByLabel('Your post').inputValue()).toBe('')
    }
    parts.scores.accept(0, [], 100)
    parts.scores.accept(
      1,
      [
        {
          topic: 'scores',
          partition: 1,
          offset: 0,
          key: 'c',
          value: scoreRecord({ contentId: 't1_dq8x', author: 'from-kafka', value: 6.2 }),
          appendedAt: 0,
        },
      ],
      1,
    )
    await page.getByText('from-kafka').waitFor()
    await page.getByLabel('Your post').fill('Thanks for the help, but calling people pathetic is not great.')
    await expect.poll(() => page.locator('#marked mark').count()).toBe(4)
    const [inside, width] = (await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')) as [
      number,
      number,
    ]
    expect(inside).toBeLessThanOrEqual(width)
    await picture(page, name)
    await page.close()
  })
})
