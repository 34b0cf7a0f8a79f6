import { BlockList, isIP } from 'node:net'
import { join } from 'node:path'
import type { Value } from './setting.ts'
import type { SettingName } from './settings.ts'

/** Who may call the server, and how much: keys, tickets, tokens, proxies and limits. */
export interface AccessConfig {
  /** The file of the keys. */
  readonly keysFile: string
  /** null: made at the first start and kept beside the keys. */
  readonly ticketSecret: string | null
  /** null: no tokens are taken. */
  readonly jwt: JwtConfig | null
  /** Addresses and networks, as given. */
  readonly trustedProxies: readonly string[]
  readonly limits: {
    readonly requestsPerKeyMax: number
    readonly requestsPerAddressMax: number
    readonly connectionsPerAddressMax: number
    readonly socketsMax: number
    readonly bodyBytesMax: number
    readonly frameBytesMax: number
    readonly framesPerSecondMax: number
    readonly framesBurstMax: number
  }
}

export interface JwtConfig {
  readonly jwksUrl: string
  readonly issuer: string
  readonly audience: string
  readonly algorithms: readonly string[]
  readonly roleClaim: string
  /** null: tokens are bound to no author. */
  readonly authorClaim: string | null
}

type Values = Readonly<Record<SettingName, Value>>

/** With fewer, a signature could be guessed offline from one ticket. */
const TICKET_SECRET_LENGTH_MIN = 32

/** Signatures by a key pair. With a shared secret (HS…) whoever can check a token could make one. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA']

/** What does not hold between the settings of access. */
export function accessProblems(v: Values): string[] {
  const problems: string[] = []
  const secret = v.NICR_TICKET_SECRET as string | null
  if (secret !== null && secret.length < TICKET_SECRET_LENGTH_MIN)
    problems.push(
      `NICR_TICKET_SECRET takes at least ${TICKET_SECRET_LENGTH_MIN} characters; make one with \`openssl rand -base64 32\``,
    )
  if (v.NICR_JWKS_URL !== null && (v.NICR_JWT_ISSUER === null || v.NICR_JWT_AUDIENCE === null))
    problems.push('NICR_JWKS_URL needs NICR_JWT_ISSUER and NICR_JWT_AUDIENCE')
  for (const algorithm of listOf(v.NICR_JWT_ALGORITHMS))
    if (!ALGORITHMS.includes(algorithm))
      problems.push(`NICR_JWT_ALGORITHMS takes ${ALGORITHMS.join(', ')}, not ${algorithm}`)
  for (const network of listOf(v.NICR_TRUSTED_PROXIES))
    if (parseNetwork(network) === null)
      problems.push(`NICR_TRUSTED_PROXIES takes addresses and networks such as 10.0.0.0/8, not ${network}`)
  return problems
}

/** The part of the configuration; `dataDir` is where the keys lie unless their file is given. */
export function accessOf(v: Values, dataDir: string): AccessConfig {
  const text = (name: SettingName) => v[name] as string | null
  const count = (name: SettingName) => v[name] as number
  const jwksUrl = text('NICR_JWKS_URL')
  const framesPerSecondMax = count('NICR_FRAMES_PER_SECOND')
  return {
    keysFile: text('NICR_KEYS') ?? join(dataDir, 'keys.json'),
    ticketSecret: text('NICR_TICKET_SECRET'),
    jwt:
      jwksUrl === null
        ? null
        : {
            jwksUrl,
            issuer: text('NICR_JWT_ISSUER') ?? '',
            audience: text('NICR_JWT_AUDIENCE') ?? '',
            algorithms: listOf(v.NICR_JWT_ALGORITHMS),
            roleClaim: text('NICR_JWT_ROLE_CLAIM') ?? 'roles',
            authorClaim: text('NICR_JWT_AUTHOR_CLAIM'),
          },
    trustedProxies: listOf(v.NICR_TRUSTED_PROXIES),
    limits: {
      requestsPerKeyMax: count('NICR_REQUESTS_PER_KEY'),
      requestsPerAddressMax: count('NICR_REQUESTS_PER_ADDRESS'),
      connectionsPerAddressMax: count('NICR_CONNECTIONS_PER_ADDRESS'),
      socketsMax: count('NICR_SOCKETS'),
      bodyBytesMax: count('NICR_BODY_BYTES'),
      frameBytesMax: count('NICR_FRAME_BYTES'),
      framesPerSecondMax,
      framesBurstMax: 2 * framesPerSecondMax,
    },
  }
}

/** Addresses and networks as a list to check against; each must hold (`accessProblems`). */
export function networksOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const parsed = parseNetwork(network)
    if (parsed !== null) list.addSubnet(parsed.address, parsed.prefix, parsed.family)
  }
  return list
}

function parseNetwork(
  network: string,
): { readonly address: string; readonly prefix: number; readonly family: 'ipv4' | 'ipv6' } | null {
  const [address = '', bits, ...rest] = network.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return null
  const prefixMax = version === 4 ? 32 : 128
  const prefix = bits === undefined ? prefixMax : /^\d{1,3}$/.test(bits) ? Number(bits) : -1
  if (prefix < 0 || prefix > prefixMax) return null
  return { address, prefix, family: version === 4 ? 'ipv4' : 'ipv6' }
}

function listOf(value: Value): readonly string[] {
  return (value as readonly string[] | null) ?? []
}
