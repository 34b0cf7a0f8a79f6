import { createHash } from 'node:crypto'
import { imageFeatures } from '../../processors/images/image-features.ts'
import type { Raster } from '../../processors/images/raster.ts'
import type { CopyMatch, LogoMatch, ReadText, ReadVerdict, SeenImage } from '../../processors/images/seen-image.ts'
import type { TextReader } from '../../processors/images/text-reader.ts'
import { type ImageBackbone, openImageBackbone } from '../runtime/inference/image-backbone.ts'
import { decodeImage } from './decode-image.ts'

/** What the banks know of a picture. */
export interface Recognised {
  readonly hashes: Uint8Array
  readonly logos: readonly LogoMatch[]
  readonly copyOf: CopyMatch | null
}

/** What sight is made of beside decoding and features; without a part nothing is seen of what it sees. */
export interface SightParts {
  readonly reader?: TextReader
  /** What the text-spam model says of what was read; null where that is too little. */
  readonly words?: (text: string) => ReadVerdict | null | Promise<ReadVerdict | null>
  readonly recognise?: (image: Raster) => Recognised | Promise<Recognised>
  /** How bad a frame is: of an animation the worst counts, or the first where nothing tells. */
  readonly badness?: (seen: SeenImage) => number
}

export interface ImageSight {
  /**
   * @param bytes of an image file
   * @param ref as the content names it
   * @param budget wall-clock bound of reading, in ms, all frames together
   * @throws NicrError NICR_IMAGE_UNREADABLE and the other NICR_IMAGE_* of `decodeImage`
   */
  see(bytes: Uint8Array, ref: string, budget: { readonly timeoutMs: number }): Promise<SeenImage>
  close(): Promise<void>
}

const NOTHING_READ: ReadText = { lines: [], text: '', confidence: 0, complete: true }
const NOTHING_KNOWN: Recognised = { hashes: new Uint8Array(0), logos: [], copyOf: null }

/** Opens the text detector's network; `close` closes it, and the reader. */
export async function createImageSight(parts: SightParts = {}): Promise<ImageSight> {
  const backbone = await openImageBackbone()
  return {
    async see(bytes, ref, { timeoutMs }) {
      const until = performance.now() + timeoutMs
      const { frames } = await decodeImage(bytes)
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      let worst: SeenImage | null = null
      for (const frame of frames) {
        const seen = { ref, sha256, ...(await seeFrame(backbone, parts, frame, until - performance.now())) }
        if (worst === null || (parts.badness?.(seen) ?? 0) > (parts.badness?.(worst) ?? 0)) worst = seen
      }
      return worst!
    },
    close: async () => {
      await Promise.all([backbone.close(), parts.reader?.close()])
    },
  }
}

async function seeFrame(
  backbone: ImageBackbone,
  { reader, words, recognise }: SightParts,
  frame: Raster,
  timeoutMs: number,
): Promise<Omit<SeenImage, 'ref' | 'sha256'>> {
  const features = imageFeatures(frame, await backbone.look(frame))
  const reading = (await reader?.read(frame, { timeoutMs: Math.max(0, timeoutMs) })) ?? NOTHING_READ
  return {
    features,
    ...((await recognise?.(frame)) ?? NOTHING_KNOWN),
    reading,
    words: reading.text === '' ? null : ((await words?.(reading.text)) ?? null),
    complete: reading.complete,
  }
}
