import { randomBytes, timingSafeEqual } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { digestOf, makeKey, parseKeys, readKeyFile, type StoredKey } from './key-file.ts'
import { secretOf } from './private-file.ts'
import { type Role, roles } from './roles.ts'

export { type Role, roles } from './roles.ts'

/** Who asks: a key, a ticket made from one, or a token of the identity provider. */
export interface Principal {
  /** Of the key: names it in audit lines and rate limits without giving it away. */
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** The only author whose scores may be read and in whose name is written. Null: no such bound. */
  readonly author: string | null
  /** True for a ticket: it cannot make others, or it would never end. */
  readonly isTicket?: boolean
}

/** The keys that hold, as this process knows them. */
export interface KeyStore {
  /** The principal of a key; undefined if it is unknown or was revoked. */
  find(key: string): Principal | undefined
  /** Whether the key of that id holds, and with it what was made from it. */
  holds(id: string): boolean
  /** The names of the keys that hold and have the role themselves: with `label`, the roster of taggers. */
  namesOf(role: Role): readonly string[]
  /**
   * Reads the keys anew if their file changed.
   * @throws NicrError NICR_CONFIG_INVALID if it cannot be used; the keys known before then hold on
   */
  refresh(): Promise<readonly KeyChange[]>
}

export interface KeyChange {
  readonly change: 'created' | 'revoked'
  readonly id: string
  readonly name: string
  readonly roles: readonly Role[]
  /** Who did it; null where the file does not say. */
  readonly by: string | null
}

/** Longer ones are refused unhashed. */
const KEY_LENGTH_MAX = 512

/** The id of the development key. */
const DEV_ID = 'dev'

/** An admin has every role; a moderator reads too. */
export function hasRole(principal: Principal, role: Role): boolean {
  if (principal.roles.includes(role) || principal.roles.includes('admin')) return true
  return role === 'read' && principal.roles.includes('moderate')
}

/**
 * The keys of a file and, if given, a development key with every role, which is never written there.
 * @throws NicrError NICR_CONFIG_INVALID if the file is there and is not a list of keys
 */
export function openKeyStore(options: {
  readonly keysFile: string
  readonly devKey: string | null
}): KeyStore {
  const { keysFile, devKey } = options
  let stored = readKeyFile(keysFile)
  let known = knownOf(stored, devKey)
  /** Of the file that was read last; the first refresh reads it again. */
  let stamp = ''

  return {
    find(key) {
      if (key.length === 0 || key.length > KEY_LENGTH_MAX) return undefined
      const digest = digestOf(key)
      // Every digest is compared, each in constant time, so that timing tells neither a match nor its place.
      let found: Principal | undefined
      for (const one of known) if (timingSafeEqual(one.digest, digest)) found = one.principal
      return found
    },
    holds: id => known.some(({ principal }) => principal.id === id),
    namesOf: role =>
      known.filter(({ principal }) => principal.roles.includes(role)).map(({ principal }) => principal.name),
    async refresh() {
      const current = await stampOf(keysFile)
      if (current === stamp) return []
      const fresh = current === '' ? [] : parseKeys(keysFile, await readFile(keysFile, 'utf8'))
      const changes = changesBetween(stored, fresh)
      stored = fresh
      known = knownOf(fresh, devKey)
      stamp = current
      return changes
    },
  }
}

/** The development key: the one configured, or the one in `<dataDir>/dev-key`, made at the first start (mode 0600). */
export function developmentKey(options: {
  readonly dataDir: string
  readonly configured: string | null
}): string {
  return options.configured ?? secretOf(join(options.dataDir, 'dev-key'), makeKey)
}

/** What signs tickets: as configured, or the secret beside the keys, made at the first start, so that replicas share it. */
export function ticketSecret(options: {
  readonly keysFile: string
  readonly configured: string | null
}): Buffer {
  const path = join(dirname(options.keysFile), 'ticket-secret')
  const secret = options.configured ?? secretOf(path, () => randomBytes(32).toString('base64url'))
  return Buffer.from(secret, 'utf8')
}

interface KnownKey {
  readonly digest: Buffer
  readonly principal: Principal
}

function knownOf(stored: readonly StoredKey[], devKey: string | null): readonly KnownKey[] {
  const known: KnownKey[] = stored
    .filter(one => one.revokedAt === null)
    .map(({ id, name, roles, sha256 }) => ({
      digest: Buffer.from(sha256, 'hex'),
      principal: { id, name, roles, author: null },
    }))
  if (devKey !== null)
    known.push({
      digest: digestOf(devKey),
      principal: { id: DEV_ID, name: 'development', roles, author: null },
    })
  return known
}

function changesBetween(before: readonly StoredKey[], after: readonly StoredKey[]): KeyChange[] {
  const live = (keys: readonly StoredKey[]) =>
    new Map(keys.filter(one => one.revokedAt === null).map(one => [one.id, one]))
  const [were, are] = [live(before), live(after)]
  const created = [...are.values()].filter(({ id }) => !were.has(id))
  const revoked = [...were.values()].filter(({ id }) => !are.has(id))
  return [
    ...created.map(({ id, name, roles, createdBy }) => {
      return { change: 'created' as const, id, name, roles, by: createdBy ?? null }
    }),
    ...revoked.map(({ id, name, roles }) => {
      const by = after.find(one => one.id === id)?.revokedBy ?? null
      return { change: 'revoked' as const, id, name, roles, by }
    }),
  ]
}

/** Changes whenever the file does: it is always replaced, never written in place. Empty: there is none. */
async function stampOf(path: string): Promise<string> {
  try {
    const { ino, mtimeMs, size } = await stat(path)
    return `${ino} ${mtimeMs} ${size}`
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return ''
    throw error
  }
}
