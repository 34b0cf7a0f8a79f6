import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import type { Admin, Producer } from 'kafkajs'
import { Registry } from 'prom-client'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { addEraseCommand } from '../../cli/commands/erase.ts'
import type { ErasureReport } from '../../jobs/erase/erase-person.ts'
import type { LeftOver } from '../../jobs/erase/left-over.ts'
import { sha256Of } from '../../pipelines/images/blob-store.ts'
import { createFileBlobs } from '../../pipelines/images/file-blobs.ts'
import { createKafka, RETRY } from '../../pipelines/runtime/kafka/client.ts'
import { SINK_NAME, SinkRunner } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { statedPartition } from '../../pipelines/runtime/kafka/transactions.ts'
import { RuntimeMetrics } from '../../pipelines/runtime/metrics.ts'
import type { RecordOf, TopicName } from '../../schemas/topics.ts'
import { startFakeS3 } from '../support/fake-s3.ts'
import { isFull } from '../support/full.ts'
import { silent } from '../support/kafka-driver.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import {
  aContent,
  aLabel,
  aLabelSample,
  anImageBankEntry,
  aReport,
  aScore,
  aVote,
} from '../support/records.ts'
import { runCommand } from '../support/run-command.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

const HASH = createHash('sha256').update('a data set').digest('hex')
/** Tables that hold something of a person, with the columns that would tell. */
const TABLES = [
  'content',
  'scores',
  'votes',
  'reports',
  'labels',
  'label_samples',
  'dead_letters',
  'image_banks',
]

