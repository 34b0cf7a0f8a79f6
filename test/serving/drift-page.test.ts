import { describe, expect, it } from 'vitest'
import type { DriftOverview } from '../../pipelines/drift-history.ts'
import { NicrError } from '../../schemas/errors.ts'
import {
  isBrowserMissing,
  isTooWide,
  needsBrowser,
  problemsOf,
  requestsOf,
  useBrowser,
} from '../support/browser.ts'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'
import { servePage } from './page-server.ts'

const at = Date.UTC(2026, 2, 1, 10)
const drift = {
  kind: 'niceness',
  modelVersion: '2',
  feature: 'score',
  slice: 'all',
  since: at,
  lastAt: at + 60_000,
  alarms: 2,
  method: 'e-detector',
  statistic: 3e8,
  threshold: 5e7,
  eValue: 3e8,
  effect: -0.42,
  effectLow: -0.5,
  effectHigh: -0.3,
  count: 320,
}
const drifting: DriftOverview = {
  drifts: [drift, { ...drift, slice: 'newAuthors' }],
  words: [
    {
      kind: 'niceness',
      word: 'glorp',
      firstAt: at,
      lastAt: at,
      weight: 4,
      count: 17,
      expected: 0.1,
      change: 'word',
      neighbours: [],
      examples: [{ contentId: 'c1', text: 'What a Glorp thing <b>to say</b>' }],
    },
  ],
  findings: [
    {
      kind: 'toxicity',
      feature: 'urls',
      slice: 'all',
      finding: 'CLEARED',
      method: 'e-detector',
      effect: 0,
      at,
    },
  ],
  requests: [
    {
      id: 'r1',
      kind: 'niceness',
      policy: 'drift',
      reason: 'score moved',
      modelVersion: '2',
      requestedAt: at,
    },
  ],
  histories: [
    {
      kind: 'niceness',
      feature: 'score',
      slice: 'all',
      points: [
        { at: at - 60_000, mean: 6, count: 9 },
        { at, mean: 4, count: 9 },
      ],
    },
  ],
}
const calm: DriftOverview = { drifts: [], words: [], findings: [], requests: [], histories: [] }

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

  async function enter(overview: () => Promise<DriftOverview>, viewport = { width: 1280, height: 900 }) {
    const server = await servePage({ drift: { overview } })
    const page = await browser.open({ viewport })
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
      /^score drifts \(niceness\) since .*2026.*; one word is new\.$/,
    )
    const card = page.locator('.drift')
    expect(await card.count()).toBe(1)
    expect(await card.textContent()).toContain(
      'It moved clearly: -0.42 standard deviations (95 %: -0.50 to -0.30)',
    )
    expect(await card.textContent()).toContain('odds of 300,000,000 against chance')
    expect(await card.textContent()).toContain('newAuthors')
    expect(await card.getByRole('img').getAttribute('aria-label')).toBe('Mean of score, from 6.00 to 4.00')
    expect(await page.locator('.words mark').textContent()).toBe('Glorp')
    expect(await page.locator('.words q').textContent()).toBe('What a Glorp thing <b>to say</b>')
    expect(await page.locator('#requests').textContent()).toContain('score moved')
    expect(await page.locator('#findings').textContent()).toContain('came back to what it was')
    expect(requested.filter(url => !url.startsWith(server.origin))).toEqual([])
    expect(problems).toEqual([])
    expect(await page.locator('#door').isVisible()).toBe(false)
  })

  it('says that nothing drifts, and shows what begins to without being loaded again', async () => {
    let now = calm
    const { page } = await enter(async () => now)
    expect(await page.locator('#verdict').textContent()).toBe('Nothing drifts.')
    now = drifting
    await page.locator('#verdict[data-state=drift]').waitFor()
  })

  it('fits a phone', async () => {
    const { page } = await enter(async () => drifting, { width: 360, height: 740 })
    expect(await isTooWide(page)).toBe(false)
  })

  it('keeps what it shows, and says that it may be old, when ClickHouse goes away', async () => {
    let isAway = false
    const { page } = await enter(async () => {
      if (isAway) throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse is away.')
      return drifting
    })
    isAway = true
    await page.getByText('What is shown may be old.').waitFor()
    expect(await page.locator('.drift').count()).toBe(1)
  })
})
