import {
  type EncoderSession,
  openEncoderSession,
} from '../pipelines/runtime/inference/encoder/encoder-session.ts'
import type { EncoderQuestion, EncoderRate } from './encoder-side.ts'

/** Our side of the encoder benchmark, a program of its own: tokens, network and pooling, as a process of an encoder runs them. */
let session: EncoderSession | null = null

process.once('disconnect', () => process.exit(0))
process.on('message', (question: EncoderQuestion) => {
  answer(question)
    .then(answered => process.send!(answered))
    .catch(error => {
      console.error(error)
      process.exit(1)
    })
})

async function answer(question: EncoderQuestion): Promise<unknown> {
  if (question.type === 'OPEN') {
    session = await openEncoderSession(question.settings)
    return null
  }
  return rateOf(session!, question)
}

async function rateOf(
  encoder: EncoderSession,
  { texts, batch, seconds }: Extract<EncoderQuestion, { type: 'RUN' }>,
): Promise<EncoderRate> {
  await encoder.encode(texts.slice(0, batch))
  const end = performance.now() + 1000 * seconds
  const before = process.cpuUsage()
  let done = 0
  while (performance.now() < end) {
    const at = done % (texts.length - batch + 1)
    await encoder.encode(texts.slice(at, at + batch))
    done += batch
  }
  const { user, system } = process.cpuUsage(before)
  return { texts: done, cpuSeconds: (user + system) / 1e6 }
}
