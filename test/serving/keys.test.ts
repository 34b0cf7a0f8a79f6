import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createKey, developmentKey, hasRole, openKeyStore, type Role } from '../../serving/keys.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'nicr-keys-'))
})
afterEach(() => rmSync(dataDir, { recursive: true }))

describe('keys', () => {
  it('are found by whoever has them, and lie in the file as hashes only', () => {
    const { id, key } = createKey({ dataDir, name: 'backend', roles: ['publish'], now: 0 })
    createKey({ dataDir, name: 'dashboard', roles: ['read'], now: 0 })
    const store = openKeyStore({ dataDir, devKey: null })
    expect(store.find(key)).toEqual({ id, name: 'backend', roles: ['publish'], author: null })
    expect(store.find(`${key}x`)).toBeUndefined()
    expect(store.find('')).toBeUndefined()
    const file = join(dataDir, 'keys.json')
    expect(readFileSync(file, 'utf8')).not.toContain(key)
    expect(statSync(file).mode & 0o777).toBe(0o600)
  })

  it('are not found once revoked', () => {
    const { key } = createKey({ dataDir, name: 'old', roles: ['read'], now: 0 })
    const file = join(dataDir, 'keys.json')
    const [stored] = JSON.parse(readFileSync(file, 'utf8'))
    writeFileSync(file, JSON.stringify([{ ...stored, revokedAt: '2026-01-01T00:00:00Z' }]))
    expect(openKeyStore({ dataDir, devKey: null }).find(key)).toBeUndefined()
  })

  it('name the file that cannot be read', () => {
    writeFileSync(join(dataDir, 'keys.json'), '[{"id":1}]')
    expect(() => openKeyStore({ dataDir, devKey: null })).toThrow(join(dataDir, 'keys.json'))
  })

  it('include a development key that stays the same and has every role', () => {
    const key = developmentKey({ dataDir, configured: null })
    expect(developmentKey({ dataDir, configured: null })).toBe(key)
    expect(statSync(join(dataDir, 'dev-key')).mode & 0o777).toBe(0o600)
    expect(developmentKey({ dataDir, configured: 'mine' })).toBe('mine')
    const principal = openKeyStore({ dataDir, devKey: key }).find(key)!
    for (const role of ['publish', 'read', 'label', 'moderate', 'admin'] as Role[])
      expect(hasRole(principal, role)).toBe(true)
  })
})
