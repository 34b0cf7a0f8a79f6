import { createDraftReader, type DraftReading } from './draft-reader.ts'
import type { TextInput } from './text-input.ts'

/** Drafts that are remembered at once, of 20,000 units about a megabyte each. The one remembered first is forgotten first. */
const DRAFTS_MAX = 64

/** Remembers the last text of each long draft for as long as somebody refers to the draft. */
export function createDraftMemory(draftsMax = DRAFTS_MAX): {
  /** @param draft stands for the draft that this is a text of */
  read(draft: object, text: string): TextInput
} {
  const readDraft = createDraftReader()
  const readings = new WeakMap<object, DraftReading>()
  const remembered: WeakRef<object>[] = []
  let next = 0

  function remember(draft: object): void {
    const oldest = remembered[next]?.deref()
    if (oldest !== undefined) readings.delete(oldest)
    remembered[next] = new WeakRef(draft)
    next = (next + 1) % draftsMax
  }

  return {
    read(draft, text) {
      const before = readings.get(draft) ?? null
      if (before === null) remember(draft)
      const reading = readDraft(text, before)
      readings.set(draft, reading)
      return reading.input
    },
  }
}
