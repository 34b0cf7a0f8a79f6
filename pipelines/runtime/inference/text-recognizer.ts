import { readFile } from 'node:fs/promises'
import { alphabetOf, type DecodedLine, decodeCtc, joinParts } from '../../../processors/images/ctc.ts'
import type { Raster } from '../../../processors/images/raster.ts'
import { splitLine } from '../../../processors/images/split-line.ts'
import type { TextRegion } from '../../../processors/images/text-regions.ts'
import { warpLine } from '../../../processors/images/warp-line.ts'
import { ocrModelPath, openOcrModel } from './onnx-session.ts'
import { planes } from './text-detector.ts'

/** PP-OCRv4's recogniser of one line. */
export interface TextRecognizer {
  /**
   * @param line a flat line, `LINE_HEIGHT` pixels high, as `flatLine` lays it
   * @returns its text; where it is cut for speed, a space between the parts
   */
  recognize(line: Raster): Promise<DecodedLine>
  close(): Promise<void>
}

const MODEL = 'ch_PP-OCRv4_rec_infer.onnx'
const KEYS = 'ppocr_keys_v1.txt'
/** Pixels. */
const LINE_HEIGHT = 48
/** The network answers one step for every 8 pixels. */
const STEP = 8
const LINE_WIDTH_MIN = 48
/** Longer lines are squeezed: a bound on time and memory. */
const LINE_WIDTH_MAX = 1920
const MIDDLE = [0.5, 0.5, 0.5]

export async function openTextRecognizer(): Promise<TextRecognizer> {
  const session = await openOcrModel(MODEL)
  const keys = await readFile(ocrModelPath(KEYS), 'utf8')
  const alphabet = alphabetOf(keys.replace(/\r?\n$/, '').split(/\r?\n/))
  const recognizePart = async (part: Raster) => {
    const outputs = await session.run({ [session.inputNames[0]!]: planes(part, MIDDLE, MIDDLE) })
    const { dims, data } = outputs[session.outputNames[0]!]!
    return decodeCtc({ steps: dims[1]!, classes: dims[2]!, data: data as Float32Array }, alphabet)
  }
  return {
    async recognize(line) {
      const parts: DecodedLine[] = []
      for (const part of splitLine(line)) parts.push(await recognizePart(part))
      return joinParts(parts)
    },
    close: () => session.release(),
  }
}

/**
 * A region of a picture laid flat for the recogniser.
 * @param squeeze share of its natural width that it gets: the time taken is in proportion
 */
export function flatLine(image: Raster, region: Omit<TextRegion, 'score'>, squeeze = 1): Raster {
  const natural = (squeeze * LINE_HEIGHT * region.length) / Math.max(1, region.thickness)
  const width = Math.min(LINE_WIDTH_MAX, Math.max(LINE_WIDTH_MIN, natural))
  return warpLine(image, region, STEP * Math.ceil(width / STEP), LINE_HEIGHT)
}
