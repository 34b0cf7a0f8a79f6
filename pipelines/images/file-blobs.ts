import { randomUUID } from 'node:crypto'
import { mkdir, open, opendir, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { NicrError } from '../../schemas/errors.ts'
import { type BlobStore, blobsUnavailable, checkBytes, checkSha256, sha256Of } from './blob-store.ts'

/** Files that one sweep looks at; with more, the next sweep goes on. */
const SWEEP_FILES_MAX = 100_000
/** The first two hex digits of the name are its folder. */
const FOLDERS = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'))
/** What is being written or removed lies beside the folders: a crash leaves it there, and a sweep takes it away. */
const UNDERWAY = 'underway'

/** A blob store in a folder. A crash, of the machine too, leaves a file whole or not there. */
export function createFileBlobs(
  folder: string,
  limits: { readonly bytesMax: number; readonly sweepFilesMax?: number },
): BlobStore {
  const pathOf = (sha256: string) => join(folder, sha256.slice(0, 2), sha256)
  const underway = (name: string) => join(folder, UNDERWAY, `${name}.${randomUUID()}`)
  const { sweepFilesMax = SWEEP_FILES_MAX } = limits
  let nextFolder = 0

  return {
    async put(bytes) {
      checkBytes(bytes.length, limits.bytesMax)
      const sha256 = sha256Of(bytes)
      return guarded(async () => {
        if (!(await renew(pathOf(sha256), bytes.length)))
          await writeWhole(underway(sha256), pathOf(sha256), bytes)
        return sha256
      })
    },
    async get(sha256, { signal } = {}) {
      checkSha256(sha256)
      return guarded(async () => {
        try {
          checkBytes((await stat(pathOf(sha256))).size, limits.bytesMax)
          return await readFile(pathOf(sha256), { signal })
        } catch (error) {
          if (isMissing(error)) return null
          throw error
        }
      })
    },
    async remove(sha256) {
      checkSha256(sha256)
      await guarded(() => rm(pathOf(sha256), { force: true }))
    },
    sweep: before =>
      guarded(async () => {
        let looked = 0
        let removed = 0
        for (const path of await filesIn(join(folder, UNDERWAY), sweepFilesMax)) {
          looked++
          if (await removeIfOld(path, before)) removed++
        }
        for (let i = 0; i < FOLDERS.length && looked < sweepFilesMax; i++) {
          const paths = await filesIn(join(folder, FOLDERS[nextFolder]!), sweepFilesMax)
          nextFolder = (nextFolder + 1) % FOLDERS.length
          looked += paths.length
          for (const path of paths) if (await sweepOne(path, underway('swept'), before)) removed++
        }
        return removed
      }),
  }
}

/** @returns false where the file is not there, or not whole */
async function renew(path: string, size: number): Promise<boolean> {
  try {
    if ((await stat(path)).size !== size) return false
    const now = new Date()
    await utimes(path, now, now)
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function writeWhole(beside: string, path: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(beside), { recursive: true, mode: 0o700 })
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  try {
    const file = await open(beside, 'wx', 0o600)
    try {
      await file.writeFile(bytes)
      // Without it a rename may reach the disk before the bytes do.
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
  } catch (error) {
    await rm(beside, { force: true })
    throw error
  }
}

/** Taken away by renaming first: one that was put again in that very moment is seen to be young, and goes back. */
async function sweepOne(path: string, aside: string, before: number): Promise<boolean> {
  try {
    if ((await stat(path)).mtimeMs >= before) return false
    await mkdir(dirname(aside), { recursive: true, mode: 0o700 })
    await rename(path, aside)
    if ((await stat(aside)).mtimeMs < before) {
      await rm(aside, { force: true })
      return true
    }
    await rename(aside, path)
    return false
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

async function removeIfOld(path: string, before: number): Promise<boolean> {
  try {
    if ((await stat(path)).mtimeMs >= before) return false
    await rm(path, { force: true })
    return true
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}

/** Paths of a folder's files, so many at most. */
async function filesIn(folder: string, filesMax: number): Promise<string[]> {
  const paths: string[] = []
  try {
    for await (const entry of await opendir(folder)) {
      if (paths.length >= filesMax) break
      if (entry.isFile()) paths.push(join(folder, entry.name))
    }
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  return paths
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT'
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw error instanceof NicrError ? error : blobsUnavailable(error)
  }
}
