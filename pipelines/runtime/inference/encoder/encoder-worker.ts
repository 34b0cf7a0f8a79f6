import { NicrError } from '../../../../schemas/errors.ts'
import type { FromEncoder, ToEncoder } from './encoder-messages.ts'
import { type EncoderSession, openEncoderSession } from './encoder-session.ts'

/**
 * The process that runs an encoder (started by `EncoderProcess`), one question at a time. It ends with the one that started it,
 * and not by Ctrl-C: that one drains first.
 */
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit())

let session: EncoderSession | null = null
let turn: Promise<unknown> = Promise.resolve()
process.on('message', (message: ToEncoder) => {
  turn = turn.then(async () => tell(await answerTo(message)))
})

async function answerTo(message: ToEncoder): Promise<FromEncoder> {
  try {
    if (message.type === 'OPEN') {
      session = await openEncoderSession(message.settings)
      return { type: 'OPENED' }
    }
    if (session === null) throw new Error('ENCODE without an open encoder')
    const startedAt = performance.now()
    const encoded = await session.encode(message.texts)
    return { type: 'ENCODED', ...encoded, ms: performance.now() - startedAt }
  } catch (error) {
    if (!(error instanceof NicrError)) throw error
    return { type: 'FAILED', code: error.code, detail: error.message }
  }
}

function tell(message: FromEncoder): void {
  process.send?.(message)
}
