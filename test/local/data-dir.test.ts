import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { takeDataDir } from '../../local/data-dir.ts'
import { identifyProcess, isRunning } from '../../local/process-identity.ts'
import { readRunning, removeRunning, writeRunning } from '../../local/running.ts'
import { testFolder } from './support.ts'

describe('the data directory', () => {
  it('is held by one launcher at a time', async () => {
    const folder = testFolder()
    const first = await takeDataDir(folder)
    await expect(takeDataDir(folder)).rejects.toMatchObject({
      code: 'NICR_DATA_DIR_IN_USE',
      message: expect.stringContaining(`process ${process.pid}`),
    })
    first.release()
    const second = await takeDataDir(folder)
    second.release()
    expect(readdirSync(folder)).toEqual(['logs'])
  })

  it.each([
    ['a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: 'long ago' })],
    [
      'an earlier process of a pid that was given out again',
      JSON.stringify({ pid: process.pid, startedAt: 'long ago' }),
    ],
    ['nobody, because the disk was full', ''],
  ])('is taken over where the lock names %s', async (_, lock) => {
    const folder = testFolder()
    writeFileSync(join(folder, 'stack.lock'), lock)
    writeFileSync(join(folder, 'parts.json'), lock)
    const dataDir = await takeDataDir(folder)
    await expect(takeDataDir(folder)).rejects.toMatchObject({ code: 'NICR_DATA_DIR_IN_USE' })
    dataDir.release()
  })

  it('goes to exactly one of several launchers that find a stale lock at once', async () => {
    const folder = testFolder()
    writeFileSync(join(folder, 'stack.lock'), 'stale')
    const taken = await Promise.allSettled([takeDataDir(folder), takeDataDir(folder), takeDataDir(folder)])
    expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  it('ends the parts that a killed launcher left running, and no other process of their ids', async () => {
    const folder = testFolder()
    const orphan = spawn('sleep', ['1000'])
    const bystander = spawn('sleep', ['1000'])
    await Promise.all([once(orphan, 'spawn'), once(bystander, 'spawn')])
    const orphaned = identifyProcess(orphan.pid!)!
    writeFileSync(
      join(folder, 'parts.json'),
      JSON.stringify([orphaned, { pid: bystander.pid, startedAt: 'before' }]),
    )
    const dataDir = await takeDataDir(folder)
    expect(isRunning(orphaned)).toBe(false)
    expect(identifyProcess(bystander.pid!)).not.toBeNull()
    bystander.kill()
    dataDir.release()
  })
})

describe('running.json', () => {
  it('is read back while its process lives, by its user alone', () => {
    const folder = testFolder()
    expect(readRunning(folder)).toBeNull()
    writeRunning(folder, { kafkaBrokers: ['127.0.0.1:9092'], key: 'secret' })
    expect(readRunning(folder)).toEqual({
      pid: process.pid,
      startedAt: expect.stringMatching(/^\d{4}-/),
      kafkaBrokers: ['127.0.0.1:9092'],
      key: 'secret',
    })
    expect(statSync(join(folder, 'running.json')).mode & 0o777).toBe(0o600)
    removeRunning(folder)
    expect(existsSync(join(folder, 'running.json'))).toBe(false)
  })

  it('counts for nothing once its process is gone, or where it is damaged', async () => {
    const folder = testFolder()
    const file = join(folder, 'running.json')
    const gone = spawn('true')
    await once(gone, 'exit')
    writeFileSync(file, JSON.stringify({ pid: gone.pid, startedAt: 'x', processStartedAt: 'x' }))
    expect(readRunning(folder)).toBeNull()
    writeFileSync(file, '{"pid": 1')
    expect(readRunning(folder)).toBeNull()
    chmodSync(file, 0o644)
    writeRunning(folder, {})
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })
})
