import { Counter, type Registry } from 'prom-client'
import type { ErrorCode } from '../../schemas/errors.ts'

/** What becomes of tagged images. */
export class BankMetrics {
  private readonly failures

  constructor(registry: Registry) {
    this.failures = new Counter({
      registers: [registry],
      name: 'nicr_bank_failures_total',
      help: 'Tagged images that could not be looked at, and so did not come into the bank, by code.',
      labelNames: ['code'],
    })
  }

  /** An image that somebody tagged could not be looked at. */
  countFailure(code: ErrorCode): void {
    this.failures.inc({ code })
  }
}
