import type { FastifyBaseLogger } from 'fastify'
import type { ErrorCode } from '../schemas/errors.ts'
import type { KeyChange, Principal } from './keys.ts'
import type { Limits } from './limits.ts'

/**
 * Who did what with credentials, as log lines with a field `audit`. They hold ids, names and addresses, never a
 * credential, a text or what was read.
 */
export interface Audit {
  keyChanged(change: KeyChange): void
  ticketIssued(ticket: {
    readonly by: Principal
    readonly author: string | null
    readonly scopes: readonly string[]
    readonly ttlMs: number
  }): void
  /** Somebody paused or resumed a kind, or asked for a training; why is in the record. */
  loopSaid(said: {
    readonly by: Principal
    readonly action: 'paused' | 'resumed' | 'requested'
    readonly kind: string
    /** Of the record that says so. */
    readonly record: string
  }): void
  /** Somebody showed a credential that does not hold, or may not do what was asked. `key`: the key's id, where it is known. */
  refused(refusal: {
    readonly code: ErrorCode
    readonly address: string
    readonly key: string | null
    readonly route: string
  }): void
  /** Says how many refusals were not written, once a minute is over. */
  flush(): void
}

const MINUTE_MS = 60_000

export function createAudit(options: {
  readonly log: FastifyBaseLogger
  readonly limits: Pick<Limits, 'refusalsLoggedMax'>
  readonly now: () => number
}): Audit {
  const { log, limits, now } = options
  let minuteFrom = now()
  let refusals = 0

  function flush(): void {
    if (now() - minuteFrom < MINUTE_MS) return
    const unsaid = refusals - limits.refusalsLoggedMax
    if (unsaid > 0)
      log.warn({ audit: 'credentials-refused', count: unsaid, since: new Date(minuteFrom).toISOString() })
    minuteFrom = now()
    refusals = 0
  }

  return {
    keyChanged({ change, id, name, roles, by }) {
      log.info({ audit: `key-${change}`, key: id, name, roles, by })
    },
    ticketIssued({ by, author, scopes, ttlMs }) {
      log.info({ audit: 'ticket-issued', key: by.id, name: by.name, author, scopes, ttlMs })
    },
    loopSaid({ by, action, kind, record }) {
      log.info({ audit: `loop-${action}`, key: by.id, name: by.name, kind, record })
    },
    refused({ code, address, key, route }) {
      flush()
      refusals++
      // Whoever guesses keys must not fill the disk with lines.
      if (refusals <= limits.refusalsLoggedMax)
        log.warn({ audit: 'credential-refused', code, address, key, route })
    },
    flush,
  }
}
