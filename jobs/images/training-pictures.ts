import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { decodeImage } from '../../pipelines/images/decode-image.ts'
import { resave } from '../../pipelines/images/resave.ts'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { labelsWanted, targetOf } from '../../pipelines/label-values.ts'
import type { TextDetector } from '../../pipelines/runtime/inference/text-detector.ts'
import { imageFeatureNames, imageFeatures, TEXT_PIXELS } from '../../processors/images/image-features.ts'
import type { Raster } from '../../processors/images/raster.ts'
import { NicrError } from '../../schemas/errors.ts'
import { createRandom } from '../random.ts'
import { crop, drawResaving, hideAdvert, tone } from './augment.ts'

/** A row with its picture and what was seen in it. */
export interface PictureRow {
  readonly path: string
  readonly set: number
  readonly target: number
  readonly fold: number
  /** Of the set, for figures apart; `` where it has none. */
  readonly group: string
  readonly subkind: string
  /** Drawn to teach with. */
  readonly isDrawn: boolean
  readonly features: Float32Array
}

/** Parts that each are left out once, to calibrate and measure with. */
export const FOLDS = 5
const FOLD_ROWS_MIN = 10
/** Features of so many pictures stay in memory: about 100 MB. */
const ROWS_MAX = 20_000
/** Every picture is sent on so many times, and every harmless one gets so many adverts hidden in it. */
const SENT_ON = 2
const HIDDEN = 1
/** Of those that are sent on, how many get other tones. */
const TONED_SHARE = 0.4
/** Of a large set only the first pictures are made others of. */
const MADE_OF_MAX = 5_000
/** An advert has text in so much of it at least: the root of the share, as features tell it. */
const ADVERT_TEXT_MIN = 0.2
const textArea = imageFeatureNames.indexOf('text.above0.3')

/**
 * Reads the rows and looks at their pictures.
 * @throws NicrError NICR_INPUT_INVALID (file, line, field; too few or too many rows), NICR_FILE_UNREADABLE
 */
export async function readPictures(
  { kind, files, imageField = 'image', onProgress }: TrainImageModelOptions,
  detector: TextDetector,
): Promise<{ readonly rows: readonly PictureRow[]; readonly hash: string }> {
  const hash = createHash('sha256')
  const rows: PictureRow[] = []
  for (const [set, { path: file }] of files.entries())
    for await (const line of readJsonLines(file)) {
      const refuse = (problem: string) =>
        new NicrError('NICR_INPUT_INVALID', `${file}, line ${line.line}: ${problem}`)
      if ('error' in line) throw refuse(line.error)
      const fields = line.value as Readonly<Record<string, unknown>>
      const image = fields?.[imageField]
      const target = targetOf(kind, fields?.[kind.training.field])
      if (typeof image !== 'string') throw refuse(`the field ${imageField} is not a path`)
      if (target === null) throw refuse(`the field ${kind.training.field} is ${labelsWanted(kind)}`)
      if (rows.length === ROWS_MAX) throw refuse(`more than ${ROWS_MAX} rows; train from a part of them`)
      const path = resolve(dirname(file), image)
      const bytes = await readFile(path).catch((cause: Error) => {
        throw refuse(`${image} cannot be read: ${cause.message}`)
      })
      hash.update(JSON.stringify([image, target])).update(bytes)
      const group = String(fields['group'] ?? image)
      const subkind = typeof fields['kind'] === 'string' ? fields['kind'] : ''
      const isDrawn = fields['drawn'] === true
      const frame = await firstFrame(bytes).catch((cause: unknown) => {
        throw cause instanceof NicrError ? refuse(`${image}: ${cause.code}: ${cause.message}`) : cause
      })
      const features = await featuresOf(frame, detector)
      rows.push({ path, set, target, fold: foldOf(group), group, subkind, isDrawn, features })
      onProgress?.(rows.length)
    }
  for (let fold = 0; fold < FOLDS; fold++)
    for (const target of [0, 1])
      if (rows.filter(row => row.fold === fold && row.target === target).length < FOLD_ROWS_MIN)
        throw new NicrError(
          'NICR_INPUT_INVALID',
          `${rows.length} rows are too few, or of too few groups, of either label`,
        )
  return { rows, hash: hash.digest('hex') }
}

async function featuresOf(image: Raster, detector: TextDetector): Promise<Float32Array> {
  return imageFeatures(image, await detector.detect(image, TEXT_PIXELS))
}

async function firstFrame(bytes: Uint8Array): Promise<Raster> {
  return (await decodeImage(bytes)).frames[0]!
}

function foldOf(group: string): number {
  return createHash('sha256').update(group).digest()[0]! % FOLDS
}

/** Pictures made of the rows', each in the part of those that it was made of. */
export interface MadePictures {
  /** The rows' pictures, as they are sent on: at other sizes, saved anew, in other tones. */
  readonly sentOn: readonly PictureRow[]
  /** Harmless ones with an advert of the same part hidden in them: spam. */
  readonly hidden: readonly PictureRow[]
}

/** The same rows and seed make the same pictures. Of drawn ones none are made: they come in many sizes and forms as they are. */
export async function makePictures(
  all: readonly PictureRow[],
  detector: TextDetector,
  seed: number,
  onProgress: TrainImageModelOptions['onProgress'],
): Promise<MadePictures> {
  const random = createRandom(seed)
  const rows = all.filter(row => !row.isDrawn)
  const sentOn: PictureRow[] = []
  const hidden: PictureRow[] = []
  const lookAt = async (row: PictureRow, image: Raster, into: PictureRow[]) => {
    const part = crop(image, random)
    into.push({
      ...row,
      features: await featuresOf(await resave(part, drawResaving(part, random)), detector),
    })
    onProgress?.(all.length + sentOn.length + hidden.length)
  }
  const adverts = rows.filter(
    ({ target, features }) => target === 1 && features[textArea]! >= ADVERT_TEXT_MIN,
  )
  for (const row of rows.slice(0, MADE_OF_MAX)) {
    const image = await pictureOf(row)
    for (let i = 0; i < SENT_ON; i++)
      await lookAt(row, random() < TONED_SHARE ? tone(image, random) : image, sentOn)
    const ofPart = adverts.filter(({ fold }) => fold === row.fold)
    for (let i = 0; i < HIDDEN && row.target === 0 && ofPart.length > 0; i++) {
      const advert = await pictureOf(ofPart[Math.floor(random() * ofPart.length)]!)
      await lookAt({ ...row, target: 1 }, hideAdvert(image, advert, random), hidden)
    }
  }
  return { sentOn, hidden }
}

async function pictureOf({ path }: PictureRow): Promise<Raster> {
  return firstFrame(await readFile(path))
}

export interface TrainImageModelOptions {
  readonly kind: KindDeclaration
  readonly files: readonly { readonly path: string; readonly name?: string; readonly licence?: string }[]
  /** The version's folder; made if it is not there. */
  readonly outDir: string
  /** With the same files the same seed gives the same bytes; 1 unless given. */
  readonly seed?: number
  readonly version?: string
  /** Field with the picture's path, relative to the file of rows; `image` unless given. */
  readonly imageField?: string
  readonly onProgress?: (pictures: number) => void
}
