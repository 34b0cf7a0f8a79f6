import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfFile } from '../../pipelines/file-digest.ts'
import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import type { ModelFolder } from '../../pipelines/model-registry.ts'
import {
  type EncodedReference,
  encodeReference,
  REFERENCE_FILE,
  readReference,
} from '../../pipelines/training-reference.ts'
import { answerFeatures } from '../../processors/drift/text-drift.ts'
import { withWords } from '../../processors/drift/vocabulary.ts'
import type { EncoderSettings } from '../../processors/encoder/encoder-settings.ts'
import { keepFiles } from '../version-folder.ts'
import type { Comparison } from './challenger.ts'
import { challengerCard, type JudgedForCard } from './challenger-card.ts'

/** All files of a version but its card. */
export interface ChallengerFiles {
  readonly manifest: ModelManifest
  readonly onnx: Uint8Array
  /** The file that it is. */
  readonly file: string
  /** Files that are the parent's, by name. */
  readonly kept: readonly string[]
  readonly parent: ModelFolder
  readonly reference: EncodedReference | null
}

const MODEL_FILE = 'model.onnx'

export interface ChallengerParts {
  readonly version: string
  readonly parent: ModelFolder
  readonly onnx: Uint8Array
  /** See `EncodedChallenger`. */
  readonly beside?: string | undefined
  readonly dataHash: string
  readonly labels: number
  readonly replayed: number
  /** Words that were learned and that the parent does not know. */
  readonly learnedWords: readonly string[]
  readonly comparison: Comparison
}

/** The manifest and what else lies in the folder. @throws NicrError as `readReference` */
export async function challengerFiles(parts: ChallengerParts): Promise<ChallengerFiles> {
  const { version, parent, onnx, beside, dataHash, labels, replayed, comparison } = parts
  const { recalibration: _, ...inherited } = parent.manifest
  const reference = await grownReference(parent, parts.learnedWords)
  const figures = comparison.slices.find(one => one.slice === 'all')?.figures ?? {}
  const source = (name: string, rows: number) => ({ name, licence: 'the platform’s own', rows, metrics: {} })
  const manifest: ModelManifest = {
    ...inherited,
    version,
    ...(beside === undefined ? { digest: digestOf(onnx) } : { features: withFile(parent, beside, onnx) }),
    ...(reference && { reference: reference.digest }),
    dataHash,
    parent: parent.manifest.version,
    metrics: {
      n: comparison.rows,
      ...Object.fromEntries(
        Object.entries(figures).map(([name, { challenger }]) => [name, rounded(challenger)]),
      ),
    },
    sources: [
      ...parent.manifest.sources.map(one => ({ ...one, metrics: {} })),
      source(`Labels of the platform, data set ${dataHash.slice(0, 12)}`, labels),
      source(
        `Content of the platform as ${parent.manifest.version} scored it, data set ${dataHash.slice(0, 12)}`,
        replayed,
      ),
    ],
  }
  const kept =
    beside === undefined
      ? []
      : [MODEL_FILE, ...Object.keys(filesOf(manifest)).filter(name => name !== beside)]
  return { manifest, onnx, file: beside ?? MODEL_FILE, kept, parent, reference }
}

/** What a version reads beside `model.onnx`, sha256 by name. */
function filesOf({ features }: ModelManifest): Readonly<Record<string, string>> {
  return (features as unknown as Partial<EncoderSettings>).files ?? {}
}

function withFile({ manifest }: ModelFolder, name: string, bytes: Uint8Array): ModelManifest['features'] {
  const files = { ...filesOf(manifest), [name]: digestOf(bytes) }
  return { ...manifest.features, files } as ModelManifest['features']
}

/** What the parent learned from, and the new words; what it answered to it is not what its child would. */
async function grownReference(
  parent: ModelFolder,
  words: readonly string[],
): Promise<EncodedReference | null> {
  const open = await readReference(parent)
  if (open === null) return null
  const { reference, vocabulary } = open
  const unknown = [...new Set(words)].filter(word => !vocabulary.has(word)).sort()
  return encodeReference({
    ...reference,
    features: reference.features.filter(({ name }) => !answerFeatures.includes(name)),
    vocabulary: withWords(reference.vocabulary, unknown),
  })
}

export async function writeFiles(
  folder: string,
  { manifest, onnx, file, kept, parent, reference }: ChallengerFiles,
): Promise<void> {
  await keepFiles(parent.path, folder, kept)
  await writeFile(join(folder, file), onnx)
  if (reference !== null) await writeFile(join(folder, REFERENCE_FILE), reference.text)
  await writeFile(join(folder, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

export async function writeCard(
  folder: string,
  kind: KindDeclaration,
  manifest: ModelManifest,
  judged: JudgedForCard,
): Promise<void> {
  await writeFile(join(folder, 'README.md'), challengerCard(kind, manifest, judged))
}

/** What is wrong with the files as they lie in the folder, in words; null if they are those that were made. */
export async function artefactProblem(
  folder: string,
  { manifest }: Pick<ChallengerFiles, 'manifest'>,
): Promise<string | null> {
  const states: [string, string | undefined][] = [
    [MODEL_FILE, manifest.digest],
    [REFERENCE_FILE, manifest.reference],
    ...Object.entries(filesOf(manifest)),
  ]
  for (const [name, digest] of states) {
    if (digest === undefined) continue
    const found = await digestOfFile(join(folder, name)).catch(() => null)
    if (found === null) return `${name} cannot be read again.`
    if (found !== digest) return `${name} has sha256 ${found}, not ${digest} as it was made.`
  }
  const text = await readFile(join(folder, 'manifest.json'), 'utf8').catch(() => '')
  return text === `${JSON.stringify(manifest, null, 2)}\n`
    ? null
    : 'manifest.json is not the one that was made.'
}

function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
