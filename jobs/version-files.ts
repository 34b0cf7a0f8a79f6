import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelFolder, ModelManifest } from '../pipelines/model-manifest.ts'
import type { EncoderSettings } from '../processors/encoder/encoder-settings.ts'
import { keepFiles } from './version-folder.ts'

export const MODEL_FILE = 'model.onnx'

/** Files of a version that differ from its parent's, by name. */
export type ChangedFiles = ReadonlyMap<string, Uint8Array>

export function digestOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** What a version reads beside `model.onnx`, sha256 by name; only encoders have such files. */
export function filesBeside({ features }: ModelManifest): Readonly<Record<string, string>> {
  return (features as unknown as Partial<EncoderSettings>).files ?? {}
}

/** What a manifest says of the changed files: `model.onnx` has a digest of its own, all others one among the features. */
export function digestsOf(
  { manifest }: ModelFolder,
  changed: ChangedFiles,
): Partial<Pick<ModelManifest, 'digest' | 'features'>> {
  const model = changed.get(MODEL_FILE)
  const others = [...changed].filter(([name]) => name !== MODEL_FILE)
  const digests = Object.fromEntries(others.map(([name, bytes]) => [name, digestOf(bytes)]))
  const features = { ...manifest.features, files: { ...filesBeside(manifest), ...digests } }
  return {
    ...(model !== undefined && { digest: digestOf(model) }),
    ...(others.length > 0 && { features: features as ModelManifest['features'] }),
  }
}

/** Writes the changed files of a version, and keeps its parent's others. */
export async function writeChanged(
  folder: string,
  {
    manifest,
    parent,
    changed,
  }: {
    readonly manifest: ModelManifest
    readonly parent: ModelFolder
    readonly changed: ChangedFiles
  },
): Promise<void> {
  const names = [MODEL_FILE, ...Object.keys(filesBeside(manifest))]
  await keepFiles(
    parent.path,
    folder,
    names.filter(name => !changed.has(name)),
  )
  for (const [name, bytes] of changed) await writeFile(join(folder, name), bytes)
}
