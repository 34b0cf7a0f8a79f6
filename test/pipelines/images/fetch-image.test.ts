import { Agent, createServer, type RequestListener, request, type Server } from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { sha256Of } from '../../../pipelines/images/blob-store.ts'
import type { Network } from '../../../pipelines/images/fetch-https.ts'
import {
  createImageFetcher,
  type FetcherParts,
  type ImageFetcher,
} from '../../../pipelines/images/fetch-image.ts'
import { isPublicAddress } from '../../../pipelines/images/public-address.ts'
import { isTransient } from '../../../pipelines/images/transient-error.ts'
import type { NicrError } from '../../../schemas/errors.ts'

const picture = Buffer.from('the bytes of a picture')
const BYTES_MAX = 1000

/** What the server does at each path; a test may add its own. */
const paths: Record<string, RequestListener> = {
  '/picture': (_request, response) => void response.end(picture),
  '/missing': (_request, response) => void response.writeHead(404).end(),
  '/forbidden': (_request, response) => void response.writeHead(403).end(),
  '/failing': (_request, response) => void response.writeHead(503).end(),
  '/large': (_request, response) => void response.end(Buffer.alloc(BYTES_MAX + 1)),
  '/large-unsaid': (_request, response) => {
    response.write(Buffer.alloc(BYTES_MAX))
    response.end(Buffer.alloc(BYTES_MAX))
  },
  '/cut': (_request, response) => {
    response.writeHead(200, { 'content-length': 100 })
    response.write('x', () => response.destroy())
  },
  '/drip': (_request, response) => {
    const timer = setInterval(() => response.write('x'), 5)
    response.on('close', () => clearInterval(timer))
  },
  '/silent': () => undefined,
  '/gzip': (_request, response) => void response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
  '/to-picture': (_request, response) => void response.writeHead(302, { location: '/picture' }).end(),
  '/round': (_request, response) => void response.writeHead(302, { location: '/round' }).end(),
  '/to-inside': (_request, response) =>
    void response.writeHead(302, { location: `https://inside.example.org:${port}/picture` }).end(),
  '/to-elsewhere': (_request, response) =>
    void response.writeHead(302, { location: 'https://elsewhere.example.com/' }).end(),
  '/to-http': (_request, response) =>
    void response.writeHead(302, { location: `http://cdn.example.org:${port}/picture` }).end(),
  '/to-metadata': (_request, response) =>
    void response.writeHead(302, { location: 'https://169.254.169.254/latest' }).end(),
}

