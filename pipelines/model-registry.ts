import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { nothingSeen } from '../processors/images/nothing-seen.ts'
import type { Model, Preparation } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import type { ModelPromotion } from '../schemas/records.ts'
import type { Config } from './config.ts'
import { digestOfFile } from './file-digest.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { kindNamed } from './kinds.ts'
import {
  languagesOfManifest,
  type ModelFolder,
  type ModelManifest,
  manifestProblems,
} from './model-manifest.ts'
import type { EncoderRun } from './runtime/inference/encoder/encoder-run.ts'

export interface RegistryOptions {
  /**
   * Folders that hold `<kind>/<version>/`, the committed ones first: a number that is taken there names no other version.
   * Committed models alone unless given.
   */
  readonly modelsDirs?: readonly string[]
  /** The kinds there are: those of `kinds.ts` unless given. */
  readonly kinds?: Readonly<Record<string, KindDeclaration>>
  /** How encoders are run: one process each, on the CPU, unless given. */
  readonly encoders?: EncoderRun
  /**
   * The version that `@champion` and `@challenger` stand for, where promotions are known; null for none. Without it the
   * champion is the highest committed version.
   */
  readonly liveVersionOf?: (kind: string, alias: 'champion' | 'challenger') => string | null
}

/** Where the versions that ship with Nicr lie. */
export const committedModelsDir = packagePath('models')

/** Committed versions, then those trained on this machine. */
export function modelsDirsOf(dataDir: string): readonly string[] {
  return [committedModelsDir, join(dataDir, 'models')]
}

/** The registry of a process: committed versions and those of its data directory, run as it is configured. */
export function registryOf({ dataDir, encoders }: Pick<Config, 'dataDir' | 'encoders'>): RegistryOptions {
  return { modelsDirs: modelsDirsOf(dataDir), encoders }
}

/** What every model must be able to score before it is used. */
const WARM_UP_TEXT = 'thank you, this was a great help! see you at 10 :)'

/**
 * Finds a version by reference: `niceness@1`, `niceness@challenger`, `niceness@champion` or `niceness` for the champion.
 * @throws NicrError NICR_KIND_UNKNOWN, NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID
 */
export async function resolveModel(reference: string, options: RegistryOptions = {}): Promise<ModelFolder> {
  const { kind, version } = parseReference(reference)
  kindNamed(kind, options.kinds)
  const versions = await listVersions(kind, options)
  const number =
    version === 'champion' || version === 'challenger'
      ? await versionOfAlias(kind, version, options)
      : version
  const wanted = versions.find(one => one.version === number)
  if (wanted === undefined) throw notFound(reference, versions)
  return readFolder(wanted.path, kind, wanted.version)
}

