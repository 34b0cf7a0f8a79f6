import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterEach, describe, expect, it } from 'vitest'
import { packagePath } from '../../../schemas/package-root.ts'
import { keyOf } from '../../serving/fake-parts.ts'
import { servePage } from '../../serving/page-server.ts'
import { isBrowserMissing, needsBrowser, picture, problemsOf, useBrowser } from '../../support/browser.ts'

const GZIPPED_BYTES_MAX = 10_000

it('is one module of less than 10 kB gzipped that imports nothing', () => {
  const module = readFileSync(packagePath('dist', 'public', 'nice-a-meter.js'))
  expect(gzipSync(module, { level: 9 }).length).toBeLessThan(GZIPPED_BYTES_MAX)
  expect(module.toString()).not.toMatch(/^import\b|\bimport\(|https?:\/\//m)
})

/** The example of docs/guide/nice-a-meter.md, word for word, as a page of a platform on another origin. */
describe.skipIf(isBrowserMissing)(`the meter beside somebody else's textarea ${needsBrowser}`, () => {
  const browser = useBrowser()
  const closers: (() => unknown)[] = []
  let nicr: Awaited<ReturnType<typeof servePage>>
  afterEach(async () => {
    for (const close of closers.splice(0)) await close()
  })

  interface Given {
    /** Added to the meter's attributes. */
    readonly attributes?: string
    readonly scopes?: readonly string[]
    readonly colorScheme?: 'light' | 'dark'
    /** Of the platform's page. */
    readonly style?: string
  }

  async function open({ attributes = '', scopes = ['read'], colorScheme = 'light', style = '' }: Given = {}) {
    const platform = await servePlatform()
    nicr = await servePage({ env: { NICR_ALLOWED_ORIGINS: platform.origin } })
    const ticket = await ticketOf(scopes)
    platform.page = exampleOf('docs/guide/nice-a-meter.md')
      .replace('NICR', nicr.origin)
      .replace('TICKET"', `${ticket}" ${attributes}`)
      .replace('</head>', `<meta name="color-scheme" content="light dark"><style>${style}</style></head>`)
    const page = await browser.open({ colorScheme })
    const problems = problemsOf(page)
    const sent: string[] = []
    page.on('websocket', socket => socket.on('framesent', ({ payload }) => void sent.push(String(payload))))
    await page.goto(platform.origin)
    // The platform sends posts itself, as single-page applications do.
    await page.evaluate("document.querySelector('form').addEventListener('submit', e => e.preventDefault())")
    return { page, problems, sent }
  }

  async function ticketOf(scopes: readonly string[]): Promise<string> {
    const { body } = await nicr.app.inject({
      method: 'POST',
      url: '/v1/tickets',
      headers: { authorization: `Bearer ${keyOf('admin')}` },
      payload: { author: 'ann', scopes },
    })
    return (JSON.parse(body) as { ticket: string }).ticket
  }

  async function servePlatform() {
    const platform = { page: '', origin: '' }
    const server = createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8')
      // As strict as a platform may be, but for the inline style of this test.
      const policy = `default-src 'none'; script-src ${nicr.origin}; style-src 'unsafe-inline'; connect-src ${nicr.origin} ${nicr.origin.replace('http', 'ws')}; trusted-types; require-trusted-types-for 'script'`
      response.setHeader('content-security-policy', policy)
      response.end(platform.page)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    closers.push(() => new Promise(resolve => server.close(resolve)))
    platform.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    return platform
  }

  const text = (page: Page) => page.getByLabel('Your comment')
  const meter = (page: Page) => page.getByRole('meter', { name: 'Niceness' })
  const niceness = async (page: Page) => Number(await meter(page).getAttribute('aria-valuenow'))
  const send = (page: Page) => page.getByRole('button', { name: 'Send', exact: true }).click()
  const outcomes = () => expect.poll(() => nicr.recordsOf('draft-outcomes'))
  /** The page's clock goes on by more than a score must stand to have been read. */
  const rest = (page: Page) =>
    page.evaluate('(clock => { performance.now = () => clock() + 500 })(performance.now.bind(performance))')

  it('moves while the author types, and marks the words that matter where they stand', async () => {
    const { page, problems } = await open()
    await text(page).pressSequentially('you idiot')
    await expect.poll(() => niceness(page)).toBeCloseTo(2.6)
    expect(await meter(page).getAttribute('aria-valuetext')).toBe('2.6 of 10, unkind')
    const mark = page.locator('nice-a-meter-marks mark')
    expect(await mark.allTextContents()).toEqual(['idiot'])
    // Over the letters of the textarea, whose text begins at its padding.
    const [field, marked] = [await text(page).boundingBox(), await mark.boundingBox()]
    expect(marked!.y - field!.y).toBeLessThan(12)
    expect(marked!.x - field!.x).toBeGreaterThan(20)
    await text(page).fill(`${'a line\n'.repeat(30)}you idiot`)
    await expect.poll(() => mark.count()).toBe(1)
    await text(page).evaluate(field => Reflect.set(field, 'scrollTop', 10_000))
    await expect
      .poll(async () => {
        const [within, at] = [await text(page).boundingBox(), await mark.boundingBox()]
        return at!.y > within!.y && at!.y + at!.height < within!.y + within!.height
      })
      .toBe(true)
    expect(problems).toEqual([])
  })

  it('says what the score would be without a word, and selects the word when asked', async () => {
    const { page } = await open()
    await text(page).fill('Thanks, you idiot')
    const word = page.getByRole('button', { name: 'idiot without it: 7.0' })
    await word.focus()
    await page.keyboard.press('Enter')
    const selected = '(f => f.value.slice(f.selectionStart, f.selectionEnd))(document.activeElement)'
    expect(await page.evaluate(selected)).toBe('idiot')
  })

  it('tells screen readers the score once the author rests, not at each letter', async () => {
    const { page } = await open()
    await page.evaluate(`
      heard = []
      new MutationObserver(() => heard.push(document.querySelector('nice-a-meter').shadowRoot.querySelector('.heard').textContent))
        .observe(document.querySelector('nice-a-meter').shadowRoot.querySelector('.heard'), { childList: true })
    `)
    await text(page).pressSequentially('thanks, that was kind', { delay: 20 })
    await expect
      .poll(() => page.evaluate('heard'), { timeout: 5_000 })
      .toEqual(['Niceness 9.0 of 10. Reads as kind.'])
  })

  it.each([
    [
      'POSTED_AS_IS',
      'typed in one go',
      async (page: Page) => {
        // Typing takes no time, however slow the machine is.
        await page.evaluate('performance.now = () => 1000')
        await text(page).pressSequentially('thanks, great')
      },
    ],
    [
      'MODIFIED',
      'changed under a score',
      async (page: Page) => {
        await text(page).fill('you idiot')
        await expect.poll(() => niceness(page)).toBeCloseTo(2.6)
        await text(page).fill('thanks, great')
      },
    ],
    [
      'MODIFIED',
      'continued after a rest',
      async (page: Page) => {
        await text(page).fill('thanks')
        await expect.poll(() => niceness(page)).toBe(7)
        await rest(page)
        await text(page).pressSequentially(', great')
      },
    ],
  ])('%s: %s', async (outcome, _how, write) => {
    const { page } = await open()
    await write(page)
    await expect.poll(() => niceness(page)).toBe(9)
    await send(page)
    await outcomes().toMatchObject([{ outcome, nicenessLast: 9, modelVersion: '1' }])
    expect(JSON.stringify(nicr.published)).not.toContain('thanks')
    expect(await niceness(page)).toBe(0)
  })

  it('IGNORED: posted with the meter hidden, and then nothing of the text was sent', async () => {
    const { page, sent } = await open()
    await text(page).fill('thanks')
    await expect.poll(() => niceness(page)).toBe(7)
    await page.getByRole('button', { name: 'Hide meter' }).click()
    await text(page).fill('you secret idiot')
    expect(await meter(page).isVisible()).toBe(false)
    expect(await page.locator('nice-a-meter-marks mark').count()).toBe(0)
    await send(page)
    await outcomes().toMatchObject([{ outcome: 'IGNORED', nicenessFirst: 7 }])
    await page.getByRole('button', { name: 'Show niceness' }).click()
    await text(page).fill('great help')
    await expect.poll(() => niceness(page)).toBe(9)
    expect(sent.join('')).toContain('great help')
    expect(sent.join('')).not.toContain('secret')
  })

  it('DELETED: the form is reset; a page that manages drafts itself says so by a method', async () => {
    const { page } = await open({ attributes: 'manual' })
    await text(page).fill('thanks')
    await expect.poll(() => niceness(page)).toBe(7)
    await page.evaluate("document.querySelector('form').reset()")
    expect(await niceness(page)).toBe(7)
    await page.evaluate("document.querySelector('nice-a-meter').removeAttribute('manual')")
    await page.evaluate("document.querySelector('form').reset()")
    await outcomes().toMatchObject([{ outcome: 'DELETED', nicenessFirst: 7, nicenessLast: 7 }])
  })

  it('sends a report without the text, and with it only where the author ticks the box', async () => {
    const { page } = await open({ scopes: ['read', 'publish'], attributes: 'author="ann"' })
    const report = async (withText: boolean) => {
      await page.getByRole('button', { name: 'Seems wrong?' }).click()
      await page.getByLabel('unkind').check()
      if (withText) await page.getByLabel('Send my text along').check()
      if (!withText) await picture(page, 'meter-report')
      await page.getByRole('button', { name: 'Send report' }).click()
      await page.getByText('Thank you for telling us.').waitFor()
    }
    await text(page).fill('thanks')
    await expect.poll(() => niceness(page)).toBe(7)
    await report(false)
    await report(true)
    const common = {
      kind: 'niceness',
      expected: 2,
      seenScore: { value: 7, modelVersion: '1' },
      reporter: 'ann',
    }
    expect(nicr.recordsOf('reports')).toMatchObject([
      { ...common, text: null },
      { ...common, text: 'thanks' },
    ])
  })

  it('asks the page for a new ticket when it has to come back, and keeps the history of the draft', async () => {
    const { page } = await open()
    await text(page).fill('you idiot')
    await expect.poll(() => niceness(page)).toBeCloseTo(2.6)
    const next = await ticketOf(['read'])
    await page.evaluate(
      `asked = 0; document.addEventListener('nicr-ticket', e => { asked++; e.target.setAttribute('ticket', '${next}') })`,
    )
    for (const socket of nicr.app.websocketServer.clients) socket.terminate()
    await expect.poll(() => page.evaluate('asked')).toBe(1)
    await text(page).fill('thanks')
    await expect.poll(() => niceness(page)).toBe(7)
    await send(page)
    await outcomes().toMatchObject([{ outcome: 'MODIFIED', nicenessFirst: 2.6, nicenessLast: 7 }])
  })

  it.each(['light', 'dark'] as const)('keeps its contrast on a plain page: %s', async colorScheme => {
    const { page } = await open({ colorScheme, style: 'body { font-family: sans-serif; max-width: 40em }' })
    await text(page).fill('Thanks, you idiot')
    await page.getByRole('button', { name: 'idiot without it: 7.0' }).waitFor()
    await picture(page, `meter-${colorScheme}`)
    for (const selector of ['.value', '.scale', '.verdict', '.word span', '.tools button', '.of'])
      expect(await contrastOf(page, selector), selector).toBeGreaterThanOrEqual(4.5)
  })

  it('does not move for people who asked for less motion', async () => {
    const { page } = await open()
    const duration = () =>
      page.evaluate("getComputedStyle(document.querySelector('[role=meter]')).transitionDuration")
    expect(await duration()).toBe('0.18s')
    await page.emulateMedia({ reducedMotion: 'reduce' })
    expect(await duration()).toBe('0s')
  })
})

function exampleOf(path: string): string {
  const page = readFileSync(packagePath(path), 'utf8')
  return /<!-- example:begin -->\n```html\n([\s\S]*?)```\n<!-- example:end -->/.exec(page)![1]!
}

/** WCAG's contrast of a text in the meter's shadow with the page's ground. */
function contrastOf(page: Page, selector: string): Promise<number> {
  return page.evaluate<number>(`(() => {
    const luminance = color => {
      const canvas = new OffscreenCanvas(1, 1).getContext('2d')
      canvas.fillStyle = color
      canvas.fillRect(0, 0, 1, 1)
      const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(c => c / 255)
        .map(c => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }
    const node = document.querySelector('nice-a-meter').shadowRoot.querySelector('${selector}')
    const probe = document.body.appendChild(document.createElement('div'))
    probe.style.color = 'Canvas'
    const [a, b] = [luminance(getComputedStyle(node).color), luminance(getComputedStyle(probe).color)].sort((x, y) => y - x)
    return (a + 0.05) / (b + 0.05)
  })()`)
}
