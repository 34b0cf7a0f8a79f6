import WebSocket from 'ws'
import type { Server } from '../demo/http.ts'
import { NicrError } from '../schemas/errors.ts'

/**
 * Opens a socket of the live server.
 * @param onFrame told of every frame, of the shape that the caller expects
 * @throws NicrError NICR_BENCH_FAILED if it is refused
 */
export async function openLiveSocket<Frame>(
  { url, key }: Server,
  onFrame: (frame: Frame) => void,
): Promise<WebSocket> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/v1/live`, 'nicr.v1', {
    headers: { 'x-api-key': key },
  })
  socket.on('message', data => onFrame(JSON.parse(String(data)) as Frame))
  await new Promise<void>((resolve, reject) => {
    socket.once('open', () => resolve())
    socket.once('error', error =>
      reject(new NicrError('NICR_BENCH_FAILED', `the socket was refused: ${String(error)}`)),
    )
  })
  // The server's end is told by its process.
  socket.on('error', () => undefined)
  return socket
}
