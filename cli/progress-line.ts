/** One line on a terminal that counts; nothing anywhere else. */
export interface ProgressLine {
  show(count: number): void
  /** Takes the line away, so that something else can be said. */
  clear(): void
}

const SHOW_EVERY_MS = 100

export function createProgressLine(
  output: NodeJS.WriteStream,
  text: (count: number) => string,
): ProgressLine {
  let shownAt = Number.NEGATIVE_INFINITY
  return {
    show(count) {
      if (!output.isTTY || performance.now() - shownAt < SHOW_EVERY_MS) return
      shownAt = performance.now()
      output.write(`\r\u001b[2K${text(count)}`)
    },
    clear() {
      if (output.isTTY) output.write('\r\u001b[2K')
    },
  }
}
