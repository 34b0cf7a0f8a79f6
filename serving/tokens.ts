import { createHash } from 'node:crypto'
import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from 'jose'
import type { JwtConfig } from '../pipelines/settings-access.ts'
import { NicrError } from '../schemas/errors.ts'
import type { Principal } from './keys.ts'
import type { Limits } from './limits.ts'
import { isRole } from './roles.ts'

/** Tokens (JWT) of the platform's identity provider, checked with the public keys it publishes (JWKS). */
export interface Tokens {
  /**
   * The principal of a token; undefined if its signature, issuer, audience or time does not hold.
   * @throws NicrError NICR_TOKEN_KEYS_UNAVAILABLE if the provider's keys cannot be fetched
   */
  find(token: string): Promise<Principal | undefined>
}

/** Longer ones are refused unread. */
const TOKEN_LENGTH_MAX = 8_192
const AUTHOR_LENGTH_MAX = 512

type TokenLimits = Pick<
  Limits,
  | 'tokensRemembered'
  | 'tokenRememberedMs'
  | 'tokenClockToleranceMs'
  | 'jwksTimeoutMs'
  | 'jwksAgeMs'
  | 'jwksCooldownMs'
  | 'jwksBytesMax'
>

interface Remembered {
  readonly principal: Principal
  readonly until: number
}

/** Tokens that held are remembered for a short time by their digest, since a signature costs more than the request. */
export function createTokens(
  config: JwtConfig,
  { limits, now }: { readonly limits: TokenLimits; readonly now: () => number },
): Tokens {
  const keys = createRemoteJWKSet(new URL(config.jwksUrl), {
    timeoutDuration: limits.jwksTimeoutMs,
    cacheMaxAge: limits.jwksAgeMs,
    // Tokens that name keys which are not there cannot make this server ask its provider more often.
    cooldownDuration: limits.jwksCooldownMs,
    [customFetch]: (url, options) => fetchBounded(url, options, limits.jwksBytesMax),
  })
  const remembered = new Map<string, Remembered>()

  function remember(digest: string, principal: Principal, expiresAt: number): void {
    const oldest = remembered.keys().next()
    if (remembered.size >= limits.tokensRemembered && oldest.done !== true) remembered.delete(oldest.value)
    remembered.set(digest, { principal, until: Math.min(expiresAt, now() + limits.tokenRememberedMs) })
  }

  return {
    async find(token) {
      if (token.length > TOKEN_LENGTH_MAX) return undefined
      const digest = createHash('sha256').update(token).digest('base64')
      const known = remembered.get(digest)
      if (known !== undefined && now() < known.until) return known.principal
      remembered.delete(digest)
      const payload = await verify(token, keys, { config, limits, now })
      const principal = payload === null ? null : principalOfClaims(payload, config)
      if (payload === null || principal === null) return undefined
      remember(digest, principal, (payload.exp ?? 0) * 1000)
      return principal
    },
  }
}

/** The claims of a token that holds, or null. */
async function verify(
  token: string,
  keys: JWTVerifyGetKey,
  options: { readonly config: JwtConfig; readonly limits: TokenLimits; readonly now: () => number },
): Promise<JWTPayload | null> {
  const { config, limits, now } = options
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer: config.issuer,
      audience: config.audience,
      algorithms: [...config.algorithms],
      clockTolerance: limits.tokenClockToleranceMs / 1000,
      currentDate: new Date(now()),
      // A token that never ends could not be taken back.
      requiredClaims: ['exp', 'sub'],
    })
    return payload
  } catch (error) {
    if (isOfToken(error)) return null
    throw new NicrError(
      'NICR_TOKEN_KEYS_UNAVAILABLE',
      'the identity provider’s keys cannot be fetched, so no token can be checked; try again, or use a key',
      { cause: error },
    )
  }
}

/** Whether it is the token that does not hold, rather than the provider that does not answer. */
function isOfToken(error: unknown): boolean {
  if (!(error instanceof errors.JOSEError)) return false
  return (
    !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) &&
    error.code !== 'ERR_JOSE_GENERIC'
  )
}

function principalOfClaims(payload: JWTPayload, { roleClaim, authorClaim }: JwtConfig): Principal | null {
  const { sub } = payload
  const author = authorClaim === null ? null : payload[authorClaim]
  if (typeof sub !== 'string' || sub === '' || sub.length > AUTHOR_LENGTH_MAX) return null
  if (author !== null && (typeof author !== 'string' || author === '' || author.length > AUTHOR_LENGTH_MAX))
    return null
  const given = payload[roleClaim]
  const names: readonly unknown[] =
    typeof given === 'string' ? given.split(' ') : Array.isArray(given) ? given : []
  return { id: `${TOKEN_ID}${sub}`, name: sub, roles: names.filter(isRole), author }
}

/** Ids of principals whose token, not a key, says who they are begin so; no key's id does. */
export const TOKEN_ID = 'token:'

/** The provider's answer, if it is not too large to be a key set. */
async function fetchBounded(url: string, options: RequestInit, bytesMax: number): Promise<Response> {
  const answer = await fetch(url, options)
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > bytesMax) throw new Error(`the key set at ${url} is larger than ${bytesMax} bytes`)
    chunks.push(chunk)
  }
  return new Response(Buffer.concat(chunks), { status: answer.status, headers: answer.headers })
}
