import { type CopyBank, createCopyBank } from './copy-bank.ts'

/** Pictures since the last index was made; all of them are indexed anew with each that comes. */
const RECENT_MAX = 32

interface Layer {
  readonly from: number
  readonly hashes: readonly Uint8Array[]
  readonly bank: CopyBank
}

/**
 * Finds near-copies among pictures that come one after the other: in layers that double, so that each picture is indexed as
 * often as the number of pictures has bits (Bentley & Saxe, 1980).
 */
export class NearPictureFinder {
  private layers: Layer[] = []
  private recent: Layer = layerOf(0, [])
  private count = 0

  /**
   * @param hashes of `hashPicture`
   * @returns of those added before some that are nearly the same, numbered from 0 in the order they were added: the likest of each
   * layer
   */
  add(hashes: Uint8Array): number[] {
    const found = [...this.layers, this.recent].flatMap(({ bank }) => bank.find(hashes)?.entry ?? [])
    const { from } = this.recent
    this.recent = layerOf(from, [...this.recent.hashes, hashes])
    this.count++
    if (this.recent.hashes.length === RECENT_MAX) this.merge()
    return found.map(Number)
  }

  private merge(): void {
    let last = this.recent
    for (;;) {
      const before = this.layers.at(-1)
      if (before === undefined || before.hashes.length > last.hashes.length) break
      this.layers.pop()
      last = layerOf(before.from, [...before.hashes, ...last.hashes])
    }
    this.layers.push(last)
    this.recent = layerOf(this.count, [])
  }
}

function layerOf(from: number, hashes: readonly Uint8Array[]): Layer {
  const entries = hashes.map((one, i) => ({ id: String(from + i), name: '', weight: 1, hashes: one }))
  return { from, hashes, bank: createCopyBank(entries) }
}
