import { NEW_ACCOUNT_MS } from '../processors/drift/text-drift.ts'

/**
 * SQL: whether a vote or report is of an account that is not new, or of which the platform does not say; as `judge-readers` has it. Times
 * that the producer states ahead of the broker's make no account older.
 */
export const OF_OLD_ACCOUNT = `(accountSince IS NULL OR accountSince <= least(at, _appended_at) - toIntervalMillisecond(${NEW_ACCOUNT_MS}))`
