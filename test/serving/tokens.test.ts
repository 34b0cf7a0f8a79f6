import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { serveHttp } from './http-server.ts'

/** An identity provider of our own: it publishes one key, counts who asks for it, and can be out of order. */
const issuer = 'https://login.example'
const audience = 'nicr'
type PrivateKey = Awaited<ReturnType<typeof generateKeyPair>>['privateKey']
let privateKey: PrivateKey
let jwksUrl: string
let fetches = 0
let answers: 'KEYS' | 'FAILURE' | 'FLOOD' = 'KEYS'

const provider = createServer(async (_request, response) => {
  fetches++
  if (answers === 'FAILURE') return void response.writeHead(500).end('down')
  if (answers === 'FLOOD') return void response.end(`${' '.repeat(300_000)}${jwks}`)
  response.setHeader('content-type', 'application/json').end(jwks)
})
let jwks: string

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  privateKey = pair.privateKey
  jwks = JSON.stringify({ keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'k1', alg: 'ES256' }] })
  await new Promise<void>(resolve => provider.listen(0, '127.0.0.1', resolve))
  jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/jwks`
})
afterAll(() => new Promise(resolve => provider.close(resolve)))
beforeEach(() => {
  fetches = 0
  answers = 'KEYS'
})

const claims = { sub: 'ann', iss: issuer, aud: audience, roles: ['read'] }

function sign(payload: JWTPayload, { key = privateKey, kid = 'k1', endsIn = 600 } = {}): Promise<string> {
  const seconds = Math.floor(Date.now() / 1000)
  return new SignJWT({ iat: seconds, exp: seconds + endsIn, ...payload })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign(key)
}

async function serveTokens(env: Record<string, string> = {}, options: Parameters<typeof serveHttp>[0] = {}) {
  const all = { NICR_JWKS_URL: jwksUrl, NICR_JWT_ISSUER: issuer, NICR_JWT_AUDIENCE: audience, ...env }
  const served = await serveHttp({ ...options, env: all })
  const ask = (token: string) => served.get('/v1/models', { authorization: `Bearer ${token}` })
  return { ...served, ask }
}

describe('tokens of an identity provider', () => {
  it('are taken with the roles they claim, and no others', async () => {
    const { ask } = await serveTokens()
    expect((await ask(await sign(claims))).statusCode).toBe(200)
    expect((await ask(await sign({ ...claims, sub: 'b', roles: 'moderate other' }))).statusCode).toBe(200)
    const none = await ask(await sign({ ...claims, sub: 'c', roles: ['reader', 5] }))
    expect(none.json()).toMatchObject({ status: 403, code: 'NICR_ROLE_MISSING' })
  })

  it.each<[name: string, token: () => Promise<string>]>([
    ['another issuer', () => sign({ ...claims, iss: 'https://evil.example' })],
    ['another audience', () => sign({ ...claims, aud: 'other' })],
    ['an end in the past', () => sign(claims, { endsIn: -60 })],
    ['a beginning in the future', () => sign({ ...claims, nbf: Math.floor(Date.now() / 1000) + 600 })],
    [
      'no end',
      async () => new SignJWT(claims).setProtectedHeader({ alg: 'ES256', kid: 'k1' }).sign(privateKey),
    ],
    ['nobody it is about', () => sign({ iss: issuer, aud: audience, roles: ['read'] })],
    ['another key', async () => sign(claims, { key: (await generateKeyPair('ES256')).privateKey })],
    ['a key that is not there', () => sign(claims, { kid: 'k2' })],
    [
      'a shared secret',
      async () =>
        new SignJWT({ ...claims, exp: 9e9 })
          .setProtectedHeader({ alg: 'HS256', kid: 'k1' })
          .sign(Buffer.from(jwks)),
    ],
    ['no signature', async () => `${encode({ alg: 'none' })}.${encode({ ...claims, exp: 9e9 })}.`],
    [
      'claims that were altered',
      async () => {
        const [head, , mac] = (await sign(claims)).split('.')
        return `${head}.${encode({ ...claims, roles: ['admin'], exp: 9e9 })}.${mac}`
      },
    ],
    ['nothing in it', async () => '..'],
  ])('are refused with %s', async (_name, token) => {
    const { ask, parts } = await serveTokens()
    const shown = await token()
    expect((await ask(shown)).json()).toMatchObject({ status: 401, code: 'NICR_TOKEN_INVALID' })
    const log = parts.logLines.join('\n')
    expect(log).toContain('credential-refused')
    if (shown.length > 10) expect(log).not.toContain(shown)
  })

  it('may be off by the clock’s tolerance, and end also while they are remembered', async () => {
    let ahead = 0
    const { ask } = await serveTokens({}, { now: () => Date.now() + ahead })
    expect((await ask(await sign(claims, { endsIn: -10 }))).statusCode).toBe(200)
    const token = await sign({ ...claims, sub: 'b' }, { endsIn: 40 })
    expect((await ask(token)).statusCode).toBe(200)
    ahead = 80_000
    expect((await ask(token)).json().code).toBe('NICR_TOKEN_INVALID')
  })

  it('cost one look at the provider, whatever keys they name', async () => {
    const { ask } = await serveTokens()
    const wrong = await Promise.all(Array.from({ length: 20 }, (_, i) => sign(claims, { kid: `k${i + 2}` })))
    for (const token of wrong) await ask(token)
    expect((await ask(await sign(claims))).statusCode).toBe(200)
    expect(fetches).toBe(1)
  })

  it.each(['FAILURE', 'FLOOD'] as const)(
    'cannot be checked at a provider in %s, while keys go on',
    async how => {
      answers = how
      const { ask, get } = await serveTokens()
      expect((await ask(await sign(claims))).json()).toMatchObject({
        status: 503,
        code: 'NICR_TOKEN_KEYS_UNAVAILABLE',
      })
      expect((await get('/v1/models')).statusCode).toBe(200)
      answers = 'KEYS'
      expect((await ask(await sign(claims))).statusCode).toBe(200)
    },
  )

  it('are bound to the author of a claim where one is named, with the tickets they make', async () => {
    const { post, ask } = await serveTokens({ NICR_JWT_AUTHOR_CLAIM: 'forum_user' })
    expect((await ask(await sign(claims))).json().code).toBe('NICR_TOKEN_INVALID')
    const token = await sign({ ...claims, roles: ['read', 'publish'], forum_user: 'ann' })
    const headers = { authorization: `Bearer ${token}` }
    const vote = (voter: string) => post('/v1/votes', { contentId: 'c', voter, value: 1 }, headers)
    expect((await vote('ann')).statusCode).toBe(202)
    expect((await vote('bob')).json().code).toBe('NICR_ROLE_MISSING')
    expect((await post('/v1/tickets', { author: 'bob' }, headers)).json().code).toBe('NICR_ROLE_MISSING')
    const { ticket } = (await post('/v1/tickets', { author: 'ann' }, headers)).json() as { ticket: string }
    expect((await ask(ticket)).statusCode).toBe(200)
  })

  it('are not taken where no provider is configured', async () => {
    const { get } = await serveHttp()
    const answer = await get('/v1/models', { authorization: `Bearer ${await sign(claims)}` })
    expect(answer.json()).toMatchObject({ status: 401, code: 'NICR_TOKEN_INVALID' })
    expect(fetches).toBe(0)
  })
})

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
