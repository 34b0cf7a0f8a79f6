import { BurstBank } from '../../processors/images/burst-bank.ts'
import type { CopyBank } from '../../processors/images/copy-bank.ts'
import { KnownPictures } from '../../processors/images/known-pictures.ts'
import type { LogoEntry } from '../../processors/images/logo-template.ts'
import type { CopyMatch, ReadVerdict, SeenImage } from '../../processors/images/seen-image.ts'
import type { ScorableImage } from '../../processors/scorer.ts'
import { isUnavailable, NicrError } from '../../schemas/errors.ts'
import { sha256Of } from './blob-store.ts'
import type { ImageFetcher } from './fetch-image.ts'
import type { Looked, Posting } from './look-at-images.ts'
import type { ImageFacts, SeenFacts } from './sight-messages.ts'
import type { OpenPicture, SightPool } from './sight-pool.ts'
import { WaitingLine } from './waiting-line.ts'

/** What is recognised besides: tagged pictures and marked logos. */
export interface Recognition {
  readonly copies: CopyBank
  readonly logos: readonly LogoEntry[]
}

export interface LookerParts {
  readonly fetcher: ImageFetcher
  readonly pool: SightPool
  /** What the text model says of read words; null where they are too few, or none answers. */
  readonly words: (text: string) => ReadVerdict | null | Promise<ReadVerdict | null>
}

/** Answered without looking: by the very file; by a picture that looks the same; LOOKED: by nothing. */
export type LookSource = 'FILE' | 'PICTURE' | 'LOOKED'

export interface LookOptions {
  /** For reading, in ms. */
  readonly timeoutMs: number
  readonly onLooked?: (source: LookSource) => void
  /** Who posted it; none of a draft, nor where a training looks again. */
  readonly posting?: Posting | undefined
  /** Whether somebody sits in front of it: it goes before all others. Not unless given. */
  readonly isUrgent?: boolean
}

/** Pictures whose facts are remembered, some 20 KiB each, with many words up to 180. */
const KNOWN_MAX = 2_000
/** Files in memory at once, each as large as the limits allow. */
const FETCHES_MAX = 8

const NO_LOGOS: readonly LogoEntry[] = []

interface Known extends SeenFacts {
  /** Of the logos that were searched for. */
  readonly logos: readonly LogoEntry[]
}

/**
 * Looks at pictures wherever they lie: fetches, sees, recognises. A file that was seen lately, or a picture that looks the same, is answered from
 * memory; words, near-copies and new logos are judged by what holds now.
 */
export class ImageLooker {
  private readonly parts: LookerParts
  private readonly known = new KnownPictures<Known>(KNOWN_MAX)
  private readonly looking = new Map<string, Promise<ImageFacts>>()
  private readonly waiting = new WaitingLine<() => void>()
  private fetching = 0
  private recognition: Recognition | null = null
  private readonly bursts = new BurstBank()

  constructor(parts: LookerParts) {
    this.parts = parts
  }

  /** From the next picture on. */
  recognise(recognition: Recognition): void {
    this.recognition = recognition
    this.parts.pool.setLogos(recognition.logos)
  }

  /** @throws NicrError NICR_BLOBS_UNAVAILABLE: the same may be tried again */
  async look(image: ScorableImage, options: LookOptions): Promise<Looked> {
    try {
      return { status: 'SEEN', seen: await this.see(image, options) }
    } catch (error) {
      if (!(error instanceof NicrError) || isUnavailable(error)) throw error
      return { status: 'FAILED', code: error.code, detail: error.message }
    }
  }

  private async see(image: ScorableImage, options: LookOptions): Promise<SeenImage> {
    const facts = await this.inTurn(async () => {
      const bytes = await this.parts.fetcher.fetch(image)
      return this.factsOf(bytes, options)
    }, options.isUrgent ?? false)
    const copyOf = surer(
      this.recognition?.copies.find(facts.hashes) ?? null,
      this.bursts.find(facts.hashes, options.posting),
    )
    const { text } = facts.reading
    const words = text === '' ? null : await this.parts.words(text)
    return { ...facts, ref: image.ref, words, copyOf }
  }

  private async factsOf(bytes: Uint8Array, options: LookOptions): Promise<ImageFacts> {
    const sha256 = sha256Of(bytes)
    const logos = this.recognition?.logos ?? NO_LOGOS
    const known = this.known.get(sha256)
    if (known !== undefined && known.logos === logos) {
      options.onLooked?.('FILE')
      return known.facts
    }
    // The same file in two posts at once is looked at once.
    const begun = this.looking.get(sha256)
    if (begun !== undefined) {
      options.onLooked?.('FILE')
      return begun
    }
    const look = this.lookAnew(bytes, sha256, options).finally(() => this.looking.delete(sha256))
    this.looking.set(sha256, look)
    return look
  }

  private lookAnew(bytes: Uint8Array, sha256: string, options: LookOptions): Promise<ImageFacts> {
    const logos = this.recognition?.logos ?? NO_LOGOS
    const lookOnce = async (picture: OpenPicture) => {
      const { signature } = picture
      const alike = this.known.get(sha256) ?? (await this.knownLike(picture))
      if (alike === undefined) {
        options.onLooked?.('LOOKED')
        const { facts, marks } = await picture.see(options.timeoutMs)
        // What the deadline cut short is looked at again when it comes again.
        if (facts.complete) this.known.put(sha256, signature, { facts, marks, logos })
        return facts
      }
      options.onLooked?.('PICTURE')
      const found = logos.length === 0 ? [] : await picture.search()
      const facts = { ...alike.facts, sha256, logos: found }
      this.known.put(sha256, signature, { facts, marks: alike.marks, logos })
      return facts
    }
    return this.parts.pool.withOpen({ bytes, sha256 }, lookOnce, options.isUrgent)
  }

  /** A picture that looks the same, and in which the same words stand. */
  private async knownLike({ signature, showsLines }: OpenPicture): Promise<Known | undefined> {
    if (signature === null) return undefined
    for (const known of this.known.like(signature)) if (await showsLines(known.marks)) return known
    return undefined
  }

  private async inTurn<T>(work: () => Promise<T>, isUrgent: boolean): Promise<T> {
    if (this.fetching >= FETCHES_MAX) await new Promise<void>(resolve => this.waiting.add(resolve, isUrgent))
    else this.fetching++
    try {
      return await work()
    } finally {
      const next = this.waiting.next()
      if (next === undefined) this.fetching--
      else next()
    }
  }
}

function surer(one: CopyMatch | null, other: CopyMatch | null): CopyMatch | null {
  const strength = (match: CopyMatch | null) => (match === null ? 0 : match.similarity * match.weight)
  return strength(other) > strength(one) ? other : one
}
