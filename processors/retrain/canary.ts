import { hashId } from '../../schemas/ids.ts'

/** Hex digits of a hash that are read as a share of 1. */
const DIGITS = 8

/**
 * Whether a challenger in its canary answers a content: the same for every revision, replica and replay.
 * @param share of the content that it answers, 0–1
 */
export function isInCanary(kind: string, contentId: string, share: number): boolean {
  if (share <= 0) return false
  if (share >= 1) return true
  return Number.parseInt(hashId(['canary', kind, contentId]).slice(0, DIGITS), 16) / 16 ** DIGITS < share
}
