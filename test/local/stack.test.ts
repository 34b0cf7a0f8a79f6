import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Kafka, logLevel } from 'kafkajs'
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type { PartName } from '../../local/progress.ts'
import { type Stack, type StackOptions, startStack } from '../../local/stack.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { alive, embeddedConfig, groupOf, temporaryFolder, testFolder, withGuard } from './support.ts'

const quiet: StackOptions = { report: () => {} }
/** A killed launcher's parts are gone by then: the longest grace of a part, and some. */
const orphanMsMax = 25_000

const hasJava = (() => {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
})()

describe.skipIf(!hasJava)('the embedded stack, from one start to the next on the same data directory', () => {
  const dataDir = temporaryFolder()
  const open = new Set<Stack>()
  const start = async (only?: readonly PartName[]) => {
    const stack = await startStack(embeddedConfig(dataDir), { ...quiet, only })
    open.add(stack)
    return stack
  }
  afterEach(async () => {
    for (const stack of open) await stack.stop()
    open.clear()
  })
  afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

  it('starts from nothing, serves on loopback alone, keeps others out, and leaves nothing running', async () => {
    mkdirSync(join(dataDir, 'kafka.new', 'half-formatted'), { recursive: true })
    const stack = await start()
    expect(stack.parts.map(part => part.name).sort()).toEqual(['clickhouse', 'kafka', 'registry'])
    const processes = stack.parts.flatMap(part => withGuard(part.pid))
    expect(alive(processes)).toEqual(processes)
    expect(stack.parts.map(part => part.port).map(listeningAddresses)).toEqual([
      ['127.0.0.1'],
      ['127.0.0.1'],
      ['127.0.0.1'],
    ])
    expect(
      commandLines('kafka.Kafka')
        .filter(line => line.cwd === dataDir)
        .map(line => line.pid),
    ).toEqual([pidOf(stack, 'kafka')])
    await expect(start()).rejects.toMatchObject({
      code: 'NICR_DATA_DIR_IN_USE',
      message: expect.stringContaining(dataDir),
    })

    await writeEverywhere(stack)
    await stack.stop()
    expect(alive(processes)).toEqual([])
    expect(readdirSync(dataDir)).not.toContain('stack.lock')
  })

  it('finds its topics, schemas and tables again, and says which part died and why', async () => {
    const stack = await start()
    await expectWritten(stack)
    const failed = new Promise<[PartName, string]>(resolve => stack.onPartFailed((...what) => resolve(what)))
    const processes = stack.parts.flatMap(part => withGuard(part.pid))
    process.kill(pidOf(stack, 'kafka'), 'SIGKILL')
    const [name, detail] = await failed
    expect(name).toBe('kafka')
    expect(detail).toContain('137')
    expect(detail).toContain('kafka.log')
    await stack.stop()
    expect(alive(processes)).toEqual([])
  })

  it('leaves no orphan when the launcher’s whole process group is killed, and starts again at once', async () => {
    const { launcher, parts } = await startLauncher(dataDir)
    const processes = parts.flatMap(part => withGuard(part.pid))
    expect(alive(processes)).toEqual(processes)
    // A Ctrl-C reaches the launcher alone, which then stops them in order; a SIGKILL for its group does not end them.
    expect(processes.map(groupOf)).not.toContain(launcher.pid)
    process.kill(-launcher.pid!, 'SIGKILL')
    const stack = await start(['kafka', 'registry'])
    expect(stack.parts.map(part => part.name).sort()).toEqual(['kafka', 'registry'])
    expect(stack.clickhouseUrl).toBe('')
    await expectTopic(stack)
    await expectSchema(stack)
    await vi.waitFor(() => expect(alive(processes)).toEqual([]), { timeout: orphanMsMax })
    await stack.stop()
  })

  it('kills the broker when its guard was killed', async () => {
    const stack = await start(['kafka'])
    const failed = new Promise(resolve => stack.onPartFailed(name => resolve(name)))
    const [broker, guard] = withGuard(pidOf(stack, 'kafka')) as [number, number]
    process.kill(guard, 'SIGKILL')
    await expect(failed).resolves.toBe('kafka')
    await vi.waitFor(() => expect(alive([broker])).toEqual([]))
    await stack.stop()
  })

  it('stops what had started when another part fails, and shows the end of that part’s log', async () => {
    const meta = join(dataDir, 'kafka', 'meta.properties')
    const intact = readFileSync(meta, 'utf8')
    writeFileSync(meta, intact.replace('node.id=1', 'node.id=7'))
    const before = commandLines(dataDir).length
    await expect(start()).rejects.toMatchObject({
      code: 'NICR_PART_FAILED',
      message: expect.stringMatching(/broker ended with status 1 [\s\S]*kafka\.log[\s\S]*Stored node id 7/),
    })
    expect(commandLines(dataDir).length).toBe(before)
    writeFileSync(meta, intact)
  })

  it('gives up the start when it is aborted', async () => {
    const abort = new AbortController()
    const reason = new Error('changed my mind')
    const starting = startStack(embeddedConfig(dataDir), {
      signal: abort.signal,
      report: ({ part, state }) => part === 'kafka' && state === 'starting' && abort.abort(reason),
    })
    await expect(starting).rejects.toBe(reason)
    expect(readdirSync(dataDir)).not.toContain('stack.lock')
  })
})

