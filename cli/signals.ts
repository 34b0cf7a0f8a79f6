/** Waits for SIGINT or SIGTERM; a second one ends the process at once. */
export function nextStopSignal(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let asked = false
    const onSignal = (signal: NodeJS.Signals) => {
      if (asked) process.exit(1)
      asked = true
      resolve(signal)
    }
    process.on('SIGINT', onSignal)
    process.on('SIGTERM', onSignal)
  })
}
