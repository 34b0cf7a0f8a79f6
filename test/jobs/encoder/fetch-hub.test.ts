import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { fetchHubModel, parseHubName } from '../../../jobs/encoder/fetch-hub.ts'
import { writeTinyEncoder } from '../../support/tiny-encoder.ts'

const COMMIT = 'c0ffee'
const dir = mkdtempSync(join(tmpdir(), 'nicr-hub-'))
let hub: Server
let endpoint: string
const asked: { path: string; token: string | undefined }[] = []

/** Speaks as the Hub does of one model, `team/tiny`; another is closed, and a third breaks off. */
beforeAll(async () => {
  const source = writeTinyEncoder(join(dir, 'source'), { words: { hello: [1] } })
  const files = [
    'config.json',
    'tokenizer.json',
    'tokenizer_config.json',
    'onnx/model.onnx',
    'flax_model.msgpack',
  ]
  hub = createServer((request, response) => {
    const path = request.url!.slice(1)
    asked.push({ path, token: request.headers.authorization })
    const [, name] = /^api\/models\/(.*)\/revision\//.exec(path) ?? []
    if (name === 'team/closed') return response.writeHead(401).end()
    if (name === 'team/busy') return response.writeHead(503).end()
    if (name === 'team/bare')
      return response.end(JSON.stringify({ sha: COMMIT, siblings: [{ rfilename: 'config.json' }] }))
    if (name !== undefined)
      return response.end(JSON.stringify({ sha: COMMIT, siblings: files.map(rfilename => ({ rfilename })) }))
    const [, of, file] = new RegExp(`^(team/\\w+)/resolve/${COMMIT}/(.*)$`).exec(path) ?? []
    if (of === 'team/broken' && file === 'onnx/model.onnx')
      return response.writeHead(200, { 'content-length': 1000 }).end('half', () => response.destroy())
    return response.end(readFileSync(join(source, file!)))
  })
  await new Promise<void>(resolve => hub.listen(0, '127.0.0.1', resolve))
  endpoint = `http://127.0.0.1:${(hub.address() as AddressInfo).port}`
})
afterAll(() => {
  hub.close()
  rmSync(dir, { recursive: true, force: true })
})

const fetchInto = (name: string, token: string | null = null) =>
  fetchHubModel({ name, revision: 'main' }, join(dir, 'got'), { endpoint, token })

describe('a model on the Hub', () => {
  it('is downloaded as far as it is needed, with the token, and its commit is told', async () => {
    expect(await fetchInto('team/tiny', 'secret')).toBe(`team/tiny@${COMMIT}`)
    const got = readdirSync(join(dir, 'got'), { recursive: true }).map(String)
    expect(got.toSorted()).toEqual(
      ['config.json', 'onnx', 'onnx/model.onnx', 'tokenizer.json', 'tokenizer_config.json'].toSorted(),
    )
    expect(asked.every(({ token }) => token === 'Bearer secret')).toBe(true)
  })

  it.each([
    ['team/closed', 'NICR_MODEL_NOT_FOUND', /HF_TOKEN/],
    ['team/bare', 'NICR_MODEL_NOT_FOUND', /lacks tokenizer\.json, a network as ONNX/],
    ['team/busy', 'NICR_HUB_UNAVAILABLE', /503/],
    ['team/broken', 'NICR_HUB_UNAVAILABLE', /broke off/],
  ])('says of %s what is wrong', async (name, code, message) => {
    await expect(fetchInto(name)).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('is named by hf:, and nothing else is', () => {
    expect(parseHubName('hf:team/tiny')).toEqual({ name: 'team/tiny', revision: 'main' })
    expect(parseHubName('hf:team/tiny@v2')).toEqual({ name: 'team/tiny', revision: 'v2' })
    expect(['team/tiny', './out'].map(parseHubName)).toEqual([null, null])
    expect(() => parseHubName('hf:tiny')).toThrow(/hf:OWNER\/NAME/)
  })
})
