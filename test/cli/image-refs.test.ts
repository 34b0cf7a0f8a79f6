import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createImageRefs } from '../../cli/image-refs.ts'
import { readConfig } from '../../pipelines/config.ts'
import { openImages } from '../../pipelines/images/open-images.ts'
import { noisy, redBlue } from '../support/pictures.ts'

let folder: string
let server: Server
let url: string
let answer: { status: number; body: string }
const uploads: { key: string | undefined; bytes: Buffer }[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nicr-refs-'))
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    uploads.push({ key: request.headers.authorization, bytes: Buffer.concat(chunks) })
    response.writeHead(answer.status).end(answer.body)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  await new Promise(resolve => server.close(resolve))
  await rm(folder, { recursive: true })
})

const config = () => readConfig({ NICR_DATA_DIR: folder, NICR_IMAGE_BYTES: '1000000' }).images
const large = () =>
  noisy(400, 300)
    .withExif({ IFD0: { Artist: 'the author' } })
    .png()
    .toBuffer()

async function fileOf(name: string, bytes: Buffer): Promise<string> {
  await writeFile(join(folder, name), bytes)
  return join(folder, name)
}

describe('references of files', () => {
  it('hold a small image themselves, by its content’s type and without its metadata', async () => {
    const bytes = await redBlue(40, 20)
      .withExif({ IFD0: { Artist: 'the author' } })
      .jpeg()
      .toBuffer()
    const refs = createImageRefs(config(), { server: null, key: null })
    const { ref, mimeType } = await refs.refOf(await fileOf('named.png', bytes))
    expect(mimeType).toBe('image/jpeg')
    const fetched = Buffer.from(await openImages(config()).fetcher.fetch({ ref }))
    expect(fetched.subarray(0, 2)).toEqual(bytes.subarray(0, 2))
    expect(fetched.toString('latin1')).not.toContain('the author')
  })

  it('are what the server answers for a large one', async () => {
    const bytes = await large()
    answer = {
      status: 201,
      body: '{"ref":"blob:x","sha256":"x","mimeType":"image/png","width":1,"height":1}',
    }
    const refs = createImageRefs(config(), { server: url, key: 'a-key' })
    expect(await refs.refOf(await fileOf('large.png', bytes))).toEqual({
      ref: 'blob:x',
      sha256: 'x',
      mimeType: 'image/png',
    })
    expect(uploads.at(-1)).toEqual({ key: 'Bearer a-key', bytes })
  })

  it('say what the server refused, and where another server answers', async () => {
    const path = await fileOf('large.png', await large())
    const refs = createImageRefs(config(), { server: url, key: 'a-key' })
    answer = { status: 403, body: '{"code":"NICR_ROLE_MISSING","detail":"this needs the role publish"}' }
    await expect(refs.refOf(path)).rejects.toMatchObject({ code: 'NICR_ROLE_MISSING' })
    answer = { status: 200, body: '<html>' }
    await expect(refs.refOf(path)).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
  })

  it.each([
    ['no server is known', { server: null, key: null }],
    ['none answers', { server: 'http://127.0.0.1:9', key: 'a-key' }],
  ])('lead into the store where %s', async (_name, addresses) => {
    const refs = createImageRefs(config(), addresses)
    const { ref, sha256 } = await refs.refOf(await fileOf('large.png', await large()))
    refs.close()
    expect(ref).toBe(`blob:${sha256}`)
    const stored = Buffer.from(await openImages(config()).fetcher.fetch({ ref, sha256 }))
    expect(stored.toString('latin1')).not.toContain('the author')
  })

  it.each<[string, () => Buffer | Promise<Buffer>]>([
    ['NICR_IMAGE_UNREADABLE', () => Buffer.alloc(0)],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', () => Buffer.from('<svg/>')],
    ['NICR_IMAGE_UNREADABLE', async () => (await large()).subarray(0, 70_000)],
    ['NICR_IMAGE_TOO_LARGE', () => Buffer.alloc(1_000_001)],
  ])('are refused with %s', async (code, make) => {
    const refs = createImageRefs(config(), { server: null, key: null })
    await expect(refs.refOf(await fileOf('bad.png', await make()))).rejects.toMatchObject({ code })
  })

  it('say that a file is missing', async () => {
    const refs = createImageRefs(config(), { server: null, key: null })
    await expect(refs.refOf(join(folder, 'none.png'))).rejects.toMatchObject({ code: 'NICR_FILE_UNREADABLE' })
  })
})
