import { createHash, randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { type JarSet, runMaven } from './maven.ts'
import { identifyProcess } from './process-identity.ts'

/** Lists every file with its size, so that a folder that lost or cut one is not used. */
const listName = 'files.json'

/**
 * The folder with the jars, fetched by Maven if they are not there yet. The folder is kept beside the package
 * (`.nicr/jars`), not in the data directory, so that every data directory shares it. Several processes may call this
 * at once: each fetches into a folder of its own, and the first to finish gives its folder the final name.
 * @throws NicrError NICR_MAVEN_MISSING, NICR_DOWNLOAD_FAILED
 */
export async function ensureJars(
  set: JarSet,
  options: {
    readonly report: (detail: string) => void
    readonly signal: AbortSignal
    readonly folder?: string
  },
): Promise<string> {
  const folder = options.folder ?? packagePath('.nicr', 'jars')
  const digest = createHash('sha256').update(readFileSync(set.pom)).digest('hex').slice(0, 8)
  const target = join(folder, `${set.name}-${digest}`)
  if (isComplete(target)) return target
  const temporary = join(folder, `${set.name}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`)
  try {
    mkdirSync(temporary, { recursive: true })
  } catch (error) {
    throw new NicrError(
      'NICR_DOWNLOAD_FAILED',
      `The folder ${folder} for jars cannot be written (${(error as Error).message}).`,
    )
  }
  try {
    removeAbandoned(folder)
    await runMaven({ ...options, set, folder: temporary })
    writeFileSync(join(temporary, listName), JSON.stringify(fileSizes(temporary)))
    return moveInto(temporary, target)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

/** Whether every file of the list is there in its full size. */
function isComplete(folder: string): boolean {
  try {
    const list = JSON.parse(readFileSync(join(folder, listName), 'utf8')) as Record<string, number>
    return Object.entries(list).every(([path, bytes]) => statSync(join(folder, path)).size === bytes)
  } catch {
    return false
  }
}

function moveInto(temporary: string, target: string): string {
  // What is there and incomplete was damaged; what is complete came from another process meanwhile.
  if (existsSync(target) && !isComplete(target)) rmSync(target, { recursive: true, force: true })
  try {
    renameSync(temporary, target)
  } catch (error) {
    if (!isComplete(target)) throw error
  }
  return target
}

function fileSizes(folder: string): Record<string, number> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
  const sizes: Record<string, number> = {}
  for (const file of files) {
    const path = join(file.parentPath, file.name)
    sizes[path.slice(folder.length + 1)] = statSync(path).size
  }
  return sizes
}

/** Removes the folders of processes that were killed while they fetched. */
function removeAbandoned(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /\.(\d+)\.[0-9a-f]{8}\.tmp$/.exec(name)?.[1]
    if (pid !== undefined && identifyProcess(Number(pid)) === null)
      rmSync(join(folder, name), { recursive: true, force: true })
  }
}
