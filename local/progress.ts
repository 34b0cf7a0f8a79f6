export type PartName = 'kafka' | 'registry' | 'clickhouse'

/** One step in the life of the embedded stack. */
export interface Progress {
  readonly part: PartName
  readonly state: 'downloading' | 'starting' | 'ready' | 'stopping' | 'stopped'
  /** For people, e.g. `12 of 142 MB`. */
  readonly detail: string
}

/** Without a terminal, a download prints a line this often. */
const plainLineMs = 5_000

interface Output {
  readonly isTTY?: boolean
  write(text: string): unknown
}

/**
 * Prints progress: on a terminal the lines of a download replace one another, elsewhere one is printed now and then.
 * Everything else takes a line of its own.
 */
export function progressPrinter(output: Output): (progress: Progress) => void {
  const onTerminal = output.isTTY === true
  let openLine = false
  let lastDownload = { part: '', at: 0 }
  return ({ part, state, detail }) => {
    const text = `${part.padEnd(10)} ${state}${detail === '' ? '' : `: ${detail}`}`
    const start = openLine ? '\r\u001b[2K' : ''
    openLine = onTerminal && state === 'downloading'
    if (openLine) output.write(start + text)
    else if (state !== 'downloading') output.write(`${start}${text}\n`)
    else if (part !== lastDownload.part || Date.now() - lastDownload.at >= plainLineMs) {
      lastDownload = { part, at: Date.now() }
      output.write(`${text}\n`)
    }
  }
}
