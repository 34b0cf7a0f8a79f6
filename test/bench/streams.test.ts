import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it, onTestFinished } from 'vitest'
import { contentEvents } from '../../bench/content-events.ts'
import { checksumOf, predictSmall } from '../../bench/small-model.ts'
import { benchStreams } from '../../bench/streams.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { isFull } from '../support/full.ts'
import { sharedStack, sharedStackConfig, stackMissing } from '../support/stack.ts'

const EVENTS = 2000
const log = pino({ level: 'silent' })

describe.skipIf(!isFull || stackMissing() !== null)('the benchmark beside other stream processors', () => {
  it('does the job by two processes, leaves out a peer that fails, and leaves no topic behind', async () => {
    const kafka = {
      brokers: sharedStack().kafkaBrokers,
      ssl: false,
      sslCa: null,
      sasl: null,
      clientId: 'streams-test',
    }
    const { topics, batch } = sharedStackConfig()
    const prefix = 'streams-test.'
    const result = await benchStreams({
      kafka,
      topics: { ...topics, prefix, partitions: 4 },
      batch: { ...batch, recordsMax: 500 },
      programs: { dir: peersFolder(), java: null, python: '/bin/false' },
      events: EVENTS,
      rounds: 1,
      instances: [2],
      brokerPid: null,
      signal: new AbortController().signal,
      log,
      report: () => undefined,
    })
    let checksum = 0
    for (const { text } of contentEvents(EVENTS)) checksum += checksumOf(predictSmall(text))
    expect(result.checksum).toBe(checksum)
    for (const mode of [result.atLeastOnce, result.exactlyOnce]) {
      expect(Object.keys(mode)).toEqual(['nicr-2'])
      for (const { eventsPerSecond, cpuMicrosPerEvent } of Object.values(mode)) {
        expect(eventsPerSecond).toBeGreaterThan(0)
        expect(cpuMicrosPerEvent).toBeGreaterThan(0)
      }
    }
    expect(result.missing.quix).toContain('it ended with 1')
    expect(result.missing['kafka-streams']).toContain('--class-path')
    const admin = await connectAdmin(kafka, log)
    try {
      // The broker answers a deletion before it has carried it out everywhere.
      await expect
        .poll(async () => [...(await admin.list()).keys()].filter(name => name.startsWith(prefix)))
        .toEqual([])
    } finally {
      await admin.close()
    }
  }, 60_000)
})

/** A folder with what ours reads of the peers': schemas of the events that are generated, and of the scores. */
function peersFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'nicr-streams-'))
  onTestFinished(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'schemas'))
  const record = (name: string, fields: Readonly<Record<string, string>>) =>
    JSON.stringify({
      type: 'record',
      name,
      fields: Object.entries(fields).map(([field, type]) => ({ name: field, type })),
    })
  const content = { id: 'string', author: 'string', kind: 'string', text: 'string', created_at: 'long' }
  const score = { id: 'string', niceness: 'double', spam: 'double', scored_at: 'long' }
  writeFileSync(join(dir, 'schemas', 'content.avsc'), record('Event', content))
  writeFileSync(join(dir, 'schemas', 'score.avsc'), record('Score', score))
  return dir
}
