/**
 * One question at a time to a thread or process that answers by messages, and may end before it does. Whoever owns it says what was answered, and
 * when it has ended.
 */
export class OneQuestion<Answer> {
  private readonly onEnd: () => void
  private waiting: { done: (answer: Answer) => void; fail: (error: unknown) => void } | null = null
  private isOver = false

  /** @param onEnd called once, when there will be no more answers */
  constructor(onEnd: () => void) {
    this.onEnd = onEnd
  }

  get hasEnded(): boolean {
    return this.isOver
  }

  /** Resolves with the next answer; rejects with the error that it ends by. */
  answered(): Promise<Answer> {
    return new Promise((done, fail) => {
      this.waiting = { done, fail }
    })
  }

  answer(answer: Answer): void {
    const { waiting } = this
    this.waiting = null
    waiting?.done(answer)
  }

  end(error: unknown): void {
    if (!this.isOver) this.onEnd()
    this.isOver = true
    const { waiting } = this
    this.waiting = null
    waiting?.fail(error)
  }
}
