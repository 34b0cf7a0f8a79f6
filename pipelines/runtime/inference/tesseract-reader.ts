import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createWorker, type Page, PSM, type Worker } from 'tesseract.js'
import type { Raster } from '../../../processors/images/raster.ts'
import { readTextOf } from '../../../processors/images/reading-order.ts'
import { toGrey } from '../../../processors/images/resize.ts'
import type { ReadText } from '../../../processors/images/seen-image.ts'
import type { TextReader } from '../../../processors/images/text-reader.ts'

export interface TesseractOptions {
  /** Pictures a thread reads before a new one takes its place: its memory only grows. */
  readonly picturesMax: number
}

const tesseractOptions: TesseractOptions = { picturesMax: 200 }

/**
 * The best model in whole numbers, which is what tesseract.js takes by itself. The folder `4.0.0` holds it beside the data of the
 * engine before it, nearly four times the bytes: of 40 pictures both read 39 letter for letter alike, in the same time.
 */
const LANGUAGE_FOLDER = '4.0.0_best_int'

/**
 * Tesseract in a thread of tesseract.js: for clean, upright text. The thread starts with the first picture; the language comes
 * from its npm package, and nothing is fetched. One picture at a time, in order.
 */
export function openTesseractReader(options: TesseractOptions = tesseractOptions): TextReader {
  let thread: Promise<Worker> | null = null
  let pictures = 0
  let turn: Promise<unknown> = Promise.resolve()

  async function stop(): Promise<void> {
    const stopped = thread
    thread = null
    pictures = 0
    await (await stopped?.catch(() => undefined))?.terminate()
  }

  async function readNext(image: Raster, until: number): Promise<ReadText> {
    const left = until - performance.now()
    if (left <= 0) return readTextOf([], image, false)
    if (pictures >= options.picturesMax) await stop()
    pictures++
    thread ??= startThread()
    const page = await within(left, recognizeIn(thread, image))
    if (page !== null) return linesOf(page, image)
    // A thread cannot be told to stop reading: it is ended.
    await stop()
    return readTextOf([], image, false)
  }

  return {
    name: 'tesseract',
    read(image, { timeoutMs }) {
      const until = performance.now() + timeoutMs
      const reading = turn.then(() => readNext(image, until))
      turn = reading.catch(stop)
      return reading
    },
    async close() {
      await turn
      await stop()
    },
  }
}

async function startThread(): Promise<Worker> {
  const data = dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json'))
  const worker = await createWorker('eng', undefined, {
    langPath: join(data, LANGUAGE_FOLDER),
    cacheMethod: 'none',
    // Without it a failure is thrown where nobody can catch it; the call's promise says the same.
    errorHandler: () => undefined,
  })
  await worker.setParameters({ tessedit_pageseg_mode: PSM.SINGLE_BLOCK, user_defined_dpi: '150' })
  return worker
}

async function recognizeIn(thread: Promise<Worker>, image: Raster): Promise<Page> {
  const worker = await thread
  const { data } = await worker.recognize(portableGrey(image), {}, { text: false, blocks: true })
  return data
}

/** Binary PGM (netpbm): what an uncompressed grey picture costs nothing to be written as. */
function portableGrey(image: Raster): Buffer {
  const { width, height, data } = toGrey(image)
  return Buffer.concat([Buffer.from(`P5 ${width} ${height} 255\n`), data])
}

function linesOf(page: Page, image: Raster): ReadText {
  const lines = (page.blocks ?? []).flatMap(block => block.paragraphs.flatMap(paragraph => paragraph.lines))
  const parts = lines.map(({ text, confidence, bbox: { x0, y0, x1, y1 } }) => ({
    region: {
      centreX: (x0 + x1) / 2,
      centreY: (y0 + y1) / 2,
      length: x1 - x0,
      thickness: y1 - y0,
      angle: 0,
      score: 1,
    },
    text: text.replaceAll(/\s+/g, ' ').trim(),
    confidence: confidence / 100,
  }))
  return readTextOf(parts, image, true)
}

/** Null where it takes longer than `ms`. */
async function within<T>(ms: number, work: Promise<T>): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<null>(resolve => {
    timer = setTimeout(() => resolve(null), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
