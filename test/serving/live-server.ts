import type { AddressInfo } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { afterEach } from 'vitest'
import { WebSocket } from 'ws'
import {
  createFakeLog,
  type FakeOptions,
  type Frame,
  fakeServer,
  frameReader,
  keyOf,
  typed,
} from './fake-parts.ts'

let app: FastifyInstance | undefined
/** Sockets to cut after the test. */
export const open: WebSocket[] = []
afterEach(async () => {
  for (const socket of open.splice(0)) socket.terminate()
  await app?.close()
  app = undefined
})

/** A server over fakes on a free port, with a log of one partition that feeds it; closed after the test. */
export async function serveLive(options: FakeOptions = {}) {
  const server = await fakeServer(options)
  app = server.app
  await server.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = server.app.server.address() as AddressInfo
  const log = createFakeLog(server.parts.scores)
  return { ...server, log, port, url: `ws://127.0.0.1:${port}/v1/live` }
}

/** A socket with a key of `role`, open. */
export async function connect(url: string, role: Parameters<typeof keyOf>[0] = 'moderate') {
  const socket = new WebSocket(url, 'nicr.v1', { headers: { authorization: `Bearer ${keyOf(role)}` } })
  open.push(socket)
  const reader = frameReader(socket)
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject))
  return { socket, ...reader, closed: closed(socket) }
}

export function closed(socket: WebSocket): Promise<{ code: number; reason: string }> {
  return new Promise(resolve =>
    socket.once('close', (code, reason) => resolve({ code, reason: reason.toString() })),
  )
}

/** Status and problem code of a refused upgrade. */
export function refused(socket: WebSocket): Promise<{ status: number; code: string }> {
  return new Promise((resolve, reject) => {
    socket.once('open', () => reject(new Error('the socket opened')))
    socket.once('unexpected-response', (_request, response) => {
      let body = ''
      response.on('data', chunk => {
        body += String(chunk)
      })
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, code: (JSON.parse(body) as { code: string }).code }),
      )
    })
  })
}

/** Subscribes, and waits until it holds. */
export async function follow(client: Awaited<ReturnType<typeof connect>>, wish: object): Promise<Frame> {
  client.send({ type: 'subscribe', ...wish, ack: true })
  return client.next(typed('subscribed'))
}

/** Contents of the score frames, in order. */
export const scoresOf = (frames: readonly Frame[]) =>
  frames.filter(typed('score')).map(frame => frame.contentId)
