import { colourStatisticNames, colourStatistics } from './colour-statistics.ts'
import { localStatisticNames, localStatistics } from './local-statistics.ts'
import { planesOf } from './planes.ts'
import type { Raster } from './raster.ts'
import { residualStatisticNames, residualStatistics } from './residual-statistics.ts'
import { shrinkToPixels } from './resize.ts'
import type { TextMap } from './text-regions.ts'
import { textureStatisticNames, textureStatistics } from './texture-statistics.ts'

/** The detector of text sees a picture at so many pixels at most. */
export const TEXT_PIXELS = 65_536
/** Colours and texture are counted in so many at most: a small photo is not resampled, which would blur what blending leaves. */
const STATISTICS_PIXELS = 43_200

/** The text map is told in cells of a square grid. */
const MAP_GRID = 4
/** How likely text is at least, for a place to count as text. */
const TEXT_MINS = [0.1, 0.3, 0.6] as const

/** Names of the features, in their order; versions are trained on these. */
export const imageFeatureNames: readonly string[] = [
  ...colourStatisticNames,
  ...textureStatisticNames,
  ...residualStatisticNames,
  ...localStatisticNames,
  ...TEXT_MINS.map(min => `text.above${min}`),
  'text.mean',
  'text.max',
  'text.rows',
  ...Array.from({ length: MAP_GRID ** 2 }, (_, i) => `text.cell${i}`),
]

/** Stated in manifests: a version reads by the features that it was trained with. */
export interface ImageFeatureSettings {
  /** Changes whenever the same picture gets other features. */
  readonly revision: number
  readonly count: number
}

export const imageFeatureSettings: ImageFeatureSettings = { revision: 3, count: imageFeatureNames.length }

/**
 * What the image-spam model goes by: colours, texture and where text is likely. The picture's size, shape and file have no part
 * in it: what is larger than `STATISTICS_PIXELS` is scaled down to that first.
 * @param image RGB or grey, any size
 * @param map of the text detector, at `TEXT_PIXELS`
 * @returns `imageFeatureNames.length` numbers
 */
export function imageFeatures(image: Raster, map: TextMap): Float32Array {
  const small = inColour(shrinkToPixels(image, STATISTICS_PIXELS))
  const planes = planesOf(small)
  const parts = [
    colourStatistics(small, planes),
    textureStatistics(planes),
    residualStatistics(small, planes),
    localStatistics(planes),
    textMapStatistics(map),
  ]
  const features = new Float32Array(imageFeatureNames.length)
  let at = 0
  for (const part of parts) {
    features.set(part, at)
    at += part.length
  }
  if (at !== features.length) throw new Error(`${at} features, not ${features.length}`)
  return features
}

function inColour({ width, height, channels, data }: Raster): Raster {
  if (channels === 3) return { width, height, channels, data }
  return {
    width,
    height,
    channels: 3,
    data: Uint8Array.from({ length: 3 * data.length }, (_, i) => data[Math.floor(i / 3)]!),
  }
}

function textMapStatistics({ width, height, data }: TextMap): number[] {
  const cells = new Float32Array(MAP_GRID ** 2)
  const above = new Float32Array(TEXT_MINS.length)
  let [sum, max, rows, wasText] = [0, 0, 0, false]
  for (let y = 0; y < height; y++) {
    let rowMax = 0
    for (let x = 0; x < width; x++) {
      const likely = data[y * width + x]!
      sum += likely
      rowMax = Math.max(rowMax, likely)
      for (const [i, min] of TEXT_MINS.entries()) if (likely >= min) above[i]! += 1
      cells[Math.floor((y * MAP_GRID) / height) * MAP_GRID + Math.floor((x * MAP_GRID) / width)]! += likely
    }
    max = Math.max(max, rowMax)
    const isText = rowMax >= TEXT_MINS[1]
    if (isText && !wasText) rows++
    wasText = isText
  }
  const count = width * height
  const shares = [...above, sum].map(one => Math.sqrt(one / count))
  return [...shares, max, Math.log2(1 + rows), ...cells.map(one => Math.sqrt((one * MAP_GRID ** 2) / count))]
}
