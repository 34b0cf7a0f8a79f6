import { connect } from 'node:net'
import { loopback } from '../ports.ts'

/** A broker that is starting may accept a connection long before it answers. */
const answerMsMax = 2_000
const metadataKey = 3
const metadataVersion = 1
const correlationId = 1
/** Size, correlation id, and the number of brokers. */
const headBytes = 12

/**
 * Whether the broker on this port answers a Metadata request and counts itself among the live brokers, i.e. serves
 * clients. A raw request (Kafka protocol guide, Metadata v1), since the Kafka client belongs to the runtime.
 */
export function brokerAnswers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect({ host: loopback, port })
    let answer = Buffer.alloc(0)
    const finish = (answers: boolean) => {
      socket.destroy()
      resolve(answers)
    }
    socket.setTimeout(answerMsMax, () => finish(false))
    socket.on('error', () => finish(false))
    socket.on('close', () => finish(false))
    socket.on('connect', () => socket.write(metadataRequest()))
    socket.on('data', chunk => {
      answer = Buffer.concat([answer, chunk])
      if (answer.length >= headBytes)
        finish(answer.readInt32BE(4) === correlationId && answer.readInt32BE(8) > 0)
    })
  })
}

/** Asks for no topic at all. */
function metadataRequest(): Buffer {
  const request = Buffer.alloc(4 + 2 + 2 + 4 + 2 + 4)
  request.writeInt32BE(request.length - 4, 0)
  request.writeInt16BE(metadataKey, 4)
  request.writeInt16BE(metadataVersion, 6)
  request.writeInt32BE(correlationId, 8)
  request.writeInt16BE(-1, 12)
  request.writeInt32BE(0, 14)
  return request
}
