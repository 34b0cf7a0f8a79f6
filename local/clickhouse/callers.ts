/**
 * Who may speak to the endpoint. It has no password, so only programs of this machine may: the connection must come from
 * loopback, the Host header must name it (a page that rebinds its own name to 127.0.0.1 keeps that name there), and a
 * browser's request must not come from another site.
 */
import type { IncomingMessage } from 'node:http'

/** Why the request is refused, or undefined if it may pass. */
export function refusalOf(request: IncomingMessage): string | undefined {
  const address = request.socket.remoteAddress ?? ''
  if (!isLoopbackName(address.replace(/^::ffff:/, '')))
    return `callers from ${address || 'an unknown address'} are refused`
  const host = request.headers.host
  if (host !== undefined && !isLoopbackName(hostNameOf(`http://${host}`)))
    return `the Host header names ${host}, not this machine`
  const origin = request.headers.origin
  if (origin !== undefined && !isLoopbackName(hostNameOf(origin))) return `pages of ${origin} are refused`
  if (request.headers['sec-fetch-site'] === 'cross-site') return 'requests from other sites are refused'
  return undefined
}

function hostNameOf(url: string): string {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[(.*)\]$/, '$1') : ''
}

function isLoopbackName(name: string): boolean {
  return (
    name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127\.\d+\.\d+\.\d+$/.test(name)
  )
}