it('names the port, its setting and what to do when a port is busy, and starts nothing', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as { port: number }
  const dataDir = testFolder()
  const config = embeddedConfig(dataDir, { NICR_REGISTRY_PORT: String(port) })
  await expect(startStack(config, quiet)).rejects.toMatchObject({
    code: 'NICR_PORT_IN_USE',
    message: expect.stringMatching(new RegExp(`${port}.*NICR_REGISTRY_PORT.*another port`)),
  })
  expect(readdirSync(dataDir)).toEqual(['logs'])
})

it('starts nothing where every part has a URL', async () => {
  const dataDir = join(testFolder(), 'never-made')
  const config = embeddedConfig(dataDir, {
    KAFKA_BROKERS: 'broker:9092',
    SCHEMA_REGISTRY_URL: 'http://registry:8081',
    CLICKHOUSE_URL: 'http://clickhouse:8123',
  })
  const stack = await startStack(config, quiet)
  expect(stack).toMatchObject({
    parts: [],
    kafkaBrokers: ['broker:9092'],
    registryUrl: 'http://registry:8081',
    clickhouseUrl: 'http://clickhouse:8123',
  })
  await stack.stop()
})

it('says that Java is missing and what to do', async () => {
  vi.stubEnv('PATH', '')
  vi.stubEnv('JAVA_HOME', undefined)
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(startStack(embeddedConfig(testFolder()), quiet)).rejects.toMatchObject({
    code: 'NICR_JAVA_MISSING',
    message: expect.stringMatching(/Java.*17.*JAVA_HOME.*KAFKA_BROKERS/),
  })
})

async function startLauncher(dataDir: string): Promise<{ launcher: ChildProcess; parts: Stack['parts'] }> {
  const script = packagePath('test', 'local', 'launcher.mjs')
  const launcher = spawn(process.execPath, [script, dataDir, 'kafka,registry,clickhouse'], {
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void launcher.kill('SIGKILL'))
  const [line] = (await once(createInterface({ input: launcher.stdout! }), 'line')) as [string]
  return { launcher, parts: JSON.parse(line) }
}

function pidOf(stack: Stack, name: PartName): number {
  return stack.parts.find(part => part.name === name)!.pid
}

/** What a user leaves behind: a topic with a record, a schema with a level, a table with a row. */
async function writeEverywhere(stack: Stack): Promise<void> {
  const kafka = kafkaOf(stack)
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic: 'kept', numPartitions: 2 }] })
  await admin.disconnect()
  const producer = kafka.producer()
  await producer.connect()
  await producer.send({ topic: 'kept', messages: [{ key: 'a', value: 'b', partition: 1 }] })
  await producer.disconnect()

  await ask(`${stack.registryUrl}/subjects/kept-value/versions`, 'POST', { schema: schemaOf('x') })
  await ask(`${stack.registryUrl}/config`, 'PUT', { compatibility: 'FULL_TRANSITIVE' })
  await ask(`${stack.registryUrl}/config/kept-value`, 'PUT', { compatibility: 'BACKWARD_TRANSITIVE' })

  await query(stack, 'CREATE TABLE kept (x Int32) ENGINE = MergeTree ORDER BY x')
  await query(stack, 'INSERT INTO kept VALUES (42)')
}

