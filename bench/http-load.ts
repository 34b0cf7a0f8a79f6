import { once } from 'node:events'
import { connect } from 'node:net'
import { NicrError } from '../schemas/errors.ts'

/**
 * Load over HTTP from raw TCP sockets: each connection sends its next request as soon as it has the answer to the last.
 * Requests are made beforehand and of answers only the length is read, so that the server is what is waited for.
 */
export async function loadHttp(options: {
  readonly port: number
  readonly key: string
  readonly texts: readonly string[]
  readonly connections: number
  readonly seconds: number
}): Promise<{ readonly requestsPerSecond: number }> {
  const { port, key, texts, connections, seconds } = options
  const requests = texts.map(text => requestOf(text, key))
  const endAt = performance.now() + seconds * 1000
  let answered = 0
  const one = async (first: number): Promise<void> => {
    const socket = connect(port, '127.0.0.1')
    socket.setNoDelay(true)
    await once(socket, 'connect')
    await new Promise<void>((resolve, reject) => {
      let next = first
      let missing = -1
      const send = () => socket.write(requests[next++ % requests.length]!)
      socket.once('error', reject)
      socket.once('close', () => reject(new NicrError('NICR_BENCH_FAILED', 'the server closed a connection')))
      socket.on('data', chunk => {
        try {
          missing = (missing < 0 ? answerLength(chunk) : missing) - chunk.length
        } catch (error) {
          return reject(error)
        }
        if (missing > 0) return
        missing = -1
        answered++
        if (performance.now() < endAt) send()
        else resolve()
      })
      send()
    }).finally(() => socket.destroy())
  }
  const startedAt = performance.now()
  await Promise.all(Array.from({ length: connections }, (_, i) => one(i * 97)))
  return { requestsPerSecond: answered / ((performance.now() - startedAt) / 1000) }
}

function requestOf(text: string, key: string): Buffer {
  const body = Buffer.from(JSON.stringify({ text }))
  const head = `POST /sentiment-analysis HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${key}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
  return Buffer.concat([Buffer.from(head), body])
}

/** Bytes of an answer that begins with this chunk. Its head is in one piece: servers write it at once. */
function answerLength(chunk: Buffer): number {
  const text = chunk.toString('latin1')
  const headEnd = text.indexOf('\r\n\r\n')
  const length = /\r\ncontent-length: (\d+)\r\n/i.exec(text)?.[1]
  if (!text.startsWith('HTTP/1.1 200') || headEnd < 0 || length === undefined)
    throw new NicrError('NICR_BENCH_FAILED', `instead of an answer came ${text.slice(0, 200)}`)
  return headEnd + 4 + Number(length)
}
