import type { Logger } from 'pino'
import { NicrError } from '../schemas/errors.ts'

/** Says on stderr what failed and makes the process exit with 1. A bug says where it was; an expected failure does not need to. */
export function reportFailure(error: unknown): void {
  process.stderr.write(`${failureText(error)}\n`)
  process.exitCode = 1
}

/**
 * Says in the log, as one line of JSON like all others, why something that should run until it is stopped ended by itself, and makes the
 * process exit with 1. Where nothing is logged it is said plainly.
 */
export function reportStop(log: Logger, name: string, error: unknown): void {
  if (!log.isLevelEnabled('fatal')) {
    reportFailure(new Error(`${name} stopped: ${failureText(error)}`))
    return
  }
  const [, code, detail] = /^nicr: (NICR_\w+): (.*)$/s.exec(failureText(error)) ?? []
  log.fatal(
    { processor: name, ...(code && { code }), detail: detail ?? failureText(error) },
    'stopped for good',
  )
  process.exitCode = 1
}

export function failureText(error: unknown): string {
  if (error instanceof NicrError) return `nicr: ${error.code}: ${error.message}`
  if (error instanceof Error && error.name.startsWith('KafkaJS'))
    return `nicr: NICR_KAFKA_UNAVAILABLE: ${error.message}; do the brokers of KAFKA_BROKERS run?`
  if (process.argv.includes('--trace') && error instanceof Error)
    return `nicr: unexpected error: ${error.stack}`
  const message = error instanceof Error ? error.message : String(error)
  return `nicr: unexpected error: ${message} (--trace shows where)`
}
