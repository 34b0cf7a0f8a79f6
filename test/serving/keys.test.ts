import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, revokeKey } from '../../serving/key-file.ts'
import { developmentKey, hasRole, openKeyStore, type Role, ticketSecret } from '../../serving/keys.ts'

let dataDir: string
let keysFile: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'nicr-keys-'))
  keysFile = join(dataDir, 'keys.json')
})
afterEach(() => rmSync(dataDir, { recursive: true }))

const create = (name: string, role: Role) =>
  createKey({ keysFile, name, roles: [role], by: 'ops', now: Date.parse('2026-11-23T20:00:00Z') })
const revoke = (idOrName: string) =>
  revokeKey({ keysFile, idOrName, by: 'ops', now: Date.parse('2026-11-23T21:00:00Z') })

describe('keys', () => {
  it('are found by whoever has them, and lie in the file as hashes only', () => {
    const { id, key } = create('backend', 'publish')
    create('dashboard', 'read')
    const store = openKeyStore({ keysFile, devKey: null })
    expect(store.find(key)).toEqual({ id, name: 'backend', roles: ['publish'], author: null })
    expect(store.find(`${key}x`)).toBeUndefined()
    expect(store.find('')).toBeUndefined()
    expect(readFileSync(keysFile, 'utf8')).not.toContain(key)
    expect(statSync(keysFile).mode & 0o777).toBe(0o600)
  })

  it('that are made or revoked while a server runs are known to it after its next look', async () => {
    const old = create('old', 'read')
    const store = openKeyStore({ keysFile, devKey: null })
    expect(await store.refresh()).toEqual([])
    const fresh = create('fresh', 'label')
    revoke('old')
    expect(store.find(old.key)).toBeDefined()
    expect(await store.refresh()).toEqual([
      { change: 'created', id: fresh.id, name: 'fresh', roles: ['label'], by: 'ops' },
      { change: 'revoked', id: old.id, name: 'old', roles: ['read'], by: 'ops' },
    ])
    expect([store.find(old.key), store.find(fresh.key)?.name]).toEqual([undefined, 'fresh'])
    expect([store.holds(old.id), store.holds(fresh.id)]).toEqual([false, true])
    expect(openKeyStore({ keysFile, devKey: null }).find(old.key)).toBeUndefined()
  })

  it('hold on where the file is spoilt under a running server, which says so', async () => {
    const { key } = create('backend', 'publish')
    const store = openKeyStore({ keysFile, devKey: null })
    writeFileSync(keysFile, '[{"id":1}]')
    await expect(store.refresh()).rejects.toThrow(keysFile)
    expect(store.find(key)).toBeDefined()
    expect(() => openKeyStore({ keysFile, devKey: null })).toThrow(keysFile)
  })

  it('have a name of their own, which a revoked one leaves free', () => {
    create('ann', 'label')
    expect(() => create('ann', 'label')).toThrow('a key named ann is there already')
    expect(() => create(' ', 'label')).toThrow('printable')
    expect(() => create('a\nb', 'label')).toThrow('printable')
    revoke('ann')
    expect(() => revoke('ann')).toThrow('no key that holds is called ann')
    expect(create('ann', 'label').key).toMatch(/^nicr_/)
  })

  it('are not lost where two commands change them at once', () => {
    create('first', 'read')
    const lock = `${keysFile}.lock`
    writeFileSync(lock, '')
    const madeAt = Date.parse('2026-11-23T20:00:00Z') / 1000
    utimesSync(lock, madeAt, madeAt)
    expect(() => create('second', 'read')).toThrow('another command')
    // One that was killed leaves its lock behind.
    utimesSync(lock, madeAt - 60, madeAt - 60)
    const { key } = create('second', 'read')
    expect(openKeyStore({ keysFile, devKey: null }).find(key)).toBeDefined()
    expect(existsSync(lock)).toBe(false)
  })

  it('include a development key that stays the same and has every role', () => {
    const key = developmentKey({ dataDir, configured: null })
    expect(developmentKey({ dataDir, configured: null })).toBe(key)
    expect(statSync(join(dataDir, 'dev-key')).mode & 0o777).toBe(0o600)
    expect(developmentKey({ dataDir, configured: 'mine' })).toBe('mine')
    const principal = openKeyStore({ keysFile, devKey: key }).find(key)!
    for (const role of ['publish', 'read', 'label', 'moderate', 'admin'] as Role[])
      expect(hasRole(principal, role)).toBe(true)
  })
})

describe('what signs tickets', () => {
  it('is one for all replicas that share the keys, unless it is configured', () => {
    const secret = ticketSecret({ keysFile, configured: null })
    expect(secret.length).toBeGreaterThanOrEqual(32)
    expect(ticketSecret({ keysFile, configured: null })).toEqual(secret)
    expect(statSync(join(dataDir, 'ticket-secret')).mode & 0o777).toBe(0o600)
    expect(ticketSecret({ keysFile, configured: 'x'.repeat(32) }).toString()).toBe('x'.repeat(32))
  })
})
