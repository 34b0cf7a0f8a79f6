import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { ReadVerdict } from '../../processors/images/seen-image.ts'
import { NicrError } from '../../schemas/errors.ts'
import { sha256Of } from './blob-store.ts'
import { imageLimits } from './decode-image.ts'
import { readImageFile } from './image-file.ts'
import type { LookAtImage } from './look-at-images.ts'
import { SightPool } from './sight-pool.ts'

export interface FileSightSettings {
  /** Of a file. */
  readonly bytesMax: number
  /** Of one frame: width × height. */
  readonly pixelsMax: number
  /** What the text model says of read words; null where they are too few. */
  readonly words: (text: string) => ReadVerdict | null | Promise<ReadVerdict | null>
  /** As many as the machine runs at once unless given. */
  readonly threads?: number
}

/** Looks at picture files of this machine, in threads that start with the first. */
export interface FileSight {
  /**
   * Looks at pictures whose refs are paths from a folder. Every file is seen anew, and held against no bank: the same
   * files give the same answers in any order.
   */
  from(folder: string): LookAtImage
  close(): Promise<void>
}

/** Nobody waits for a file as for a draft: a busy machine is no reason to read less of it, in ms. */
const READ_MS = 60_000

export function openFileSight(settings: FileSightSettings): FileSight {
  const { bytesMax, pixelsMax, words, threads = availableParallelism() } = settings
  const pool = new SightPool({ threads, limits: { ...imageLimits, bytesMax, pixelsMax } })
  return {
    from: folder => async image => {
      try {
        const bytes = await readImageFile(resolve(folder, image.ref), bytesMax)
        const { facts } = await pool.withOpen({ bytes, sha256: sha256Of(bytes) }, ({ see }) => see(READ_MS))
        const { text } = facts.reading
        const seen = {
          ...facts,
          ref: image.ref,
          words: text === '' ? null : await words(text),
          copyOf: null,
        }
        return { status: 'SEEN', seen }
      } catch (error) {
        if (!(error instanceof NicrError)) throw error
        return { status: 'FAILED', code: error.code, detail: error.message }
      }
    },
    close: () => pool.close(),
  }
}
