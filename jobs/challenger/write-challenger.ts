import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfFile } from '../../pipelines/file-digest.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelFolder, ModelManifest } from '../../pipelines/model-manifest.ts'
import {
  type EncodedReference,
  encodeReference,
  REFERENCE_FILE,
  readReference,
} from '../../pipelines/training-reference.ts'
import { answerFeatures } from '../../processors/drift/text-drift.ts'
import { withWords } from '../../processors/drift/vocabulary.ts'
import { type ChangedFiles, digestsOf, filesBeside, MODEL_FILE, writeChanged } from '../version-files.ts'
import type { Comparison } from './challenger.ts'
import { challengerCard, type JudgedForCard } from './challenger-card.ts'

/** All files of a version but its card. */
export interface ChallengerFiles {
  readonly manifest: ModelManifest
  readonly changed: ChangedFiles
  readonly parent: ModelFolder
  readonly reference: EncodedReference | null
}

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
  const { version, parent, onnx, beside = MODEL_FILE, dataHash, labels, replayed, comparison } = parts
  const changed: ChangedFiles = new Map([[beside, onnx]])
  const { recalibration: _, ...inherited } = parent.manifest
  const reference = await grownReference(parent, parts.learnedWords)
  const figures = comparison.slices.find(one => one.slice === 'all')?.figures ?? {}
  const source = (name: string, rows: number) => ({ name, licence: 'the platform’s own', rows, metrics: {} })
  const manifest: ModelManifest = {
    ...inherited,
    version,
    ...digestsOf(parent, changed),
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
  return { manifest, changed, parent, reference }
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
  { manifest, changed, parent, reference }: ChallengerFiles,
): Promise<void> {
  await writeChanged(folder, { manifest, parent, changed })
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
    ...Object.entries(filesBeside(manifest)),
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

function rounded(value: number): number {
  return Math.round(value * 1e4) / 1e4
}
