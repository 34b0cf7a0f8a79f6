import { isSamePicture, type PictureSignature } from './picture-signature.ts'

/** Of pictures that look the same but for their words, so many are compared closely. */
const LIKE_MAX = 4

/** The latest pictures and what was seen in them, by file and by looks; the one asked for least lately is forgotten first. */
export class KnownPictures<Seen> {
  private readonly bySha = new Map<string, { readonly signature: PictureSignature | null; seen: Seen }>()
  private readonly max: number

  constructor(max: number) {
    this.max = max
  }

  get size(): number {
    return this.bySha.size
  }

  /** What was seen in this very file; undefined where it is not known. @param sha256 hex */
  get(sha256: string): Seen | undefined {
    const known = this.bySha.get(sha256)
    if (known === undefined) return undefined
    this.bySha.delete(sha256)
    this.bySha.set(sha256, known)
    return known.seen
  }

  /** What was seen in pictures that look the same, at most `LIKE_MAX`, the one asked for least lately first. */
  like(signature: PictureSignature): Seen[] {
    const alike: string[] = []
    for (const [sha256, known] of this.bySha) {
      if (known.signature === null || !isSamePicture(known.signature, signature)) continue
      if (alike.push(sha256) === LIKE_MAX) break
    }
    return alike.map(sha256 => this.get(sha256)!)
  }

  /** @param signature null: it is found by its file only */
  put(sha256: string, signature: PictureSignature | null, seen: Seen): void {
    this.bySha.delete(sha256)
    this.bySha.set(sha256, { signature, seen })
    const oldest = this.bySha.keys().next()
    if (this.bySha.size > this.max && oldest.done !== true) this.bySha.delete(oldest.value)
  }
}
