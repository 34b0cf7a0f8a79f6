import type { FastifyInstance, FastifyRequest } from 'fastify'
import { NicrError } from '../schemas/errors.ts'
import { clientOf } from './addresses.ts'
import type { Limits } from './limits.ts'

/** How often each client asked in its running minute. The oldest minutes are forgotten first where there are too many. */
export interface RequestRates {
  /** Counts one request. */
  take(client: string, max: number): RequestRate
  /** Whether one more would be too many, without counting. */
  isSpent(client: string, max: number): boolean
}

export interface RequestRate {
  readonly isWithin: boolean
  readonly remaining: number
  /** Until the client's minute ends. */
  readonly resetSeconds: number
}

const MINUTE_MS = 60_000

export function createRequestRates(options: {
  readonly limits: Pick<Limits, 'ratesRemembered'>
  readonly now: () => number
}): RequestRates {
  const { limits, now } = options
  /** In order of the minutes' beginnings. */
  const minutes = new Map<string, { readonly from: number; count: number }>()

  function minuteOf(client: string, at: number): { readonly from: number; count: number } {
    const known = minutes.get(client)
    if (known !== undefined && at - known.from < MINUTE_MS) return known
    minutes.delete(client)
    const oldest = minutes.keys().next()
    if (minutes.size >= limits.ratesRemembered && oldest.done !== true) minutes.delete(oldest.value)
    const fresh = { from: at, count: 0 }
    minutes.set(client, fresh)
    return fresh
  }

  return {
    take(client, max) {
      const at = now()
      const minute = minuteOf(client, at)
      minute.count++
      return {
        isWithin: minute.count <= max,
        remaining: Math.max(0, max - minute.count),
        resetSeconds: Math.ceil((minute.from + MINUTE_MS - at) / 1000),
      }
    },
    isSpent(client, max) {
      const known = minutes.get(client)
      return known !== undefined && now() - known.from < MINUTE_MS && known.count >= max
    },
  }
}

/** Whoever is not known is counted by address: pages, probes, wrong keys. */
export function addressClient({ ip }: FastifyRequest): string {
  return `address ${clientOf(ip)}`
}

/** Counts every request, unknown addresses and upgrades included, once it is known who asks, and refuses what is too much. */
export function limitRequests(
  app: FastifyInstance,
  options: {
    readonly limits: Pick<Limits, 'requestsPerKeyMax' | 'requestsPerAddressMax'>
    readonly rates: RequestRates
  },
): void {
  const { limits, rates } = options
  app.addHook('onRequest', (request, reply, done) => {
    const { principal } = request
    const max = principal === null ? limits.requestsPerAddressMax : limits.requestsPerKeyMax
    const rate = rates.take(principal === null ? addressClient(request) : keyClient(principal), max)
    reply.header('ratelimit-limit', max)
    reply.header('ratelimit-remaining', rate.remaining)
    reply.header('ratelimit-reset', rate.resetSeconds)
    if (rate.isWithin) return done()
    reply.header('retry-after', rate.resetSeconds)
    done(tooMany(max, rate.resetSeconds))
  })
}

function tooMany(max: number, resetSeconds: number): NicrError {
  return new NicrError(
    'NICR_RATE_LIMITED',
    `more than ${max} requests a minute; come back in ${resetSeconds} s`,
  )
}

function keyClient({ id, author }: NonNullable<FastifyRequest['principal']>): string {
  return author === null ? `key ${id}` : `key ${id} author ${author}`
}
