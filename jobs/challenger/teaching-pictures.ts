import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { imageKey } from '../../pipelines/kind-input.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { decodeImageNet } from '../../pipelines/runtime/inference/image-onnx.ts'
import { weighEvidence } from '../../processors/images/image-evidence.ts'
import { type ImageNet, imageMargin, standardise } from '../../processors/images/image-net.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { DataSetRow, TaughtRows } from '../data-set/data-set.ts'
import type { Taught } from './family.ts'

/** More replayed rows hold ordinary pictures no better. */
const REPLAY_ROWS_MAX = 5_000

/** A picture as the learner sees it. */
export interface TeachingPicture {
  /** Of the network: features less their means, in deviations. */
  readonly inputs: Float32Array
  /** What the champion says of its looks, as log-odds. */
  readonly margin: number
  /** What its words add to them. */
  readonly words: number
  /** Words that were read in it, and logos. */
  readonly terms: readonly string[]
}

/** A data set of pictures as the learner reads it; rows without a picture that was seen are left out. */
export interface TeachingPictures extends Taught {
  readonly champion: ImageNet
  /** By labelled and by replayed row. */
  readonly pictures: readonly (readonly TeachingPicture[])[]
  readonly replayedPictures: readonly (readonly TeachingPicture[])[]
}

/** @throws NicrError NICR_MODEL_INVALID */
export async function readImageNet({ path }: ModelFolder): Promise<ImageNet> {
  const net = decodeImageNet(await readFile(join(path, 'model.onnx')))
  if (typeof net === 'string') throw new NicrError('NICR_MODEL_INVALID', `${path}: model.onnx ${net}`)
  return net
}

/**
 * What a bank knows of a picture counts nowhere: it was marked by the same people, and where it alone tells a kind of spam, a model
 * would learn nothing of its looks, by which the same kind is known under another mark.
 * @param seen by `imageKey` what was seen in the rows' pictures
 */
export function readTeachingPictures(
  champion: ImageNet,
  { rows }: Pick<TaughtRows, 'rows'>,
  seen: ReadonlyMap<string, SeenImage>,
): TeachingPictures {
  const seenIn = ({ images = [] }: DataSetRow) => images.flatMap(image => seen.get(imageKey(image)) ?? [])
  const withPictures = rows.filter(row => seenIn(row).length > 0)
  const labelled = (['LABEL', 'WEAK'] as const).flatMap(role => withPictures.filter(row => row.role === role))
  const replayed = withPictures.filter(row => row.role === 'REPLAY').slice(0, REPLAY_ROWS_MAX)
  const picturesOf = (row: DataSetRow) => seenIn(row).map(one => teachingPicture(champion, one))
  return {
    champion,
    labelled,
    weights: Float64Array.from(labelled, row => row.weight),
    replayed,
    pictures: labelled.map(picturesOf),
    replayedPictures: replayed.map(picturesOf),
  }
}

/** What people say of a row, or votes let expect. */
export function isSpam({ target }: DataSetRow): boolean {
  return target >= 0.5
}

function teachingPicture(champion: ImageNet, seen: SeenImage): TeachingPicture {
  // With looks that say nothing, what is left is what the rest says.
  const { withoutBanks } = weighEvidence(0.5, seen)
  return {
    inputs: standardise(champion, seen.features),
    margin: imageMargin(champion, seen.features),
    words: Math.log(withoutBanks / (1 - withoutBanks)),
    terms: [
      ...new Set(seen.reading.text.toLowerCase().match(/\p{L}{3,}/gu) ?? []),
      ...seen.logos.map(({ entry }) => `logo ${entry}`),
    ],
  }
}

/** Pictures to teach, and where the parent draws the line. */
export interface TaughtPictures extends TeachingPictures {
  readonly threshold: number
}
