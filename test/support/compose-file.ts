import { readFileSync } from 'node:fs'
import { packagePath } from '../../schemas/package-root.ts'
import { parseYaml } from './yaml-subset.ts'

/** What the tests look at of a service in a file for Docker Compose. */
export interface ComposeService {
  readonly image: string
  readonly build?: string
  readonly command?: readonly string[]
  readonly container_name?: string
  readonly env_file?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly secrets?: readonly string[]
  readonly volumes?: readonly string[]
  readonly ports?: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
  readonly deploy?: {
    readonly resources: { readonly limits: { readonly cpus: string; readonly memory: string } }
  }
  readonly logging?: { readonly options: Readonly<Record<string, string>> }
}

export interface ComposeFile {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly volumes: Readonly<Record<string, null>>
  readonly secrets: Readonly<Record<string, { readonly environment: string }>>
}

/** A Compose file of the repository. */
export function readCompose(path: string): ComposeFile {
  return parseYaml(readFileSync(packagePath(path), 'utf8')) as unknown as ComposeFile
}

/** One file laid over another, as `docker compose -f A -f B` does with maps and single values, which are all that ours lays over. */
export function merged<T>(below: T, above: unknown): T {
  if (!isMap(below) || !isMap(above)) return above as T
  const result: Record<string, unknown> = { ...below }
  for (const [key, value] of Object.entries(above)) {
    const before = result[key]
    if (Array.isArray(value) && before !== undefined) throw new Error(`${key}: a list over another`)
    result[key] = before === undefined ? value : merged(before, value)
  }
  return result as T
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
