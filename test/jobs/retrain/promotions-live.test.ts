import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { followChampions, startProcessing } from '../../../cli/services.ts'
import { type Serving, startServing } from '../../../cli/serving.ts'
import { openKeyStore } from '../../../serving/keys.ts'
import { aPromotion, copyVersion } from '../../support/model-versions.ts'
import { type OwnNicr, startOwnNicr } from '../../support/own-nicr.ts'
import { openOwnServices } from '../../support/own-services.ts'
import { aContent } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** A hundred promotions on real Kafka, under people who type and a stream that is scored. */

const PROMOTIONS = 100
const SOCKETS = 20
const KEY = 'nicr_test-key-of-a-hundred-promotions'

describe.skipIf(stackMissing() !== null)('a hundred promotions', () => {
  let nicr: OwnNicr
  let serving: Serving
  let dataDir: string
  const digests: Record<string, string> = {}
  const undo: (() => Promise<unknown>)[] = []
  const sockets: { readonly socket: WebSocket; readonly versions: string[]; closed: boolean }[] = []

  beforeAll(async () => {
    nicr = await startOwnNicr()
    dataDir = await mkdtemp(join(tmpdir(), 'nicr-hundred-'))
    for (const version of ['71', '72'])
      digests[version] = await copyVersion(join(dataDir, 'models'), 'niceness', version)
    const { server, access } = nicr.config
    const config = {
      ...nicr.config,
      dataDir,
      server: { ...server, port: 0 },
      access: { ...access, keysFile: join(dataDir, 'keys.json') },
    }
    const services = openOwnServices(nicr, config)
    undo.push(() => services.close())
    const champions = await followChampions(services, { challengers: true })
    undo.push(() => champions.close())
    const onFailed = (name: string, error: unknown) => console.error(name, error)
    const processing = await startProcessing(services, champions, { names: ['score-niceness'], onFailed })
    undo.push(() => processing.stop())
    serving = await startServing(services, {
      lookWithin: () => Promise.reject(new Error('no picture is sent here')),
      champions,
      keys: openKeyStore({ keysFile: config.access.keysFile, devKey: KEY }),
      processing,
      onFailed: error => onFailed('live', error),
    })
    undo.push(() => serving.stop())
    for (let i = 0; i < SOCKETS; i++) sockets.push(await open())
  }, 90_000)

  afterAll(async () => {
    for (const { socket } of sockets) socket.terminate()
    for (const step of undo.reverse()) await step()
    await nicr?.close()
    if (dataDir) await rm(dataDir, { recursive: true, force: true })
  })

  it('close no socket, stop no scoring, and each is the version of the next draft', async () => {
    let previous: string | null = null
    let seq = 0
    let content = 0
    for (let i = 0; i < PROMOTIONS; i++) {
      const version = i % 2 === 0 ? '71' : '72'
      const value = aPromotion({ version, previous, digest: digests[version]!, at: Date.now() })
      await nicr.publisher.publish('model-promotions', [{ key: 'niceness', value }])
      previous = version
      const post = aContent({ id: `c${content++}`, at: Date.now() })
      await nicr.publisher.publish('content', [{ key: post.id, value: post }])
      const { socket, versions } = sockets[i % SOCKETS]!
      await until(`drafts are scored by the promotion ${i}`, async () => {
        socket.send(JSON.stringify({ type: 'draft', id: 'd', seq: ++seq, text: `thank you ${seq}` }))
        return versions.at(-1) === version
      })
    }
    await until('every post has its score', async () => {
      const scored = new Set((await nicr.read('scores')).map(({ contentId }) => contentId))
      return scored.size === PROMOTIONS
    })
    const scores = await nicr.read('scores')
    expect(scores).toHaveLength(PROMOTIONS)
    expect(new Set(scores.map(({ modelVersion }) => modelVersion)).size).toBeGreaterThan(1)
    expect(sockets.filter(({ closed }) => closed)).toEqual([])
    expect(sockets.every(({ socket }) => socket.readyState === WebSocket.OPEN)).toBe(true)
  }, 120_000)

  async function open() {
    const socket = new WebSocket(`${serving.url.replace('http', 'ws')}/v1/live`, 'nicr.v1', {
      headers: { 'X-API-Key': KEY },
    })
    const opened = { socket, versions: [] as string[], closed: false }
    socket.on('close', () => {
      opened.closed = true
    })
    socket.on('message', data => {
      const frame = JSON.parse(String(data)) as { type: string; model?: { niceness?: string } | string }
      if (frame.type === 'draft-score') opened.versions.push(versionIn(frame.model))
    })
    await new Promise((resolve, reject) => {
      socket.once('open', resolve)
      socket.once('error', reject)
    })
    return opened
  }
})

function versionIn(model: unknown): string {
  return (
    /(\d+)$/.exec(typeof model === 'string' ? model : JSON.stringify(model))?.[1] ?? JSON.stringify(model)
  )
}
