import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder with package.json: the same from the sources and from the compiled `dist/`. */
const root = findRoot(dirname(fileURLToPath(import.meta.url)))

/** An absolute path of a file that ships with Nicr, e.g. `packagePath('schemas', 'score.avsc')`. */
export function packagePath(...parts: string[]): string {
  return join(root, ...parts)
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('package.json not found above the program')
  return findRoot(parent)
}

/** The version in package.json. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(packagePath('package.json'), 'utf8')) as { version: string }
  return version
}
