import { createConnection, type Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** A connection that says what it is told, byte by byte: for requests that no HTTP client would send. */
export interface RawConnection {
  readonly socket: Socket
  /** Everything the server says until it closes, a character a byte. */
  readonly answer: Promise<string>
}

export function connectRaw(port: number, says = ''): RawConnection {
  const socket = createConnection(port, '127.0.0.1')
  const answer = buffer(socket).then(
    bytes => bytes.toString('latin1'),
    (error: NodeJS.ErrnoException) => String(error.code),
  )
  if (says !== '') socket.write(says)
  return { socket, answer }
}

/** Lines of a request's head, with the blank one that ends it. */
export function headOf(...lines: string[]): string {
  return [...lines, '', ''].join('\r\n')
}

/** An upgrade to a websocket at `path`. */
export function upgradeOf(path: string, ...headers: string[]): string {
  return headOf(
    `GET ${path} HTTP/1.1`,
    'host: 127.0.0.1',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    `sec-websocket-key: ${Buffer.alloc(16).toString('base64')}`,
    ...headers,
  )
}

/** A frame as a client sends it: masked, final unless told otherwise. */
export function clientFrame(opcode: number, payload: Buffer | string): Buffer {
  const data = Buffer.from(payload)
  if (data.length > 125) throw new RangeError('frames of this helper are short')
  return Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | data.length, 0, 0, 0, 0]), data])
}