/** Reads and checks the manifest of a version's folder. @throws NicrError NICR_MODEL_INVALID */
export async function readFolder(path: string, kind: string, version: string): Promise<ModelFolder> {
  return { path, manifest: await readManifest(path, { kind, version }) }
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

/** What a promotion says of the version it moves to. */
export type PromotedArtifact = Pick<ModelPromotion, 'kind' | 'version' | 'artifact' | 'digest'>

/**
 * Finds a promoted version: by its number in the folders of models, so that a process elsewhere with the same models finds
 * it too, and only where it is in none of them at the `file:` URL of the promotion.
 * @throws NicrError NICR_KIND_UNKNOWN, NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function resolvePromoted(
  { kind, version, artifact, digest }: PromotedArtifact,
  options: RegistryOptions = {},
): Promise<ModelFolder> {
  kindNamed(kind, options.kinds)
  const versions = await listVersions(kind, options)
  const path = versions.find(one => one.version === version)?.path ?? pathOf(artifact)
  if (path === null) throw notFound(`${kind}@${version}${artifact === '' ? '' : ` (${artifact})`}`, versions)
  const folder = await readFolder(path, kind, version)
  if (folder.manifest.digest === digest) return folder
  throw new NicrError(
    'NICR_MODEL_DIGEST_MISMATCH',
    `${path} is another ${kind}@${version} than was promoted: its digest is ${folder.manifest.digest}, the promotion’s ${digest || 'empty'}`,
  )
}

/** As `loadModel`, of a folder that was found already. @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH */
export async function loadModelFolder(
  folder: ModelFolder,
  options: RegistryOptions = {},
): Promise<Model<unknown, unknown>> {
  await checkDigest(folder)
  const kind = kindNamed(folder.manifest.kind, options.kinds)
  const model = await kind.loadModel(folder, options.encoders)
  try {
    await warmUp(kind, model)
  } catch (error) {
    await model.close()
    throw error
  }
  return model
}

/** A version on disk, its manifest not read yet. */
export interface VersionPlace {
  readonly version: string
  readonly path: string
  /** committed: ships with Nicr; local: was trained here. */
  readonly origin: 'committed' | 'local'
}

/** The versions of a kind, lowest first. Folders that are not named by a whole number are not versions. */
export async function listVersions(kind: string, options: RegistryOptions = {}): Promise<VersionPlace[]> {
  return (await surveyVersions(kind, options)).versions
}

/** The versions of a kind, and folders that are passed over because an earlier folder holds a version of that number. */
export async function surveyVersions(
  kind: string,
  { modelsDirs = [committedModelsDir] }: RegistryOptions = {},
): Promise<{ readonly versions: VersionPlace[]; readonly shadowed: readonly VersionPlace[] }> {
  const found = new Map<string, VersionPlace>()
  const shadowed: VersionPlace[] = []
  for (const [index, dir] of modelsDirs.entries()) {
    for (const version of await foldersIn(join(dir, kind))) {
      if (!/^[1-9]\d{0,8}$/.test(version)) continue
      const place: VersionPlace = {
        version,
        path: join(dir, kind, version),
        origin: index === 0 ? 'committed' : 'local',
      }
      if (found.has(version)) shadowed.push(place)
      else found.set(version, place)
    }
  }
  return { versions: [...found.values()].sort((a, b) => Number(a.version) - Number(b.version)), shadowed }
}

/** The champion of a kind until one is promoted: the highest committed version; null where none is committed. */
export async function defaultVersion(kind: string, options: RegistryOptions = {}): Promise<string | null> {
  const versions = await listVersions(kind, options)
  return versions.findLast(({ origin }) => origin === 'committed')?.version ?? null
}

async function versionOfAlias(
  kind: string,
  alias: 'champion' | 'challenger',
  options: RegistryOptions,
): Promise<string | null> {
  if (options.liveVersionOf !== undefined) return options.liveVersionOf(kind, alias)
  return alias === 'champion' ? defaultVersion(kind, options) : null
}

/** The path of a `file:` URL; null for others. */
function pathOf(artifact: string): string | null {
  try {
    return artifact.startsWith('file:') ? fileURLToPath(artifact) : null
  } catch {
    return null
  }
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

/** Primary language subtags that a version reads; those of its kind where it does not lie here. */
export async function languagesOfVersion(
  kind: KindDeclaration,
  version: string,
  options: RegistryOptions,
): Promise<readonly string[]> {
  try {
    const { manifest } = await resolveModel(`${kind.kind}@${version}`, options)
    return languagesOfManifest(kind, manifest)
  } catch (error) {
    if (error instanceof NicrError) return kind.languages
    throw error
  }
}

async function checkDigest(folder: ModelFolder): Promise<void> {
  const file = join(folder.path, 'model.onnx')
  const digest = await digestOfFile(file).catch((cause: Error) => {
    throw new NicrError('NICR_MODEL_INVALID', `${file}: ${cause.message}`, { cause })
  })
  if (digest !== folder.manifest.digest)
    throw new NicrError(
      'NICR_MODEL_DIGEST_MISMATCH',
      `${file} has sha256 ${digest}, its manifest states ${folder.manifest.digest}; restore the folder or train anew`,
    )
}

async function warmUp(kind: KindDeclaration, model: Model<unknown, unknown>): Promise<void> {
  const content =
    kind.input === 'IMAGE' ? { text: '', images: [{ ref: '', seen: nothingSeen }] } : { text: WARM_UP_TEXT }
  const prepared: Preparation<unknown> = kind.scorer.prepare(content)
  if (prepared.status !== 'READY') return
  const [prediction] = await model.predict([prepared.input])
  const value = kind.scorer.decide(content, prepared.input, prediction, model.card)?.value ?? Number.NaN
  if (value >= kind.scale.min && value <= kind.scale.max) return
  throw new NicrError(
    'NICR_MODEL_INVALID',
    `${kind.kind}@${model.card.version} gave ${value} for an ordinary ${kind.input === 'IMAGE' ? 'picture' : 'text'}`,
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
