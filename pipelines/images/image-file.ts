import { readFile, stat } from 'node:fs/promises'
import { NicrError } from '../../schemas/errors.ts'
import { checkBytes } from './blob-store.ts'

/** The bytes of a picture's file on this machine. @throws NicrError NICR_FILE_UNREADABLE, NICR_IMAGE_TOO_LARGE */
export async function readImageFile(path: string, bytesMax: number): Promise<Uint8Array> {
  try {
    checkBytes((await stat(path)).size, bytesMax)
    return await readFile(path)
  } catch (cause) {
    if (cause instanceof NicrError) throw cause
    throw new NicrError('NICR_FILE_UNREADABLE', (cause as Error).message, { cause })
  }
}
