import type { LookAtImage } from '../../pipelines/images/look-at-images.ts'
import { NearPictureFinder } from '../../processors/images/near-pictures.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'
import type { PictureSight } from '../data-set/row-pictures.ts'

export interface RowSight extends PictureSight {
  /** By sha256 of the file, hex, which is the `imageKey` of a picture that was looked at. */
  readonly seen: ReadonlyMap<string, SeenImage>
}

/**
 * How one training looks at the pictures of its rows: what was seen for the data set is what the challenger learns from. Of what `lookAt`
 * throws the training is tried again; a picture that cannot be looked at is none.
 */
export function createRowSight(lookAt: LookAtImage): RowSight {
  const seen = new Map<string, SeenImage>()
  return {
    seen,
    look: images =>
      Promise.all(
        images.map(async image => {
          const looked = await lookAt(image)
          if (looked.status === 'FAILED') return null
          const { sha256, hashes } = looked.seen
          seen.set(sha256, looked.seen)
          return { sha256, hashes }
        }),
      ),
    newNearPictures: () => new NearPictureFinder(),
  }
}
