import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll } from 'vitest'

const CHROMIUM = '/usr/bin/chromium'
export const isBrowserMissing = !existsSync(CHROMIUM)
/** For the title of tests that need one. */
export const needsBrowser = '(skipped where there is no /usr/bin/chromium)'

/** Where pictures of pages are left for people to look at; none are made unless it is given. */
const screensDir = process.env.NICR_TEST_SCREENS_DIR

/** A browser for the tests of the describe block around the call; its pages are closed after each. */
export function useBrowser(): { open(options?: BrowserContextOptions): Promise<Page> } {
  let browser: Browser
  const pages: Page[] = []
  afterEach(async () => {
    for (const page of pages.splice(0)) await page.close()
  })
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
  return {
    async open(options = {}) {
      const page = await browser.newPage(options)
      pages.push(page)
      // Less than a test's, so that what was waited for is named.
      page.setDefaultTimeout(10_000)
      return page
    },
  }
}

/** The page’s tab remembers a key, as after its door was opened. */
export async function rememberKey(page: Page, key: string): Promise<void> {
  await page.addInitScript(`sessionStorage.setItem('nicr.key', ${JSON.stringify(key)})`)
}

/** What a page asked the network for, sockets included, from now on. */
export function requestsOf(page: Page): string[] {
  const requested: string[] = []
  page.on('request', request => void requested.push(request.url()))
  page.on('websocket', socket => void requested.push(socket.url()))
  return requested
}

/** Errors of a page's scripts, and of its policy, from now on. */
export function problemsOf(page: Page): string[] {
  const problems: string[] = []
  page.on('pageerror', error => void problems.push(error.message))
  page.on('console', message => {
    if (message.type() === 'error') problems.push(message.text())
  })
  return problems
}

export async function picture(page: Page, name: string): Promise<void> {
  if (screensDir === undefined) return
  mkdirSync(screensDir, { recursive: true })
  await page.screenshot({ path: join(screensDir, `${name}.png`), fullPage: true, animations: 'disabled' })
}

/** Whether the page is wider than its window. */
export async function isTooWide(page: Page): Promise<boolean> {
  return page.evaluate<boolean>('document.documentElement.scrollWidth > innerWidth')
}

/** Texts of a page whose contrast with what is behind them is below 4.5 (WCAG AA). */
export async function faintTextsOf(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(faintTexts)
}

const faintTexts = `(() => {
  const numbers = color => color.match(/[\\d.]+/g).map(Number)
  const luminance = color => {
    const [r, g, b] = numbers(color).slice(0, 3).map(one => one / 255)
      .map(one => (one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = element => {
    for (let at = element; at !== null; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at)
      if ((numbers(backgroundColor)[3] ?? 1) > 0) return backgroundColor
    }
    return 'rgb(255, 255, 255)'
  }
  return [...document.querySelectorAll('main *')]
    .filter(element => [...element.childNodes].some(node => node.nodeType === 3 && node.data.trim() !== '') && element.checkVisibility())
    .filter(element => {
      const both = [luminance(getComputedStyle(element).color), luminance(behind(element))].sort((a, b) => b - a)
      return (both[0] + 0.05) / (both[1] + 0.05) < 4.5
    })
    .map(element => element.textContent)
})()`
