import { imageFeatureNames } from './image-features.ts'
import type { SeenImage } from './seen-image.ts'

/** A picture in which nothing is seen: what every model must be able to score before it is used. */
export const nothingSeen: SeenImage = {
  ref: '',
  sha256: '0'.repeat(64),
  features: new Float32Array(imageFeatureNames.length),
  hashes: new Uint8Array(0),
  reading: { lines: [], text: '', confidence: 0, complete: true },
  words: null,
  logos: [],
  copyOf: null,
  complete: true,
}
