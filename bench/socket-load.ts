import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { NicrError } from '../schemas/errors.ts'
import type { TypedDraft } from './typed-drafts.ts'

/**
 * Load over websockets from raw TCP sockets. Frames are made beforehand and answers are only searched for their number, so
 * that one core can type for a thousand authors while the other one serves them.
 */
export interface SocketLoad {
  /** Sends drafts at a steady rate, the sockets taking turns, and waits for the answers. */
  run(options: { readonly perSecond: number; readonly seconds: number }): Promise<LoadResult>
  close(): void
}

export interface LoadResult {
  readonly sent: number
  /** Of the sending alone: what the rate came to. */
  readonly seconds: number
  /** From the call that writes a draft to the data event of its answer, in milliseconds, in rising order. */
  readonly latenciesMs: Float64Array
}

/** Drafts still without an answer so long after the last was sent were skipped, as a later text had come. */
const ANSWERS_MS_MAX = 500
const TEXT_FRAME = 0x81
const PING_FRAME = 0x89
const PONG_FRAME = 0x8a
const MASKED = 0x80
const LENGTH_16 = 126
const LENGTH_64 = 127
const MASK_BYTES = 4
/** Servers ping without data, so that the answer has none either. */
const PONG = Buffer.from([PONG_FRAME, MASKED, 0, 0, 0, 0])
const HANDSHAKE_KEY = 'dGhlIHNhbXBsZSBub25jZQ=='
const SEQ_FIELD = '"seq":'

/**
 * Opens `sockets` sockets.
 * @param typed what a socket sends, by its number
 * @throws NicrError NICR_BENCH_FAILED if one is refused
 */
export async function openSockets(
  target: { readonly port: number; readonly path: string; readonly key: string },
  sockets: number,
  typed: (socket: number) => Iterator<TypedDraft>,
): Promise<SocketLoad> {
  const authors = await Promise.all(Array.from({ length: sockets }, (_, i) => openAuthor(target, typed(i))))
  let turn = 0
  return {
    async run({ perSecond, seconds }) {
      const frames = makeFrames(authors, turn, perSecond * seconds)
      const latencies: number[] = []
      for (const author of authors) author.measure(latencies)
      let sent = 0
      const startedAt = performance.now()
      while (sent < frames.length) {
        const due = Math.min(frames.length, ((performance.now() - startedAt) / 1000) * perSecond)
        for (; sent < due; sent++) authors[turn++ % authors.length]!.send(frames[sent]!)
        await new Promise(setImmediate)
      }
      const tookMs = performance.now() - startedAt
      const endAt = performance.now() + ANSWERS_MS_MAX
      while (latencies.length < sent && performance.now() < endAt) await new Promise(setImmediate)
      for (const author of authors) author.forget()
      const failed = authors.find(({ failure }) => failure !== null)
      if (failed?.failure) throw failed.failure
      return { sent, seconds: tookMs / 1000, latenciesMs: Float64Array.from(latencies).sort() }
    },
    close() {
      for (const author of authors) author.close()
    },
  }
}

interface Frame {
  readonly seq: number
  readonly bytes: Buffer
}

interface Author {
  next(): TypedDraft
  send(frame: Frame): void
  /** Latencies go here from now on. */
  measure(latencies: number[]): void
  forget(): void
  /** What came instead of an answer. */
  readonly failure: NicrError | null
  close(): void
}

function makeFrames(authors: readonly Author[], turn: number, count: number): Frame[] {
  return Array.from({ length: count }, (_, i) => {
    const draft = authors[(turn + i) % authors.length]!.next()
    return { seq: draft.seq, bytes: maskedFrame(JSON.stringify({ type: 'draft', ...draft })) }
  })
}

function maskedFrame(text: string): Buffer {
  const payload = Buffer.from(text)
  const mask = randomBytes(MASK_BYTES)
  for (let i = 0; i < payload.length; i++) payload[i]! ^= mask[i & 3]!
  const head =
    payload.length < LENGTH_16
      ? [TEXT_FRAME, MASKED | payload.length]
      : [TEXT_FRAME, MASKED | LENGTH_16, payload.length >> 8, payload.length & 0xff]
  return Buffer.concat([Buffer.from(head), mask, payload])
}

async function openAuthor(
  { port, path, key }: { readonly port: number; readonly path: string; readonly key: string },
  typed: Iterator<TypedDraft>,
): Promise<Author> {
  const socket = connect(port, '127.0.0.1')
  socket.setNoDelay(true)
  await once(socket, 'connect')
  await upgrade(socket, path, key)
  const sentAt = new Map<number, number>()
  let latencies: number[] = []
  let failure: NicrError | null = null
  socket.once('close', () => {
    failure ??= new NicrError('NICR_BENCH_FAILED', 'the server closed a socket')
  })
  readFrames(socket, frame => {
    if (frame[0] === PING_FRAME) return void socket.write(PONG)
    const seq = seqOf(frame)
    if (seq === null)
      failure ??= new NicrError('NICR_BENCH_FAILED', `instead of an answer came ${frame.toString('utf8')}`)
    if (seq === null) return
    const at = sentAt.get(seq)
    sentAt.delete(seq)
    if (at !== undefined) latencies.push(performance.now() - at)
  })
  return {
    next: () => typed.next().value,
    send({ seq, bytes }) {
      sentAt.set(seq, performance.now())
      socket.write(bytes)
    },
    measure(given) {
      latencies = given
    },
    forget: () => sentAt.clear(),
    get failure() {
      return failure
    },
    close: () => socket.destroy(),
  }
}

async function upgrade(socket: Socket, path: string, key: string): Promise<void> {
  socket.write(
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${HANDSHAKE_KEY}\r\nAuthorization: Bearer ${key}\r\n\r\n`,
  )
  const [head] = (await once(socket, 'data')) as [Buffer]
  const status = head.toString('latin1').split('\r\n', 1)[0]!
  if (!status.includes(' 101 ')) throw new NicrError('NICR_BENCH_FAILED', `the socket was refused: ${status}`)
}

/** Servers do not mask. A frame that came in pieces is put together first. */
function readFrames(socket: Socket, onFrame: (frame: Buffer) => void): void {
  let rest: Buffer | null = null
  socket.on('data', (chunk: Buffer) => {
    let data = rest === null ? chunk : Buffer.concat([rest, chunk])
    for (;;) {
      const end = frameEnd(data)
      if (end > data.length) break
      onFrame(data.subarray(0, end))
      data = data.subarray(end)
    }
    rest = data.length === 0 ? null : data
  })
}

/** Where the first frame of the data ends; beyond the data where it is not all there. */
function frameEnd(data: Buffer): number {
  if (data.length < 2) return Infinity
  const length = data[1]! & 0x7f
  if (length < LENGTH_16) return 2 + length
  if (length === LENGTH_64) return data.length < 10 ? Infinity : 10 + Number(data.readBigUInt64BE(2))
  return data.length < 4 ? Infinity : 4 + data.readUInt16BE(2)
}

/** The number that a frame answers; null for one that answers none. */
function seqOf(frame: Buffer): number | null {
  const at = frame.indexOf(SEQ_FIELD)
  // The type comes first in every frame of Nicr's.
  if (at < 0 || frame.subarray(0, at).includes('"type":"error"')) return null
  return Number.parseInt(frame.toString('latin1', at + SEQ_FIELD.length, at + SEQ_FIELD.length + 12), 10)
}