describe.skipIf(stackMissing() !== null)('nicr erase, on real parts', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-erase-'))
  const blobs = createFileBlobs(join(dataDir, 'blobs'), { bytesMax: 1000 })
  let own: OwnNicr
  let admin: Admin
  let producer: Producer
  let sink: SinkRunner | null = null
  let only = ''
  let shared = ''
  const failures: unknown[] = []

  beforeAll(async () => {
    own = await startOwnNicr()
    const client = createKafka(own.kafka, silent)
    admin = client.admin({ retry: RETRY })
    producer = client.producer({ createPartitioner: statedPartition, retry: RETRY })
    await admin.connect()
    await producer.connect()
    for (const [name, value] of Object.entries({ ...own.env, NICR_DATA_DIR: dataDir }))
      vi.stubEnv(name, value)
    only = await blobs.put(Buffer.from('only ann’s'))
    shared = await blobs.put(Buffer.from('ann’s and bob’s'))
    learnFromAnn()
    await fill()
    await startSink()
  })
  afterAll(async () => {
    vi.unstubAllEnvs()
    await sink?.stop()
    await producer?.disconnect()
    await admin?.disconnect()
    await own?.close()
    rmSync(dataDir, { recursive: true, force: true })
    expect(failures).toEqual([])
  })

  async function startSink(): Promise<void> {
    sink = new SinkRunner({
      kafka: { ...own.kafka, clientId: 'sink' },
      config: own.config,
      clickhouse: own.clickhouse,
      codecs: own.codecs,
      metrics: new RuntimeMetrics(new Registry()),
      log: silent,
      onFailed: error => void failures.push(error),
    })
    await sink.start()
  }

  /** A data set with a row of each of two people, and a version that was made from it, with a child. */
  function learnFromAnn(): void {
    const folder = join(dataDir, 'data-sets', 'niceness', HASH)
    mkdirSync(folder, { recursive: true })
    const rows = ['ann', 'bob'].map(author =>
      JSON.stringify({ digest: author.repeat(9), author, evidence: [] }),
    )
    writeFileSync(join(folder, 'rows.jsonl.gz'), gzipSync(`${rows.join('\n')}\n`))
    for (const [version, dataHash, parent] of [
      ['900', HASH, null],
      ['901', 'f'.repeat(64), '900'],
      ['902', 'f'.repeat(64), null],
    ] as const) {
      const path = join(dataDir, 'models', 'niceness', version)
      mkdirSync(path, { recursive: true })
      const facts = {
        kind: 'niceness',
        version,
        family: 'x',
        features: {},
        digest: 'a'.repeat(64),
        dataHash,
        parent,
      }
      writeFileSync(
        join(path, 'manifest.json'),
        JSON.stringify({ ...facts, seed: 1, settings: {}, metrics: {}, sources: [] }),
      )
    }
  }

  async function publish<Topic extends TopicName>(
    topic: Topic,
    key: string,
    value: RecordOf<Topic>,
  ): Promise<void> {
    await own.publisher.publish(topic, [{ key, value }])
  }

  /** What ann and bob wrote, and what each said of the other. */
  async function fill(): Promise<void> {
    const image = (sha256: string) => ({ ref: `blob:${sha256}`, sha256, mimeType: null })
    await publish(
      'content',
      'a1',
      aContent({ id: 'a1', author: 'ann', images: [image(only), image(shared)] }),
    )
    await publish('content', 'a1', aContent({ id: 'a1', author: 'ann', revision: 1, text: 'ann once more' }))
    await publish(
      'content',
      'b1',
      aContent({ id: 'b1', author: 'bob', images: [image(shared)], text: 'dear ann' }),
    )
    // An id that both wrote under is nobody’s alone.
    await publish('content', 'both', aContent({ id: 'both', author: 'ann' }))
    await publish('content', 'both', aContent({ id: 'both', author: 'bob', revision: 1 }))
    for (const [id, author] of [
      ['a1', 'ann'],
      ['b1', 'bob'],
    ] as const) {
      const other = author === 'ann' ? 'bob' : 'ann'
      await publish('scores', id, aScore({ id: `s-${id}`, contentId: id, author }))
      await publish('votes', id, aVote({ id: `v-${id}`, contentId: id, voter: other }))
      await publish('reports', id, aReport({ id: `r-${id}`, contentId: id, reporter: other }))
      await publish('labels', id, aLabel({ id: `l-${id}`, contentId: id, labeller: other }))
      const bank = { labelId: `l-${id}`, image: `blob:${author === 'ann' ? only : shared}` }
      await publish('image-banks', `e-${id}`, anImageBankEntry({ id: `e-${id}`, ...bank }))
      await producer.send({
        topic: own.fullName('dead-letters'),
        messages: [{ key: id, value: `bytes of ${author}`, partition: 1 }],
      })
    }
    const draft = { contentId: null, draftId: 'd1', text: 'a draft of ann', reporter: 'ann' }
    await publish('reports', 'd1', aReport({ id: 'r-d1', ...draft }))
    await publish(
      'label-samples',
      'draft:d1',
      aLabelSample({ sampleId: 'p1', contentId: 'draft:d1', text: draft.text }),
    )
    await publish('label-samples', 'b1', aLabelSample({ sampleId: 'p2', contentId: 'b1' }))
    await publish('labels', 'both', aLabel({ id: 'l-both', contentId: 'both', labeller: 'cleo' }))
  }

  /** What the log tables and the views still hold of ann, and of the others, by a word that tells. */
  async function told(suffix: '' | '_log'): Promise<Record<string, string[]>> {
    const columns: Record<string, string> = {
      content: "concat(id, ' ', author)",
      scores: 'contentId',
      votes: "concat(contentId, ' by ', voter)",
      reports: "concat(id, ' by ', reporter)",
      labels: 'contentId',
      label_samples: 'contentId',
      dead_letters: suffix === '' ? 'key' : 'base64Decode(assumeNotNull(key))',
      image_banks: 'id',
    }
    const found: Record<string, string[]> = {}
    for (const table of TABLES) {
      const rows = await own.clickhouse.query<{ told: string }>(
        `SELECT DISTINCT ${columns[table]} AS told FROM ${table}${suffix}${table === 'image_banks' && suffix ? ' WHERE NOT _deleted' : ''} ORDER BY told`,
      )
      found[table] = rows.map(row => row.told)
    }
    return found
  }

  const OTHERS = {
    content: ['b1 bob', 'both bob'],
    scores: ['b1'],
    votes: ['a1 by bob'],
    reports: ['r-a1 by bob'],
    labels: ['b1', 'both'],
    label_samples: ['b1'],
    dead_letters: ['b1'],
    image_banks: ['e-b1'],
  }

  type Report = Omit<ErasureReport, 'at'> & { readonly at: string; readonly left: readonly LeftOver[] }

  async function erase(...parameters: string[]): Promise<Report> {
    const { code, stdout, stderr } = await runCommand(addEraseCommand, ['erase', '--json', ...parameters])
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout) as Report
  }

  it('says in a dry run what it would erase, and erases nothing', async () => {
    await until('all is stored', async () => (await told('_log'))['labels']!.length === 3)
    await until('letters are stored', async () => (await told('_log'))['dead_letters']!.length === 2)
    const before = await told('_log')
    const report = await erase('--author', 'ann', '--dry-run')
    expect(report).toMatchObject({
      dryRun: true,
      rows: { content: 3, scores: 1, votes: 1, reports: 2, labels: 1, 'label-samples': 1, 'dead-letters': 1 },
      dataSetRows: 1,
      blobs: 1,
      bankEntries: 1,
      models: ['niceness@900', 'niceness@901'],
    })
    expect(await told('_log')).toEqual(before)
    expect(await own.read('erasures')).toEqual([])
    expect(await blobs.get(only)).not.toBeNull()
  })

  it('erases the author everywhere and nobody else, and says what is left until when', async () => {
    const report = await erase('--author', 'ann')
    expect(report).toMatchObject({ dryRun: false, complete: true, rows: { content: 3 }, blobs: 1 })
    await until('the bank’s entry is out', async () => (await told(''))['image_banks']!.length === 1)
    expect(await told('_log')).toEqual(OTHERS)
    expect(await told('')).toEqual(OTHERS)
    expect([await blobs.get(only), (await blobs.get(shared)) === null]).toEqual([null, false])
    expect(existsSync(join(dataDir, 'data-sets', 'niceness', HASH))).toBe(true)
    const topic = (name: TopicName) => report.left.find(({ what }) => what === own.fullName(name))
    const days = (Date.parse(String(topic('content')?.until)) - Date.parse(report.at)) / 86_400_000
    expect(days).toBeCloseTo(30, 1)
    expect(topic('labels')).toMatchObject({ until: null })
    // The audit names nobody.
    const [erasure, ...more] = await own.read('erasures')
    expect(more).toEqual([])
    expect(erasure).toMatchObject({ rows: 10, dataSets: [`niceness/${HASH}`] })
    expect(JSON.stringify(erasure)).not.toMatch(/\bann\b|\ba1\b/)
  })

  it('is safe to repeat, and goes on naming what had learned', async () => {
    const report = await erase('--author', 'ann')
    expect(Object.values(report.rows).every(count => count === 0)).toBe(true)
    expect(report).toMatchObject({ dataSetRows: 0, blobs: 0, models: ['niceness@900', 'niceness@901'] })
    expect(await told('_log')).toEqual(OTHERS)
  })

  it('stays so when the tables are built anew from the topics, but for what the author writes from now on', async () => {
    await sink?.stop()
    await admin.deleteGroups([`${own.config.topics.prefix}${SINK_NAME}`])
    for (const table of TABLES) await own.clickhouse.command(`TRUNCATE TABLE ${table}_log`)
    await publish('content', 'a2', aContent({ id: 'a2', author: 'ann' }))
    // A late score of what was erased, and one of what was not.
    const late = { eventAt: Date.parse('2026-01-01T00:00:00Z'), author: 'ann' }
    await publish('scores', 'a1', aScore({ id: 's-late', contentId: 'a1', ...late }))
    await publish('scores', 'a2', aScore({ id: 's-a2', contentId: 'a2', author: 'ann', eventAt: Date.now() }))
    await startSink()
    await until('the new word is stored', async () => (await told('_log'))['content']!.includes('a2 ann'))
    await until('all else too', async () => (await told('_log'))['scores']!.length >= 2)
    await until('letters are stored', async () => (await told('_log'))['dead_letters']!.length >= 1)
    await until('labels are stored', async () => (await told('_log'))['labels']!.length >= 2)
    const position = await own.readRaw('content')
    expect(position.length).toBe(6)
    const expected = { ...OTHERS, content: ['a2 ann', ...OTHERS.content], scores: ['a2', 'b1'] }
    await until(
      'everything is stored',
      async () => JSON.stringify(await told('_log')) === JSON.stringify(expected),
    )
    expect(await told('')).toEqual(expected)
  })

  it('erases images from a bucket, and says which step failed and can be repeated where that is away', async () => {
    const s3 = await startFakeS3(['pictures'])
    const bucket = { NICR_BLOBS: 's3://pictures/nicr', NICR_S3_ENDPOINT: s3.url, AWS_REGION: 'eu-west-1' }
    const settings = { ...bucket, AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' }
    for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value)
    const sues = sha256Of(Buffer.from('only sue’s'))
    const both = sha256Of(Buffer.from('sue’s and bob’s'))
    const keys = [sues, both].map(sha256 => `pictures/nicr/${sha256}`)
    for (const key of keys) s3.objects.set(key, Buffer.from('a picture'))
    const image = (sha256: string) => ({ ref: `blob:${sha256}`, sha256, mimeType: null })
    const stored = async () => (await told('_log'))['content']!
    try {
      await publish(
        'content',
        's1',
        aContent({ id: 's1', author: 'sue', images: [image(sues), image(both)] }),
      )
      await publish('content', 's2', aContent({ id: 's2', author: 'bob', images: [image(both)] }))
      await until('both are stored', async () => (await stored()).includes('s1 sue'))
      await until('both are stored', async () => (await stored()).includes('s2 bob'))
      s3.failWith = 503
      const { code, stderr } = await runCommand(addEraseCommand, ['erase', '--json', '--author', 'sue'])
      expect([code, stderr]).toEqual([1, expect.stringContaining('NICR_BLOBS_UNAVAILABLE')])
      expect(s3.objects.size).toBe(2)
      s3.failWith = null
      const report = await erase('--author', 'sue')
      expect(report).toMatchObject({ complete: true, blobs: 1, rows: { content: 1 } })
      expect([...s3.objects.keys()]).toEqual([keys[1]])
      expect(await stored()).not.toContain('s1 sue')
      // Nicr cannot tell whether the bucket keeps what is deleted.
      expect(report.left).toContainEqual(
        expect.objectContaining({ what: 's3://pictures/nicr/', until: null }),
      )
    } finally {
      for (const name of Object.keys(settings)) vi.stubEnv(name, undefined)
      await s3.close()
    }
  })

  // It waits twice until it believes that the sink stands still.
  it.skipIf(!isFull)(
    'says that it is not whole while the sink stands still, and keeps away what comes later',
    async () => {
      await sink?.stop()
      await publish('content', 'd1', aContent({ id: 'd1', author: 'dan' }))
      const asked = ['erase', '--json', '--author', 'dan']
      const first = await runCommand(addEraseCommand, asked)
      expect([first.code, first.stderr]).toEqual([1, expect.stringContaining('NICR_ERASURE_INCOMPLETE')])
      expect(JSON.parse(first.stdout)).toMatchObject({ complete: false })
      await publish('content', 'e1', aContent({ id: 'e1', author: 'eve' }))
      await startSink()
      await until('the sink is past it', async () => (await told('_log'))['content']!.includes('e1 eve'))
      expect((await told('_log'))['content']).not.toContain('d1 dan')
      expect((await erase('--author', 'dan')).complete).toBe(true)
    },
    120_000,
  )

  it('erases nobody by an empty name', async () => {
    const { code, stderr } = await runCommand(addEraseCommand, ['erase', '--author', ''])
    expect([code, stderr]).toEqual([1, expect.stringContaining('NICR_INPUT_INVALID')])
  })
})
