import { describe, expect, it } from 'vitest'
import { type DriftOverview, NOTHING_WATCHED } from '../../pipelines/drift-overview.ts'
import { NicrError } from '../../schemas/errors.ts'
import {
  faintTextsOf,
  isBrowserMissing,
  isTooWide,
  needsBrowser,
  picture,
  problemsOf,
  rememberKey,
  requestsOf,
  useBrowser,
} from '../support/browser.ts'
import {
  aFinding,
  anOpenDrift,
  aWatchedKind,
  aWord,
  calm,
  drifting,
  gathering,
  newShare,
} from './drift-overviews.ts'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'
import { gate, servePage } from './page-server.ts'

describe('GET /v1/drift', () => {
  it('answers what drifts, to who may read', async () => {
    const asked: unknown[] = []
    const overview = async (query: unknown) => {
      asked.push(query)
      return drifting
    }
    const { get } = await serveHttp({ parts: { drift: { overview } } })
    const answer = await get('/v1/drift?kind=niceness&limit=5')
    expect(answer.statusCode).toBe(200)
    expect(answer.json()).toEqual(JSON.parse(JSON.stringify(drifting)))
    expect(asked).toEqual([{ kind: 'niceness', limit: 5 }])
  })

  it('says so where ClickHouse is away', async () => {
    const overview = async () => {
      throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'it is away')
    }
    const { get } = await serveHttp({ parts: { drift: { overview } } })
    const answer = await get('/v1/drift')
    expect(answer.statusCode).toBe(503)
    expect(answer.json()).toMatchObject({ code: 'NICR_CLICKHOUSE_UNAVAILABLE' })
  })
})

