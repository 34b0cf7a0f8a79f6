import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { createKey, revokeKey } from '../../serving/key-file.ts'
import { openKeyStore } from '../../serving/keys.ts'
import { closed, open, serveLive } from './live-server.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'nicr-revocation-'))
afterEach(() => rmSync(dataDir, { recursive: true }))

it('a key that is revoked ends with its tickets and its sockets under a running server; others stay', async () => {
  const keysFile = join(dataDir, 'keys.json')
  const make = (name: string) =>
    createKey({ keysFile, name, roles: ['read'], by: 'ops', now: Date.now() }).key
  const [leaving, staying] = [make('leaving'), make('staying')]
  const keys = openKeyStore({ keysFile, devKey: null })
  const { app, url, parts } = await serveLive({ parts: { keys }, limits: { keysCheckMs: 20 } })
  const ask = (key: string) => app.inject({ url: '/v1/models', headers: { 'x-api-key': key } })
  const ticketOf = async (key: string) => {
    const made = await app.inject({
      method: 'POST',
      url: '/v1/tickets',
      headers: { 'x-api-key': key },
      payload: {},
    })
    return made.json() as { ticket: string; protocols: string[] }
  }
  const [ticket, lasting] = [await ticketOf(leaving), await ticketOf(staying)]
  const sockets = await Promise.all(
    [
      new WebSocket(url, { headers: { 'x-api-key': leaving } }),
      new WebSocket(url, ticket.protocols),
      new WebSocket(url, { headers: { 'x-api-key': staying } }),
    ].map(async socket => {
      open.push(socket)
      await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
      return { socket, closed: closed(socket) }
    }),
  )

  revokeKey({ keysFile, idOrName: 'leaving', by: 'ops', now: Date.now() })

  expect(await sockets[0]!.closed).toEqual({ code: 1008, reason: 'the key was revoked' })
  expect(await sockets[1]!.closed).toMatchObject({ code: 1008 })
  expect(sockets[2]!.socket.readyState).toBe(WebSocket.OPEN)
  expect((await ask(leaving)).json()).toMatchObject({ status: 401, code: 'NICR_KEY_INVALID' })
  expect((await ask(ticket.ticket)).statusCode).toBe(401)
  expect([(await ask(staying)).statusCode, (await ask(lasting.ticket)).statusCode]).toEqual([200, 200])

  const late = make('late')
  await expect.poll(async () => (await ask(late)).statusCode).toBe(200)
  const audit = parts.logLines.map(line => JSON.parse(line)).filter(line => line.audit?.startsWith('key-'))
  expect(audit).toMatchObject([
    { audit: 'key-revoked', name: 'leaving', by: 'ops' },
    { audit: 'key-created', name: 'late', by: 'ops' },
  ])
})
