import { cleanLine, contrastOf, strongInk } from '../../../processors/images/clean-line.ts'
import type { DecodedLine } from '../../../processors/images/ctc.ts'
import type { Raster } from '../../../processors/images/raster.ts'
import { type RegionText, readTextOf } from '../../../processors/images/reading-order.ts'
import {
  AGAIN_MAX,
  AGAIN_WIDTH_MAX,
  afterFirstLook,
  FIRST_LOOK_PIXELS,
  isText,
  isWorthwhile,
  LINES_WIDTH_MAX,
  mayHoldWatermarks,
  type SecondReading,
  SURE,
  secondReadings,
  withoutWatermarks,
} from '../../../processors/images/reading-policy.ts'
import type { TextReader } from '../../../processors/images/text-reader.ts'
import { findTextRegions, regionSettings, type TextRegion } from '../../../processors/images/text-regions.ts'
import { openTesseractReader } from './tesseract-reader.ts'
import { openTextDetector, type TextDetector } from './text-detector.ts'
import { flatLine, openTextRecognizer, type TextRecognizer } from './text-recognizer.ts'

/** Lines are read at this share of their width first: nearly as well, in as much of the time. */
const SQUEEZE = 0.65

interface Engines {
  readonly detector: TextDetector
  readonly recognizer: TextRecognizer
  readonly tesseract: TextReader
  /** Whether the time is up. */
  isLate(): boolean
  /** Milliseconds. */
  left(): number
}

/**
 * Reads with both engines, each where it pays: a quick look for text, PP-OCRv4 for its lines, and for lines that stay unsure
 * the full width and the other direction, then tesseract on the cleaned line where it was half read. The surest reading of a
 * line counts.
 */
export async function openPolicyReader(): Promise<TextReader> {
  const [detector, recognizer] = await Promise.all([openTextDetector(), openTextRecognizer()])
  const tesseract = openTesseractReader()
  return {
    name: 'policy',
    async read(image, { timeoutMs }) {
      const until = performance.now() + timeoutMs
      const left = () => until - performance.now()
      const engines = { detector, recognizer, tesseract, left, isLate: () => left() <= 0 }
      const { source, regions } = await findLines(engines, image)
      const { parts, areAll } = await readLines(engines, source, regions)
      return readTextOf(
        parts.filter(({ text, confidence }) => isText(text, confidence)),
        image,
        areAll && !engines.isLate(),
      )
    },
    async close() {
      await Promise.all([detector.close(), recognizer.close(), tesseract.close()])
    },
  }
}

interface Found {
  /** What to read the lines from: the picture, or its strongest ink. */
  readonly source: Raster
  readonly regions: readonly TextRegion[]
}

async function findLines({ detector, isLate }: Engines, image: Raster): Promise<Found> {
  const look = async (source: Raster, pixels: number) => {
    const map = await detector.detect(source, pixels)
    return { source, map, regions: findTextRegions(map, image.width, image.height) }
  }
  let first = await look(image, FIRST_LOOK_PIXELS)
  if (mayHoldWatermarks(first.regions) && !isLate()) {
    const inked = await look(strongInk(image), FIRST_LOOK_PIXELS)
    if (inked.regions.length > 0 && !mayHoldWatermarks(inked.regions)) first = inked
  }
  const { source } = first
  const then = afterFirstLook(image, first.map, first.regions)
  if (then.next === 'NOTHING' || isLate()) return { source, regions: [] }
  const { regions } = then.next === 'LOOK' ? await look(source, then.pixels) : first
  if (!mayHoldWatermarks(regions)) return { source, regions }
  const contrasts = regions.map(region => contrastOf(flatLine(source, region, SQUEEZE / 4)))
  return { source, regions: withoutWatermarks(regions, contrasts) }
}

async function readLines(
  engines: Engines,
  image: Raster,
  regions: readonly TextRegion[],
): Promise<{ readonly parts: readonly RegionText[]; readonly areAll: boolean }> {
  const parts: RegionText[] = []
  let width = 0
  for (const region of regions) {
    const line = flatLine(image, region, SQUEEZE)
    width += line.width
    if (engines.isLate() || width > LINES_WIDTH_MAX) break
    parts.push({ region, ...(await engines.recognizer.recognize(line)) })
  }
  const areAll = parts.length === regions.length && regions.length < regionSettings.regionsMax
  if (width > AGAIN_WIDTH_MAX) return { parts, areAll }
  let again = 0
  for (const [i, part] of parts.entries()) {
    if (part.confidence >= SURE || again === AGAIN_MAX || engines.isLate()) continue
    again++
    parts[i] = { region: part.region, ...(await readAgain(engines, image, part)) }
  }
  return { parts, areAll }
}

async function readAgain(
  engines: Engines,
  image: Raster,
  { region, text, confidence }: RegionText,
): Promise<DecodedLine> {
  let best: DecodedLine = { text, confidence }
  for (const way of secondReadings(confidence)) {
    if (engines.isLate()) break
    if (!isWorthwhile(way, best.confidence)) continue
    const other = await readBy(way, engines, image, region)
    if (other.confidence > best.confidence) best = other
  }
  return best
}

function readBy(
  way: SecondReading,
  engines: Engines,
  image: Raster,
  region: TextRegion,
): Promise<DecodedLine> {
  switch (way) {
    case 'FULL_WIDTH':
      return engines.recognizer.recognize(flatLine(image, region))
    case 'UPSIDE_DOWN':
      return engines.recognizer.recognize(
        flatLine(image, { ...region, angle: region.angle + Math.PI }, SQUEEZE),
      )
    case 'CLEANED':
      return engines.tesseract.read(cleanLine(flatLine(image, region)), { timeoutMs: engines.left() })
  }
}
