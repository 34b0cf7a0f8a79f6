import { createHash, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { NicrError } from '../schemas/errors.ts'
import { whileLocked, writePrivate } from './private-file.ts'
import { isRole, type Role } from './roles.ts'

/**
 * The file of the keys: every replica reads it, `nicr keys` changes it. A key is 256 random bits, so one round of
 * SHA-256 keeps it safe at rest: there is no dictionary to try, which is what slow hashes such as scrypt are for, and
 * a slow hash on every request would be a way to stop the server.
 */
export interface StoredKey {
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** SHA-256 of the key, hex. */
  readonly sha256: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly createdBy?: string
  /** null: it holds. Revoked keys stay in the list, so that it tells who had access when. */
  readonly revokedAt: string | null
  readonly revokedBy?: string
}

/** Keys that hold at once. Each is compared with what a request shows, so their number has a price. */
export const KEYS_MAX = 1_000
const NAME_LENGTH_MAX = 100

/** A new key: `nicr_` and 256 random bits in base64url. */
export function makeKey(): string {
  return `nicr_${randomBytes(32).toString('base64url')}`
}

export function digestOf(key: string): Buffer {
  return createHash('sha256').update(key, 'utf8').digest()
}

/**
 * Adds a key to the file and answers it: it is shown this once and cannot be read back.
 * @param options.by the person, for the record
 * @throws NicrError NICR_INPUT_INVALID if the name is no name or a key that holds has it; NICR_CONFIG_INVALID
 */
export function createKey(options: {
  readonly keysFile: string
  readonly name: string
  readonly roles: readonly Role[]
  readonly by: string
  readonly now: number
}): { readonly id: string; readonly key: string } {
  const { keysFile, name, by, now } = options
  checkName(name)
  return whileLocked(keysFile, now, () => {
    const all = readKeyFile(keysFile)
    const live = all.filter(one => one.revokedAt === null)
    if (live.some(one => one.name === name))
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `a key named ${name} is there already; revoke it first, or give another name`,
      )
    if (live.length >= KEYS_MAX)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `there are ${KEYS_MAX} keys, the most there can be; revoke one`,
      )
    const key = makeKey()
    const id = randomBytes(6).toString('hex')
    const stored: StoredKey = {
      id,
      name,
      roles: [...new Set(options.roles)],
      sha256: digestOf(key).toString('hex'),
      createdAt: new Date(now).toISOString(),
      createdBy: by,
      revokedAt: null,
    }
    writeKeys(keysFile, [...all, stored])
    return { id, key }
  })
}

/**
 * Revokes the key of that id or name.
 * @throws NicrError NICR_INPUT_INVALID if no key that holds has it; NICR_CONFIG_INVALID
 */
export function revokeKey(options: {
  readonly keysFile: string
  readonly idOrName: string
  readonly by: string
  readonly now: number
}): StoredKey {
  const { keysFile, idOrName, by, now } = options
  return whileLocked(keysFile, now, () => {
    const all = readKeyFile(keysFile)
    const live = all.filter(one => one.revokedAt === null)
    const found = live.find(one => one.id === idOrName) ?? live.find(one => one.name === idOrName)
    if (found === undefined)
      throw new NicrError(
        'NICR_INPUT_INVALID',
        `no key that holds is called ${idOrName}; see \`nicr keys list\``,
      )
    const revoked = { ...found, revokedAt: new Date(now).toISOString(), revokedBy: by }
    writeKeys(
      keysFile,
      all.map(one => (one === found ? revoked : one)),
    )
    return revoked
  })
}

/**
 * Every key of the file, also those that were revoked; none if there is no file.
 * @throws NicrError NICR_CONFIG_INVALID if it is not a list of keys
 */
export function readKeyFile(keysFile: string): readonly StoredKey[] {
  if (!existsSync(keysFile)) return []
  return parseKeys(keysFile, readFileSync(keysFile, 'utf8'))
}

/** @throws NicrError NICR_CONFIG_INVALID that names the file */
export function parseKeys(keysFile: string, text: string): readonly StoredKey[] {
  try {
    const keys: unknown = JSON.parse(text)
    if (Array.isArray(keys) && keys.every(isStoredKey)) return keys
  } catch {
    // Named below, with what to do.
  }
  throw new NicrError(
    'NICR_CONFIG_INVALID',
    `${keysFile} is not a list of keys. Mend it, or move it away and make the keys anew`,
  )
}

/** Names are shown in lists and audit lines, so they hold no line breaks or other control characters. */
function checkName(name: string): void {
  if (name.trim() === '' || name.length > NAME_LENGTH_MAX || /\p{Cc}/u.test(name))
    throw new NicrError('NICR_INPUT_INVALID', `a key’s name has 1 to ${NAME_LENGTH_MAX} printable characters`)
}

function writeKeys(keysFile: string, keys: readonly StoredKey[]): void {
  writePrivate(keysFile, `${JSON.stringify(keys, null, 2)}\n`)
}

function isStoredKey(value: unknown): value is StoredKey {
  if (typeof value !== 'object' || value === null) return false
  const { id, name, roles: given, sha256, revokedAt } = value as Partial<Record<keyof StoredKey, unknown>>
  return (
    typeof id === 'string' &&
    typeof name === 'string' &&
    typeof sha256 === 'string' &&
    /^[0-9a-f]{64}$/.test(sha256) &&
    (revokedAt === null || typeof revokedAt === 'string') &&
    Array.isArray(given) &&
    given.every(isRole)
  )
}
