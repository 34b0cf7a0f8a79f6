/**
 * Films the meter for README, on a running Nicr: an author types something unkind, writes it anew and posts it.
 *
 *   node scripts/film-meter.mjs URL KEY [FOLDER]
 *
 * Writes meter.webp (the film) and composer.png (the page after it) into FOLDER, by default docs/screenshots.
 * Needs Chromium at /usr/bin/chromium. Each frame is taken when the page has come to rest, and lasts as long as
 * it is meant to: a slow machine makes the same film.
 */

import { join } from 'node:path'
import { chromium } from 'playwright-core'
import sharp from 'sharp'

const CHROMIUM = '/usr/bin/chromium'
const WIDTH = 900
const HEIGHT = 660
const STILL = { width: 1100, height: 780 }
const QUALITY = 85
/** Posted before the film begins. */
const EARLIER = [
  'See you at eight, bring the blue folder.',
  'Thank you all for carrying the books, you are wonderful!',
]
const OPENING = 'I read your plan for the garden. '
const UNKIND = 'It is stupid, and you are an idiot.'
const KIND = 'I would do it differently, but thank you for the work!'
const HALF_KIND = 'Thanks, but this is a lazy, stupid answer.'
const LETTERS_A_FRAME = 4
/** How long frames last. */
const TYPED_MS = 100
const ERASED_MS = 50
const LOOK_MS = 1_100
const END_MS = 2_000
/** A post goes through Kafka. */
const SCORED_MS_MAX = 60_000

const [url, key, folder = 'docs/screenshots'] = process.argv.slice(2)
if (url === undefined || key === undefined) {
  console.error('node scripts/film-meter.mjs URL KEY [FOLDER]')
  process.exit(2)
}

const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] })
try {
  const page = await openComposer()
  const frames = await act(page)
  const film = await sharp(
    frames.map(({ image }) => image),
    { join: { animated: true } },
  )
    .webp({ quality: QUALITY, effort: 6, loop: 0, delay: frames.map(({ ms }) => ms) })
    .toFile(join(folder, 'meter.webp'))
  await page.setViewportSize(STILL)
  await takeStill(page)
  const seconds = frames.reduce((sum, { ms }) => sum + ms, 0) / 1000
  console.log(`${frames.length} frames, ${seconds} s, ${Math.round(film.size / 1024)} KiB in ${folder}`)
} finally {
  await browser.close()
}

/** The page with its key given, and the earlier posts in its feed. */
async function openComposer() {
  const page = await browser.newPage({
    viewport: { width: WIDTH, height: HEIGHT },
    colorScheme: 'light',
    // The meter stands where it ends at once.
    reducedMotion: 'reduce',
    locale: 'en-GB',
  })
  await page.goto(url)
  await page.fill('#key', key)
  await page.click('#door button')
  await page.waitForSelector('#connection[data-state=live]')
  await page.evaluate(() => {
    window.answers = 0
    document.addEventListener('nicr-score', () => window.answers++)
  })
  for (const text of EARLIER) {
    await edit(page, () => page.keyboard.insertText(text))
    await page.click('#post')
    await scored(page, text)
  }
  return page
}

/** Every frame of the story, a PNG, with the time that it lasts. */
async function act(page) {
  const frames = []
  const shoot = async ms => void frames.push({ image: await page.screenshot(), ms })
  const type = async text => {
    for (let at = 0; at < text.length; at += LETTERS_A_FRAME) {
      await edit(page, () => page.keyboard.insertText(text.slice(at, at + LETTERS_A_FRAME)))
      await shoot(TYPED_MS)
    }
  }
  await page.focus('#text')
  await shoot(LOOK_MS / 2)
  await type(OPENING)
  await type(UNKIND)
  await shoot(LOOK_MS)
  for (let left = UNKIND.length; left > 0; left -= LETTERS_A_FRAME) {
    for (let letter = 0; letter < Math.min(left, LETTERS_A_FRAME); letter++)
      await page.keyboard.press('Shift+ArrowLeft')
    await edit(page, () => page.keyboard.press('Backspace'))
    await shoot(ERASED_MS)
  }
  await type(KIND)
  await shoot(LOOK_MS)
  await page.click('#post')
  await scored(page, KIND)
  await shoot(END_MS)
  return frames
}

/** Changes the text once, and waits until the meter shows its score. */
async function edit(page, change) {
  const before = await page.evaluate(() => window.answers)
  await change()
  await page.waitForFunction(count => window.answers > count, before)
}

/** Waits until the newest post holds the text, and has a score of each kind of text. */
async function scored(page, text) {
  const post = page.locator('#feed > li').first().filter({ hasText: text })
  await post.locator('.post-scores').filter({ hasText: 'spam' }).waitFor({ timeout: SCORED_MS_MAX })
  await post.locator('.post-scores meter').waitFor({ timeout: SCORED_MS_MAX })
}

/** The page with a draft that is half kind, and one post’s scores opened. */
async function takeStill(page) {
  await edit(page, () => page.keyboard.insertText(HALF_KIND))
  await page.locator('#feed > li').first().getByRole('button', { name: 'Scores' }).click()
  await page.locator('.post-details table').waitFor()
  await page.focus('#text')
  const still = await page.screenshot()
  await sharp(still).png({ palette: true, effort: 10 }).toFile(join(folder, 'composer.png'))
}