describe.skipIf(isBrowserMissing)(`the page /drift ${needsBrowser}`, () => {
  const browser = useBrowser()

  async function enter(
    overview: () => Promise<DriftOverview>,
    viewport = { width: 1280, height: 900 },
    colorScheme: 'light' | 'dark' = 'light',
  ) {
    const server = await servePage({ drift: { overview } })
    const page = await browser.open({ viewport, colorScheme })
    const requested = requestsOf(page)
    const problems = problemsOf(page)
    await page.goto(`${server.origin}/drift`)
    await page.getByLabel('API key').fill(keyOf('read'))
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('#verdict:not(:empty)').waitFor()
    return { page, requested, problems, server }
  }

  it('says at a glance what drifts, since when, how sure, with the words and a post that holds them', async () => {
    const { page, requested, problems, server } = await enter(async () => drifting)
    expect(await page.locator('#verdict').textContent()).toMatch(
      /^2 features drift \(niceness, toxicity\) since .*2026.*; the share of classes moved \(text-spam\); 2 words are new or more frequent, 1 word changed company\.$/,
    )
    const card = page.locator('#kinds section').filter({ hasText: 'niceness' }).locator('.drift').first()
    const said = await card.textContent()
    expect(said).toContain('Clearly lower than before: by −0.42 standard deviations')
    expect(said).toContain('95 % sure: between −0.50 and −0.30')
    expect(said).toContain('chance alone takes 300,000,000 records or more')
    expect(said).toContain('Also apart in: authors whose account was at most 30 days old.')
    expect(await card.getByRole('img').getAttribute('aria-label')).toMatch(
      /^Mean of score over time: 6\.\d+ before, 4\.\d+ since$/,
    )
    expect(await page.locator('#words mark').allTextContents()).toEqual([
      'Glorp',
      'glorp',
      'SO COOKED',
      'mid',
    ])
    expect(await page.locator('#words q').first().textContent()).toBe('What a Glorp thing <b>to say</b>')
    expect(await page.locator('#words').textContent()).toContain('now in so mid, mid take')
    expect(await page.locator('#requests').textContent()).toContain('score moved')
    expect(await page.locator('#findings').textContent()).toContain('urls came back to what it was')
    expect(requested.filter(url => !url.startsWith(server.origin))).toEqual([])
    expect(problems).toEqual([])
    expect(await page.locator('#door').isVisible()).toBe(false)
    await picture(page, 'drift')
  })

  it('explains each feature, names what moved of it, and where it is only a part of the records', async () => {
    const { page } = await enter(async () => drifting)
    const toxicity = await page.locator('.drift').last().textContent()
    expect(toxicity).toContain('Share of words of two letters or more that are all capitals.')
    expect(toxicity).toContain('A little more spread out than before')
    expect(toxicity).toContain('Not in all records, but in: comments.')
  })

  it('says how right the scores are thought to be, and by whom', async () => {
    const { page } = await enter(async () => drifting)
    const said = await page.locator('#kinds').textContent()
    expect(said).toContain('Right in 96 % of 1,000 scores, as an estimate without labels')
    expect(said).toContain(
      'People who label agree with 78 % of 100 scores (95 % sure: between 69 % and 85 %). That is less than before.',
    )
  })

  it('tells what to do where only the share of a class moved, and what not to where more did', async () => {
    const { page } = await enter(async () => drifting)
    expect(await page.locator('.command').textContent()).toBe(
      `npx nicr models recalibrate text-spam --report ${newShare.id}`,
    )
    const share = await page.locator('.finding').first().textContent()
    expect(share).toContain('From 13 % to 31 %')
    expect(share).toContain('the odds are 3.0 times what they were')
    expect(await page.locator('.finding').last().textContent()).toContain(
      'length0.44. UTF-16 units of the text.',
    )
  })

  it('warns of a share that must not be corrected, and forgets one that came back, and old words', async () => {
    const refused = {
      ...newShare,
      finding: 'CLASS_SHARE_REFUSED',
      drifted: false,
      contributors: [{ name: 'mentions', weight: 1, description: 'Mentions of people; half at 1.' }],
    }
    const { page } = await enter(async () => ({ ...calm, findings: [refused] }))
    expect(await page.locator('.finding').textContent()).toContain('Do not correct the share')
    expect(await page.locator('.finding li').textContent()).toContain('mentions')
    expect(await page.locator('.command').count()).toBe(0)

    const old = aWord('yore', { lastAt: calm.watched[0]!.lastAt - 8 * 24 * 3_600_000 })
    const back = await enter(async () => ({
      ...calm,
      words: [old],
      findings: [{ ...newShare, drifted: false }, newShare],
    }))
    expect(await back.page.locator('#verdict').textContent()).toBe('Nothing drifts.')
    expect(await back.page.locator('.finding').count()).toBe(0)
  })

  it('says what it waits for while nothing can be found yet', async () => {
    const nothing = await enter(async () => NOTHING_WATCHED)
    expect(await nothing.page.locator('#verdict').textContent()).toContain('Nothing was scored yet')
    await picture(nothing.page, 'drift-nothing')
    const { page } = await enter(async () => gathering)
    expect(await page.locator('#verdict').textContent()).toContain('Nothing can be found yet')
    const bar = page.getByRole('progressbar', { name: 'Records of the reference' }).first()
    expect([await bar.getAttribute('value'), await bar.getAttribute('max')]).toEqual(['812', '2000'])
    expect(await page.locator('#kinds').textContent()).toContain('812 of 2,000 records')
    await picture(page, 'drift-gathering')
  })

  it('says that nothing drifts, since when it watches, and shows what begins to without being loaded again', async () => {
    let now = calm
    const { page } = await enter(async () => now)
    expect(await page.locator('#verdict').textContent()).toBe('Nothing drifts.')
    expect(await page.locator('#kinds').textContent()).toMatch(
      /Nothing drifts\. Version 2, watched since .*2026.*: 48,213 records, the last of .*2026/,
    )
    await picture(page, 'drift-calm')
    now = drifting
    await page.locator('#verdict[data-state=drift]').waitFor()
  })

  it('shows many drifts without burying the next kind, and keeps what a reader unfolded', async () => {
    const features = ['length', 'words', 'urls', 'emoji', 'numbers', 'mentions', 'hashtags', 'questions']
    const drifts = features.map((feature, i) => anOpenDrift({ feature, effect: i / 10 }))
    const findings = [aFinding({ finding: 'CONCEPT', feature: 'labels', drifted: true })]
    let words: DriftOverview['words'] = drifting.words.slice(0, 1)
    const { page } = await enter(async () => ({ ...calm, drifts, words, findings }))
    expect(await page.locator('.drift:visible').count()).toBe(5)
    expect(await page.locator('.drift h2').first().textContent()).toBe('questions')
    await page.getByText('3 more features').focus()
    await page.keyboard.press('Enter')
    expect(await page.locator('.drift:visible').count()).toBe(8)
    words = drifting.words
    await page.getByText('Known words in other company').waitFor()
    expect(await page.locator('.drift:visible').count()).toBe(8)
    await picture(page, 'drift-many')
  })

  it.each([
    { width: 360, height: 740, colorScheme: 'light' },
    { width: 360, height: 740, colorScheme: 'dark' },
    { width: 1280, height: 900, colorScheme: 'dark' },
  ] as const)('fits $width pixels and can be read, $colorScheme', async ({ colorScheme, ...viewport }) => {
    const long = aWatchedKind('x'.repeat(60))
    const { page } = await enter(
      async () => ({ ...drifting, watched: [...drifting.watched, long] }),
      viewport,
      colorScheme,
    )
    expect(await isTooWide(page)).toBe(false)
    expect(await faintTextsOf(page)).toEqual([])
    await picture(page, `drift-${viewport.width}-${colorScheme}`)
  })

  it('says that it loads until the first answer, and why where there is none', async () => {
    const first = gate()
    let isAway = true
    const overview = () =>
      first.passed.then(() => {
        if (isAway) throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse is away.')
        return drifting
      })
    const server = await servePage({ drift: { overview } })
    const page = await browser.open({ viewport: { width: 390, height: 800 } })
    await rememberKey(page, keyOf('read'))
    await page.goto(`${server.origin}/drift`)
    await page.getByRole('status').getByText('Loading…').waitFor()
    expect(await page.locator('main').getAttribute('aria-busy')).toBe('true')
    await picture(page, 'drift-loading')
    first.open()
    await page.getByText('ClickHouse is away. This page looks again by itself.').waitFor()
    expect(await page.getByText('Loading…').isVisible()).toBe(false)
    isAway = false
    await page.locator('#verdict[data-state=drift]').waitFor()
    expect(await page.locator('#problem').textContent()).toBe('')
  })

  it('keeps what it shows, and says that it may be old, when ClickHouse goes away', async () => {
    let isAway = false
    const { page } = await enter(async () => {
      if (isAway) throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse is away.')
      return drifting
    })
    isAway = true
    await page.getByText('What is shown may be old.').waitFor()
    expect(await page.locator('.drift').count()).toBe(3)
  })
})
