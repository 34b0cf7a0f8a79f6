import { type LookupAddress, lookup as lookUpDns } from 'node:dns'
import type { IncomingMessage } from 'node:http'
import { Agent, type AgentOptions, request as httpsRequest, type RequestOptions } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import { promisify } from 'node:util'
import { NicrError } from '../../schemas/errors.ts'
import { checkBytes } from './blob-store.ts'
import { isPublicAddress } from './public-address.ts'
import { TransientImageError } from './transient-error.ts'

const REDIRECTS_MAX = 3
/** Connections to one host at once, and those kept for the next image. */
const SOCKETS_PER_HOST_MAX = 8
const SOCKETS_KEPT_MAX = 16
const URL_LENGTH_MAX = 4_096
const REDIRECT_STATUSES: readonly number[] = [301, 302, 303, 307, 308]
/** What another try may mend: asked too often, or a fault of the host. */
const isTransientStatus = (status: number) => status === 429 || status === 408 || status >= 500

/** How hosts are reached: injected by tests, which have a server on this machine and no name for it. */
export interface Network {
  /** All addresses of a host. */
  readonly resolve: (hostname: string) => Promise<readonly LookupAddress[]>
  readonly isAllowed: (address: string) => boolean
  readonly request: (
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ReturnType<typeof httpsRequest>
  readonly createAgent: (options: AgentOptions) => Agent
}

const lookUpAll = promisify(lookUpDns)

export const internet: Network = {
  resolve: hostname => lookUpAll(hostname, { all: true }),
  isAllowed: isPublicAddress,
  request: httpsRequest,
  createAgent: options => new Agent(options),
}

export interface HttpsFetcher {
  /**
   * @throws NicrError NICR_IMAGE_REF_INVALID, NICR_IMAGE_HOST_REFUSED, NICR_IMAGE_NOT_FOUND, NICR_IMAGE_FETCH_FAILED (a
   *   TransientImageError where another try may help), NICR_IMAGE_TOO_LARGE; the signal’s reason once it is aborted
   */
  fetch(url: string, signal: AbortSignal): Promise<Uint8Array>
  close(): void
}

/**
 * Fetches from allowed hosts only. A host’s addresses are checked where they are looked up for the connection, so that
 * the address that was checked is the one connected to (DNS rebinding); each redirect is checked as if it were asked for.
 */
export function createHttpsFetcher(options: {
  /** `host`, `*.host`, either with `:port`. */
  readonly hosts: readonly string[]
  readonly bytesMax: number
  readonly network: Network
}): HttpsFetcher {
  const { hosts, bytesMax, network } = options
  const agent = network.createAgent({
    keepAlive: true,
    maxSockets: SOCKETS_PER_HOST_MAX,
    maxFreeSockets: SOCKETS_KEPT_MAX,
    lookup: checkedLookup(network),
  })

  return {
    async fetch(start, signal) {
      let url = checkedUrl(start, hosts, network)
      for (let redirects = 0; ; redirects++) {
        const response = await ask(url, { agent, network, signal })
        try {
          const { statusCode: status = 0, headers } = response
          if (status === 200) return await readBody(response, bytesMax)
          const { location } = headers
          if (!REDIRECT_STATUSES.includes(status) || location === undefined) throw refusalOf(status, url)
          if (redirects >= REDIRECTS_MAX)
            throw new NicrError(
              'NICR_IMAGE_FETCH_FAILED',
              `${url.host} redirects more than ${REDIRECTS_MAX} times`,
            )
          url = checkedUrl(location, hosts, network, url)
        } finally {
          // What is left of a body is never read.
          if (!response.complete) response.destroy()
        }
      }
    },
    close: () => agent.destroy(),
  }
}

/** @throws NicrError NICR_IMAGE_REF_INVALID, NICR_IMAGE_HOST_REFUSED */
function checkedUrl(text: string, hosts: readonly string[], network: Network, base?: URL): URL {
  if (text.length > URL_LENGTH_MAX || !URL.canParse(text, base?.href))
    throw new NicrError('NICR_IMAGE_REF_INVALID', 'the https: reference of an image is not a URL')
  const url = new URL(text, base)
  if (url.protocol !== 'https:')
    throw new NicrError('NICR_IMAGE_HOST_REFUSED', `images are fetched by https:, not by ${url.protocol}`)
  if (url.username !== '' || url.password !== '')
    throw new NicrError('NICR_IMAGE_REF_INVALID', 'the reference of an image holds a user name or a password')
  // URL has made one form of decimal, octal, hex and shortened addresses.
  const hostname = bareHostname(url)
  const named = url.host.replace(/\.(?=$|:)/, '')
  if (!hosts.some(host => matches(host, named)))
    throw new NicrError('NICR_IMAGE_HOST_REFUSED', `${url.host} is not in NICR_IMAGE_HOSTS`)
  // An address is connected to without a look-up, so it is checked here.
  if (isIP(hostname) !== 0 && !network.isAllowed(hostname)) throw privateAddress(hostname)
  return url
}

function matches(pattern: string, host: string): boolean {
  if (!pattern.startsWith('*.')) return host === pattern
  const domain = pattern.slice(1)
  return host.endsWith(domain) && host.length > domain.length
}

function bareHostname({ hostname }: URL): string {
  return hostname.replace(/^\[(.*)\]$/, '$1')
}

/** A look-up that answers only where every address of the host is allowed: none of them can be chosen by chance. */
function checkedLookup({ resolve, isAllowed }: Network): LookupFunction {
  return (hostname, { all }, done) => {
    resolve(hostname).then(
      addresses => {
        const [first] = addresses
        const refused = addresses.find(({ address }) => !isAllowed(address))
        if (first === undefined) done(Object.assign(new Error('no address'), { code: 'ENOTFOUND' }), '')
        else if (refused !== undefined) done(privateAddress(hostname), '')
        else if (all === true) done(null, [...addresses])
        else done(null, first.address, first.family)
      },
      (error: NodeJS.ErrnoException) => done(error, ''),
    )
  }
}

function ask(
  url: URL,
  {
    agent,
    network,
    signal,
  }: { readonly agent: Agent; readonly network: Network; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = network.request(
      {
        hostname: bareHostname(url),
        ...(url.port === '' ? {} : { port: url.port }),
        path: url.pathname + url.search,
        headers: { accept: 'image/*', 'accept-encoding': 'identity', 'user-agent': 'nicr' },
        agent,
        signal,
      },
      resolve,
    )
    request.on('error', error => reject(signal.aborted ? signal.reason : failureOf(error, url)))
    request.end()
    // The signal also ends a body that drips.
    request.on('response', response =>
      signal.addEventListener('abort', () => response.destroy(), { once: true }),
    )
  })
}

