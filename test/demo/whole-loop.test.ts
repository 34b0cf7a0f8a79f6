import { spawn } from 'node:child_process'
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Page } from 'playwright-core'
import { afterAll, describe, expect, it } from 'vitest'
import { createCampaign } from '../../demo/pictures/campaign.ts'
import { readRunning } from '../../local/running.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { isBrowserMissing, needsBrowser, picture, useBrowser } from '../support/browser.ts'
import { isFull } from '../support/full.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** `npm run demo` from its start to its end, on parts of its own, with people looking at the pages. */

const canRun = isFull && stackMissing() === null && !isBrowserMissing
const MS_MAX = 15 * 60_000
const SEED = 1
const desk = { width: 1280, height: 900 }

describe.skipIf(!canRun)(`the demo, with NICR_TEST_FULL=1 ${needsBrowser}`, () => {
  const browser = useBrowser()
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-demo-'))
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  it(
    'closes the loop, knows the pictures that people tagged, shows it on the pages, and leaves nothing running',
    async () => {
      const demo = spawn(process.execPath, [packagePath('dist', 'demo', 'main.js'), '--seed', String(SEED)], {
        env: { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', NICR_DATA_DIR: dataDir },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      const lines: string[] = []
      for (const input of [demo.stdout, demo.stderr])
        createInterface({ input }).on('line', line => void lines.push(line))
      const ended = new Promise<number | null>(resolve => demo.once('close', resolve))
      const isOver = () => demo.exitCode !== null
      const says = (what: RegExp) =>
        until(`the demo says ${what}`, () => isOver() || lines.some(line => what.test(line)), MS_MAX)
      try {
        await says(/ready at/)
        const { server, key } = readRunning(join(dataDir, 'demo'))!
        const visit = async (path: string): Promise<Page> => {
          const page = await browser.open({ viewport: desk })
          await page.goto(`${server}${path}`)
          await page.getByLabel('API key').fill(key!)
          await page.getByRole('button', { name: 'Open' }).click()
          return page
        }
        await says(/people begin to tag/)
        const label = await visit('/label')
        await says(/tagging: [1-9]/)
        await expect.poll(() => label.locator('#text').textContent()).not.toBe('')
        await picture(label, 'loop-label')
        await label.close()
        await says(/training, (snapshot|split|train)/)
        const drift = await visit('/drift')
        const [, named] = /it names ([^,]+)/.exec(lines.find(line => line.includes('it names')) ?? '') ?? []
        await drift.getByText(named!).first().waitFor()
        await picture(drift, 'loop-drift')
        await drift.close()
        const models = await visit('/models')
        await models
          .getByText(/^TRAINING/)
          .first()
          .waitFor()
        await picture(models, 'loop-models-training')
        await says(/PROMOTED/)
        await models
          .getByText(/^Version 3 is live/)
          .first()
          .waitFor()
        await picture(models, 'loop-models')
        await models.close()
        await says(/photos with the mark are caught/)
        const write = await visit('/')
        const { file, mimeType } = await createCampaign(SEED).marked(true)
        await write.locator('#picture-files').setInputFiles({ name: 'harbour.jpg', mimeType, buffer: file })
        await write
          .locator('#pictures-verdict')
          .getByText(/^Spam in a picture/)
          .waitFor()
        await picture(write, 'composer-pictures')
        await write.close()
        const code = await ended
        expect(code, lines.join('\n')).toBe(0)
      } finally {
        if (!isOver()) demo.kill('SIGTERM')
        await ended
      }
      leave(lines, dataDir)
      expect(readRunning(join(dataDir, 'demo'))).toBeNull()
      const png = readFileSync(join(dataDir, 'demo', 'loop.png'))
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1280, 860])
      const caught = lines.find(line => line.startsWith('photos with the shop’s mark: caught'))
      const [, before, after] = /([\d.]+) % +([\d.]+) %/.exec(caught ?? '') ?? []
      expect(Number(after) - Number(before), caught).toBeGreaterThan(50)
      const share = lines.find(line => line.startsWith('Of what the slang had cost'))
      expect(Number(/(-?\d+) %/.exec(share ?? '')?.[1]), share).toBeGreaterThanOrEqual(80)
      const alarm = lines.find(line => line.includes('ALARM after'))
      expect(Number(/ALARM after (\d+)/.exec(alarm ?? '')?.[1]), alarm).toBeLessThan(1000)
    },
    MS_MAX + 60_000,
  )
})

/** Beside the pictures of the pages: what the demo said and drew, for people to look at. */
function leave(lines: readonly string[], dataDir: string): void {
  const folder = process.env['NICR_TEST_SCREENS_DIR']
  if (folder === undefined) return
  writeFileSync(join(folder, 'demo.txt'), `${lines.join('\n')}\n`)
  for (const name of ['loop.png', 'pictures.png'])
    copyFileSync(join(dataDir, 'demo', name), join(folder, name))
}
