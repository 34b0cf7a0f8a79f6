import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { createWorker } from 'tesseract.js'
import { decodeImage } from '../pipelines/images/decode-image.ts'
import { openPolicyReader } from '../pipelines/runtime/inference/policy-reader.ts'
import { editDistance } from './edit-distance.ts'
import { fontSets, makeScene, makeTextPictures, type TextEffect, type TextPicture } from './text-pictures.ts'

export interface ReadingBenchOptions {
  /** Each effect takes an equal part. */
  readonly pictures: number
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

export interface ReadingQuality {
  /** Edit distance over the length of the truth, all pictures together; capital letters count, white space is one space. */
  readonly characterErrorRate: number
  readonly byEffect: Readonly<Record<TextEffect, number>>
  /** From the file's bytes to the text, of all threads. */
  readonly cpuMsPerImage: number
}

export interface ReadingBenchResult extends ReadingQuality {
  /** tesseract.js as it comes, on the same pictures in turn. */
  readonly tesseract: ReadingQuality
  /** CPU of an image over that of tesseract.js. */
  readonly vsTesseract: number
  /** Of a drawn scene without text. */
  readonly cpuMsWithoutText: number
  readonly pictures: number
}

type Read = (file: Buffer) => Promise<string>

const SEED = 2026
const TIMEOUT_MS = 30_000

/**
 * Measures how well and at what cost generated pictures of text are read, in fonts that nothing was chosen on.
 * @throws the signal's reason
 */
export async function benchReading(options: ReadingBenchOptions): Promise<ReadingBenchResult> {
  const pictures: TextPicture[] = []
  const source = { fonts: fontSets.judge, seed: SEED }
  for await (const picture of makeTextPictures(options.pictures, source)) pictures.push(picture)
  const reader = await openPolicyReader()
  const plain = await openPlainTesseract()
  try {
    const read: Read = async file => {
      const { frames } = await decodeImage(file)
      return (await reader.read(frames[0]!, { timeoutMs: TIMEOUT_MS })).text
    }
    const [ours, theirs] = [createTally(read), createTally(plain.read)]
    // Engines load on their first picture.
    for (const { file } of pictures.slice(0, 2)) await Promise.all([read(file), plain.read(file)])
    for (const [i, picture] of pictures.entries()) {
      options.signal.throwIfAborted()
      options.report(`reading picture ${i + 1} of ${pictures.length}`)
      await ours.add(picture)
      await theirs.add(picture)
    }
    const quality = ours.result()
    const tesseract = theirs.result()
    return {
      ...quality,
      tesseract,
      vsTesseract: quality.cpuMsPerImage / tesseract.cpuMsPerImage,
      cpuMsWithoutText: await costWithoutText(read, pictures.length),
      pictures: pictures.length,
    }
  } finally {
    await Promise.all([reader.close(), plain.close()])
  }
}

/** The reference: its defaults, but for the network. */
async function openPlainTesseract(): Promise<{ read: Read; close(): Promise<unknown> }> {
  const data = dirname(createRequire(import.meta.url).resolve('@tesseract.js-data/eng/package.json'))
  const worker = await createWorker('eng', undefined, {
    langPath: join(data, '4.0.0_best_int'),
    cacheMethod: 'none',
  })
  return { read: async file => (await worker.recognize(file)).data.text, close: () => worker.terminate() }
}

function createTally(read: Read): { add(picture: TextPicture): Promise<void>; result(): ReadingQuality } {
  const sums = new Map<TextEffect, { edits: number; letters: number }>()
  let cpuMs = 0
  let count = 0
  return {
    async add({ effect, text, file }) {
      const { ms, value } = await cpuOf(() => read(file))
      cpuMs += ms
      count++
      const sum = sums.get(effect) ?? { edits: 0, letters: 0 }
      sum.edits += editDistance(text, value.replaceAll(/\s+/g, ' ').trim())
      sum.letters += text.length
      sums.set(effect, sum)
    },
    result() {
      const all = [...sums.values()]
      const total = (of: 'edits' | 'letters') => all.reduce((sum, one) => sum + one[of], 0)
      const rates = [...sums].map(([effect, { edits, letters }]) => [effect, edits / letters])
      return {
        characterErrorRate: total('edits') / total('letters'),
        byEffect: Object.fromEntries(rates) as Record<TextEffect, number>,
        cpuMsPerImage: cpuMs / count,
      }
    },
  }
}

async function costWithoutText(read: Read, count: number): Promise<number> {
  let sum = 0
  for (let i = 0; i < count; i++) {
    const file = await makeScene(SEED + i)
    sum += (await cpuOf(() => read(file))).ms
  }
  return sum / count
}

async function cpuOf<T>(work: () => Promise<T>): Promise<{ ms: number; value: T }> {
  const before = process.cpuUsage()
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { ms: (user + system) / 1000, value }
}
