import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { kindNamed } from '../pipelines/kinds.ts'
import { languagesOfManifest, type ModelManifest } from '../pipelines/model-manifest.ts'
import { listVersions, type RegistryOptions, readFolder, resolveModel } from '../pipelines/model-registry.ts'
import { type Judgement, readJudgement } from './challenger/judgement.ts'
import type { DataSetManifest } from './data-set/data-set.ts'
import { dataSetFolder } from './data-set/data-set-files.ts'

/** All that lies on disk of a version, for people to read: never where it lies, nor a text it learned from. */
export interface VersionPage {
  readonly manifest: ModelManifest
  /** Primary language subtags that it reads. */
  readonly languages: readonly string[]
  readonly origin: 'committed' | 'local'
  /** Markdown; null where there is none. */
  readonly card: string | null
  /** How it compared with its parent and what the gates said; null where it was not judged. */
  readonly judgement: Judgement | null
  /** The version it was made from, the one before that, and so on; the nearest first. */
  readonly ancestors: readonly string[]
  /** Versions that were made from it. */
  readonly children: readonly string[]
  /** Of the snapshot it learned from; null where that does not lie here. */
  readonly dataSet: DataSetSummary | null
}

export interface DataSetSummary {
  readonly hash: string
  readonly rows: number
  readonly rowsByRole: Readonly<Record<string, number>>
  /** How many people's labels are in it. */
  readonly labellers: number
}

/** Of a model card; the rest is cut off. */
const CARD_UNITS_MAX = 100_000
/** Versions of a kind whose manifests are read for the lineage, the highest. */
const VERSIONS_MAX = 1_000

/** @throws NicrError NICR_KIND_UNKNOWN, NICR_MODEL_NOT_FOUND, NICR_MODEL_INVALID */
export async function readVersionPage(
  { kind, version }: { readonly kind: string; readonly version: string },
  { registry, dataDir }: { readonly registry: RegistryOptions; readonly dataDir: string },
): Promise<VersionPage> {
  const { path, manifest } = await resolveModel(`${kind}@${version}`, registry)
  const places = (await listVersions(kind, registry)).slice(-VERSIONS_MAX)
  const parents = new Map<string, string | null>()
  for (const place of places) parents.set(place.version, await parentOf(place.path, kind, place.version))
  const card = await readFile(join(path, 'README.md'), 'utf8').catch(() => null)
  return {
    manifest,
    languages: languagesOfManifest(kindNamed(kind), manifest),
    origin: places.find(place => place.version === manifest.version)?.origin ?? 'local',
    card: card?.slice(0, CARD_UNITS_MAX) ?? null,
    judgement: await readJudgement(path),
    ancestors: ancestorsOf(manifest.parent, parents),
    children: [...parents].filter(([, parent]) => parent === manifest.version).map(([child]) => child),
    dataSet: await dataSetOf(dataSetFolder(dataDir, kind, manifest.dataHash)),
  }
}

async function parentOf(path: string, kind: string, version: string): Promise<string | null> {
  try {
    return (await readFolder(path, kind, version)).manifest.parent
  } catch {
    return null
  }
}

/** A parent that is named but gone ends the list, and so does one that is named twice. */
function ancestorsOf(parent: string | null, parents: ReadonlyMap<string, string | null>): readonly string[] {
  const ancestors: string[] = []
  for (let one = parent; one !== null && !ancestors.includes(one); one = parents.get(one) ?? null)
    ancestors.push(one)
  return ancestors
}

async function dataSetOf(path: string): Promise<DataSetSummary | null> {
  try {
    const text = await readFile(join(path, 'manifest.json'), 'utf8')
    const { hash, rows, rowsByRole, labellers } = JSON.parse(text) as DataSetManifest
    return { hash, rows, rowsByRole, labellers: labellers.length }
  } catch {
    return null
  }
}
