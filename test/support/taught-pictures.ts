import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DATA_SET_FOLDS, type DataSetRow, type TaughtRows } from '../../jobs/data-set/data-set.ts'
import { createRandom } from '../../jobs/random.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { openModelFolder } from '../../pipelines/model-registry.ts'
import { encodeImageNet } from '../../pipelines/runtime/inference/image-onnx.ts'
import { imageFeatureSettings } from '../../processors/images/image-features.ts'
import { type ImageNet, imageMargin } from '../../processors/images/image-net.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'
import { aSeenImage } from './seen-images.ts'

/**
 * A platform's pictures as features made up: harmless ones, spam that the champion knows, a new kind that it takes for harmless, and
 * harmless ones that are half like the new kind.
 */

export type PictureKind = 'ham' | 'known' | 'new' | 'alike'

/** Features that differ from picture to picture; all others are 0. */
const VARIED = 40
/** What the new kind has and no other. */
const OF_NEW = [1, 2, 3, 4, 5, 6]
const NEW_SHIFT = 2
/** So many of them harmless pictures may have. */
const ALIKE = 4

export interface MadePicture {
  readonly kind: PictureKind
  readonly features: Float32Array
}

export function createPictures(seed: number) {
  const random = createRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  return (kind: PictureKind): MadePicture => {
    const features = new Float32Array(imageFeatureSettings.count)
    for (let i = 0; i < VARIED; i++) features[i] = normal()
    features[0] = (kind === 'known' ? 1 : -1) * (1 + 0.5 * Math.abs(normal()))
    const shifted = kind === 'new' ? OF_NEW : kind === 'alike' ? OF_NEW.slice(0, ALIKE) : []
    for (const i of shifted) features[i]! += NEW_SHIFT
    return { kind, features }
  }
}

/** Knows spam by the first feature alone. */
const champion: ImageNet = {
  means: new Float32Array(imageFeatureSettings.count),
  scales: new Float32Array(imageFeatureSettings.count).fill(1),
  // One known picture, which everything is like: familiar, and it says nothing.
  centres: new Int8Array(imageFeatureSettings.count),
  narrowness: 0,
  outputs: new Float32Array(1),
  bias: 0,
  linear: Float32Array.from({ length: imageFeatureSettings.count }, (_, i) => (i === 0 ? 3 : 0)),
  offset: 0,
}

/** Share of pictures that a network puts on the right side. */
export function pictureAccuracy(net: ImageNet, pictures: readonly MadePicture[]): number {
  return (
    pictures.filter(({ kind, features }) => imageMargin(net, features) >= 0 === Boolean(isSpam({ kind })))
      .length / pictures.length
  )
}

export async function writeImageChampion(path: string): Promise<ModelFolder> {
  const onnx = encodeImageNet(champion, 'image-spam')
  const manifest = {
    kind: 'image-spam',
    version: '1',
    family: 'image-features',
    features: imageFeatureSettings,
    digest: createHash('sha256').update(onnx).digest('hex'),
    dataHash: '0'.repeat(64),
    seed: 1,
    parent: null,
    settings: { threshold: 0.5 },
    metrics: {},
    sources: [],
  }
  await mkdir(path, { recursive: true })
  await writeFile(join(path, 'model.onnx'), onnx)
  await writeFile(join(path, 'manifest.json'), JSON.stringify(manifest))
  await writeFile(join(path, 'README.md'), '')
  return openModelFolder(path)
}

export interface TaughtPictureSet {
  readonly dataSet: TaughtRows
  /** By sha256. */
  readonly seen: Map<string, SeenImage>
}

/** Tagged pictures, by four people, a half of the new kind; and replayed ones, of which a tenth is of it. */
export function taughtPictureSet(
  seed: number,
  { labels = 60, replay = 200, alike = 0, say = isSpam }: PictureSetOptions = {},
): TaughtPictureSet {
  const make = createPictures(seed)
  const seen = new Map<string, SeenImage>()
  const rowOf = (at: number, picture: MadePicture, role: DataSetRow['role']): DataSetRow => {
    const sha256 = String(at).padStart(64, '0')
    const ref = `blob:${sha256}`
    seen.set(sha256, aSeenImage({ ref, sha256, features: picture.features }))
    const by = `tagger-${at % 4}`
    const target =
      role === 'LABEL' ? say(picture, by) : 1 / (1 + Math.exp(-imageMargin(champion, picture.features)))
    const place = { topic: 'nicr.labels', partition: 0, offset: at }
    return {
      digest: sha256,
      text: '',
      images: [{ ref, sha256, hashes: null }],
      target,
      weight: 1,
      role,
      contentId: `content-${at}`,
      revision: 0,
      author: `author-${at}`,
      thread: null,
      language: 'en',
      at: 1_700_000_000_000 + at,
      source: role === 'LABEL' ? 'drift' : null,
      samplingProbability: null,
      place: null,
      evidence: role === 'LABEL' ? [{ id: `label-${at}`, by, value: target, ...place }] : [],
      group: `group-${at}`,
      fold: at % DATA_SET_FOLDS,
      slices: ['all'],
    }
  }
  const tagged = Array.from({ length: labels }, (_, i) =>
    rowOf(i, make(i % 2 === 0 ? 'new' : i % 3 === 1 ? 'known' : 'ham'), 'LABEL'),
  )
  const replayed = Array.from({ length: replay }, (_, i) =>
    rowOf(
      labels + i,
      make(i < alike ? 'alike' : i % 10 === 0 ? 'new' : i % 3 === 1 ? 'known' : 'ham'),
      'REPLAY',
    ),
  )
  const dataSet = { kind: 'image-spam', hash: 'a'.repeat(64), path: '', newTerms: [] }
  return { dataSet: { ...dataSet, rows: [...tagged, ...replayed] }, seen }
}

export interface PictureSetOptions {
  readonly labels?: number
  readonly replay?: number
  /** Of them, harmless ones that are half like the new kind. */
  readonly alike?: number
  /** What a person says of a picture: the truth unless given. */
  readonly say?: (picture: MadePicture, by: string) => number
}

export function isSpam({ kind }: Pick<MadePicture, 'kind'>): number {
  return Number(kind === 'known' || kind === 'new')
}
