import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { type OwnNicr, startOwnNicr } from '../support/own-nicr.ts'
import { aDriftReport } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'

/** `nicr process request-retrain` as operators run it: said only, then in earnest, on the same state. */
describe.skipIf(stackMissing() !== null)('nicr process request-retrain', () => {
  let nicr: OwnNicr
  let child: ChildProcess | null = null
  let log = ''
  beforeAll(async () => {
    nicr = await startOwnNicr()
  })
  afterAll(async () => {
    child?.kill('SIGKILL')
    await nicr?.close()
  })

  it('only says requests in a dry run, and writes them once it is over', async () => {
    start({ NICR_RETRAIN_DRY_RUN: 'true' })
    await report('first')
    await until('the request is said', () => log.includes('dry run: a retrain request would be written'))
    const line = log.split('\n').find(one => one.includes('dry run'))
    expect(JSON.parse(line ?? '')).toMatchObject({
      kind: 'niceness',
      policy: 'drift',
      evidence: [{ ref: 'first', feature: 'score' }],
    })
    await stop()
    expect(await nicr.read('retrain-requests')).toEqual([])

    start({})
    await report('second')
    await until('it is written', async () => (await nicr.read('retrain-requests')).length > 0)
    await stop()
    const requests = await nicr.read('retrain-requests')
    expect(requests.map(({ evidence }) => evidence.map(({ ref }) => ref))).toEqual([['second']])
  })

  async function report(id: string): Promise<void> {
    const value = aDriftReport({ id, feature: 'score', effect: 0.6 })
    await nicr.publisher.publish('drift-reports', [{ key: value.kind, value }])
  }

  function start(env: Readonly<Record<string, string>>): void {
    log = ''
    child = spawn(process.execPath, [packagePath('bin', 'nicr.js'), 'process', 'request-retrain'], {
      env: { PATH: process.env['PATH'] ?? '', ...nicr.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text
    })
  }

  async function stop(): Promise<void> {
    child?.kill('SIGTERM')
    const [status] = await once(child!, 'exit')
    expect(status).toBe(0)
  }
})
