import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nicr, type Running, startNicr, untilPrints } from '../support/nicr.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import { aContent } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** Tagging on real parts: posts, questions, answers of two people over HTTP, hidden checks, tables, files. */
const READY_MS = 60_000

interface Question {
  readonly sampleId: string
  readonly contentId: string
  readonly revision: number
  readonly text: string
}

describe.skipIf(stackMissing() !== null)('tagging, from posts to labels', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-labels-'))
  const running: Running[] = []
  const keys: Record<string, string> = {}
  let own: OwnNicr
  let env: Record<string, string>
  let server: string

  beforeAll(async () => {
    own = await startOwnNicr()
    env = { ...own.env, NICR_DATA_DIR: dataDir, NICR_PORT: '0' }
    for (const [name, role] of [
      ['ada', 'label'],
      ['bob', 'label'],
      ['mod', 'moderate'],
    ] as const) {
      const { stdout } = await nicr(['keys', 'create', '--role', role, '--name', name, '--json'], env)
      keys[name] = (JSON.parse(stdout) as { key: string }).key
    }
    running.push(startNicr(['process', 'clickhouse-sink', 'choose-gold'], env))
    const serving = startNicr(['serve'], env)
    running.push(serving)
    await untilPrints(serving, 'server ', READY_MS)
    server = /server (\S+)/.exec(serving.output().stdout)![1]!
  }, 120_000)
  afterAll(async () => {
    for (const { child, ended } of running) {
      child.kill('SIGTERM')
      await ended
    }
    await own?.close()
    rmSync(dataDir, { recursive: true, force: true })
  })

  async function call<Answer>(name: string, path: string, body?: object): Promise<Answer> {
    const answer = await fetch(`${server}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${keys[name]}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as Answer
  }
  const queueOf = (name: string) =>
    call<{ items: Question[]; left: number }>(name, '/v1/label/queue?kind=niceness&limit=50')
  const say = (
    name: string,
    { contentId, revision, sampleId }: Partial<Question>,
    value: number,
    origin = 'page',
  ) =>
    call<{ labels: { id: string }[] }>(name, '/v1/labels', {
      ...{ kind: 'niceness', contentId, revision, value, origin, seconds: 2, guidelineVersion: 'v' },
      ...(sampleId === undefined ? {} : { sampleId }),
    })
  const count = async (sql: string) =>
    Number((await own.clickhouse.query<{ n: number }>(`SELECT toUInt32(count()) AS n FROM ${sql}`))[0]!.n)

  it('asks two people about posts, keeps what they say, and takes one back', async () => {
    const ids = Array.from({ length: 6 }, (_, i) => `post-${i}`)
    await own.publisher.publish(
      'content',
      ids.map(id => ({ key: id, value: aContent({ id, text: `The text of ${id}.` }) })),
    )
    await until('the posts are stored', async () => (await count('content')) === 6)
    const file = join(dataDir, 'questions.jsonl')
    writeFileSync(file, ids.map(contentId => JSON.stringify({ contentId })).join('\n'))
    const asked = await nicr(['labels', 'import', file, '--kind', 'niceness', '--ask'], env)
    expect(asked).toMatchObject({ code: 0, stdout: expect.stringContaining('6 questions') })
    await until('the questions are there', async () => (await queueOf('ada')).items.length === 6)

    const { items } = await queueOf('ada')
    expect(items.map(({ text }) => text).sort()).toEqual(ids.map(id => `The text of ${id}.`))
    for (const item of items) await say('ada', item, 8)
    // Kafka and ClickHouse are on their way still; the server knows.
    expect((await queueOf('ada')).items).toEqual([])
    const bobs = (await queueOf('bob')).items
    expect(bobs).toHaveLength(6)
    for (const item of bobs) await say('bob', item, item.contentId === 'post-3' ? 1 : 8)
    const undone = await say('bob', { contentId: 'post-5', revision: 0 }, 0)
    await call('bob', `/v1/labels/${undone.labels[0]!.id}/withdraw`, {})
    await until('all labels are stored', async () => (await count('labels')) === 11)
    const rows = await own.clickhouse.query<Record<string, unknown>>(
      "SELECT labeller, value, sampleId, origin, seconds, guidelineVersion FROM labels WHERE contentId = 'post-3' ORDER BY labeller",
    )
    const samples = await own.clickhouse.query<{ sampleId: string }>(
      "SELECT sampleId FROM label_samples WHERE contentId = 'post-3'",
    )
    expect(samples).toHaveLength(1)
    const common = { sampleId: samples[0]!.sampleId, origin: 'page', seconds: 2, guidelineVersion: 'v' }
    expect(rows).toEqual([
      { labeller: 'ada', value: 8, ...common },
      { labeller: 'bob', value: 1, ...common },
    ])
    await until('both are on the roster', async () => (await count('annotators')) === 2)
    await until('the text taken back is asked again', async () => {
      const again = (await queueOf('bob')).items.map(({ contentId }) => contentId)
      return again.length === 1 && again[0] === 'post-5'
    })
  })

  it('lets a moderator decide, and asks what is sure as a check that looks like any other question', async () => {
    const { items } = await call<{ items: { contentId: string; answers: unknown[] }[] }>(
      'mod',
      '/v1/label/disagreements?kind=niceness',
    )
    expect(items.map(({ contentId }) => contentId)).toEqual(['post-3'])
    expect(items[0]!.answers).toHaveLength(2)
    const sure = Array.from({ length: 20 }, (_, i) => `sure-${i}`)
    await own.publisher.publish(
      'content',
      sure.map(id => ({ key: id, value: aContent({ id, text: `The text of ${id}.` }) })),
    )
    for (const contentId of ['post-3', ...sure])
      await say('mod', { contentId, revision: 0 }, 2, 'adjudication')
    await until(
      'some are checks',
      async () => (await count("label_samples WHERE source = 'gold' AND contentId LIKE 'sure-%'")) > 0,
    )
    const after = await call<{ items: unknown[] }>('mod', '/v1/label/disagreements?kind=niceness')
    expect(after.items).toEqual([])

    const file = join(dataDir, 'more.jsonl')
    writeFileSync(
      file,
      Array.from({ length: 60 }, (_, i) =>
        JSON.stringify({ text: `A text from outside, number ${i}.` }),
      ).join('\n'),
    )
    expect((await nicr(['labels', 'import', file, '--kind', 'niceness', '--ask'], env)).code).toBe(0)
    await until('a check is among the questions', async () => {
      const queue = (await queueOf('ada')).items
      return queue.some(({ contentId }) => contentId.startsWith('sure-'))
    })
    const queue = (await queueOf('ada')).items
    const check = queue.find(({ contentId }) => contentId.startsWith('sure-'))!
    expect(Object.keys(check)).toEqual(
      Object.keys(queue.find(({ contentId }) => contentId.startsWith('text-'))!),
    )
    await say('ada', check, 2)
    await until('the check counts', async () => {
      const { people } = await call<{ people: { labeller: string; checks: number; checksRight: number }[] }>(
        'ada',
        '/v1/label/agreement?kind=niceness',
      )
      return people[0]?.labeller === 'ada' && people[0].checks === 1 && people[0].checksRight === 1
    })
  })

  it('brings labels in and out by the command, as often as one likes', async () => {
    const file = join(dataDir, 'labels.jsonl')
    const rows = [
      { contentId: 'post-0', label: 'spam', labeller: 'cyd' },
      { text: 'Cheap watches for everybody.', label: 'spam', labeller: 'cyd' },
      { text: 'Cheap watches for everybody.', label: 'ham', labeller: 'dan' },
      { text: 'See you on Sunday.', label: 'ham', labeller: 'cyd' },
      { text: 'See you on Sunday.', label: 'ham', labeller: 'dan' },
      { text: 'What is this?', label: 'perhaps' },
      { contentId: 'unheard-of', label: 'ham' },
    ]
    writeFileSync(file, rows.map(row => JSON.stringify(row)).join('\n'))
    for (const time of ['first', 'again']) {
      const { code, stdout, stderr } = await nicr(['labels', 'import', file, '--kind', 'text-spam'], env)
      expect([time, code, stdout]).toEqual([time, 1, expect.stringContaining('imported 5 labels')])
      expect(stderr).toMatch(
        /line 6: the field label is none of .*\n.*line 7: the field contentId names "unheard-of"/,
      )
      expect(stderr).not.toMatch(/^\s+at /m)
      await until('they are stored', async () => (await count("labels WHERE kind = 'text-spam'")) === 5)
    }
    expect(await count("label_samples WHERE kind = 'text-spam'")).toBe(2)

    const agreement = await nicr(['labels', 'agreement', '--kind', 'text-spam', '--json'], env)
    expect(JSON.parse(agreement.stdout)).toMatchObject({
      kind: 'text-spam',
      compared: 2,
      alpha: 0,
      pairs: [{ one: 'cyd', other: 'dan', compared: 2 }],
    })
    const said = await nicr(['labels', 'agreement', '--kind', 'text-spam'], env)
    expect(said.stdout).toMatch(
      /^text-spam: Krippendorff’s α 0\.00 over 2 contents.*\n(.*\n)*cyd and dan: Cohen’s κ/,
    )
    for (const format of ['jsonl', 'label-studio', 'argilla']) {
      const out = join(dataDir, `${format}.out`)
      const way = ['--kind', 'text-spam', '--format', format]
      expect(await nicr(['labels', 'export', ...way, '--out', out], env)).toMatchObject({
        code: 0,
        stderr: '',
      })
      expect(readFileSync(out, 'utf8')).toContain('Cheap watches for everybody.')
      expect(await nicr(['labels', 'import', out, ...way], env)).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('imported 5 labels'),
      })
    }
    const classes = join(dataDir, 'classes.jsonl')
    const yesOrNo = Array.from({ length: 20 }, (_, i) => ({ text: `The bus was late, ${i}.`, label: i % 2 }))
    writeFileSync(classes, yesOrNo.map(row => JSON.stringify(row)).join('\n'))
    for (const [kind, suspicion] of [
      ['text-spam', ''],
      ['niceness', expect.stringContaining('every label is 0 or 1 on a scale from 0 to 10')],
    ])
      expect(await nicr(['labels', 'import', classes, '--kind', kind, '--dry-run'], env)).toEqual({
        code: 0,
        stdout: `would import 20 labels of ${classes} as ${kind} (0: 10, 1: 10)\n`,
        stderr: suspicion,
      })
    const file2 = join(dataDir, 'later.jsonl')
    writeFileSync(file2, JSON.stringify({ contentId: 'post-1', label: 'ham', labeller: 'cyd' }))
    expect((await nicr(['labels', 'import', file2, '--kind', 'text-spam'], env)).code).toBe(0)
    // The last of the topic is stored, so everything before it is.
    await until(
      'the later label is stored',
      async () => (await count("labels WHERE contentId = 'post-1' AND kind = 'text-spam'")) === 1,
    )
    expect(await count("labels WHERE kind = 'text-spam'")).toBe(6)
    expect(await count("label_samples WHERE kind = 'text-spam'")).toBe(2)
    // A dozen commands, each a process of its own.
  }, 180_000)

  it('says what is wrong with a call', async () => {
    const unknown = await nicr(['labels', 'export', '--kind', 'nothing'], env)
    expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('NICR_KIND_UNKNOWN')])
    const missing = await nicr(['labels', 'import', '/nowhere.jsonl', '--kind', 'niceness'], env)
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('NICR_FILE_UNREADABLE')])
    const format = await nicr(['labels', 'import', 'x', '--kind', 'niceness', '--format', 'xml'], env)
    expect([format.code, format.stderr]).toEqual([1, expect.stringContaining('label-studio')])
  })
})
