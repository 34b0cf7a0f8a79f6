import { existsSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { benchPipeline } from '../../bench/pipeline.ts'
import { connectAdmin } from '../../pipelines/runtime/kafka/topic-admin.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { isFull } from '../support/full.ts'
import { sharedStack, sharedStackConfig, stackMissing } from '../support/stack.ts'

const EVENTS = 3000
const log = pino({ level: 'silent' })

describe.skipIf(!isFull || stackMissing() !== null)('the pipeline benchmark', () => {
  it('runs both modes and the champions against the copy, checks the output, and leaves no topic behind', async () => {
    const kafka = {
      brokers: sharedStack().kafkaBrokers,
      ssl: false,
      sslCa: null,
      sasl: null,
      clientId: 'bench-test',
    }
    const { topics, batch } = sharedStackConfig()
    const prefix = 'bench-test.'
    const runs: string[] = []
    const result = await benchPipeline({
      kafka,
      topics: { ...topics, prefix, partitions: 4 },
      batch: { ...batch, recordsMax: 500 },
      events: EVENTS,
      rounds: 1,
      brokerPid: null,
      signal: new AbortController().signal,
      log,
      report: run => runs.push(run),
    })
    for (const mode of [result.atLeastOnce, result.exactlyOnce, result.champions.exactlyOnce]) {
      expect(mode.vsPassThrough).toBeGreaterThan(0)
      expect(mode.cpuMicrosPerEvent).toBeGreaterThan(0)
      expect(mode.verified.distinctIds).toBe(EVENTS)
    }
    expect(result.exactlyOnce.verified.checksum).toBe(result.atLeastOnce.verified.checksum)
    expect(runs).toContain('r1-exactlyOnce-reference')
    const admin = await connectAdmin(kafka, log)
    try {
      // The broker answers a deletion before it has carried it out everywhere.
      await expect
        .poll(async () => [...(await admin.list()).keys()].filter(name => name.startsWith(prefix)))
        .toEqual([])
    } finally {
      await admin.close()
    }
  })
})

describe('the reference copy', () => {
  it('loads nothing of the runtime: its kafkajs must be as it comes', () => {
    const reached = valueImports(packagePath('bench', 'reference-copy.ts'), new Set())
    expect([...reached].filter(file => file.includes('/pipelines/runtime/'))).toEqual([])
    expect([...reached]).toContain(packagePath('bench', 'measured-process.ts'))
  })
})

/** The source files that a file loads, types left out. */
function valueImports(file: string, reached: Set<string>): Set<string> {
  if (reached.has(file) || !existsSync(file)) return reached
  reached.add(file)
  const imports = readFileSync(file, 'utf8').matchAll(
    /^(?:import|export) (?!type )[^;]*? from '(\.[^']+\.ts)'/gm,
  )
  for (const [, path] of imports) valueImports(resolve(dirname(file), path!), reached)
  return reached
}
