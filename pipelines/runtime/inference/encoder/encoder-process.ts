import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { NicrError } from '../../../../schemas/errors.ts'
import { packagePath } from '../../../../schemas/package-root.ts'
import { OneQuestion } from '../../one-question.ts'
import type { EncodedTexts, FromEncoder, ToEncoder } from './encoder-messages.ts'
import type { SessionSettings } from './encoder-session.ts'

type Answer = Exclude<FromEncoder, { readonly type: 'FAILED' }>

/** Past it a process that does not answer is ended, in ms. */
const ANSWER_MS = 60_000

/** What is asked of a process that has ended, whatever ended it: another may be asked the same. */
export class EncoderEnded extends Error {}

/**
 * A process that runs one encoder, one question at a time. A process rather than a thread: onnxruntime-node does not give back all that
 * a session took, and what goes wrong in native code takes nobody along.
 */
export class EncoderProcess {
  private readonly child: ChildProcess
  private readonly question: OneQuestion<FromEncoder>

  /** @param onEnd called once, when the process answers no more */
  constructor(onEnd: () => void) {
    this.question = new OneQuestion(onEnd)
    const program = packagePath('dist', 'pipelines', 'runtime', 'inference', 'encoder', 'encoder-worker.js')
    if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\``)
    this.child = fork(program, { serialization: 'advanced', execArgv: [] })
    this.child.unref()
    this.child.channel?.unref()
    this.child.on('message', (message: FromEncoder) => this.question.answer(message))
    this.child.on('error', error => this.question.end(error))
    this.child.on('exit', (code, signal) =>
      this.question.end(new EncoderEnded(`the process of the encoder has ended (${signal ?? code})`)),
    )
  }

  /** @throws NicrError NICR_MODEL_INVALID */
  async open(settings: SessionSettings): Promise<void> {
    await this.ask({ type: 'OPEN', settings })
  }

  /** @throws NicrError NICR_MODEL_FAILED, NICR_MODEL_INVALID; EncoderEnded */
  async encode(texts: readonly string[]): Promise<EncodedTexts> {
    const answer = await this.ask({ type: 'ENCODE', texts })
    if (answer.type !== 'ENCODED') throw new Error(`an encoder answered ${answer.type} to ENCODE`)
    return answer
  }

  async close(): Promise<void> {
    const isGone = this.child.exitCode !== null || this.child.signalCode !== null
    const gone = isGone
      ? Promise.resolve()
      : new Promise<void>(resolve => this.child.once('exit', () => resolve()))
    this.question.end(new EncoderEnded('the process of the encoder was closed'))
    // What is not referred to would not be waited for.
    this.child.ref()
    this.child.kill('SIGKILL')
    await gone
  }

  private async ask(message: ToEncoder): Promise<Answer> {
    if (this.question.hasEnded) throw new EncoderEnded('the process of the encoder has ended')
    this.child.ref()
    this.child.channel?.ref()
    const answered = this.question.answered()
    const timer = setTimeout(() => {
      this.question.end(new EncoderEnded(`the process of the encoder did not answer within ${ANSWER_MS} ms`))
      this.child.kill('SIGKILL')
    }, ANSWER_MS)
    this.child.send(message)
    try {
      const answer = await answered
      if (answer.type === 'FAILED') throw new NicrError(answer.code, answer.detail)
      return answer
    } finally {
      clearTimeout(timer)
      this.child.unref()
      this.child.channel?.unref()
    }
  }
}