const asked: string[] = []
let server: Server
let port = 0
beforeAll(async () => {
  server = createServer((incoming, response) => {
    asked.push(incoming.url!)
    paths[incoming.url!]!(incoming, response)
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})
afterAll(
  () =>
    new Promise<void>(resolve => {
      server.close(() => resolve())
      server.closeAllConnections()
    }),
)

/** Every name leads to this machine by plain HTTP, which counts as public; `inside` is the network's own. */
const here: Network = {
  resolve: async hostname =>
    hostname.startsWith('inside.')
      ? [
          { address: '127.0.0.1', family: 4 },
          { address: '10.0.0.1', family: 4 },
        ]
      : [{ address: '127.0.0.1', family: 4 }],
  isAllowed: address => address === '127.0.0.1' || isPublicAddress(address),
  request,
  createAgent: options => new Agent(options) as HttpsAgent,
}

const open: ImageFetcher[] = []
afterEach(() => {
  for (const fetcher of open.splice(0)) fetcher.close()
  asked.length = 0
})

function fetcherOf(parts: Partial<FetcherParts> = {}): ImageFetcher {
  const fetcher = createImageFetcher({
    blobs: {
      put: async () => '',
      get: async sha256 => (sha256 === sha256Of(picture) ? picture : sha256 === BAD ? picture : null),
      remove: async () => undefined,
      sweep: async () => 0,
    },
    objects: {
      read: async (_bucket, key) => (key === 'a/picture.png' ? picture : null),
      write: async () => undefined,
      remove: async () => undefined,
      close: () => undefined,
    },
    hosts: [`cdn.example.org:${port}`, `*.example.org:${port}`, '169.254.169.254', '[::1]', 'localhost'],
    buckets: ['pictures'],
    bytesMax: BYTES_MAX,
    pause: async () => undefined,
    random: () => 0.5,
    network: here,
    ...parts,
  })
  open.push(fetcher)
  return fetcher
}

const BAD = '0'.repeat(64)
const at = (path: string) => `https://cdn.example.org:${port}${path}`
const fetched = async (ref: string, sha256?: string) =>
  Buffer.from(await fetcherOf().fetch({ ref, ...(sha256 === undefined ? {} : { sha256 }) }))
const failure = async (ref: string, parts?: Partial<FetcherParts>): Promise<NicrError> =>
  fetcherOf(parts)
    .fetch({ ref })
    .then(
      () => expect.fail('it was fetched'),
      (error: unknown) => error as NicrError,
    )

describe('fetching an image', () => {
  it('takes blobs, objects of allowed buckets, data and what allowed hosts answer', async () => {
    expect(await fetched(`blob:${sha256Of(picture)}`)).toEqual(picture)
    expect(await fetched('s3://pictures/a/picture.png')).toEqual(picture)
    expect(await fetched(`data:image/png;base64,${picture.toString('base64')}`)).toEqual(picture)
    expect(await fetched('data:,the%20bytes%20of%20a%20picture')).toEqual(picture)
    expect(await fetched(at('/picture'), sha256Of(picture))).toEqual(picture)
    expect(await fetched(at('/to-picture'))).toEqual(picture)
    expect(await fetched(`https://a.b.example.org:${port}/picture`)).toEqual(picture)
  })

  it.each([
    ['NICR_IMAGE_REF_INVALID', 'ftp://cdn.example.org/picture'],
    ['NICR_IMAGE_REF_INVALID', 'picture.png'],
    ['NICR_IMAGE_REF_INVALID', 'http://cdn.example.org/picture'],
    ['NICR_IMAGE_REF_INVALID', 'file:///etc/passwd'],
    ['NICR_IMAGE_REF_INVALID', 'https://'],
    ['NICR_IMAGE_REF_INVALID', 'https://user:secret@cdn.example.org/'],
    ['NICR_IMAGE_REF_INVALID', 'data:image/png;base64,@@@@'],
    ['NICR_IMAGE_REF_INVALID', 'data:image/png,%zz'],
    ['NICR_IMAGE_REF_INVALID', 'data:image/png'],
    ['NICR_IMAGE_REF_INVALID', 's3://pictures'],
    ['NICR_IMAGE_TOO_LARGE', `data:,${'x'.repeat(1001)}`],
    ['NICR_IMAGE_TOO_LARGE', `data:,${'x'.repeat(2_000_000)}`],
    ['NICR_IMAGE_HOST_REFUSED', 's3://others/a/picture.png'],
    ['NICR_IMAGE_NOT_FOUND', 's3://pictures/b'],
    ['NICR_IMAGE_NOT_FOUND', `blob:${'1'.repeat(64)}`],
    ['NICR_IMAGE_DIGEST_MISMATCH', `blob:${BAD}`],
    ['NICR_IMAGE_HOST_REFUSED', 'https://elsewhere.example.com/picture'],
    ['NICR_IMAGE_HOST_REFUSED', 'https://cdn.example.org/another-port'],
    ['NICR_IMAGE_HOST_REFUSED', 'https://example.org/not-below-it'],
    ['NICR_IMAGE_HOST_REFUSED', 'https://evil-example.org/'],
  ])('%s: %.60s', async (code, ref) => {
    const error = await failure(ref)
    expect(error).toMatchObject({ code })
    expect(isTransient(error)).toBe(false)
    expect(asked).toEqual([])
  })

  it.each([
    ['NICR_IMAGE_NOT_FOUND', '/missing', 1],
    ['NICR_IMAGE_FETCH_FAILED', '/forbidden', 1],
    ['NICR_IMAGE_FETCH_FAILED', '/failing', 3],
    ['NICR_IMAGE_FETCH_FAILED', '/cut', 3],
    ['NICR_IMAGE_FETCH_FAILED', '/gzip', 1],
    ['NICR_IMAGE_FETCH_FAILED', '/round', 4],
    ['NICR_IMAGE_TOO_LARGE', '/large', 1],
    ['NICR_IMAGE_TOO_LARGE', '/large-unsaid', 1],
    ['NICR_IMAGE_HOST_REFUSED', '/to-inside', 1],
    ['NICR_IMAGE_HOST_REFUSED', '/to-elsewhere', 1],
    ['NICR_IMAGE_HOST_REFUSED', '/to-http', 1],
    ['NICR_IMAGE_HOST_REFUSED', '/to-metadata', 1],
  ])('%s: %s, asked %i times', async (code, path, times) => {
    const error = await failure(at(path))
    expect(error).toMatchObject({ code })
    expect(asked).toHaveLength(times)
    expect(isTransient(error)).toBe(path === '/failing' || path === '/cut')
  })

  it('tries again what may pass, after longer and longer pauses', async () => {
    let tries = 0
    paths['/better-soon'] = (_request, response) =>
      void (++tries < 3 ? response.writeHead(500).end() : response.end(picture))
    const pauses: number[] = []
    const fetcher = fetcherOf({ pause: async ms => pauses.push(ms) })
    expect(Buffer.from(await fetcher.fetch({ ref: at('/better-soon') }))).toEqual(picture)
    expect(pauses).toEqual([250, 500])
  })

  it.each(['/drip', '/silent'])('gives up on a host that takes too long: %s', async path => {
    const error = await failure(at(path), { timeoutMs: 100, bytesMax: 1_000_000 })
    expect(error).toMatchObject({ code: 'NICR_IMAGE_TIMEOUT' })
    expect(isTransient(error)).toBe(true)
    expect(asked).toHaveLength(1)
  })

  it('stops when the caller does', async () => {
    const controller = new AbortController()
    const fetching = fetcherOf().fetch({ ref: at('/silent') }, { signal: controller.signal })
    controller.abort(new Error('not needed any more'))
    await expect(fetching).rejects.toThrow('not needed any more')
  })

  it('finds out that the image is another than was said', async () => {
    await expect(fetched(at('/picture'), BAD)).rejects.toMatchObject({ code: 'NICR_IMAGE_DIGEST_MISMATCH' })
  })

  it('refuses a host that leads inside, also where only the second look-up does', async () => {
    expect(await failure(`https://inside.example.org:${port}/picture`)).toMatchObject({
      code: 'NICR_IMAGE_HOST_REFUSED',
    })
    let lookups = 0
    const rebinding: Network = {
      ...here,
      resolve: async () => [{ address: ++lookups === 1 ? '127.0.0.1' : '10.0.0.1', family: 4 }],
      createAgent: options => new Agent({ ...options, keepAlive: false }) as HttpsAgent,
    }
    const fetcher = fetcherOf({ network: rebinding })
    expect(Buffer.from(await fetcher.fetch({ ref: at('/picture') }))).toEqual(picture)
    await expect(fetcher.fetch({ ref: at('/picture') })).rejects.toMatchObject({
      code: 'NICR_IMAGE_HOST_REFUSED',
    })
    expect(asked).toEqual(['/picture'])
  })

  it.each([
    'https://2852039166/',
    'https://0xa9fea9fe/',
    'https://0251.0376.0251.0376/',
    'https://169.254.43518/',
    'https://[::1]/',
  ])('knows an address in any form, though it is allowed by name: %s', async ref => {
    const error = await failure(ref)
    expect(error.code).toBe('NICR_IMAGE_HOST_REFUSED')
    expect(error.message).toContain('not public')
  })

  it('reaches nothing of this machine where nothing is injected', async () => {
    const { network: _, ...parts } = { network: null }
    const fetcher = createImageFetcher({
      blobs: {
        put: async () => '',
        get: async () => null,
        remove: async () => undefined,
        sweep: async () => 0,
      },
      objects: {
        read: async () => null,
        write: async () => undefined,
        remove: async () => undefined,
        close: () => undefined,
      },
      hosts: [`localhost:${port}`],
      buckets: [],
      bytesMax: BYTES_MAX,
      ...parts,
    })
    open.push(fetcher)
    await expect(fetcher.fetch({ ref: `https://localhost:${port}/picture` })).rejects.toMatchObject({
      code: 'NICR_IMAGE_HOST_REFUSED',
    })
    expect(asked).toEqual([])
  })
})

describe('public addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2001::1',
    '2002:7f00:1::',
    '2001:db8::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'ff02::1',
    'no address',
  ])('%s is none', address => expect(isPublicAddress(address)).toBe(false))

  it.each(['8.8.8.8', '100.63.255.255', '172.32.0.1', '2606:4700::1111', '2a00:1450::1'])(
    '%s is one',
    address => expect(isPublicAddress(address)).toBe(true),
  )
})
