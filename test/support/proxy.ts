import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'

/**
 * How a proxy treats its connections: `open` passes bytes on; `refuse` ends them, old ones too; `silent` takes what is
 * sent and never answers; `deaf` passes requests on and ends the connection instead of passing an answer back;
 * `failing` answers HTTP requests with 500; `slow` passes every answer on, `SLOW_MS` late.
 */
export type ProxyMode = 'open' | 'refuse' | 'silent' | 'deaf' | 'failing' | 'slow'

export const SLOW_MS = 400

const FAILURE =
  'HTTP/1.1 500 Internal Server Error\r\ncontent-type: application/json\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}'

export interface PartProxy {
  readonly port: number
  /** Connections taken since the last change of mode. */
  readonly connections: number
  /** Answers (pieces of them) that `deaf` kept back. */
  readonly kept: number
  switchTo(mode: ProxyMode): void
  close(): Promise<void>
}

/**
 * A TCP proxy on a free port, in front of a part that a test takes away and gives back.
 * @param host the address it listens on: the loopback unless given
 */
export async function startProxy(
  target: { host: string; port: number },
  host = '127.0.0.1',
): Promise<PartProxy> {
  const sockets = new Set<Socket>()
  let mode: ProxyMode = 'open'
  let connections = 0
  let kept = 0
  const track = (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => sockets.delete(socket))
    return socket
  }
  const server = createServer(incoming => {
    connections++
    track(incoming)
    if (mode === 'refuse') return void incoming.destroy()
    const outgoing = track(connect(target))
    incoming.on('data', bytes => {
      if (mode === 'open' || mode === 'deaf' || mode === 'slow') outgoing.write(bytes)
      else if (mode === 'failing') incoming.end(FAILURE)
    })
    outgoing.on('data', bytes => {
      if (mode === 'open') return void incoming.write(bytes)
      if (mode === 'slow') return void setTimeout(() => incoming.write(bytes), SLOW_MS)
      kept++
      if (mode === 'deaf') incoming.destroy()
    })
    incoming.on('close', () => outgoing.end())
    outgoing.on('close', () => incoming.destroy())
  })
  server.listen(0, host)
  await once(server, 'listening')
  return {
    port: (server.address() as { port: number }).port,
    get connections() {
      return connections
    },
    get kept() {
      return kept
    },
    switchTo(next) {
      mode = next
      connections = 0
      if (next === 'refuse') for (const socket of sockets) socket.destroy()
    },
    async close() {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

/** A proxy in front of an HTTP part, and the part's URL by way of it. */
export async function startHttpProxy(
  url: string,
  host = '127.0.0.1',
): Promise<PartProxy & { readonly url: string }> {
  const target = new URL(url)
  const proxy = await startProxy({ host: target.hostname, port: Number(target.port) }, host)
  const through = new URL(url)
  through.host = `${host}:${proxy.port}`
  return Object.assign(proxy, { url: through.href.replace(/\/$/, '') })
}
