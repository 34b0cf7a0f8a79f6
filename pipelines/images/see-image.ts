import { imageFeatures, TEXT_PIXELS } from '../../processors/images/image-features.ts'
import { hasSameLines, type LineMarks, markLines } from '../../processors/images/line-marks.ts'
import type { LogoBank } from '../../processors/images/logo-template.ts'
import { hashPicture } from '../../processors/images/picture-hash.ts'
import { type PictureSignature, signatureOf } from '../../processors/images/picture-signature.ts'
import type { Raster } from '../../processors/images/raster.ts'
import { mayHoldText } from '../../processors/images/reading-policy.ts'
import type { LogoMatch, ReadText } from '../../processors/images/seen-image.ts'
import type { TextReader } from '../../processors/images/text-reader.ts'
import { openPolicyReader } from '../runtime/inference/policy-reader.ts'
import { openTextDetector } from '../runtime/inference/text-detector.ts'
import { decodeImage, type ImageLimits, imageLimits } from './decode-image.ts'
import type { SeenFacts } from './sight-messages.ts'

/** A decoded file, to be seen, compared with one that looks the same, or only searched for logos. */
export interface OpenedImage {
  /** null: an animation, which is known by its file only. */
  readonly signature: PictureSignature | null
  /** @param budget wall-clock bound of reading in ms, all frames together */
  see(budget: { readonly timeoutMs: number }): Promise<SeenFacts>
  /** Whether it shows the letters of a picture that looks the same. */
  showsLines(marks: LineMarks): boolean
  search(): readonly LogoMatch[]
}

/** Sees pictures in the thread that it is called in, one after the other. */
export interface ImageSight {
  /**
   * @param sha256 of the bytes, hex
   * @throws NicrError NICR_IMAGE_* of `decodeImage`
   */
  open(bytes: Uint8Array, sha256: string): Promise<OpenedImage>
  /** Searched for from the next picture on. */
  setLogos(logos: LogoBank | null): void
  close(): Promise<void>
}

const NOTHING_READ: ReadText = { lines: [], text: '', confidence: 0, complete: true }

/** Opens the networks that see and read; `close` closes them. */
export async function openImageSight(limits: ImageLimits = imageLimits): Promise<ImageSight> {
  const [detector, reader] = await Promise.all([openTextDetector(), openPolicyReader()])
  let logos: LogoBank | null = null

  async function see(frames: readonly Raster[], sha256: string, timeoutMs: number): Promise<SeenFacts> {
    const until = performance.now() + timeoutMs
    const [first] = frames
    const map = await detector.detect(first!, TEXT_PIXELS)
    const features = imageFeatures(first!, map)
    const isRead = frames.length > 1 || mayHoldText(map, first!)
    const reading = isRead ? await readFrames(reader, frames, () => until - performance.now()) : NOTHING_READ
    const facts = {
      sha256,
      features,
      hashes: hashPicture(first!),
      reading,
      logos: searchFrames(frames),
      // Of a page too dense to be read whole the largest lines say enough; what time cut short may miss all of them.
      complete: reading.complete || performance.now() < until,
    }
    return { facts, marks: markLines(first!, reading.lines) }
  }

  function searchFrames(frames: readonly Raster[]): readonly LogoMatch[] {
    return logos === null
      ? []
      : (frames.map(frame => logos!.find(frame)).find(found => found.length > 0) ?? [])
  }

  return {
    async open(bytes, sha256) {
      const { frames } = await decodeImage(bytes, limits)
      return {
        signature: frames.length === 1 ? signatureOf(frames[0]!) : null,
        see: ({ timeoutMs }) => see(frames, sha256, timeoutMs),
        showsLines: marks => hasSameLines(frames[0]!, marks),
        search: () => searchFrames(frames),
      }
    },
    setLogos(bank) {
      logos = bank
    },
    close: async () => {
      await Promise.all([detector.close(), reader.close()])
    },
  }
}

/** Of an animation the frame with the most text counts: what is hidden in it is hidden in a later one. */
async function readFrames(
  reader: TextReader,
  frames: readonly Raster[],
  leftMs: () => number,
): Promise<ReadText> {
  let longest = NOTHING_READ
  let complete = true
  for (const frame of frames) {
    const reading = await reader.read(frame, { timeoutMs: Math.max(0, leftMs()) })
    complete &&= reading.complete
    if (reading.text.length > longest.text.length) longest = reading
  }
  return { ...longest, complete }
}
