import { type RegionText, readTextOf } from '../../../processors/images/reading-order.ts'
import type { TextReader } from '../../../processors/images/text-reader.ts'
import { findTextRegions, regionSettings } from '../../../processors/images/text-regions.ts'
import { openTextDetector } from './text-detector.ts'
import { flatLine, openTextRecognizer } from './text-recognizer.ts'

/** Pixels a picture is looked over at. */
const DETECT_PIXELS = 640 * 640

/** PP-OCRv4 by onnxruntime: finds lines at any angle and reads each by itself. */
export async function openPpOcrReader(): Promise<TextReader> {
  const [detector, recognizer] = await Promise.all([openTextDetector(), openTextRecognizer()])
  return {
    name: 'pp-ocr',
    async read(image, { timeoutMs }) {
      const until = performance.now() + timeoutMs
      const map = await detector.detect(image, DETECT_PIXELS)
      const parts: RegionText[] = []
      const regions = findTextRegions(map, image.width, image.height)
      for (const region of regions) {
        if (performance.now() > until) return readTextOf(parts, image, false)
        parts.push({ region, ...(await recognizer.recognize(flatLine(image, region))) })
      }
      return readTextOf(
        parts,
        image,
        regions.length < regionSettings.regionsMax && performance.now() <= until,
      )
    },
    async close() {
      await Promise.all([detector.close(), recognizer.close()])
    },
  }
}