async function expectWritten(stack: Stack): Promise<void> {
  await expectTopic(stack)
  await expectSchema(stack)
  expect(await query(stack, 'SELECT x FROM kept')).toBe('42\n')
}

async function expectTopic(stack: Stack): Promise<void> {
  const admin = kafkaOf(stack).admin()
  await admin.connect()
  const offsets = await admin.fetchTopicOffsets('kept')
  expect(offsets.map(({ partition, offset }) => [partition, offset]).sort()).toEqual([
    [0, '0'],
    [1, '1'],
  ])
  await admin.disconnect()
}

async function expectSchema(stack: Stack): Promise<void> {
  const { registryUrl } = stack
  expect(await ask(`${registryUrl}/subjects/kept-value/versions`, 'GET')).toEqual([1])
  expect(await ask(`${registryUrl}/config`, 'GET')).toEqual({ compatibilityLevel: 'FULL_TRANSITIVE' })
  expect(await ask(`${registryUrl}/config/kept-value`, 'GET')).toEqual({
    compatibilityLevel: 'BACKWARD_TRANSITIVE',
  })
  // And the level is enforced: a field without a default cannot be read from older records.
  const refused = ask(`${registryUrl}/subjects/kept-value/versions`, 'POST', { schema: schemaOf('x', 'y') })
  await expect(refused).rejects.toThrow('409')
}

function schemaOf(...fields: string[]): string {
  return JSON.stringify({ type: 'record', name: 'Kept', fields: fields.map(name => ({ name, type: 'int' })) })
}

function kafkaOf(stack: Stack): Kafka {
  return new Kafka({ brokers: [...stack.kafkaBrokers], logLevel: logLevel.NOTHING })
}

async function ask(url: string, method: string, body?: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/vnd.schemaregistry.v1+json' }
  const response = await fetch(url, {
    method,
    headers,
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`)
  return response.json()
}

async function query(stack: Stack, sql: string): Promise<string> {
  const response = await fetch(stack.clickhouseUrl, { method: 'POST', body: sql })
  const text = await response.text()
  if (!response.ok) throw new Error(text)
  return text
}

/** Addresses on which something listens at the port, of IPv4 and IPv6. */
function listeningAddresses(port: number): string[] {
  const listen = '0A'
  return ['/proc/net/tcp', '/proc/net/tcp6'].flatMap(table =>
    readFileSync(table, 'utf8')
      .split('\n')
      .slice(1)
      .map(line => line.trim().split(/\s+/))
      .filter(
        ([, local, , state]) =>
          state === listen && local?.endsWith(`:${port.toString(16).toUpperCase().padStart(4, '0')}`),
      )
      .map(([, local]) => readableAddress(local!.split(':')[0]!)),
  )
}

function readableAddress(hex: string): string {
  const mappedLoopback = '0000000000000000FFFF00000100007F'
  return hex === '0100007F' || hex === mappedLoopback ? '127.0.0.1' : hex
}

function commandLines(part: string): { pid: number; cwd: string }[] {
  return readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .flatMap(name => {
      try {
        const cwd = readlinkSync(`/proc/${name}/cwd`)
        const words = readFileSync(`/proc/${name}/cmdline`, 'utf8')
        return `${words}\0${cwd}`.includes(part) ? [{ pid: Number(name), cwd }] : []
      } catch {
        return []
      }
    })
}
