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

const guarded = (script: string, graceMs: number, onStdout: (chunk: Buffer) => void = () => {}) =>
  spawnGuarded({ name: 'test', command: ['/bin/sh', '-c', script], cwd, logFd: log, graceMs, onStdout })

/** The first that a listener is called with, and all of it. */
function hearing() {
  const heard: string[] = []
  let begin = () => {}
  const begun = new Promise<void>(resolve => {
    begin = resolve
  })
  const listener = (chunk: Buffer) => {
    heard.push(String(chunk))
    begin()
  }
  return { begun, listener, text: () => heard.join('') }
}

it('passes on how a program ended', async () => {
  const running = await guarded('exit 3', 1_000)
  await expect(running.exited).resolves.toBe(3)
  await running.stop()
})

it('loses no output of a program that ended before anybody asked', async () => {
  const stdout = hearing()
  const running = await guarded('echo first; echo last', 1_000, stdout.listener)
  await running.exited
  expect(stdout.text()).toBe('first\nlast\n')
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
  const stdout = hearing()
  const running = await guarded(
    'trap "echo bye; exit 5" TERM; echo ready; while :; do sleep 0.05; done',
    10_000,
    stdout.listener,
  )
  await stdout.begun
  await running.stop()
  await expect(running.exited).resolves.toBe(5)
  expect(stdout.text()).toBe('ready\nbye\n')
})

it('kills a program that will not end, and is gone with it', async () => {
  const stdout = hearing()
  const running = await guarded(
    'trap "" TERM; echo ready; while :; do sleep 0.05; done',
    300,
    stdout.listener,
  )
  await stdout.begun
  const processes = withGuard(running.pid)
  await running.stop()
  await expect(running.exited).resolves.toBe(137)
  expect(alive(processes)).toEqual([])
})
