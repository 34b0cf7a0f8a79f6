import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Model, Preparation } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { type KindDeclaration, kindNamed } from './kinds.ts'
import { type ModelManifest, manifestProblems } from './model-manifest.ts'

/** A version of a model on disk, its manifest read and checked, its model file not yet. */
export interface ModelFolder {
  readonly path: string
  readonly manifest: ModelManifest
}

export interface RegistryOptions {
  /** Folders that hold `<kind>/<version>/`; a version is taken from the first that has it. Committed models unless given. */
  readonly modelsDirs?: readonly string[]
  /** The kinds there are: those of `kinds.ts` unless given. */
  readonly kinds?: Readonly<Record<string, KindDeclaration>>
}

/** Where the versions that ship with Nicr lie. */
export const committedModelsDir = packagePath('models')

/** What every model must be able to score before it is used. */
const WARM_UP_TEXT = 'thank you, this was a great help! see you at 10 :)'

/**
 * Finds a version by reference: `niceness@champion`, `niceness@1`, or `niceness` for the champion. Until a version was
 * promoted the champion is the highest version there is.
 * @throws NicrError NICR_KIND_UNKNOWN, NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID
 */
export async function resolveModel(reference: string, options: RegistryOptions = {}): Promise<ModelFolder> {
  const { kind, version } = parseReference(reference)
  kindNamed(kind, options.kinds)
  const versions = await listVersions(kind, options)
  const wanted = version === 'champion' ? versions.at(-1) : versions.find(one => one.version === version)
  if (wanted === undefined) throw notFound(reference, versions)
  return { path: wanted.path, manifest: await readManifest(wanted.path, { kind, version: wanted.version }) }
}

/**
 * Loads a version and makes it ready to score: manifest and digest checked, one prediction made.
 * @throws NicrError as `resolveModel`, and NICR_MODEL_DIGEST_MISMATCH
 */
export async function loadModel(
  reference: string,
  options: RegistryOptions = {},
): Promise<Model<unknown, unknown>> {
  return loadModelFolder(await resolveModel(reference, options), options)
}

/**
 * The version in a folder, wherever it lies and whatever the folder is named, as `nicr train --out` left it.
 * @throws NicrError NICR_MODEL_NOT_FOUND if there is no manifest, NICR_MODEL_INVALID
 */
export async function openModelFolder(path: string): Promise<ModelFolder> {
  if (!existsSync(join(path, 'manifest.json')))
    throw new NicrError('NICR_MODEL_NOT_FOUND', `${path} holds no manifest.json, so it is no model version`)
  return { path, manifest: await readManifest(path, null) }
}

/** As `loadModel`, of a folder that was found already. @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH */
export async function loadModelFolder(
  folder: ModelFolder,
  options: RegistryOptions = {},
): Promise<Model<unknown, unknown>> {
  await checkDigest(folder)
  const kind = kindNamed(folder.manifest.kind, options.kinds)
  const model = await kind.loadModel(folder)
  await warmUp(kind, model)
  return model
}

/** The versions of a kind, lowest first. Folders that are not named by a whole number are not versions. */
export async function listVersions(
  kind: string,
  options: RegistryOptions = {},
): Promise<{ readonly version: string; readonly path: string }[]> {
  const found = new Map<string, string>()
  for (const dir of options.modelsDirs ?? [committedModelsDir]) {
    for (const name of await foldersIn(join(dir, kind)))
      if (/^[1-9]\d{0,8}$/.test(name) && !found.has(name)) found.set(name, join(dir, kind, name))
  }
  return [...found]
    .map(([version, path]) => ({ version, path }))
    .sort((a, b) => Number(a.version) - Number(b.version))
}

/** Splits `kind@version`; the version is `champion` unless stated. */
export function parseReference(reference: string): { readonly kind: string; readonly version: string } {
  const at = reference.indexOf('@')
  if (at === -1) return { kind: reference, version: 'champion' }
  return { kind: reference.slice(0, at), version: reference.slice(at + 1) }
}

function notFound(reference: string, versions: readonly { readonly version: string }[]): NicrError {
  const there = versions.map(one => one.version).join(', ') || 'none'
  return new NicrError(
    'NICR_MODEL_NOT_FOUND',
    `${reference}: there is no such model; versions there are: ${there}`,
  )
}

/** `named` is what the folder's place says it holds; null where its place says nothing. */
async function readManifest(
  path: string,
  named: { readonly kind: string; readonly version: string } | null,
): Promise<ModelManifest> {
  const file = join(path, 'manifest.json')
  let value: unknown
  try {
    value = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    throw new NicrError('NICR_MODEL_INVALID', `${file}: ${(cause as Error).message}`, { cause })
  }
  const { kind, version } = named ?? (Object(value) as { kind: unknown; version: unknown })
  const problems = manifestProblems(value, String(kind), String(version))
  if (problems.length > 0) throw new NicrError('NICR_MODEL_INVALID', `${file}: ${problems.join('; ')}`)
  return value as ModelManifest
}

async function checkDigest(folder: ModelFolder): Promise<void> {
  const file = join(folder.path, 'model.onnx')
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (cause) {
    throw new NicrError('NICR_MODEL_INVALID', `${file}: ${(cause as Error).message}`, { cause })
  }
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (digest !== folder.manifest.digest)
    throw new NicrError(
      'NICR_MODEL_DIGEST_MISMATCH',
      `${file} has sha256 ${digest}, its manifest states ${folder.manifest.digest}; restore the folder or train anew`,
    )
}

async function warmUp(kind: KindDeclaration, model: Model<unknown, unknown>): Promise<void> {
  const content = { text: WARM_UP_TEXT }
  const prepared: Preparation<unknown> = kind.scorer.prepare(content)
  if (prepared.status !== 'READY') return
  const [prediction] = await model.predict([prepared.input])
  const { value } = kind.scorer.decide(content, prepared.input, prediction, model.card)
  if (value >= kind.scale.min && value <= kind.scale.max) return
  await model.close()
  throw new NicrError(
    'NICR_MODEL_INVALID',
    `${kind.kind}@${model.card.version} gave ${value} for an ordinary text`,
  )
}

async function foldersIn(path: string): Promise<string[]> {
  try {
    const entries = await readdir(path, { withFileTypes: true })
    return entries.filter(entry => entry.isDirectory()).map(entry => entry.name)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw cause
  }
}
