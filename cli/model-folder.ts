import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../pipelines/config.ts'
import type { KindDeclaration } from '../pipelines/kinds.ts'
import {
  committedModelsDir,
  type ModelFolder,
  openModelFolder,
  resolveModel,
} from '../pipelines/model-registry.ts'
import { NicrError } from '../schemas/errors.ts'

/** The option of commands that take a version, for Commander. */
export const MODEL_OPTION = [
  '--model <reference>',
  'version, such as 1 or niceness@1, or the folder of one; the champion unless given',
] as const

/**
 * The version a command is to use: by reference (`2`, `niceness@2`, `champion`) among those that ship with Nicr and those
 * below the data directory, or by the path of its folder.
 * @throws NicrError NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID; NICR_INPUT_INVALID for a version of another kind
 */
export async function findModelFolder(
  { kind }: KindDeclaration,
  reference: string | undefined,
  config: Pick<Config, 'dataDir'>,
  option = '--model',
): Promise<ModelFolder> {
  const folder = await openReference(kind, reference ?? 'champion', config)
  if (folder.manifest.kind === kind) return folder
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `${option} ${reference} is of kind ${folder.manifest.kind}, not ${kind}`,
  )
}

async function openReference(
  kind: string,
  reference: string,
  { dataDir }: Pick<Config, 'dataDir'>,
): Promise<ModelFolder> {
  const isVersion = /^(?:[\w-]+@)?(?:\d+|champion|challenger)$/.test(reference)
  if (!isVersion && (/[/\\]/.test(reference) || existsSync(join(reference, 'manifest.json'))))
    return openModelFolder(reference)
  const full = reference.includes('@') ? reference : `${kind}@${reference}`
  // A version trained here is live only once it was promoted; without the topic at hand the committed ones are.
  const ownToo = !full.endsWith('@champion')
  return resolveModel(full, {
    modelsDirs: [committedModelsDir, ...(ownToo ? [join(dataDir, 'models')] : [])],
  })
}
