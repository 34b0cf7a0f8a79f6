import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { kinds } from '../../pipelines/kinds.ts'
import { isBrowserMissing, needsBrowser, picture, problemsOf, useBrowser } from '../support/browser.ts'
import { nicr, type Running, startNicr } from '../support/nicr.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** The main job as a platform engineer meets it: `npm start`, publish, read; killed in the middle, started again. */
const ROWS = 1200
const KINDS = Object.values(kinds)
  .filter(({ input }) => input === 'TEXT')
  .map(({ kind }) => kind)
  .sort()
const READY_MS = 90_000

interface RunningFile {
  readonly pid: number
  readonly server: string
  readonly clickhouseUrl: string
  readonly key: string
}

describe.skipIf(stackMissing() !== null)('nicr up', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-up-'))
  const env = {
    NICR_DATA_DIR: dataDir,
    NICR_PORT: '0',
    NICR_KAFKA_PORT: '0',
    NICR_REGISTRY_PORT: '0',
    NICR_CLICKHOUSE_PORT: '0',
  }
  const file = join(dataDir, 'rows.jsonl')
  let up: Running

  beforeAll(async () => {
    writeFileSync(
      file,
      Array.from({ length: ROWS }, (_, index) =>
        JSON.stringify({
          id: `row-${index}`,
          author: `author-${index % 7}`,
          text: `${index % 2 === 0 ? 'Thank you, that was kind of you' : 'You are a fool and a liar'} ${index}`,
        }),
      ).join('\n'),
    )
    up = startNicr(['up'], env)
    await ready(up)
  }, READY_MS)

  afterAll(async () => {
    up.child.kill('SIGKILL')
    await up.ended
    await until('the parts have ended', () => partPids().every(pid => !isAlive(pid)))
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('prints a development key on a line that says so, and tells the other commands where it runs', () => {
    const { key, server } = running()
    expect(up.output().stdout).toMatch(new RegExp(`^key .*${key}`, 'm'))
    expect(server).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
  })

  describe.skipIf(isBrowserMissing)(`the page ${needsBrowser}`, () => {
    const browser = useBrowser()

    it('shows the meter move, the words that matter, and the post with its score that came through Kafka', async () => {
      const { server, key } = running()
      const page = await browser.open({ viewport: { width: 1100, height: 900 } })
      const problems = problemsOf(page)
      await page.goto(server)
      await page.getByLabel('API key').fill(key)
      await page.getByRole('button', { name: 'Open' }).click()
      await page.locator('#connection[data-state=live]').waitFor()
      const text = page.getByLabel('Your post')
      const meter = page.locator('#composer').getByRole('meter', { name: 'Niceness' })
      const niceness = async () => Number(await meter.getAttribute('aria-valuenow'))
      await text.pressSequentially('You are a stupid idiot and I hate you.')
      await expect.poll(niceness).toBeLessThan(3)
      await expect.poll(niceness).toBeGreaterThan(0)
      expect(await page.locator('nice-a-meter-marks mark').allTextContents()).toContain('idiot')
      const kind = 'Thank you so much for your help, that was lovely of you!'
      await text.fill(kind)
      await expect.poll(niceness).toBeGreaterThan(7)
      await page.locator('#post').click()
      const post = page.locator('#feed .post').filter({ hasText: kind })
      await post.locator('meter').waitFor({ timeout: 30_000 })
      await post.getByRole('button', { name: 'Scores' }).click()
      await expect
        .poll(() =>
          post
            .getByRole('rowheader')
            .allTextContents()
            .then(names => names.sort()),
        )
        .toEqual(KINDS)
      for (const more of [
        'Why are you so stupid? I hate reading this.',
        'See you at eight, bring the blue folder.',
      ]) {
        await text.fill(more)
        await page.locator('#post').click()
        await page
          .locator('#feed .post')
          .filter({ hasText: more })
          .locator('meter')
          .waitFor({ timeout: 30_000 })
      }
      await text.fill('Thanks for looking into it, but only an idiot would call that a fix.')
      await page.getByRole('button', { name: /idiot without it/ }).waitFor()
      await picture(page, 'composer')
      expect(problems).toEqual([])
    })
  })

  it('brings published rows to the websocket, to GET and to ClickHouse', async () => {
    const { server, key } = running()
    const frames: { type: string; contentId?: string; kind?: string; value?: number; cursor?: string }[] = []
    const socket = new WebSocket(`${server.replace('http', 'ws')}/v1/live`, 'nicr.v1', {
      headers: { authorization: `Bearer ${key}` },
    })
    socket.on('message', data => frames.push(JSON.parse(String(data))))
    await new Promise((resolve, reject) => {
      socket.on('open', resolve)
      socket.on('error', reject)
    })
    socket.send(JSON.stringify({ type: 'subscribe', content: ['first'] }))
    const one = join(dataDir, 'one.jsonl')
    writeFileSync(one, `${JSON.stringify({ id: 'first', text: 'Thank you so much, you are wonderful!' })}\n`)
    expect(await nicr(['publish', one], env)).toMatchObject({ code: 0, stderr: '' })
    await until(
      'the score of every kind came over the socket',
      () => frames.filter(frame => frame.type === 'score').length === KINDS.length,
    )
    socket.close()
    const niceness = frames.find(frame => frame.kind === 'niceness')
    expect(niceness).toMatchObject({
      contentId: 'first',
      value: expect.any(Number),
      cursor: expect.any(String),
    })
    const answer = await fetch(`${server}/v1/scores/first`, { headers: { 'x-api-key': key } })
    expect(answer.status).toBe(200)
    expect(JSON.stringify(await answer.json())).toContain(String(niceness?.value))
    await until(
      'ClickHouse has them',
      async () =>
        (await select("SELECT count() FROM scores WHERE contentId = 'first'")) === String(KINDS.length),
    )
    expect(
      Number(await select("SELECT value FROM scores WHERE contentId = 'first' AND kind = 'niceness'")),
    ).toBeCloseTo(niceness?.value ?? -1, 9)
  })

  it('answers a draft over HTTP and takes content from platforms without Kafka', async () => {
    const { server, key } = running()
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const draft = await fetch(`${server}/sentiment-analysis`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ text: 'thank you!' }),
    })
    expect(await draft.json()).toMatchObject({
      niceness: expect.any(Number),
      label: expect.any(String),
      reasons: expect.any(Array),
      model: expect.any(String),
    })
    const post = () =>
      fetch(`${server}/v1/content`, {
        method: 'POST',
        headers: { ...headers, 'idempotency-key': 'k1' },
        body: JSON.stringify({ id: 'posted', text: 'hello there' }),
      })
    const [first, second] = [await (await post()).json(), await (await post()).json()]
    expect(second).toEqual(first)
    await until(
      'it was scored once',
      async () =>
        (await select("SELECT count() FROM score_history WHERE contentId = 'posted'")) ===
        String(KINDS.length),
    )
  })

  it('says which rows it could not publish, and publishes the others', async () => {
    const bad = join(dataDir, 'bad.jsonl')
    writeFileSync(
      bad,
      '{"id":"ok-1","text":"fine"}\nnot json\n{"id":"no-text"}\n{"id":"ok-2","text":"fine too"}\n',
    )
    const { code, stderr, stdout } = await nicr(['publish', bad], env)
    expect(code).toBe(1)
    expect(stdout).toContain('published 2 rows')
    expect(stderr).toMatch(/line 2.*\n.*line 3.*text/)
    expect(stderr).not.toMatch(/^\s+at /m)
  })

  it('reports its parts by `nicr status`', async () => {
    const { code, stdout } = await nicr(['status', '--json'], env)
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toMatchObject({
      parts: {
        kafka: { ready: true },
        registry: { ready: true },
        clickhouse: { ready: true },
        server: { ready: true },
      },
    })
  })

  it('refuses a second start on the same data directory and goes on itself', async () => {
    const { code, stderr } = await nicr(['up'], env)
    expect([code, stderr]).toEqual([1, expect.stringContaining('NICR_DATA_DIR_IN_USE')])
    expect((await fetch(`${running().server}/livez`)).status).toBe(200)
  })

  it('loses and doubles nothing when it is killed in the middle, leaves no orphan, and starts again on its data', async () => {
    const publishing = nicr(['publish', file, '--rate', '600'], env)
    await until(
      'it is in the middle',
      async () => Number(await select("SELECT count() FROM scores WHERE contentId LIKE 'row-%'")) > 100,
    )
    const parts = partPids()
    expect(parts.length).toBeGreaterThanOrEqual(3)
    up.child.kill('SIGKILL')
    await up.ended
    await publishing
    await until('no part was left behind', () => parts.every(pid => !isAlive(pid)))
    const startedAt = performance.now()
    up = startNicr(['up'], env)
    await ready(up)
    // Time is said, not judged: it depends on what else the machine does.
    console.info(`second start, after SIGKILL: ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
    expect((await nicr(['publish', file], env)).code).toBe(0)
    await until(
      'everything is scored by every kind',
      async () =>
        (await select("SELECT count() FROM scores WHERE contentId LIKE 'row-%'")) ===
        String(KINDS.length * ROWS),
    )
    const counts = await select(
      "SELECT kind, count(), uniqExact(id) FROM scores WHERE contentId LIKE 'row-%' GROUP BY kind ORDER BY kind FORMAT TSV",
    )
    expect(counts).toBe(KINDS.map(kind => `${kind}\t${ROWS}\t${ROWS}`).join('\n'))
    expect(await select("SELECT count() FROM scores WHERE contentId = 'first'")).toBe(String(KINDS.length))
  }, 120_000)

  it('stops in order on SIGTERM, with nothing left', async () => {
    const parts = partPids()
    up.child.kill('SIGTERM')
    expect(await up.ended).toBe(0)
    expect(up.output().stdout).toMatch(/SIGTERM: stopping[\s\S]*stopped\n$/)
    expect(parts.filter(isAlive)).toEqual([])
    expect(existsSync(join(dataDir, 'running.json'))).toBe(false)
    const { code, stderr } = await nicr(['publish', file], env)
    expect([code, stderr]).toEqual([1, expect.stringContaining('NICR_NOT_RUNNING')])
  })

  function running(): RunningFile {
    return JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')) as RunningFile
  }

  async function select(query: string): Promise<string> {
    const answer = await fetch(`${running().clickhouseUrl}/?database=nicr`, { method: 'POST', body: query })
    if (!answer.ok) throw new Error(await answer.text())
    return (await answer.text()).trim()
  }

  function partPids(): number[] {
    const parts = join(dataDir, 'parts.json')
    return existsSync(parts)
      ? (JSON.parse(readFileSync(parts, 'utf8')) as { pid: number }[]).map(({ pid }) => pid)
      : []
  }
})

async function ready({ output, child }: Running): Promise<void> {
  await until(
    'nicr up is ready',
    () => {
      if (child.exitCode !== null) throw new Error(`nicr up ended: ${output().stdout}${output().stderr}`)
      return /^ready /m.test(output().stdout)
    },
    READY_MS,
  )
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
