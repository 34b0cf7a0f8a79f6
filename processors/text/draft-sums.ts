import type { DraftBefore, DraftSums } from './text-input.ts'

export function createDraftSums(before: DraftBefore | null): DraftSums {
  if (before !== null) before.sums.before = null
  return { totals: new Map(), pieces: new Map(), before }
}
