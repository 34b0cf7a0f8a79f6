import type { Page } from 'playwright-core'
import { describe, expect, it } from 'vitest'
import { guidelineOf } from '../../pipelines/guidelines.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { NicrError } from '../../schemas/errors.ts'
import {
  isBrowserMissing,
  isTooWide,
  needsBrowser,
  picture,
  problemsOf,
  rememberKey,
  requestsOf,
  useBrowser,
} from '../support/browser.ts'
import { aTask, fakeLabels, peopleKeys } from './label-parts.ts'
import { gate, servePage } from './page-server.ts'

const desk = { width: 1280, height: 900 }
const phone = { width: 375, height: 740 }

const texts: Record<string, string> = {
  'content-0': 'Thanks for waiting, everybody. The parcels left the shop an hour ago!',
  'content-1': 'The museum opens at ten.\nTickets are at the door.',
  'content-2': 'Nobody asked you. <b>Sit down</b>.',
}

describe.skipIf(isBrowserMissing)(`the page /label ${needsBrowser}`, () => {
  const browser = useBrowser()

  async function enter(
    options: {
      name?: 'ada' | 'mod' | 'both'
      viewport?: { width: number; height: number }
      colorScheme?: 'light' | 'dark'
      tasks?: number
      given?: Parameters<typeof fakeLabels>[0]
    } = {},
  ) {
    const { name = 'ada', viewport = desk, colorScheme = 'light', tasks = 3, given = {} } = options
    const labels = fakeLabels({
      tasks: Array.from({ length: tasks }, (_, i) => aTask(i, { waitsSince: i })),
      texts,
      ...given,
    })
    const failing = { publish: false }
    const server = await servePage({
      parts: {
        keys: peopleKeys({ ada: ['label'], mod: ['moderate'], both: ['label', 'moderate'] }),
        labels: labels.store,
        publish: async (topic, key, record) => {
          if (failing.publish && topic === 'labels') throw new Error('a bug that nobody expects')
          return labels.publish(topic, key, record)
        },
      },
    })
    const page = await browser.open({ viewport, colorScheme, hasTouch: viewport === phone })
    const requested = requestsOf(page)
    const problems = problemsOf(page)
    await page.goto(`${server.origin}/label`)
    await page.getByLabel('API key').fill(`${name}-key`)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('#desk').waitFor()
    return { page, labels, server, requested, problems, failing }
  }

  const shows = (page: Page, text: string) =>
    expect.poll(() => page.locator('#text').textContent()).toBe(text)

  it('asks one text after the other and takes the answers by single keys', async () => {
    const { page, labels, problems, requested, server } = await enter()
    await shows(page, texts['content-0']!)
    expect(await page.locator('#ask').textContent()).toMatch(/^How kind is this text/)
    await picture(page, 'label')
    await page.keyboard.press('9')
    await shows(page, texts['content-1']!)
    await page.keyboard.press('t')
    await shows(page, texts['content-2']!)
    await page.getByRole('button', { name: '0', exact: true }).click()
    await page.getByText('Nothing to tag for you now.').waitFor()
    await expect.poll(() => labels.published.length).toBe(3)
    expect(labels.published).toMatchObject([
      { contentId: 'content-0', value: 9, labeller: 'ada', origin: 'page', modelShown: false },
      { contentId: 'content-1', value: 10 },
      { contentId: 'content-2', value: 0 },
    ])
    const { version } = guidelineOf(kindNamed('niceness'))!
    for (const { guidelineVersion, seconds, sampleId } of labels.published) {
      expect(guidelineVersion).toBe(version)
      expect(seconds).toBeGreaterThanOrEqual(0)
      expect(sampleId).toMatch(/^0{31}\d$/)
    }
    expect(await page.locator('#progress').textContent()).toBe('3 answered by you so far, 0 left for you')
    expect(await page.getByRole('progressbar').getAttribute('value')).toBe('3')
    expect(await page.locator('#told').textContent()).toBe('Answered 0.')
    expect(requested.filter(url => !url.startsWith(server.origin))).toEqual([])
    expect(problems).toEqual([])
  })

  it('undoes, skips and shows what was skipped again', async () => {
    const { page, labels } = await enter()
    await shows(page, texts['content-0']!)
    await page.keyboard.press('3')
    await shows(page, texts['content-1']!)
    await page.keyboard.press('u')
    await shows(page, texts['content-0']!)
    await expect.poll(() => labels.published.map(({ withdrawn }) => withdrawn)).toEqual([false, true])
    await page.keyboard.press('8')
    await shows(page, texts['content-1']!)
    await page.keyboard.press('s')
    await shows(page, texts['content-2']!)
    await page.keyboard.press('s')
    await page.getByText('You skipped 2 texts').waitFor()
    await page.getByRole('button', { name: 'Show skipped again' }).click()
    await shows(page, texts['content-1']!)
    expect(labels.published.map(({ value }) => value)).toEqual([3, 3, 8])
  })

  it('goes on counting what was answered before, and on another kind', async () => {
    const { page } = await enter({
      given: { over: { answersOf: async kind => (kind === 'niceness' ? 1204 : 7) } },
    })
    const progress = page.locator('#progress')
    await shows(page, texts['content-0']!)
    await page.keyboard.press('9')
    await expect.poll(() => progress.textContent()).toBe('1,205 answered by you so far, 2 left for you')
    await page.getByRole('button', { name: 'text-spam' }).click()
    await expect.poll(() => progress.textContent()).toContain('7 answered by you so far')
    await page.getByRole('button', { name: 'niceness' }).click()
    await expect.poll(() => progress.textContent()).toContain('1,205 answered by you so far')
  })

  it('says that it loads until the first question is there', async () => {
    const [desk, questions] = [gate(), gate()]
    const labels = fakeLabels({ tasks: [aTask(0)], texts })
    const server = await servePage({
      parts: {
        keys: peopleKeys({ ada: ['label'] }),
        labels: {
          ...labels.store,
          answersOf: () => desk.passed.then(() => 0),
          checks: () => questions.passed.then(() => []),
        },
        publish: labels.publish,
      },
    })
    const page = await browser.open({ viewport: phone })
    await rememberKey(page, 'ada-key')
    await page.goto(`${server.origin}/label`)
    await page.getByRole('status').getByText('Loading…').waitFor()
    desk.open()
    const question = page.getByRole('region', { name: 'How kind is this text' })
    await question.waitFor()
    expect(await question.getAttribute('aria-busy')).toBe('true')
    expect(await question.textContent()).toContain('Looking for something to ask…')
    expect(await page.locator('.answer:visible').count()).toBe(0)
    await picture(page, 'label-loading')
    questions.open()
    await shows(page, texts['content-0']!)
    expect(await question.getAttribute('aria-busy')).toBe('false')
  })

  it('says why there is no question where none can be fetched, not that there is nothing to tag', async () => {
    const checks = async () => {
      throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse is away.')
    }
    const { page } = await enter({ given: { over: { checks } } })
    await page.locator('#problem').getByText('ClickHouse is away.').waitFor()
    expect(await page.locator('#nothing').textContent()).toBe('This page looks again by itself.')
  })

  it('puts a text back whose answer could not be stored, and says so', async () => {
    const { page, labels, failing } = await enter()
    await shows(page, texts['content-0']!)
    failing.publish = true
    await page.keyboard.press('3')
    await page.getByText('Your answer was not stored').waitFor()
    await shows(page, texts['content-0']!)
    failing.publish = false
    await page.keyboard.press('4')
    await shows(page, texts['content-1']!)
    await expect.poll(() => labels.published.map(({ value }) => value)).toEqual([4])
  })

  it('shows the guideline beside the text, which a key folds away, and leaves keys alone where one types or says so', async () => {
    const { page, labels } = await enter()
    await shows(page, texts['content-0']!)
    expect(await page.locator('#guideline li').count()).toBeGreaterThan(8)
    expect(await page.locator('#guideline').textContent()).toContain(
      `Version ${guidelineOf(kindNamed('niceness'))!.version}`,
    )
    await page.keyboard.press('g')
    expect(await page.locator('#guideline').isVisible()).toBe(false)
    await page.getByLabel('Answer with single keys').uncheck()
    await page.keyboard.press('5')
    await page.keyboard.press('Control+6')
    await page.getByLabel('Answer with single keys').check()
    await page.keyboard.press('Control+6')
    expect(labels.published).toEqual([])
    await shows(page, texts['content-0']!)
  })

  it('tags other kinds by yes and no, and shows the model’s answer only where it is asked to', async () => {
    const over = {
      openTasks: async () => [aTask(0), aTask(1), aTask(2)],
      modelAnswers: async (kind: string) =>
        new Map([
          ['content-0', { contentId: 'content-0', kind, modelVersion: '3', value: 0.9, label: 'spam' }],
        ]),
    }
    const { page, labels } = await enter({ given: { texts, over } })
    await page.getByRole('button', { name: 'text-spam' }).click()
    await page.getByText('is this text spam?').first().waitFor()
    await shows(page, texts['content-0']!)
    expect(await page.locator('#said').textContent()).toBe('')
    await page.getByLabel('Show what the model says').check()
    await page.getByText('The model says spam.').waitFor()
    await picture(page, 'label-yes-no')
    await page.keyboard.press('y')
    await page.getByText('The model says nothing of this text.').waitFor()
    await page.keyboard.press('n')
    await expect
      .poll(() => labels.published.map(({ value, modelShown }) => [value, modelShown]))
      .toEqual([
        [1, true],
        [0, false],
      ])
    expect(await page.locator('#ask').textContent()).not.toContain('**')
  })

  it('lets moderators decide where people disagree, beside who said what and how far they agree', async () => {
    const disagreements = async () => [
      { contentId: 'content-0', revision: 0, labellers: ['ada', 'bob'], values: [1, 9] },
      { contentId: 'content-2', revision: 0, labellers: ['ada', 'bob'], values: [2, 6] },
    ]
    const person = (labeller: string, checksRight: number) => {
      return { labeller, answers: 30, seconds: 2.4, checks: 8, checksRight, lastAt: 5 }
    }
    const over = {
      disagreements,
      answersOfContents: async () => [1, 4, 8].map(v => ({ labellers: ['ada', 'bob'], values: [v, v + 1] })),
      people: async () => [person('ada', 8), person('bob', 6)],
    }
    const { page, labels } = await enter({ name: 'both', given: { texts, over } })
    await page.getByRole('button', { name: 'Decide' }).click()
    await page.getByText('ada: 1 · bob: 9').waitFor()
    expect(await page.locator('#agreement').textContent()).toContain('Krippendorff’s α is 0.9')
    expect(await page.getByRole('row', { name: /bob/ }).textContent()).toContain('75 % of 8')
    await picture(page, 'label-decide')
    await page.keyboard.press('2')
    await shows(page, texts['content-2']!)
    await expect
      .poll(() => labels.published)
      .toMatchObject([
        { contentId: 'content-0', value: 2, labeller: 'both', origin: 'adjudication', sampleId: null },
      ])
  })

  it('opens for moderators who do not tag, and keeps the door shut to others', async () => {
    const { page } = await enter({ name: 'mod' })
    await page.getByText('Nothing to decide').waitFor()
    expect(await page.locator('#modes').isVisible()).toBe(false)
    const fresh = await browser.open({ viewport: desk })
    await fresh.goto(page.url())
    await fresh.getByLabel('API key').fill('wrong')
    await fresh.getByRole('button', { name: 'Open' }).click()
    await fresh.getByText('The API key is not known').waitFor()
    expect(await fresh.locator('#desk').isVisible()).toBe(false)
    expect(await fresh.getByLabel('API key').getAttribute('type')).toBe('password')
  })

  it('keeps the key where it is the server that cannot answer now', async () => {
    const { page } = await enter()
    await shows(page, texts['content-0']!)
    await page.route('**/v1/label/progress', route =>
      route.fulfill({
        status: 503,
        json: { code: 'NICR_CLICKHOUSE_UNAVAILABLE', detail: 'ClickHouse is away.' },
      }),
    )
    await page.reload()
    await page.getByText('ClickHouse is away.').waitFor()
    await page.unroute('**/v1/label/progress')
    await page.getByRole('button', { name: 'Open' }).click()
    await shows(page, texts['content-0']!)
  })

  it.each(['light', 'dark'] as const)('fits a phone, where answers are for thumbs, %s', async colorScheme => {
    const { page, labels } = await enter({ viewport: phone, colorScheme })
    await shows(page, texts['content-0']!)
    expect(await isTooWide(page)).toBe(false)
    const sizes = await page
      .locator('.answer')
      .evaluateAll(all => all.map(one => (one as unknown as { offsetHeight: number }).offsetHeight))
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(44)
    const last = await page.locator('.answer').last().boundingBox()
    expect(last!.y + last!.height).toBeLessThan(phone.height)
    expect(await page.locator('#ends span').allTextContents()).toEqual(['0 unkind', '5 plain', '10 kind'])
    await picture(page, `label-phone-${colorScheme}`)
    await page.getByRole('button', { name: '10' }).tap()
    await expect.poll(() => labels.published.map(({ value }) => value)).toEqual([10])
    await page.getByText('Guideline').tap()
    await page.getByText('The scale').waitFor()
    expect(await isTooWide(page)).toBe(false)
    await picture(page, `label-phone-guideline-${colorScheme}`)
  })

  it('names everything for those who do not see it', async () => {
    const { page } = await enter()
    await shows(page, texts['content-0']!)
    expect(
      await page
        .getByRole('group', { name: /how kind/i })
        .getByRole('button')
        .count(),
    ).toBe(11)
    expect(await page.locator('#text').getAttribute('aria-live')).toBe('polite')
    expect(await page.getByRole('status').count()).toBe(1)
    expect(await page.getByRole('button', { name: 'niceness' }).getAttribute('aria-pressed')).toBe('true')
    expect(await page.getByRole('progressbar').count()).toBe(1)
    await page.keyboard.press('Tab')
    expect(await page.evaluate<boolean>('document.activeElement !== document.body')).toBe(true)
  })
})
