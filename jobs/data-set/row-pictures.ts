import { type HeldImage, imageKey } from '../../pipelines/kind-input.ts'
import type { RowImage } from './data-set.ts'
import type { LeftOut, RowDraft } from './row-draft.ts'

/** Finds near-copies among pictures by their packed perceptual hashes. */
export interface NearPictures {
  /** @returns those added before that are nearly the same, numbered from 0 in the order they were added */
  add(hashes: Uint8Array): readonly number[]
}

/** How pictures are known again. */
export interface PictureSight {
  /** In order, null for one that cannot be had any more. */
  look(
    images: readonly HeldImage[],
  ): Promise<readonly ({ readonly sha256: string; readonly hashes: Uint8Array } | null)[]>
  newNearPictures(): NearPictures
}

/** Pictures that are looked at in one go. */
const AT_ONCE = 64

/**
 * Rows with what their pictures are known again by, each picture looked at once. A row of whose pictures one cannot be had is left out: nobody could
 * learn from it.
 * @throws what `look` throws, and what `signal` was aborted with
 */
export async function withHashes(
  rows: readonly RowDraft[],
  { look }: Pick<PictureSight, 'look'>,
  leftOut: LeftOut,
  signal?: AbortSignal,
): Promise<RowDraft[]> {
  const wanted = new Map<string, RowImage>()
  for (const { images = [] } of rows) for (const image of images) wanted.set(imageKey(image), image)
  const seen = new Map<string, RowImage>()
  const all = [...wanted]
  for (let from = 0; from < all.length; from += AT_ONCE) {
    signal?.throwIfAborted()
    const piece = all.slice(from, from + AT_ONCE)
    const found = await look(piece.map(([, image]) => image))
    piece.forEach(([key, { ref }], i) => {
      const one = found[i] ?? null
      if (one === null) return
      seen.set(key, { ref, sha256: one.sha256, hashes: Buffer.from(one.hashes).toString('base64') })
    })
  }
  const kept = rows.flatMap((row): RowDraft[] => {
    if (row.images === undefined) return [row]
    const images = row.images.flatMap(image => {
      const one = seen.get(imageKey(image))
      return one === undefined ? [] : [{ ...one, ref: image.ref }]
    })
    return images.length === row.images.length ? [{ ...row, images }] : []
  })
  leftOut.add('pictureGone', rows.length - kept.length)
  return kept
}
