import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NicrError } from '../schemas/errors.ts'

/**
 * API keys. A key is 256 random bits, so one round of SHA-256 keeps it safe at rest: there is no dictionary to try,
 * which is what slow hashes such as scrypt are for, and a slow hash on every request would be a way to stop the
 * server. Keys that people chose themselves (NICR_DEV_KEY) stay in memory and are never written.
 */
export const roles = ['publish', 'read', 'label', 'moderate', 'admin'] as const
export type Role = (typeof roles)[number]

/** Who asks: a key, or a ticket made from one. */
export interface Principal {
  /** Of the key: names it in audit lines and rate limits without giving it away. */
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** A ticket's author: only this author's scores may be read. Null: no such bound. */
  readonly author: string | null
}

export interface KeyStore {
  /** The principal of a key; undefined if it is unknown or was revoked. */
  find(key: string): Principal | undefined
}

interface StoredKey {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** SHA-256 of the key, hex. */
  readonly sha256: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly revokedAt: string | null
}

/** Longer ones are refused unhashed. */
const KEY_LENGTH_MAX = 512

/** An admin has every role; a moderator reads too. */
export function hasRole(principal: Principal, role: Role): boolean {
  if (principal.roles.includes(role) || principal.roles.includes('admin')) return true
  return role === 'read' && principal.roles.includes('moderate')
}

/** A new key: `nicr_` and 256 random bits in base64url. */
export function makeKey(): string {
  return `nicr_${randomBytes(32).toString('base64url')}`
}

/**
 * The keys of `<dataDir>/keys.json` and, if given, a development key with every role. The file is read once.
 * @throws NicrError NICR_CONFIG_INVALID if the file is there and is not a list of keys
 */
export function openKeyStore(options: {
  readonly dataDir: string
  readonly devKey: string | null
}): KeyStore {
  return createKeyStore(readKeys(keysFile(options.dataDir)), options.devKey)
}

/** The development key: the one configured, or the one in `<dataDir>/dev-key`, made at the first start (mode 0600). */
export function developmentKey(options: {
  readonly dataDir: string
  readonly configured: string | null
}): string {
  if (options.configured !== null) return options.configured
  const path = join(options.dataDir, 'dev-key')
  if (existsSync(path)) {
    const key = readFileSync(path, 'utf8').trim()
    if (key !== '') return key
  }
  const key = makeKey()
  mkdirSync(options.dataDir, { recursive: true })
  writePrivate(path, `${key}\n`)
  return key
}

/** Adds a key to the file and answers it: it is shown this once and cannot be read back. */
export function createKey(options: {
  readonly dataDir: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly now: number
}): { readonly id: string; readonly key: string } {
  const key = makeKey()
  const id = randomBytes(6).toString('hex')
  const stored: StoredKey = {
    id,
    name: options.name,
    roles: options.roles,
    sha256: digestOf(key).toString('hex'),
    createdAt: new Date(options.now).toISOString(),
    revokedAt: null,
  }
  const path = keysFile(options.dataDir)
  mkdirSync(dirname(path), { recursive: true })
  writePrivate(path, `${JSON.stringify([...readKeys(path), stored], null, 2)}\n`)
  return { id, key }
}

function createKeyStore(stored: readonly StoredKey[], devKey: string | null): KeyStore {
  const known: { readonly digest: Buffer; readonly principal: Principal }[] = stored
    .filter(one => one.revokedAt === null)
    .map(({ id, name, roles, sha256 }) => ({
      digest: Buffer.from(sha256, 'hex'),
      principal: { id, name, roles, author: null },
    }))
  if (devKey !== null)
    known.push({
      digest: digestOf(devKey),
      principal: { id: 'dev', name: 'development', roles, author: null },
    })
  return {
    find(key) {
      if (key.length === 0 || key.length > KEY_LENGTH_MAX) return undefined
      const digest = digestOf(key)
      // Every digest is compared, each in constant time, so that timing tells neither a match nor its place.
      let found: Principal | undefined
      for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one.principal
      return found
    },
  }
}

function keysFile(dataDir: string): string {
  return join(dataDir, 'keys.json')
}

function digestOf(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest()
}

function readKeys(path: string): StoredKey[] {
  if (!existsSync(path)) return []
  try {
    const keys: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (Array.isArray(keys) && keys.every(isStoredKey)) return keys
  } catch {
    // Named below, with what to do.
  }
  throw new NicrError(
    'NICR_CONFIG_INVALID',
    `${path} is not a list of keys. Mend it, or move it away and make the keys anew`,
  )
}

function isStoredKey(value: unknown): value is StoredKey {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, roles: given, sha256 } = value as Partial<Record<keyof StoredKey, unknown>>
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    Array.isArray(given) &&
    given.every(role => roles.includes(role as Role))
  )
}

/** Written beside and moved into place, so that a crash leaves the old file or the new one. */
function writePrivate(path: string, text: string): void {
  const beside = `${path}.${process.pid}.tmp`
  writeFileSync(beside, text, { mode: 0o600 })
  chmodSync(beside, 0o600)
  renameSync(beside, path)
}
