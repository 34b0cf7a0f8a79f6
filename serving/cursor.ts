/**
 * A cursor is the next offset of each partition, so it survives a change of replica. For clients it is opaque: JSON
 * `[1, partition, offset, partition, offset, …]` in base64url, 1 being the version of this form.
 */
export type Offsets = ReadonlyMap<number, number>

const FORM = 1
/** A topic may have this many partitions before a cursor counts as forged. */
const PARTITIONS_MAX = 10_000
const CURSOR_LENGTH_MAX = 200_000

export function encodeCursor(nextOffsets: Offsets): string {
  const parts: number[] = [FORM]
  for (const [partition, offset] of nextOffsets) parts.push(partition, offset)
  return Buffer.from(JSON.stringify(parts)).toString('base64url')
}

/** Null if the text is not a cursor of this form. */
export function decodeCursor(cursor: string): Offsets | null {
  if (cursor.length > CURSOR_LENGTH_MAX) return null
  const parts = parseNumbers(cursor)
  if (parts === null || parts[0] !== FORM || parts.length % 2 !== 1 || parts.length > 1 + 2 * PARTITIONS_MAX)
    return null
  const offsets = new Map<number, number>()
  for (let i = 1; i < parts.length; i += 2) offsets.set(parts[i]!, parts[i + 1]!)
  return offsets
}

function parseNumbers(cursor: string): number[] | null {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const sound = Array.isArray(parts) && parts.every(part => Number.isSafeInteger(part) && part >= 0)
    return sound ? parts : null
  } catch {
    return null
  }
}
