import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readConfig } from '../../pipelines/config.ts'
import { type Images, openImages } from '../../pipelines/images/open-images.ts'
import { createStoredImages } from '../../pipelines/images/stored-images.ts'
import { noisy, redBlue } from '../support/pictures.ts'
import { keyOf } from './fake-parts.ts'
import { serveHttp } from './http-server.ts'

let folder: string
let images: Images
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'nicr-images-'))
})
afterEach(async () => {
  images.close()
  await rm(folder, { recursive: true })
})

async function serve(env: Record<string, string> = {}, uploadsMax = 16) {
  const config = readConfig({ NICR_DATA_DIR: folder, ...env })
  images = openImages(config.images)
  const stored = createStoredImages({ ...images, limits: config.images })
  const { app, get } = await serveHttp({
    env: { NICR_DATA_DIR: folder, ...env },
    limits: { uploadsMax },
    parts: { images: stored },
  })
  const upload = (
    payload: Buffer,
    type = 'application/octet-stream',
    role: Parameters<typeof keyOf>[0] = 'publish',
  ) =>
    app.inject({
      method: 'POST',
      url: '/v1/images',
      headers: { authorization: `Bearer ${keyOf(role)}`, 'content-type': type },
      payload,
    })
  const show = (url: string, role: Parameters<typeof keyOf>[0] = 'label') =>
    get(url, { 'x-api-key': keyOf(role) })
  return { app, upload, show }
}

describe('POST /v1/images', () => {
  it('stores an image without its metadata, once for the same file', async () => {
    const { upload } = await serve()
    const bytes = await redBlue(40, 20)
      .withExif({ IFD0: { Artist: 'the author' } })
      .jpeg()
      .toBuffer()
    const answer = await upload(bytes, 'image/png')
    expect(answer.statusCode).toBe(201)
    const { ref, sha256, ...rest } = answer.json()
    expect(ref).toBe(`blob:${sha256}`)
    expect(rest).toEqual({ mimeType: 'image/jpeg', width: 40, height: 20 })
    expect((await upload(bytes)).json()).toEqual(answer.json())
    const stored = Buffer.from(await images.fetcher.fetch({ ref, sha256 }))
    expect(stored.toString('latin1')).not.toContain('the author')
    expect((await upload(stored)).json().ref).toBe(ref)
  })

  it.each<[string, number, () => Buffer | Promise<Buffer>]>([
    ['NICR_IMAGE_UNREADABLE', 422, () => Buffer.alloc(0)],
    ['NICR_IMAGE_UNREADABLE', 422, () => Buffer.from('no picture')],
    ['NICR_IMAGE_TYPE_UNSUPPORTED', 415, () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    ['NICR_IMAGE_TOO_LARGE', 413, () => noisy(101, 100).png({ palette: true, colours: 2 }).toBuffer()],
    ['NICR_BODY_TOO_LARGE', 413, () => Buffer.alloc(20_001)],
  ])('refuses with %s (%i)', async (code, status, make) => {
    const { upload } = await serve({ NICR_IMAGE_BYTES: '20000', NICR_IMAGE_PIXELS: '10000' })
    const answer = await upload(await make())
    expect(answer.json()).toMatchObject({ code, status })
  })

  it('takes files only, from those who publish', async () => {
    const { upload, app } = await serve()
    expect((await upload(Buffer.from('{}'), 'application/json')).json().code).toBe(
      'NICR_IMAGE_TYPE_UNSUPPORTED',
    )
    expect((await upload(await redBlue(4, 4).png().toBuffer(), 'image/png', 'read')).statusCode).toBe(403)
    // The parser for files is this route's alone.
    const other = await app.inject({
      method: 'POST',
      url: '/v1/content',
      headers: { authorization: `Bearer ${keyOf('publish')}`, 'content-type': 'image/png' },
      payload: 'x',
    })
    expect(other.json().code).toBe('NICR_MEDIA_TYPE_UNSUPPORTED')
  })

  it('takes a bounded number at once, and more once they are done', async () => {
    const { upload } = await serve({}, 2)
    const bytes = await noisy(300, 300).png().toBuffer()
    const answers = await Promise.all([1, 2, 3, 4].map(() => upload(bytes)))
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([201, 201, 429, 429])
    expect((await upload(bytes)).statusCode).toBe(201)
  })
})

describe('GET /v1/images', () => {
  it('shows a stored image to taggers, small, turned, without metadata, and not to be sniffed', async () => {
    const { upload, show } = await serve()
    const bytes = await redBlue(3000, 1500).withMetadata({ orientation: 6 }).png().toBuffer()
    const { sha256 } = (await upload(bytes)).json()
    const answer = await show(`/v1/images/${sha256}`)
    expect(answer.statusCode).toBe(200)
    expect(answer.headers).toMatchObject({
      'content-type': 'image/jpeg',
      'cache-control': 'private, max-age=3600',
      'x-content-type-options': 'nosniff',
    })
    const shown = await sharp(answer.rawPayload).metadata()
    expect(shown).toMatchObject({ format: 'jpeg', width: 512, height: 1024 })
    expect([shown.exif, shown.orientation]).toEqual([undefined, undefined])
    for (const role of ['moderate', 'admin'] as const)
      expect((await show(`/v1/images/${sha256}`, role)).statusCode).toBe(200)
    for (const role of ['publish', 'read'] as const)
      expect((await show(`/v1/images/${sha256}`, role)).statusCode).toBe(403)
  })

  it('shows an image by any reference that content may have', async () => {
    const { show } = await serve()
    const bytes = await redBlue(8, 4).png().toBuffer()
    const ref = encodeURIComponent(`data:image/png;base64,${bytes.toString('base64')}`)
    const answer = await show(`/v1/images?ref=${ref}`)
    expect(await sharp(answer.rawPayload).metadata()).toMatchObject({ format: 'jpeg', width: 8, height: 4 })
  })

  it.each([
    ['NICR_IMAGE_NOT_FOUND', 404, `/v1/images/${'0'.repeat(64)}`],
    ['NICR_IMAGE_REF_INVALID', 400, '/v1/images/..%2Fkeys.json'],
    ['NICR_REQUEST_INVALID', 400, '/v1/images'],
    ['NICR_IMAGE_REF_INVALID', 400, '/v1/images?ref=file:///etc/passwd'],
    ['NICR_IMAGE_HOST_REFUSED', 403, '/v1/images?ref=https://169.254.169.254/latest/meta-data'],
    ['NICR_IMAGE_UNREADABLE', 422, '/v1/images?ref=data:,text'],
  ])('%s (%i): %s', async (code, status, url) => {
    const { show } = await serve()
    expect((await show(url)).json()).toMatchObject({ code, status })
  })
})
