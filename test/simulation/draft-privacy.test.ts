import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createKafka, type KafkaSettings } from '../../pipelines/runtime/kafka/client.ts'
import { LogReader } from '../../pipelines/runtime/kafka/log-reader.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { frameReader, typed } from '../serving/fake-parts.ts'
import { silent } from '../support/kafka-driver.ts'
import { type Running, startNicr, untilPrints } from '../support/nicr.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

/**
 * Drafts are private: after drafts came in by every way there is, with the log as loud as it gets, their text is on no
 * topic, in no file of the data directory and in no log line. What was published, and what an author chose to send
 * with a report, is found by the same search, so it does look where texts would be.
 */
const READY_MS = 90_000

describe.skipIf(stackMissing() !== null)('the text of a draft', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-privacy-'))
  const run = randomBytes(6).toString('hex')
  const secret = `zqdraft${run}`
  const published = `zqpublished${run}`
  const chosen = `zqchosen${run}`
  let up: Running
  let found: {
    readonly topics: Buffer
    readonly files: readonly string[]
    readonly stdout: string
    readonly stderr: string
  }

  beforeAll(async () => {
    up = startNicr(['up'], {
      NICR_DATA_DIR: dataDir,
      NICR_PORT: '0',
      NICR_KAFKA_PORT: '0',
      NICR_REGISTRY_PORT: '0',
      NICR_CLICKHOUSE_PORT: '0',
      LOG_LEVEL: 'trace',
    })
    await untilPrints(up, 'ready ', READY_MS)
    const { server, key, kafkaBrokers } = JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8')) as {
      server: string
      key: string
      kafkaBrokers: string[]
    }
    await draftBySocket(server, key)
    await draftByHttp(server, key)
    await publish(server, key)
    const topics = await recordsOf({
      brokers: kafkaBrokers,
      ssl: false,
      sslCa: null,
      sasl: null,
      clientId: 'search',
    })
    up.child.kill('SIGTERM')
    await up.ended
    const { stdout, stderr } = up.output()
    found = { topics, files: [secret, published].flatMap(filesWith), stdout, stderr }
  }, READY_MS * 2)

  afterAll(() => {
    up.child.kill('SIGKILL')
    rmSync(dataDir, { recursive: true, force: true })
  })

  it('is on no topic; a published text and one sent by choice are', () => {
    expect(found.topics.includes(secret)).toBe(false)
    expect(found.topics.includes(published)).toBe(true)
    expect(found.topics.includes(chosen)).toBe(true)
  })

  it('is in no file of the data directory; a published text is in the broker’s', () => {
    expect(found.files.filter(line => line.startsWith(secret))).toEqual([])
    expect(found.files.join('\n')).toMatch(new RegExp(`^${published} .*nicr\\.content-\\d+/.*\\.log$`, 'm'))
  })

  it('is in no log line, however loud the log is', () => {
    expect(found.stderr).toContain('"level":')
    expect(found.stdout + found.stderr).not.toContain(secret)
  })

  it('nor is a published text, or one sent by choice; every line of the log is JSON', () => {
    for (const text of [published, chosen]) expect(found.stdout + found.stderr).not.toContain(text)
    const lines = found.stderr.split('\n').filter(line => line !== '')
    for (const line of lines) expect(JSON.parse(line)).toHaveProperty('level')
  })

  /** Drafts over the socket, scored and not, good and bad, and what became of them. */
  async function draftBySocket(server: string, key: string): Promise<void> {
    const socket = new WebSocket(`${server.replace('http', 'ws')}/v1/live`, 'nicr.v1', {
      headers: { authorization: `Bearer ${key}` },
    })
    const client = frameReader(socket)
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
    const errors = () => client.frames.filter(typed('error')).length
    client.send({ type: 'draft', id: 'd1', seq: 0, text: `you are a ${secret} socket idiot` })
    await client.next(frame => frame.type === 'draft-score' && frame.seq === 0)
    // Typed faster than it is scored: some of these are never answered.
    for (let seq = 1; seq < 50; seq++)
      client.send({ type: 'draft', id: 'd1', seq, text: `${secret} ${seq} \ud800` })
    await client.next(frame => frame.type === 'draft-score' && frame.seq === 49)
    client.send({ type: 'outcome', id: 'd1', outcome: 'MODIFIED', contentId: 'c1' })
    client.send(`{"type":"draft","id":"d2","seq":0,"text":"${secret} cut off`)
    client.send({ type: `${secret} type` })
    client.send({ type: 'draft', id: 'd3', seq: 'none', text: `${secret} wrong seq` })
    client.send({ type: 'draft', id: 'd4', seq: 0, text: `${secret} `.repeat(10_000) })
    socket.send(Buffer.from(JSON.stringify({ type: 'draft', id: 'd5', seq: 0, text: secret })), {
      binary: true,
    })
    await until('every bad frame is answered', () => errors() === 5)
    // Left while it is being scored.
    client.send({ type: 'draft', id: 'd6', seq: 0, text: `${secret} `.repeat(1_000) })
    socket.terminate()
  }

  async function draftByHttp(server: string, key: string): Promise<void> {
    const post = async (path: string, body: unknown, headers: Record<string, string> = {}) => {
      const answer = await fetch(server + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      })
      await answer.arrayBuffer()
      return answer.status
    }
    const text = `${secret} by http, you fool`
    const statuses = {
      text: await post('/sentiment-analysis', { text }),
      texts: await post('/sentiment-analysis', { texts: [text, `${text} again`] }),
      score: await post('/v1/score', { text }),
      cut: await post('/sentiment-analysis', `{"text":"${text}`),
      unknownField: await post('/v1/score', { txt: text }),
      wrongType: await post('/v1/score', { text: { [secret]: text } }),
      tooLong: await post('/sentiment-analysis', { text: text.repeat(10_000) }),
      tooLarge: await post('/sentiment-analysis', { text: text.repeat(100_000) }),
      wrongMedia: await post('/sentiment-analysis', text, { 'content-type': 'text/plain' }),
      wrongKey: await post('/sentiment-analysis', { text }, { authorization: 'Bearer wrong' }),
      outcome: await post('/v1/draft-outcomes', { draftId: 'd7', outcome: 'DELETED', nicenessFirst: 2 }),
      outcomeWithText: await post('/v1/draft-outcomes', { draftId: 'd7', outcome: 'DELETED', text }),
      report: await post('/v1/reports', { kind: 'niceness', draftId: 'd7', expected: 9 }),
    }
    const requestedAttributes = { TOXICITY: { scoreThreshold: 0 } }
    const analyze = `/v1alpha1/comments:analyze?key=${key}`
    const context = { entries: [{ text: `${secret} parent` }] }
    const analyzed = {
      analyzed: await post(analyze, {
        comment: { text },
        requestedAttributes,
        spanAnnotations: true,
        context,
      }),
      notStored: await post(analyze, { comment: { text }, requestedAttributes, doNotStore: true }),
      unknownAttribute: await post(analyze, {
        comment: { text },
        requestedAttributes: { [secret]: {} },
      }),
      tooLong: await post(analyze, { comment: { text: text.repeat(2_000) }, requestedAttributes }),
    }
    expect(analyzed).toEqual({ analyzed: 200, notStored: 200, unknownAttribute: 400, tooLong: 400 })
    expect(statuses).toEqual({
      text: 200,
      texts: 200,
      score: 200,
      cut: 400,
      unknownField: 400,
      wrongType: 400,
      tooLong: 413,
      tooLarge: 413,
      wrongMedia: 415,
      wrongKey: 401,
      outcome: 202,
      outcomeWithText: 400,
      report: 202,
    })
  }

  /** What may be found, and waits until the processors have been at it. */
  async function publish(server: string, key: string): Promise<void> {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const send = (path: string, body: object) =>
      fetch(server + path, { method: 'POST', headers, body: JSON.stringify(body) })
    expect((await send('/v1/content', { id: 'c1', text: `${published} thank you` })).status).toBe(202)
    const report = { kind: 'niceness', draftId: 'd8', text: `${chosen} was fine`, expected: 9 }
    expect((await send('/v1/reports', report)).status).toBe(202)
    await until('the post is scored', async () => (await fetch(`${server}/v1/scores/c1`, { headers })).ok)
  }

  /** Every committed record of every topic, Kafka's own apart, in one piece. */
  async function recordsOf(kafka: KafkaSettings): Promise<Buffer> {
    const admin = await connectAdmin(kafka, silent)
    const topics = [...(await admin.list())].filter(([name]) => !name.startsWith('__'))
    await admin.close()
    const reader = new LogReader(createKafka(kafka, silent))
    const pieces: Buffer[] = []
    for (const [name, { partitions }] of topics)
      for (let partition = 0; partition < partitions; partition++)
        for await (const batch of reader.read(name, partition))
          for (const { key, value, headers } of batch)
            for (const piece of [key, value, ...headers.map(([, header]) => header)])
              if (piece) pieces.push(piece)
    await reader.close()
    expect(topics.map(([name]) => name)).toContain('nicr.draft-outcomes')
    return Buffer.concat(pieces)
  }

  /** `text path` of every file under the data directory that holds it. */
  function filesWith(text: string): string[] {
    return readdirSync(dataDir, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .filter(path => readFileSync(path).includes(text))
      .map(path => `${text} ${relative(dataDir, path)}`)
  }
})
