import { imageFeatureNames } from '../../processors/images/image-features.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'

/** What was seen in a picture, made up, to be varied where it matters. */
export function aSeenImage(changes: Partial<SeenImage> = {}): SeenImage {
  return {
    ref: 'blob:1',
    sha256: '1'.repeat(64),
    features: new Float32Array(imageFeatureNames.length),
    hashes: new Uint8Array(0),
    reading: { lines: [], text: '', confidence: 0, complete: true },
    words: null,
    logos: [],
    copyOf: null,
    complete: true,
    ...changes,
  }
}
