import { colourStatisticNames, colourStatistics } from './colour-statistics.ts'
import type { Raster } from './raster.ts'
import { resizeRaster, toGrey } from './resize.ts'
import type { TextMap } from './text-regions.ts'
import { textureStatisticNames, textureStatistics } from './texture-statistics.ts'

/** A layer of the text detector's network. */
export interface DeepLevel {
  readonly channels: number
  /** Cells. */
  readonly width: number
  readonly height: number
  /** channels × height × width. */
  readonly data: Float32Array
}

/** What the text detector makes of a picture, scaled to `DEEP_SIDE` square. */
export interface DeepView {
  readonly map: TextMap
  /** As many, and with as many channels, as `deepChannels` says. */
  readonly levels: readonly DeepLevel[]
}

/** Side of the square that the text detector looks at, in pixels. */
export const DEEP_SIDE = 288
/** Side of the square that colours and texture are counted in: below the side of nearly all pictures, so none is blown up. */
const STATISTICS_SIDE = 128
/** By level, from fine to coarse. */
export const deepChannels: readonly number[] = [48, 96, 192, 384, 96]

/** The text map is told in cells of a square grid. */
const MAP_GRID = 4
/** How likely text is at least, for a place to count as text. */
const TEXT_MINS = [0.1, 0.3, 0.6] as const

/** Names of the features, in their order; versions are trained on these. */
export const imageFeatureNames: readonly string[] = [
  ...colourStatisticNames,
  ...textureStatisticNames,
  ...TEXT_MINS.map(min => `text.above${min}`),
  'text.mean',
  'text.max',
  'text.rows',
  ...Array.from({ length: MAP_GRID ** 2 }, (_, i) => `text.cell${i}`),
  ...deepChannels.flatMap((channels, level) =>
    Array.from({ length: channels }, (_, i) => [
      `deep${level}.${i}.mean`,
      `deep${level}.${i}.deviation`,
    ]).flat(),
  ),
]

/** Stated in manifests: a version reads by the features that it was trained with. */
export interface ImageFeatureSettings {
  /** Changes whenever the same picture gets other features. */
  readonly revision: number
  readonly count: number
}

export const imageFeatureSettings: ImageFeatureSettings = { revision: 1, count: imageFeatureNames.length }

/**
 * What the image-spam model goes by: colours, texture, where text is likely, and the text detector's layers pooled over
 * the picture. The picture's size, shape and file have no part in it: all is seen at the same sizes.
 * @param image RGB or grey, any size
 * @returns `imageFeatureNames.length` numbers
 */
export function imageFeatures(image: Raster, { map, levels }: DeepView): Float32Array {
  const small = resizeRaster(image, STATISTICS_SIDE, STATISTICS_SIDE)
  const parts = [
    colourStatistics(inColour(small)),
    textureStatistics(toGrey(small)),
    textMapStatistics(map),
    ...levels.map(poolLevel),
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

/** Mean and deviation of each channel over the picture. */
function poolLevel({ channels, width, height, data }: DeepLevel): Float32Array {
  const count = width * height
  const pooled = new Float32Array(2 * channels)
  for (let channel = 0; channel < channels; channel++) {
    let [sum, squares] = [0, 0]
    for (let at = channel * count; at < (channel + 1) * count; at++) {
      sum += data[at]!
      squares += data[at]! ** 2
    }
    const mean = sum / count
    pooled[2 * channel] = mean
    pooled[2 * channel + 1] = Math.sqrt(Math.max(0, squares / count - mean * mean))
  }
  return pooled
}
