import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../pipelines/config.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import type { ModelFolder } from '../pipelines/model-manifest.ts'
import { openModelFolder, resolveModel } from '../pipelines/model-registry.ts'
import { NicrError } from '../schemas/errors.ts'
import { registryFor } from './models.ts'

/** The option of commands that take a version, for Commander. */
export const MODEL_OPTION = [
  '--model <reference>',
  'version, such as 1 or niceness@1, or the folder of one; unless given the champion: the promoted one where a nicr runs, else the highest that ships',
] as const

/**
 * The version a command is to use: by reference (`2`, `niceness@2`, `champion`) among those that ship with Nicr and those
 * below the data directory, or by the path of its folder. An alias is what the promotions say where a nicr runs.
 * @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID; NICR_INPUT_INVALID for a version of another kind; as
 * `registryFor` where the promotions should be there and are not
 */
export async function findModelFolder(
  { kind }: KindDeclaration,
  reference: string | undefined,
  config: Config,
  option = '--model',
): Promise<ModelFolder> {
  const folder = await openReference(kind, reference ?? 'champion', config)
  if (folder.manifest.kind === kind) return folder
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `${option} ${reference} is of kind ${folder.manifest.kind}, not ${kind}`,
  )
}

async function openReference(kind: string, reference: string, config: Config): Promise<ModelFolder> {
  const isVersion = /^(?:[\w-]+@)?(?:\d+|champion|challenger)$/.test(reference)
  if (!isVersion && (/[/\\]/.test(reference) || existsSync(join(reference, 'manifest.json'))))
    return openModelFolder(reference)
  const full = reference.includes('@') ? reference : `${kind}@${reference}`
  return resolveModel(full, await registryFor(config, full))
}