async function readBody(response: IncomingMessage, bytesMax: number): Promise<Uint8Array> {
  if (!/^(?:identity)?$/i.test(response.headers['content-encoding'] ?? ''))
    throw new NicrError('NICR_IMAGE_FETCH_FAILED', 'the host sent a compressed body, which was not asked for')
  checkBytes(Number(response.headers['content-length'] ?? 0), bytesMax)
  const chunks: Uint8Array[] = []
  let bytes = 0
  try {
    for await (const chunk of response as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      checkBytes(bytes, bytesMax)
      chunks.push(chunk)
    }
  } catch (error) {
    if (error instanceof NicrError) throw error
    throw new TransientImageError('NICR_IMAGE_FETCH_FAILED', `the image was cut off after ${bytes} bytes`, {
      cause: error,
    })
  }
  return Buffer.concat(chunks)
}

function refusalOf(status: number, { host }: URL): NicrError {
  const detail = `${host} answered ${status}`
  if (status === 404 || status === 410) return new NicrError('NICR_IMAGE_NOT_FOUND', detail)
  if (isTransientStatus(status)) return new TransientImageError('NICR_IMAGE_FETCH_FAILED', detail)
  return new NicrError('NICR_IMAGE_FETCH_FAILED', detail)
}

function failureOf(error: NodeJS.ErrnoException, { host }: URL): NicrError {
  if (error instanceof NicrError) return error
  const detail = `${host}: ${error.code ?? error.message}`
  const isFinal = error.code === 'ENOTFOUND' || /CERT|TLS|SSL|SELF_SIGNED|ALTNAME/.test(error.code ?? '')
  if (isFinal) return new NicrError('NICR_IMAGE_FETCH_FAILED', detail, { cause: error })
  return new TransientImageError('NICR_IMAGE_FETCH_FAILED', detail, { cause: error })
}

/** Which address it is stays here: who asks learns nothing of the network. */
function privateAddress(host: string): NicrError {
  return new NicrError('NICR_IMAGE_HOST_REFUSED', `${host} leads to an address that is not public`)
}
