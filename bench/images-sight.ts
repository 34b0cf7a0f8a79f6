import { createHash } from 'node:crypto'
import { openImageSight } from '../pipelines/images/see-image.ts'
import { KnownPictures } from '../processors/images/known-pictures.ts'
import type { LineMarks } from '../processors/images/line-marks.ts'
import { fontSets, makeScene, makeTextPictures, recompressed } from './text-pictures.ts'

export interface SightBenchOptions {
  readonly pictures: number
  readonly signal: AbortSignal
  readonly report: (progress: string) => void
}

/** CPU of everything that is seen in a picture, from the file's bytes on, of all threads. */
export interface SightBenchResult {
  /** A scene without text that was never seen. */
  readonly unknownCpuMs: number
  /** A picture of text that was never seen. */
  readonly unknownWithTextCpuMs: number
  /** Of pictures that look like one that was seen, at another compression: so many a second of CPU. */
  readonly nearKnownPerCpuSecond: number
  /** The very files: so many a second of CPU. */
  readonly knownPerCpuSecond: number
}

const SEED = 2027
const TIMEOUT_MS = 30_000
const QUALITY = 45

/** Measures what a picture costs by what is known of it. @throws the signal's reason */
export async function benchSight(options: SightBenchOptions): Promise<SightBenchResult> {
  const { pictures, signal, report } = options
  const scenes: Buffer[] = []
  for (let i = 0; i < pictures; i++) scenes.push(await makeScene(SEED + i))
  const texts: Buffer[] = []
  for await (const { file } of makeTextPictures(pictures, { fonts: fontSets.judge, seed: SEED }))
    texts.push(file)
  const sight = await openImageSight()
  const known = new KnownPictures<LineMarks>(2 * pictures)
  const see = async (file: Buffer) => {
    const sha256 = createHash('sha256').update(file).digest('hex')
    if (known.get(sha256) !== undefined) return 'FILE'
    const picture = await sight.open(file, sha256)
    const { signature } = picture
    if (signature !== null && known.like(signature).some(marks => picture.showsLines(marks))) return 'PICTURE'
    const { marks } = await picture.see({ timeoutMs: TIMEOUT_MS })
    known.put(sha256, signature, marks)
    return 'LOOKED'
  }
  const cost = async (what: string, files: readonly Buffer[], expected: string): Promise<number> => {
    const before = process.cpuUsage()
    for (const [i, file] of files.entries()) {
      signal.throwIfAborted()
      report(`${what} ${i + 1} of ${files.length}`)
      const came = await see(file)
      if (came !== expected) throw new Error(`${what} ${i} was ${came}, not ${expected}`)
    }
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1000 / files.length
  }
  try {
    // Networks and engines load on their first pictures.
    for (const file of [await makeScene(1), texts[0]!]) {
      const { see: look } = await sight.open(file, '')
      await look({ timeoutMs: TIMEOUT_MS })
    }
    const unknownCpuMs = await cost('unknown scene', scenes, 'LOOKED')
    const unknownWithTextCpuMs = await cost('unknown text', texts, 'LOOKED')
    const again = await Promise.all([...scenes, ...texts].map(file => recompressed(file, QUALITY)))
    const nearKnownCpuMs = await cost('near-known picture', again, 'PICTURE')
    const knownCpuMs = await cost('known file', [...scenes, ...texts], 'FILE')
    return {
      unknownCpuMs,
      unknownWithTextCpuMs,
      nearKnownPerCpuSecond: 1000 / nearKnownCpuMs,
      knownPerCpuSecond: 1000 / knownCpuMs,
    }
  } finally {
    await sight.close()
  }
}
