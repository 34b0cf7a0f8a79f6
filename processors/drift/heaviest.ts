/**
 * Who said a word most often: counts of the heaviest keys of a stream in a bounded place (Misra & Gries 1982). No count is too
 * high; one is too low by at most a fifth of what the other keys have. It tells a burst of one author, or of one thread within
 * an hour, from language: a burst is heavy in one key (Kleinberg 2002 tells them apart in time).
 */

const KEYS_MAX = 4

export class Heaviest {
  private readonly keys: number[] = []
  private readonly counts: number[] = []

  /** @param key 0: unknown, taken to be another each time */
  add(key: number, count: number): void {
    if (key === 0) return
    const { keys, counts } = this
    const place = keys.indexOf(key)
    if (place >= 0) {
      counts[place]! += count
      return
    }
    if (keys.length < KEYS_MAX) {
      keys.push(key)
      counts.push(count)
      return
    }
    const least = Math.min(count, ...counts)
    for (let i = keys.length - 1; i >= 0; i--) {
      counts[i]! -= least
      if (counts[i]! > 0) continue
      keys.splice(i, 1)
      counts.splice(i, 1)
    }
    if (count > least) {
      keys.push(key)
      counts.push(count - least)
    }
  }

  /** What the heaviest keys have beyond `each`. */
  excess(each: number): number {
    let sum = 0
    for (const count of this.counts) sum += Math.max(0, count - each)
    return sum
  }

  snapshot(): number[] {
    return [...this.keys, ...this.counts]
  }

  static of(state: readonly number[]): Heaviest {
    const heaviest = new Heaviest()
    const half = state.length / 2
    heaviest.keys.push(...state.slice(0, half))
    heaviest.counts.push(...state.slice(half))
    return heaviest
  }
}

/** Two bytes of a varint hold it. */
const KEYS = 8191

/** A key for a name, 1 to 8191: two names share one now and then, which at worst hides a word a little longer. */
export function keyOf(name: string): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193)
  return 1 + (((hash ^ (hash >>> 15)) >>> 0) % KEYS)
}
