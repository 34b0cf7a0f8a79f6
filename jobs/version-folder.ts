import { existsSync } from 'node:fs'
import { copyFile, link, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { NicrError } from '../schemas/errors.ts'

/**
 * Writes a version beside `folder`, which takes its name when it is whole, so there is never a half of one.
 * @param fill writes the files into the folder it is given
 * @throws NicrError NICR_INPUT_INVALID if `folder` holds something already or cannot be made; whatever `fill` throws
 */
export async function writeVersionFolder<T>(
  folder: string,
  fill: (partial: string) => Promise<T>,
): Promise<T> {
  const outDir = resolve(folder)
  await checkFree(outDir)
  const partial = join(dirname(outDir), `.${basename(outDir)}.${process.pid}.partial`)
  const firstMade = await mkdir(partial, { recursive: true }).catch(cause => {
    throw new NicrError('NICR_INPUT_INVALID', `${outDir} cannot be made: ${(cause as Error).message}`, {
      cause,
    })
  })
  try {
    const filled = await fill(partial)
    await rename(partial, outDir).catch(cause => {
      throw taken(outDir, cause)
    })
    return filled
  } catch (error) {
    await removeMade(partial, firstMade)
    throw error
  }
}

/**
 * Puts files of another version into a folder, which stays whole when the other is removed: as further names of the same bytes
 * where the file system allows it (a network is large, and versions are never written over), else as copies.
 */
export async function keepFiles(from: string, folder: string, names: readonly string[]): Promise<void> {
  for (const name of names)
    await link(join(from, name), join(folder, name)).catch(() =>
      copyFile(join(from, name), join(folder, name)),
    )
}

async function checkFree(outDir: string): Promise<void> {
  if (!existsSync(outDir)) return
  const held = await readdir(outDir).catch(cause => {
    throw taken(outDir, cause)
  })
  if (held.length > 0) throw taken(outDir)
}

function taken(outDir: string, cause?: unknown): NicrError {
  return new NicrError(
    'NICR_INPUT_INVALID',
    `${outDir} is there already and is not written over; name another folder, or remove it`,
    { cause },
  )
}

/** Removes the folder and, upwards, the parents that were made for it and hold nothing else. */
async function removeMade(partial: string, firstMade: string | undefined): Promise<void> {
  await rm(partial, { recursive: true, force: true })
  if (firstMade === undefined) return
  for (let parent = dirname(partial); parent.startsWith(firstMade); parent = dirname(parent)) {
    try {
      await rmdir(parent)
    } catch {
      // Another command has put something there.
      return
    }
  }
}
