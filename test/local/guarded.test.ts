import { closeSync, openSync, rmSync } from 'node:fs'
import { afterAll, expect, it } from 'vitest'
import { spawnGuarded } from '../../local/guarded.ts'
import { alive, temporaryFolder, withGuard } from './support.ts'

const cwd = temporaryFolder()
const log = openSync('/dev/null', 'w')
afterAll(() => {
  closeSync(log)
  rmSync(cwd, { recursive: true })
})

const guarded = (script: string, graceMs: number) =>
  spawnGuarded({ name: 'test', command: ['/bin/sh', '-c', script], cwd, logFd: log, graceMs, piped: true })

it('passes on how a program ended', async () => {
  const running = await guarded('exit 3', 1_000)
  await expect(running.exited).resolves.toBe(3)
  await running.stop()
})

it('reports a program that cannot be found as a shell does', async () => {
  const running = await spawnGuarded({
    name: 'test',
    command: ['/no/such/program'],
    cwd,
    logFd: log,
    graceMs: 1_000,
  })
  await expect(running.exited).resolves.toBe(127)
})

it('lets a program end in its own way', async () => {
  const running = await guarded(
    'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
    10_000,
  )
  const heard: string[] = []
  const ready = new Promise<void>(resolve =>
    running.stdout!.on('data', chunk => resolve(void heard.push(String(chunk)))),
  )
  await ready
  await running.stop()
  await expect(running.exited).resolves.toBe(5)
  expect(heard.join('')).toBe('ready\nbye\n')
})

it('kills a program that will not end, and is gone with it', async () => {
  const running = await guarded('trap "" TERM; echo ready; while :; do sleep 0.05; done', 300)
  await new Promise(resolve => running.stdout!.once('data', resolve))
  const processes = withGuard(running.pid)
  await running.stop()
  await expect(running.exited).resolves.toBe(137)
  expect(alive(processes)).toEqual([])
})
