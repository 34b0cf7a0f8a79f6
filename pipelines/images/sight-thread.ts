import { existsSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { LogoEntry } from '../../processors/images/logo-template.ts'
import { NicrError } from '../../schemas/errors.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { OneQuestion } from '../runtime/one-question.ts'
import type { ImageLimits } from './decode-image.ts'
import type { FromSight, SightThreadData, ToSight } from './sight-messages.ts'

/** JavaScript's heap of a thread; pixels lie outside it, and are bounded by the limits of decoding. */
const HEAP_MIB = 512
/** Past its own time a thread that does not answer is ended, in ms. */
const GRACE_MS = 20_000

/**
 * A thread that sees one picture at a time. It is ended, and the picture given up, where it does not answer in time.
 * After `isDone` it takes no more.
 */
export class SightThread {
  private readonly worker: Worker
  private readonly question: OneQuestion<FromSight>
  /** Pictures opened so far. */
  opened = 0

  /** @param onEnd called once, when the thread takes no more */
  constructor(limits: ImageLimits, logos: readonly LogoEntry[], onEnd: () => void) {
    this.question = new OneQuestion(onEnd)
    const program = packagePath('dist', 'pipelines', 'images', 'sight-worker.js')
    if (!existsSync(program)) throw new Error(`${program} is missing: run \`npm run build\``)
    const workerData: SightThreadData = { limits }
    this.worker = new Worker(program, {
      workerData,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    })
    this.worker.unref()
    this.worker.on('message', (message: FromSight) => this.question.answer(message))
    this.worker.on('error', error => this.question.end(asFailure(error)))
    this.worker.on('exit', () => this.question.end(new Error('the thread that sees pictures has ended')))
    this.tell({ type: 'LOGOS', logos })
  }

  get isDone(): boolean {
    return this.question.hasEnded
  }

  /** @throws NicrError the picture's own failure, NICR_IMAGE_TIMEOUT, NICR_IMAGE_TOO_LARGE */
  async ask(message: ToSight, timeoutMs: number): Promise<Exclude<FromSight, { type: 'FAILED' }>> {
    if (this.question.hasEnded) throw new Error('the thread that sees pictures has ended')
    this.worker.ref()
    const answered = this.question.answered()
    const late = new NicrError('NICR_IMAGE_TIMEOUT', `looking at the image took more than ${timeoutMs} ms`)
    const timer = setTimeout(() => {
      this.question.end(late)
      void this.worker.terminate()
    }, timeoutMs + GRACE_MS)
    this.tell(message)
    try {
      const answer = await answered
      if (answer.type === 'FAILED') throw new NicrError(answer.code, answer.detail)
      return answer
    } finally {
      clearTimeout(timer)
      this.worker.unref()
    }
  }

  /** Says what has no answer. */
  tell(message: ToSight): void {
    this.worker.postMessage(message)
  }

  async close(): Promise<void> {
    this.question.end(new Error('the thread that sees pictures was closed'))
    await this.worker.terminate()
  }
}

/** A picture that fills the thread's memory is too large; anything else is a bug. */
function asFailure(error: unknown): unknown {
  if ((error as NodeJS.ErrnoException).code !== 'ERR_WORKER_OUT_OF_MEMORY') return error
  return new NicrError('NICR_IMAGE_TOO_LARGE', `looking at the image took more than ${HEAP_MIB} MiB`)
}
