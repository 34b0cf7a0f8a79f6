import { hashId } from '../../schemas/ids.ts'
import { BURST_WEIGHT, BurstMemory, type PostedPicture } from './burst.ts'
import type { CopyEntry } from './copy-bank.ts'
import { LayeredCopyBank } from './layered-copy-bank.ts'
import type { CopyMatch } from './seen-image.ts'

/** Bursts that are remembered; the oldest is forgotten first. */
const BURSTS_MAX = 500

/**
 * Pictures that many authors posted within a while, as a bank of near-copies. It lives in memory: each process knows of what it
 * reads itself, and a new one learns of a burst from its next posts.
 */
export class BurstBank {
  private readonly memory = new BurstMemory()
  private entries: readonly CopyEntry[] = []
  private bank = new LayeredCopyBank([])

  /**
   * The burst that a picture belongs to; null where there is none.
   * @param hashes of `hashPicture`
   * @param posting who posted it; what nobody posted yet makes no burst
   */
  find(hashes: Uint8Array, posting?: Omit<PostedPicture, 'hashes'>): CopyMatch | null {
    const isKnown = posting !== undefined && posting.author !== ''
    const burst = isKnown ? this.memory.add({ ...posting, hashes }) : null
    if (burst !== null) {
      const id = hashId(['burst', Buffer.from(burst.hashes).toString('base64')])
      const name = `posted by ${burst.authors} authors`
      const entry = { id, name, weight: BURST_WEIGHT, hashes: burst.hashes }
      this.entries = [...this.entries.filter(one => one.id !== id), entry].slice(-BURSTS_MAX)
      this.bank = new LayeredCopyBank(this.entries, this.bank)
    }
    return hashes.length === 0 ? null : this.bank.find(hashes)
  }
}
