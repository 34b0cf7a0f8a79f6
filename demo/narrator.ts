/** Tells a person at the terminal what happens: lines with their time and, on a terminal only, one that lives. */
export interface Narrator {
  /** A line with the time since the start. */
  say(line: string): void
  /** Lines as they are. */
  print(text: string): void
  /** What is the case now; nothing where there is no terminal. */
  show(status: string): void
}

const SHOWN_MIN = 20

export function createNarrator(output: NodeJS.WriteStream, elapsedMs: () => number): Narrator {
  let isShown = false
  const clear = () => {
    if (isShown) output.write('\r\u001b[2K')
    isShown = false
  }
  return {
    say(line) {
      clear()
      output.write(`${clock(elapsedMs())}  ${line}\n`)
    },
    print(text) {
      clear()
      output.write(`${text}\n`)
    },
    show(status) {
      if (!output.isTTY) return
      const width = Math.max(SHOWN_MIN, output.columns - 1)
      output.write(`\r\u001b[2K${`${clock(elapsedMs())}  ${status}`.slice(0, width)}`)
      isShown = true
    },
  }
}

/** Minutes and seconds, as `3:07`. */
export function clock(ms: number): string {
  const seconds = Math.floor(ms / 1000)
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
