import { waitMs } from './backoff.ts'
import type { ClientFrame, ServerFrame } from './frames.ts'
import type { ClientLimits } from './limits.ts'

/** What the client needs of a WebSocket: the browser's, Node's from 22 on, and the one of the package `ws` have it. */
export interface WebSocketLike {
  readonly readyState: number
  readonly bufferedAmount: number
  send(data: string): void
  close(code?: number, reason?: string): void
  addEventListener(type: 'open' | 'error', listener: () => void): void
  addEventListener(type: 'message', listener: (event: { readonly data: unknown }) => void): void
  addEventListener(type: 'close', listener: (event: { readonly reason: string }) => void): void
}

export type WebSocketConstructor = new (url: string, protocols: string[]) => WebSocketLike

/**
 * CONNECTING: a socket is being opened · OPEN · WAITING: the socket was lost, another will be opened · PAUSED: closed
 * until `unpause` · CLOSED: for good.
 */
export type ConnectionState = 'CONNECTING' | 'OPEN' | 'WAITING' | 'PAUSED' | 'CLOSED'

export interface ConnectionOptions {
  readonly url: string
  /** Asked before each socket: a ticket is short-lived. A rejection counts as a failed attempt. */
  readonly protocols: () => Promise<readonly string[]>
  readonly webSocket: WebSocketConstructor
  readonly limits: ClientLimits
  readonly random: () => number
  readonly opened: () => void
  readonly received: (frame: ServerFrame) => void
  /** `detail`: why, where the server or the ticket's source said so. */
  readonly changed: (state: ConnectionState, detail: string) => void
}

/** One socket at a time, opened anew when it is lost, for as long as it takes. */
export interface Connection {
  readonly state: ConnectionState
  /** Bytes waiting in the socket. */
  readonly bufferedBytes: number
  /** Answers whether the frame went into the socket. */
  send(frame: ClientFrame): boolean
  /** Does not wait any longer: something changed that makes an attempt worthwhile, e.g. a new ticket. */
  retryNow(): void
  pause(): void
  unpause(): void
  close(): void
}

const OPEN = 1

export function openConnection(options: ConnectionOptions): Connection {
  const { limits, random } = options
  let state: ConnectionState = 'CONNECTING'
  let socket: WebSocketLike | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let attempts = 0
  /** Counts sockets, so that what an abandoned one still says is not heard. */
  let generation = 0

  function change(next: ConnectionState, detail = ''): void {
    state = next
    options.changed(next, detail)
  }

  async function connect(): Promise<void> {
    const mine = ++generation
    change('CONNECTING')
    let protocols: readonly string[]
    try {
      protocols = await options.protocols()
    } catch (error) {
      if (mine === generation) comeBack('', error instanceof Error ? error.message : String(error))
      return
    }
    if (mine === generation) open(mine, protocols)
  }

  function open(mine: number, protocols: readonly string[]): void {
    const opening = new options.webSocket(options.url, [...protocols])
    socket = opening
    timer = setTimeout(() => lose(mine, '', 'the server did not answer in time'), limits.connectMs)
    opening.addEventListener('open', () => {
      if (mine !== generation) return
      clearTimeout(timer)
      change('OPEN')
      options.opened()
    })
    opening.addEventListener('message', ({ data }) => {
      if (mine !== generation) return
      // Not when it opens: a server that takes sockets and drops them at once must not be hammered.
      attempts = 0
      options.received(JSON.parse(String(data)) as ServerFrame)
    })
    opening.addEventListener('close', ({ reason }) => lose(mine, reason, reason))
    // The close event follows and says more; without a listener `ws` would throw.
    opening.addEventListener('error', () => {})
  }

  function lose(mine: number, closeReason: string, detail: string): void {
    if (mine !== generation) return
    drop()
    comeBack(closeReason, detail)
  }

  function drop(): void {
    generation++
    clearTimeout(timer)
    socket?.close(1000)
    socket = null
  }

  function comeBack(closeReason: string, detail: string): void {
    timer = setTimeout(connect, waitMs(attempts++, closeReason, limits, random))
    change('WAITING', detail)
  }

  void connect()
  return {
    get state() {
      return state
    },
    get bufferedBytes() {
      return socket?.bufferedAmount ?? 0
    },
    send(frame) {
      if (socket?.readyState !== OPEN) return false
      socket.send(JSON.stringify(frame))
      return true
    },
    retryNow() {
      if (state !== 'WAITING') return
      clearTimeout(timer)
      void connect()
    },
    pause() {
      if (state === 'CLOSED') return
      drop()
      change('PAUSED')
    },
    unpause() {
      if (state === 'PAUSED') void connect()
    },
    close() {
      if (state === 'CLOSED') return
      drop()
      change('CLOSED')
    },
  }
}
