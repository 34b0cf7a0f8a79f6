import {
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { NicrError } from '../schemas/errors.ts'

/** Writes beside and moves into place (mode 0600), so that a crash leaves the old file or the new one. */
export function writePrivate(path: string, text: string): void {
  const beside = writeBeside(path, text)
  renameSync(beside, path)
}

/** The secret of a file, made at the first start (mode 0600); of several starts at once, one makes it for all. */
export function secretOf(path: string, make: () => string): string {
  const known = readSecret(path)
  if (known !== null) return known
  const beside = writeBeside(path, `${make()}\n`)
  try {
    // A link is refused where a file is already; a rename would replace the other's secret.
    if (existsSync(path)) renameSync(beside, path)
    else linkSync(beside, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    rmSync(beside, { force: true })
  }
  return readFileSync(path, 'utf8').trim()
}

/** A lock older than this was left by a process that was killed: what it guards takes milliseconds. */
const LOCK_MS_MAX = 10_000

/**
 * Runs `change` while no other process changes the file.
 * @throws NicrError NICR_INPUT_INVALID if another one does
 */
export function whileLocked<T>(path: string, now: number, change: () => T): T {
  const lock = `${path}.lock`
  mkdirSync(dirname(path), { recursive: true })
  if (existsSync(lock) && now - statSync(lock).mtimeMs > LOCK_MS_MAX) rmSync(lock, { force: true })
  try {
    closeSync(openSync(lock, 'wx', 0o600))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    throw new NicrError('NICR_INPUT_INVALID', `${path} is being changed by another command; try again`)
  }
  try {
    return change()
  } finally {
    rmSync(lock, { force: true })
  }
}

/** null: there is none, or it is empty. */
function readSecret(path: string): string | null {
  const secret = existsSync(path) ? readFileSync(path, 'utf8').trim() : ''
  return secret === '' ? null : secret
}

function writeBeside(path: string, text: string): string {
  mkdirSync(dirname(path), { recursive: true })
  const beside = `${path}.${process.pid}.tmp`
  writeFileSync(beside, text, { mode: 0o600 })
  chmodSync(beside, 0o600)
  return beside
}
