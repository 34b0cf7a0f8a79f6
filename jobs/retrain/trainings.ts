import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { Promotions } from '../../processors/fold-promotions.ts'
import type { SaidStep, Training, TrainingOutcome } from '../../processors/retrain/next-move.ts'
import { isUnavailable, NicrError } from '../../schemas/errors.ts'
import type { RetrainRequest } from '../../schemas/records.ts'

/** What a training is told. */
export interface TrainingWish {
  readonly kind: KindDeclaration
  readonly request: RetrainRequest
  /** The version that is live, and that it starts from. */
  readonly champion: string
  /** Labels from then on are new to it, ms since the epoch. */
  readonly since: number
  /** As far as they are known: numbers that were promoted once are not given again. */
  readonly promotions: Promotions
}

export interface TrainingNews {
  readonly task: string
  /** Of all the work, 0–1. */
  readonly progress: number
  readonly figures: Readonly<Record<string, number>>
  readonly detail: string
  readonly version: string | null
}

export interface TrainOrder {
  /**
   * Makes a challenger; what the gates say is its outcome.
   * @throws NicrError where it cannot be made: the request is refused with that
   */
  readonly train: (
    wish: TrainingWish,
    parts: { readonly signal: AbortSignal; readonly onNews: (news: TrainingNews) => void },
  ) => Promise<TrainingOutcome>
  /** Told of what a training threw unexpectedly; its request is refused, and the loop goes on. */
  readonly onBug: (error: unknown) => void
}

interface Run {
  readonly kind: string
  readonly requestId: string
  readonly stop: AbortController
  done: Promise<void>
  state: Training
  news: TrainingNews | null
}

/** The trainings of this process: one at a time, beside everything else. */
export class Trainings {
  private readonly order: TrainOrder
  private run: Run | null = null

  constructor(order: TrainOrder) {
    this.order = order
  }

  /** Whether a training runs, or its outcome was not taken yet. */
  get isBusy(): boolean {
    return this.run !== null
  }

  stateOf(kind: string): Training {
    return this.run?.kind === kind ? this.run.state : { state: 'NONE' }
  }

  start(wish: TrainingWish): void {
    if (this.run !== null) throw new Error('one training runs already')
    const { kind, request } = wish
    const stop = new AbortController()
    const requestId = request.id
    const run: Run = {
      kind: kind.kind,
      requestId,
      stop,
      state: { state: 'RUNNING', requestId },
      news: {
        task: 'snapshot',
        progress: 0,
        figures: {},
        detail: 'The data set is put together.',
        version: null,
      },
      done: Promise.resolve(),
    }
    this.run = run
    run.done = this.work(run, wish)
  }

  private async work(run: Run, wish: TrainingWish): Promise<void> {
    const { requestId, stop } = run
    try {
      const outcome = await this.order.train(wish, {
        signal: stop.signal,
        onNews: news => {
          run.news = news
        },
      })
      run.state = { state: 'DONE', requestId, outcome }
    } catch (error) {
      if (!stop.signal.aborted) this.failed(run, error)
    }
  }

  /** What is new of a training since it was last asked; null for nothing. */
  news(kind: string): SaidStep | null {
    const { run } = this
    if (run === null || run.kind !== kind || run.news === null) return null
    const { task, progress, figures, detail, version } = run.news
    run.news = null
    return {
      requestId: run.requestId,
      step: 'TRAINING',
      task,
      progress,
      figures,
      detail,
      modelVersion: version,
    }
  }

  /** Stops a kind's training, or any; resolves once it has ended. */
  async cancel(kind?: string): Promise<void> {
    const { run } = this
    if (run === null || (kind !== undefined && run.kind !== kind)) return
    run.stop.abort(new Error('the training was cancelled'))
    await run.done
    this.run = null
  }

  /** Its outcome was taken. */
  forget(kind: string): void {
    if (this.run?.kind === kind && this.run.state.state === 'DONE') this.run = null
  }

  private failed(run: Run, error: unknown): void {
    // A part that is away comes back: the training begins anew, and the request is not refused for it.
    if (isUnavailable(error)) {
      this.run = null
      return
    }
    const code = error instanceof NicrError ? error.code : null
    if (code === null) this.order.onBug(error)
    const what = `${code ?? 'a bug'}: ${(error as Error).message}`
    const detail = `The training failed, and the champion stays: ${what}`
    const { requestId } = run
    run.state = { state: 'DONE', requestId, outcome: { passed: false, version: null, detail } }
  }
}
