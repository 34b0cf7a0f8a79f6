/** npm passes on the Ctrl-C that the terminal sent to both: what follows sooner is the same one. */
const SECOND_SIGNAL_MS = 1_000
const PARENT_POLL_MS = 1_000

export type StopReason = NodeJS.Signals | 'PARENT_GONE'

/**
 * Waits for SIGINT or SIGTERM; a second one, a moment later, ends the process at once.
 * @param followParent stop also when the parent process is gone: `npm start` that was killed leaves its child otherwise
 */
export function nextStopSignal({
  followParent = false,
}: {
  followParent?: boolean
} = {}): Promise<StopReason> {
  return new Promise(resolve => {
    let askedAt: number | null = null
    const onSignal = (signal: NodeJS.Signals) => {
      if (askedAt !== null && performance.now() - askedAt > SECOND_SIGNAL_MS) process.exit(1)
      askedAt ??= performance.now()
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
    if (followParent) onParentGone(() => resolve('PARENT_GONE'))
  })
}

function onParentGone(gone: () => void): void {
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    gone()
  }, PARENT_POLL_MS)
  timer.unref()
}
