import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import type { KindDrift } from '../processors/drift/text-drift.ts'
import {
  referenceProblem,
  type StoredReference,
  type TrainingReference,
} from '../processors/drift/training-reference.ts'
import { openVocabulary, type Vocabulary } from '../processors/drift/vocabulary.ts'
import { NicrError } from '../schemas/errors.ts'
import { kinds } from './kinds.ts'
import type { ModelFolder } from './model-manifest.ts'
import { listVersions, type RegistryOptions, readFolder } from './model-registry.ts'
import type { TrainingReferenceLookup } from './runtime/drift-step.ts'
import { layoutOf } from './runtime/profiler.ts'

/** `reference.json` of a version's folder: what the version was trained on, as far as drift needs it. */

export const REFERENCE_FILE = 'reference.json'
/** A larger file is none of ours: 128 KiB of words in base64, and some hundred counts. */
const FILE_BYTES_MAX = 1 << 20

export interface OpenReference {
  readonly reference: StoredReference
  readonly vocabulary: Vocabulary
}

/** The bytes of the file, and the digest that the manifest states. */
export interface EncodedReference {
  readonly text: string
  readonly digest: string
}

export function encodeReference(reference: StoredReference): EncodedReference {
  const text = `${JSON.stringify(reference)}\n`
  return { text, digest: digestOf(text) }
}

/**
 * Reads and checks the reference of a version.
 * @returns null where the manifest states none, as of versions that were trained before there were any
 * @throws NicrError NICR_MODEL_INVALID, NICR_MODEL_DIGEST_MISMATCH
 */
export async function readReference({ path, manifest }: ModelFolder): Promise<OpenReference | null> {
  if (manifest.reference === undefined) return null
  const file = join(path, REFERENCE_FILE)
  const invalid = (problem: string, cause?: unknown) =>
    new NicrError('NICR_MODEL_INVALID', `${file}: ${problem}`, { cause })
  let text: string
  try {
    const { size } = await stat(file)
    if (size > FILE_BYTES_MAX) throw invalid(`has ${size} bytes, at most ${FILE_BYTES_MAX} are read`)
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw cause instanceof NicrError ? cause : invalid((cause as Error).message, cause)
  }
  const digest = digestOf(text)
  if (digest !== manifest.reference)
    throw new NicrError(
      'NICR_MODEL_DIGEST_MISMATCH',
      `${file} has sha256 ${digest}, its manifest states ${manifest.reference}; restore the folder or train anew`,
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw invalid((cause as Error).message, cause)
  }
  const problem = referenceProblem(value)
  if (problem !== null) throw invalid(problem)
  const reference = value as StoredReference
  const vocabulary = openVocabulary(reference.vocabulary)
  if (vocabulary === null) throw invalid('the bits of the vocabulary are not a power of two')
  return { reference, vocabulary }
}

/** Without the features that are cut into other bins today. */
function asDeclared(
  { rows, positiveShare, features }: StoredReference,
  { kind, modelVersion }: { readonly kind: string; readonly modelVersion: string },
  drift: KindDrift,
): TrainingReference {
  const edgesOf = new Map(drift.features.map(({ name, edges }) => [name, [...edges]]))
  const same = features.filter(({ name, edges }) => isDeepStrictEqual(edgesOf.get(name), edges))
  return {
    kind,
    modelVersion,
    rows,
    positiveShare,
    features: same.map(({ name, counts }) => ({ name, counts })),
  }
}

/**
 * Finds the references of versions in the folders of models, by number: a version that lies nowhere but at the `file:` URL of
 * its promotion has none here.
 * @param onProblem told of each that cannot be used; it counts as none
 */
export function createReferenceLookup(
  registry: RegistryOptions,
  onProblem: (error: NicrError) => void,
): TrainingReferenceLookup {
  const declared = registry.kinds ?? kinds
  return async ({ kind, modelVersion, referenceVersion }) => {
    const drift = Object.hasOwn(declared, kind) ? declared[kind]!.drift : undefined
    // Bins of another layout are not those that are declared here.
    if (drift === undefined || layoutOf(drift).version !== referenceVersion) return null
    const place = (await listVersions(kind, registry)).find(({ version }) => version === modelVersion)
    if (place === undefined) return null
    try {
      const open = await readReference(await readFolder(place.path, kind, modelVersion))
      return open && asDeclared(open.reference, { kind, modelVersion }, drift)
    } catch (error) {
      if (!(error instanceof NicrError)) throw error
      onProblem(error)
      return null
    }
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
