import { createHash } from 'node:crypto'
import { cp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { committedModelsDir, defaultVersion, resolveModel } from '../../pipelines/model-registry.ts'
import type { PromotionRecord } from '../../pipelines/promotion-history.ts'
import { readHeadsModel } from '../../pipelines/runtime/inference/heads-model.ts'
import { encodeHeadsModel } from '../../pipelines/runtime/inference/heads-onnx.ts'
import { promotionId } from '../../schemas/ids.ts'
import type { ModelPromotion } from '../../schemas/records.ts'

/** A version that ships with Nicr under another number: `<dir>/<kind>/<version>`. Answers its digest. */
export async function copyVersion(dir: string, kind: string, version: string): Promise<string> {
  const committed = await committedVersion(kind)
  const path = join(dir, kind, version)
  await cp(join(committedModelsDir, kind, committed), path, { recursive: true })
  await editManifest(path, { version })
  return (await resolveModel(`${kind}@${committed}`)).manifest.digest
}

/** The champion of a kind that was never promoted. */
export async function committedVersion(kind: string): Promise<string> {
  const version = await defaultVersion(kind)
  if (version === null) throw new Error(`no version of ${kind} is committed`)
  return version
}

export async function editManifest(path: string, edit: Record<string, unknown>): Promise<void> {
  const file = join(path, 'manifest.json')
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>
  await writeFile(file, JSON.stringify({ ...manifest, ...edit }))
}

/** A promotion of niceness, to be varied where it matters. */
export function aPromotion(changes: Partial<ModelPromotion> = {}): ModelPromotion {
  const promotion = {
    kind: 'niceness',
    alias: 'CHAMPION' as const,
    version: '7',
    artifact: '',
    digest: '',
    previous: null,
    share: 1,
    reason: '',
    requestId: null,
    by: 'test',
    at: Date.UTC(2026, 0, 15, 12),
    ...changes,
  }
  return { id: promotionId(promotion), ...promotion }
}

export function artifactOf(dir: string, kind: string, version: string): string {
  return pathToFileURL(join(dir, kind, version)).href
}

/** Promotions as they lie on the log, one after the other. */
export function logOf(...promotions: readonly ModelPromotion[]): PromotionRecord[] {
  return promotions.map((value, offset) => ({ value, offset, appendedAt: value.at + offset }))
}

/**
 * A version whose margins are those of another and this much, so that its scores are all higher or lower:
 * `<dataDir>/models/<kind>/<version>`, over what lies there. With `keepDigest` its manifest still states the other's digest.
 */
export async function shiftedVersion(
  dataDir: string,
  of: ModelFolder,
  version: string,
  shift: number,
  { keepDigest = false } = {},
): Promise<void> {
  const path = join(dataDir, 'models', of.manifest.kind, version)
  await cp(of.path, path, { recursive: true })
  const model = await readHeadsModel(of)
  const onnx = encodeHeadsModel(
    { ...model, offsets: model.offsets.map(offset => offset + shift) },
    of.manifest.kind,
  )
  await writeFile(join(path, 'model.onnx'), onnx)
  const digest = keepDigest ? of.manifest.digest : createHash('sha256').update(onnx).digest('hex')
  await editManifest(path, { version, digest })
}
