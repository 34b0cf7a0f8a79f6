import { describe, expect, it } from 'vitest'
import type { KindLoop } from '../../pipelines/loop-overview.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { Role } from '../../serving/keys.ts'
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
import { keyOf } from './fake-parts.ts'
import {
  aKindLoop,
  aStory,
  aStoryStep,
  backAndForth,
  inShadow,
  inTagging,
  inTraining,
  loopParts,
} from './loop-stories.ts'
import { gate, servePage } from './page-server.ts'

describe.skipIf(isBrowserMissing)(`the page /models ${needsBrowser}`, () => {
  const browser = useBrowser()

  async function enter(
    overview: () => Promise<readonly KindLoop[]>,
    {
      role = 'read' as Role,
      viewport = { width: 1280, height: 900 },
      colorScheme = 'light' as 'light' | 'dark',
      parts = {} as ReturnType<typeof loopParts>,
    } = {},
  ) {
    const server = await servePage({ parts: { ...loopParts(overview), ...parts } })
    const page = await browser.open({ viewport, colorScheme })
    const requested = requestsOf(page)
    const problems = problemsOf(page)
    await page.goto(`${server.origin}/models`)
    await page.getByLabel('API key').fill(keyOf(role))
    await page.getByRole('button', { name: 'Open' }).click()
    await page.locator('#verdict:not(:empty)').waitFor()
    return { page, requested, problems, server }
  }
  const kind = (page: Awaited<ReturnType<typeof enter>>['page'], name: string) =>
    page.locator('#kinds section').filter({ hasText: name })

  it('says of each kind what is live, how its challenger does in shadow, and what was asked for', async () => {
    const { page, requested, problems, server } = await enter(async () => inShadow)
    expect(await page.locator('#verdict').textContent()).toBe(
      'niceness tries version 4; text-spam is paused.',
    )
    const said = await kind(page, 'niceness').textContent()
    expect(said).toMatch(/Version 3 is live since .*2026.*Version 4 scores along since .*2026/)
    expect(said).toContain('SHADOW · 70 %')
    expect(said).toContain('Contents both scored143 of 200')
    expect(said).toContain('Label differs12 % (17)')
    expect(said).toContain('Mean shift−0.31, spread 0.80')
    expect(said).toContain('People side withchallenger 6, champion 1')
    expect(said).toContain('Why: New words came up and the score left its reference.')
    expect(said).toContain('by the policy drift to replace version 3')
    const bar = kind(page, 'niceness').getByRole('progressbar')
    expect([await bar.getAttribute('value'), await bar.getAttribute('max')]).toEqual(['0.7', '1'])
    expect(await kind(page, 'text-spam').textContent()).toMatch(
      /Paused since .*2026.* by ada: A spam wave is being looked at\. Nothing is trained/,
    )
    expect(await page.getByRole('button', { name: 'Pause' }).count()).toBe(0)
    await page.getByText('macroF1').first().waitFor()
    expect(requested.filter(url => !url.startsWith(server.origin))).toEqual([])
    expect(problems).toEqual([])
    await picture(page, 'models')
  })

  it('shows tagging and training as far as they are, and goes on without being loaded again', async () => {
    let now: readonly KindLoop[] = inTagging
    const { page } = await enter(async () => now)
    expect(await kind(page, 'niceness').textContent()).toContain('TAGGING 84 of 150 labels')
    const bar = page.getByRole('progressbar', { name: 'TAGGING 84 of 150 labels' })
    expect(await bar.getAttribute('value')).toBe('0.56')
    // What a reader unfolded stays, and so does the keyboard's place.
    await page.getByText('What happened so far').focus()
    await page.keyboard.press('Enter')
    now = inTraining
    await page.getByText('TRAINING · compare · 62 %').first().waitFor()
    expect(await page.locator('.request details').last().getAttribute('open')).not.toBeNull()
    expect(await page.evaluate<string>('document.activeElement.textContent')).toBe('What happened so far')
    await picture(page, 'models-training')
  })

  it('tells when a promotion is watched, and that nothing is under way', async () => {
    const watched = aKindLoop('niceness', {
      phase: 'watch',
      champion: { version: '4', since: Date.UTC(2026, 2, 1) },
      challenger: { version: '3', share: 0, since: Date.UTC(2026, 2, 1) },
      predecessor: '3',
    })
    const { page } = await enter(async () => [watched, aKindLoop('toxicity')])
    expect(await page.locator('#verdict').textContent()).toBe(
      'niceness watches version 4 while version 3 scores along.',
    )
    const said = await kind(page, 'niceness').textContent()
    expect(said).toContain('Version 3, its predecessor, scores along')
    expect(said).toContain('If version 4 turns out wrong, 3 takes over again by itself.')
    expect(await kind(page, 'toxicity').textContent()).toContain('Nothing is under way.')
    expect(await kind(page, 'toxicity').getByRole('progressbar').count()).toBe(0)
  })

  it('names the canary, and asks for nothing of what a person tries or what only scores along still', async () => {
    const challenger = { version: '4', share: 0.2, since: Date.UTC(2026, 2, 1) }
    const step = aStoryStep(14, { step: 'SHADOW', task: 'canary', progress: 0.4 })
    const { page } = await enter(async () => [
      aKindLoop('niceness', { phase: 'canary', challenger, open: [aStory('r1', [step])] }),
      aKindLoop('toxicity', { phase: 'shadow', challenger: { ...challenger, share: 0 } }),
      aKindLoop('text-spam', { challenger: { ...challenger, share: 0 } }),
    ])
    expect(await page.locator('#verdict').textContent()).toBe(
      'toxicity tries version 4; niceness tries version 4.',
    )
    const canary = await kind(page, 'niceness').textContent()
    expect(canary).toContain('Version 4 answers 20 % of the content')
    expect(canary).toContain('CANARY · 40 %')
    expect(await kind(page, 'toxicity').textContent()).toContain(
      'A version is on trial.No training was asked for',
    )
    expect(await kind(page, 'text-spam').textContent()).toContain(
      'Version 4 still scores along from before; that ends by itself.Nothing is under way.',
    )
    expect(await page.getByText('REQUESTED').count()).toBe(0)
  })

  it('lets an admin pause, resume and ask for a training, with the keyboard and a reason', async () => {
    const { page, server, problems } = await enter(async () => inShadow, { role: 'admin' })
    await page.getByRole('button', { name: 'Pause niceness' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog', { name: 'Pause niceness' }).waitFor()
    await picture(page, 'models-dialog')
    await page.keyboard.type('The guideline changes.')
    await page.keyboard.press('Enter')
    await page.getByText('niceness is paused. It shows here in a moment.').waitFor()
    await page.getByRole('button', { name: 'Resume text-spam' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Resume' }).click()
    await page.getByText('text-spam runs by itself again.').waitFor()
    expect(server.recordsOf('automation')).toMatchObject([
      { kind: 'niceness', paused: true, reason: 'The guideline changes.', by: 'admin' },
      { kind: 'text-spam', paused: false, reason: '', by: 'admin' },
    ])
    expect(await page.getByRole('button', { name: 'Train niceness now' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Train toxicity now' }).click()
    await page.keyboard.press('Escape')
    expect(server.recordsOf('retrain-requests')).toEqual([])
    await page.getByRole('button', { name: 'Train toxicity now' }).click()
    await page.getByRole('button', { name: 'Ask for it' }).click()
    await page.getByText('A training of toxicity was asked for.').waitFor()
    expect(server.recordsOf('retrain-requests')).toMatchObject([{ kind: 'toxicity', policy: 'manual' }])
    expect(problems).toEqual([])
  })

  it('draws the lineage: what came from what, what was live when, what was taken back', async () => {
    const { page } = await enter(async () => inShadow)
    const lineage = page.locator('#lineage')
    await lineage.locator('li').first().waitFor()
    expect(await lineage.locator('.chain').textContent()).toBe('committed 1 → 3 → 4')
    const lines = await lineage.locator('li').allTextContents()
    expect(lines[0]).toMatch(/^4from 3 scores along$/)
    expect(lines[1]).toMatch(/^3from 1 livelive from .*2026.* until now$/)
    expect(lines[2]).toMatch(/^2from 1 taken backrefusedlive from .* until .*900 µs a content\.$/)
    expect(lines[3]).toMatch(/^1committedlive from the start until .*live from .* until .*$/)
  })

  it('does not call a version taken back that is live again, and none for which another came forth', async () => {
    const overview = async () => inShadow
    const { page } = await enter(overview, { parts: loopParts(overview, backAndForth) })
    const lineage = page.locator('#lineage')
    await lineage.locator('li').first().waitFor()
    const lines = await lineage.locator('li').allTextContents()
    expect(lines[1]).toMatch(/^3from 1 livelive from .* until .*, then taken backlive from .* until now$/)
    expect(lines[3]).toMatch(/^1committedlive from the start until .*live from .* until .*$/)
    expect(lines[3]).not.toContain('taken back')
  })

  it('says that it loads, before the loop and before the versions are known', async () => {
    const [loop, models] = [gate(), gate()]
    const parts = loopParts(async () => inShadow)
    const server = await servePage({
      parts: {
        ...parts,
        loop: { ...parts.loop!, overview: () => loop.passed.then(() => inShadow) },
        models: () => models.passed.then(() => parts.models!()),
      },
    })
    const page = await browser.open({ viewport: { width: 1280, height: 900 } })
    await rememberKey(page, keyOf('read'))
    await page.goto(`${server.origin}/models`)
    await page.getByRole('status').getByText('Loading…').waitFor()
    expect(await page.locator('main').getAttribute('aria-busy')).toBe('true')
    loop.open()
    await page.locator('#verdict:not(:empty)').waitFor()
    expect(await page.locator('main').getAttribute('aria-busy')).toBe('false')
    expect(await page.locator('#versions').textContent()).toContain('Loading…')
    await picture(page, 'models-loading')
    // No card without anything in it.
    expect(await page.locator('.versions .card:visible').count()).toBe(0)
    models.open()
    await page.getByText('Model card of niceness 4').waitFor()
    await page.getByText('It passed every gate').waitFor()
    expect(await page.getByText('Loading…').locator('visible=true').count()).toBe(0)
  })

  it('says what is wrong where versions cannot be shown, without an empty card', async () => {
    const { page } = await enter(async () => inShadow, {
      parts: {
        version: async () => {
          throw new NicrError('NICR_MODEL_NOT_FOUND', 'It is not there.')
        },
      },
    })
    await page.locator('#compare-problem').getByText('It is not there.').waitFor()
    expect(await page.locator('#card-part').isVisible()).toBe(false)
    expect(await page.getByText('Loading…').locator('visible=true').count()).toBe(0)
  })

  it('opens and says why where ClickHouse is away from the start', async () => {
    const server = await servePage({
      parts: loopParts(async () => {
        throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse is away.')
      }),
    })
    const page = await browser.open({ viewport: { width: 1280, height: 900 } })
    await rememberKey(page, keyOf('read'))
    await page.goto(`${server.origin}/models`)
    await page.getByText('ClickHouse is away. This page looks again by itself.').waitFor()
    await page.getByText('Model card of niceness 4').waitFor()
  })

  it('answers what was live at a time', async () => {
    const { page, requested } = await enter(async () => inShadow)
    await page.getByLabel('What was live at').fill('2026-02-25T06:00')
    await page.getByRole('button', { name: 'Show' }).click()
    await page.getByText('toxicity had no version').waitFor()
    expect(await page.locator('#at-answer').textContent()).toMatch(
      /niceness 2 since .*2026.*; 1 scored along/,
    )
    const at = await page.evaluate<number>(`new Date('2026-02-25T06:00').getTime()`)
    expect(requested.some(url => url.includes(`at=${at}`))).toBe(true)
  })

  it('shows two versions side by side, with intervals, gates and the model card as text', async () => {
    const { page, problems } = await enter(async () => inShadow)
    const compare = page.locator('#compare')
    await compare.getByText('It passed every gate').waitFor()
    expect(await page.getByLabel('Version A').inputValue()).toBe('3')
    expect(await page.getByLabel('Version B').inputValue()).toBe('4')
    const rows = await compare.locator('table').first().locator('tbody tr').allTextContents()
    expect(rows).toContain('macroF10.6620.703+0.041')
    expect(rows).toContain('mae0.8400.790−0.050')
    // Less of an error is better, whichever way the number goes.
    expect(await compare.getByText('−0.050').getAttribute('class')).toBe('better')
    const named = compare.getByText('mae', { exact: true }).first()
    expect(await named.getAttribute('title')).toContain('less is better')
    expect(await compare.textContent()).toContain('163 rows that people labelled')
    const bar = compare.getByRole('img').first()
    expect(await bar.getAttribute('aria-label')).toBe(
      'macroF1: difference +0.220, 95 % sure: between +0.150 and +0.290',
    )
    expect(await compare.locator('svg.open').first().getAttribute('aria-label')).toContain('−0.010')
    expect(await compare.textContent()).toContain('Labels of 6 people. Data set dddddddddddd.')
    expect(await compare.textContent()).toContain('A reads en; B reads en, de.')
    const byLanguage = compare.locator('table', { hasText: 'Language' }).first()
    expect(await byLanguage.locator('tbody tr').allTextContents()).toEqual(['en5000.760', 'de2200.860'])

    await page.getByLabel('Version B').selectOption('1')
    await compare.getByText('Version 1 was not compared with another by the loop.').waitFor()
    await page.getByLabel('Version A').selectOption('1')
    await expect.poll(() => compare.locator('thead th').allTextContents()).toEqual(['Metric', 'Version 1'])

    await page.getByLabel('Version B').selectOption('2')
    await compare.getByText('It was refused by a gate').waitFor()
    expect(await compare.locator('.gates li[data-passed=false]').textContent()).toContain('failedslices')
    await page.getByText('Model card of niceness 2').click()
    const card = page.locator('#card')
    expect(await card.locator('td').allTextContents()).toEqual(['all', '720'])
    expect(await card.locator('b').allTextContents()).toEqual(['words'])
    expect(await card.textContent()).toContain('<img src=x onerror=alert(1)>')
    expect(await card.locator('img').count()).toBe(0)
    expect(problems).toEqual([])
  })

  it.each([
    { width: 360, height: 740, colorScheme: 'light' },
    { width: 360, height: 740, colorScheme: 'dark' },
    { width: 1280, height: 900, colorScheme: 'dark' },
  ] as const)('fits $width pixels and can be read, $colorScheme', async ({ colorScheme, ...viewport }) => {
    const long = aKindLoop('x'.repeat(60))
    const { page } = await enter(async () => [...inShadow, long], { viewport, colorScheme, role: 'admin' })
    await page.locator('#compare').getByText('It passed every gate').waitFor()
    await page.evaluate(`document.querySelectorAll('summary').forEach(one => one.click())`)
    expect(await page.locator('#card td').first().isVisible()).toBe(true)
    expect(await isTooWide(page)).toBe(false)
    expect(await faintTextsOf(page)).toEqual([])
    await picture(page, `models-${viewport.width}-${colorScheme}`)
  })

  it('keeps what it shows, and says that it may be old, when ClickHouse goes away', async () => {
    let isAway = false
    const { page } = await enter(async () => {
      if (isAway) throw new NicrError('NICR_CLICKHOUSE_UNAVAILABLE', 'ClickHouse is away.')
      return inShadow
    })
    isAway = true
    await page.getByText('What is shown may be old.').waitFor()
    expect(await page.locator('#kinds section').count()).toBe(3)
  })
})
