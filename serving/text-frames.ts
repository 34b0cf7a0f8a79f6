import type { Duplex } from 'node:stream'

/** RFC 6455: the last frame of a text message. */
const TEXT_MESSAGE = 0x81
const LENGTH_16 = 126
const LENGTH_64 = 127
const LENGTH_7_MAX = 125
const LENGTH_16_MAX = 0xffff

/**
 * Writes a websocket text message as one chunk. `ws` writes head and text apart, which costs the system call for several
 * buffers. It may be mixed with messages that `ws` writes, since it writes each at once where nothing is compressed.
 */
export function writeTextMessage(stream: Duplex, text: string, written: () => void): void {
  const length = Buffer.byteLength(text)
  const head = length <= LENGTH_7_MAX ? 2 : length <= LENGTH_16_MAX ? 4 : 10
  const message = Buffer.allocUnsafe(head + length)
  message[0] = TEXT_MESSAGE
  if (head === 2) message[1] = length
  else if (head === 4) {
    message[1] = LENGTH_16
    message.writeUInt16BE(length, 2)
  } else {
    message[1] = LENGTH_64
    message.writeBigUInt64BE(BigInt(length), 2)
  }
  message.write(text, head)
  stream.write(message, written)
}
