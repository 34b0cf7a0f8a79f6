import type { BrowserContextOptions, Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import {
  isBrowserMissing,
  isTooWide,
  needsBrowser,
  picture,
  problemsOf,
  requestsOf,
  useBrowser,
} from '../support/browser.ts'
import { keyOf, scoreRecord } from './fake-parts.ts'
import { servePage } from './page-server.ts'

/** The page in a real browser, over a server whose Kafka, models and ClickHouse are fakes. */
describe.skipIf(isBrowserMissing)(`the page ${needsBrowser}`, () => {
  const browser = useBrowser()
  let server: Awaited<ReturnType<typeof servePage>>
  let requested: string[]
  let problems: string[]

  async function open(options: BrowserContextOptions = {}): Promise<Page> {
    server = await servePage()
    const page = await browser.open(options)
    requested = requestsOf(page)
    problems = problemsOf(page)
    await page.goto(server.origin)
    return page
  }

  async function enter(options: BrowserContextOptions = {}): Promise<Page> {
    const page = await open(options)
    await page.getByLabel('API key').fill(keyOf('admin'))
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('#connection[data-state=live]').waitFor()
    return page
  }

  const text = (page: Page) => page.getByLabel('Your post')
  const post = (page: Page) => page.locator('#post').click()
  const meterValue = async (page: Page) =>
    Number(
      await page.locator('#composer').getByRole('meter', { name: 'Niceness' }).getAttribute('aria-valuenow'),
    )

  async function publish(page: Page, said: string): Promise<void> {
    await text(page).fill(said)
    await post(page)
    await page.locator('#feed').getByText(said).waitFor()
    await expect.poll(() => text(page).inputValue()).toBe('')
  }

  it('shows the meter move while the author types, the words that move it, and the stored score of the post', async () => {
    const page = await enter()
    await text(page).pressSequentially('You stupid idiot')
    await expect.poll(() => meterValue(page)).toBeCloseTo(0.2)
    expect(await page.locator('nice-a-meter-marks mark').allTextContents()).toEqual(['stupid', 'idiot'])
    await text(page).fill('Thanks, that was a great help')
    await expect.poll(() => meterValue(page)).toBe(10)
    expect(await page.locator('#composer').getByRole('listitem').allTextContents()).toEqual([
      'Thanks without it: 9.0',
      'great without it: 9.0',
      'help without it: 9.0',
    ])

    await post(page)
    const entry = page.locator('#feed .post').first()
    await entry.getByText('10.0 kind').waitFor()
    expect(await entry.textContent()).toContain('Not spam, 2 %')
    await expect.poll(() => server.published.map(one => one.topic)).toEqual(['content', 'draft-outcomes'])
    const [content, outcome] = server.published
    expect(content!.record).toMatchObject({ text: 'Thanks, that was a great help', action: 'CREATED' })
    expect(outcome!.record).toMatchObject({
      outcome: 'MODIFIED',
      contentId: content!.key,
      nicenessLast: 10,
    })
    expect(await text(page).inputValue()).toBe('')
    expect(problems).toEqual([])
    expect(requested.length).toBeGreaterThan(8)
    expect(requested.filter(url => new URL(url).host !== new URL(server.origin).host)).toEqual([])
  })

  it('publishes replies below what they answer, votes, taken-back votes and reports', async () => {
    const page = await enter()
    await publish(page, 'Is anybody here?')
    const entry = page.locator('#feed .post').first()
    await entry.getByRole('button', { name: 'Reply' }).click()
    await page.getByText('Replying to You: Is anybody here?').waitFor()
    await publish(page, 'I am, thanks')
    expect(await page.locator('#feed .replies .post-text').allTextContents()).toEqual(['I am, thanks'])
    await entry.getByRole('button', { name: 'Vote up' }).click()
    expect(await entry.getByRole('button', { name: 'Vote up' }).getAttribute('aria-pressed')).toBe('true')
    await entry.getByRole('button', { name: 'Vote down' }).click()
    await entry.getByRole('button', { name: 'Vote down' }).click()
    await entry.getByRole('button', { name: 'Report' }).click()
    await picture(page, 'report')
    await entry.getByRole('group', { name: 'Report a wrong score' }).getByText('unkind').click()
    await entry.getByRole('button', { name: 'Reported' }).waitFor()

    const [first, second] = server.recordsOf('content')
    expect(second).toMatchObject({ kind: 'COMMENT', parent: first!['id'], thread: first!['id'] })
    expect(server.recordsOf('votes').map(({ value }) => value)).toEqual([1, -1, 0])
    expect(server.recordsOf('reports')).toMatchObject([
      { contentId: first!['id'], kind: 'niceness', expected: 2, seenScore: { value: 5 }, text: null },
    ])
    expect(problems).toEqual([])
  })

  it('shows the stored scores of every kind, also after the page is loaded again', async () => {
    const page = await enter()
    await publish(page, 'Thanks for nothing, idiot')
    await page.reload()
    await page.locator('#feed').getByText('Thanks for nothing, idiot').waitFor()
    const entry = page.locator('#feed .post').first()
    await entry.getByText('4.6 plain').waitFor()
    await entry.getByRole('button', { name: 'Scores' }).click()
    await expect
      .poll(() => entry.getByRole('rowheader').allTextContents())
      .toEqual(['niceness', 'text-spam', 'toxicity'])
    expect(await entry.locator('.words li').allTextContents()).toEqual([
      'Thanks without it: 2.6',
      'idiot without it: 7.0',
    ])
    await picture(page, 'scores')
  })

  it('takes a discarded draft and a deleted post away', async () => {
    const page = await enter()
    await text(page).fill('I hate this')
    await expect.poll(() => meterValue(page)).toBeCloseTo(2.6)
    await page.getByRole('button', { name: 'Discard' }).click()
    await expect
      .poll(() => server.recordsOf('draft-outcomes'))
      .toMatchObject([{ outcome: 'DELETED', contentId: null, nicenessFirst: 2.6 }])
    expect(await text(page).inputValue()).toBe('')
    expect(await meterValue(page)).toBe(0)
    await publish(page, 'thanks')
    await page.locator('#feed').getByRole('button', { name: 'Delete' }).click()
    await expect.poll(() => page.locator('#feed .post').count()).toBe(0)
  })

  it('asks again for a key that does not hold, and keeps none', async () => {
    const page = await open()
    await picture(page, 'door')
    await page.getByLabel('API key').fill('nonsense')
    await page.getByRole('button', { name: 'Open' }).click()
    await page.getByRole('alert').getByText('the API key is not known').waitFor()
    expect(await page.evaluate('sessionStorage.length')).toBe(0)
  })

  it('comes back by itself after the server was away', async () => {
    const page = await enter()
    await server.close()
    await page.locator('#connection[data-state=waiting]').waitFor()
    server = await servePage({ port: server.port })
    await page.locator('#connection[data-state=live]').waitFor()
    await text(page).fill('thanks')
    await expect.poll(() => meterValue(page)).toBe(7)
  })

  it.each([
    ['light', { colorScheme: 'light', viewport: { width: 1200, height: 800 } }],
    ['dark', { colorScheme: 'dark', viewport: { width: 1200, height: 800 } }],
    ['narrow', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
    ['narrow-dark', { colorScheme: 'dark', viewport: { width: 390, height: 800 } }],
  ] as const)('fits its window: %s', async (name, options) => {
    const page = await enter(options)
    for (const said of [
      'Click here for free money at the best casino!!!',
      'Why are you so stupid? I hate reading this.',
      'Thank you all for the kind words, it was a lovely evening.',
    ])
      await publish(page, said)
    const reasons = [{ start: 4, end: 8, weight: 1.2, source: 'TEXT' as const, text: 'calm', without: 5 }]
    server.log.append(
      scoreRecord({
        contentId: 't1_dq8x',
        author: 'from-kafka',
        value: 6.2,
        reasons: reasons.map(reason => ({ ...reason, image: null, box: null })),
      }),
    )
    await page.getByText('from-kafka').waitFor()
    await page.locator('#feed .post').nth(1).getByRole('button', { name: 'Scores' }).click()
    await text(page).fill('Thanks for the help, but calling people pathetic is not great.')
    await expect.poll(() => page.locator('nice-a-meter-marks mark').count()).toBe(4)
    expect(await isTooWide(page)).toBe(false)
    await picture(page, name)
    expect(problems).toEqual([])
  })
})
