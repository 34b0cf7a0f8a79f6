import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { clickHouseCommand } from '../../../local/clickhouse/command.ts'
import { packagePath } from '../../../schemas/package-root.ts'
import { engineMissing } from './support.ts'

const notBuilt = !existsSync(packagePath('dist', 'local', 'clickhouse', 'main.js'))

describe.skipIf(engineMissing || notBuilt)('the embedded ClickHouse as a process', () => {
  let home: string
  let dataDir: string
  const children: ChildProcess[] = []
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'nicr-clickhouse-process-'))
    dataDir = home
  })
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue
      child.kill('SIGKILL')
      await once(child, 'exit')
    }
    rmSync(home, { recursive: true, force: true })
  })

  async function start(port = 0): Promise<{
    child: ChildProcess
    said: { ready: boolean; port: number; code?: string; detail?: string }
  }> {
    const [program, ...parameters] = clickHouseCommand({ port, dataDir })
    const child = spawn(program!, parameters, { stdio: ['pipe', 'pipe', 'ignore'] })
    children.push(child)
    const [line] = (await once(createInterface({ input: child.stdout! }), 'line')) as [string]
    return { child, said: JSON.parse(line) }
  }
  async function ask(port: number, query: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: query })
    expect(response.status).toBe(200)
    return response.text()
  }
  async function exitOf(child: ChildProcess): Promise<number | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    return child.exitCode
  }

  it('finds its rows again after SIGKILL, and ends in order on SIGTERM', async () => {
    const first = await start()
    await ask(first.said.port, 'CREATE TABLE kept (a UInt32) ENGINE = MergeTree ORDER BY a')
    await ask(first.said.port, 'INSERT INTO kept SELECT number FROM numbers(1000)')
    first.child.kill('SIGKILL')
    await exitOf(first.child)

    const second = await start()
    expect(await ask(second.said.port, 'SELECT count(), sum(a) FROM kept')).toBe('1000\t499500\n')
    const running = ask(second.said.port, 'SELECT sleep(1)')
    const isRunning = async () =>
      (
        await ask(second.said.port, "SELECT count() FROM system.processes WHERE query LIKE 'SELECT sleep%'")
      ).trim()
    await expect.poll(isRunning).toBe('1')
    second.child.kill('SIGTERM')
    expect(await running).toBe('0\n')
    expect(await exitOf(second.child)).toBe(0)
  })

  it('ends when its parent’s pipe does', async () => {
    const { child } = await start()
    child.stdin!.end()
    expect(await exitOf(child)).toBe(0)
  })

  it('says who has the data directory, or that the port is taken', async () => {
    const { child, said } = await start()
    const second = await start()
    expect(second.said).toMatchObject({
      ready: false,
      code: 'NICR_DATA_DIR_IN_USE',
      detail: expect.stringContaining(`process ${child.pid}`),
    })
    expect(await exitOf(second.child)).toBe(1)
    dataDir = join(dataDir, 'another')
    const third = await start(said.port)
    expect(third.said).toMatchObject({
      ready: false,
      code: 'NICR_PORT_IN_USE',
      detail: expect.stringContaining(String(said.port)),
    })
    expect(await exitOf(third.child)).toBe(1)
  })
})
