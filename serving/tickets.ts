import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto'
import type { Principal, Role } from './keys.ts'

/**
 * Tickets: short-lived, signed stand-ins for a key that a page may hold. A ticket is `<payload>.<mac>`, both
 * base64url, so it is a valid sub-protocol token; the MAC is HMAC-SHA-256 of the payload. A ticket only opens: a
 * socket outlives the ticket it was opened with, but not the key.
 */
export interface Tickets {
  issue(grant: TicketGrant): { readonly ticket: string; readonly expiresAt: number }
  /** The principal of a ticket; undefined if it was not made with this secret, was altered or has expired, or its key was revoked. */
  find(ticket: string): Principal | undefined
}

export interface TicketGrant {
  /** Of the key that asks. */
  readonly by: Principal
  readonly author: string | null
  readonly scopes: readonly Role[]
  readonly ttlMs: number
}

interface Payload {
  readonly id: string
  readonly key: string
  readonly name: string
  readonly author: string | null
  readonly scopes: readonly Role[]
  readonly expiresAt: number
}

const TICKET_LENGTH_MAX = 2048

/** @param options.holds whether the key of that id still holds: its tickets end with it */
export function createTickets(options: {
  readonly secret: Buffer
  readonly now: () => number
  readonly holds: (keyId: string) => boolean
}): Tickets {
  const macOf = (payload: string) => createHmac('sha256', options.secret).update(payload).digest()
  return {
    issue({ by, author, scopes, ttlMs }) {
      const expiresAt = options.now() + ttlMs
      const content: Payload = { id: randomUUID(), key: by.id, name: by.name, author, scopes, expiresAt }
      const payload = Buffer.from(JSON.stringify(content)).toString('base64url')
      return { ticket: `${payload}.${macOf(payload).toString('base64url')}`, expiresAt }
    },
    find(ticket) {
      if (ticket.length > TICKET_LENGTH_MAX) return undefined
      const [payload, mac, ...rest] = ticket.split('.')
      if (payload === undefined || mac === undefined || rest.length > 0) return undefined
      const given = Buffer.from(mac, 'base64url')
      const due = macOf(payload)
      if (given.length !== due.length || !timingSafeEqual(given, due)) return undefined
      const { key, name, author, scopes, expiresAt } = JSON.parse(
        Buffer.from(payload, 'base64url').toString('utf8'),
      ) as Payload
      if (options.now() >= expiresAt || !options.holds(key)) return undefined
      return { id: key, name, roles: scopes, author, isTicket: true }
    },
  }
}
