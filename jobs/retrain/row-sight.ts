import type { LookAtImage } from '../../pipelines/images/look-at-images.ts'
import type { HeldImage } from '../../pipelines/kind-input.ts'
import { NearPictureFinder } from '../../processors/images/near-pictures.ts'
import type { SeenImage } from '../../processors/images/seen-image.ts'
import type { PictureSight } from '../data-set/row-pictures.ts'

/** How one training looks at the pictures of its rows: what was seen for the data set is what the challenger learns from. */
export class RowSight implements PictureSight {
  /** By sha256 of the file, hex, which is the `imageKey` of a picture that was looked at. */
  readonly seen = new Map<string, SeenImage>()
  private readonly lookAt: LookAtImage

  constructor(lookAt: LookAtImage) {
    this.lookAt = lookAt
  }

  /** @throws NicrError of `isUnavailable`: the same may be tried again */
  look(images: readonly HeldImage[]): ReturnType<PictureSight['look']> {
    return Promise.all(
      images.map(async image => {
        const looked = await this.lookAt(image)
        if (looked.status === 'FAILED') return null
        const { sha256, hashes } = looked.seen
        this.seen.set(sha256, looked.seen)
        return { sha256, hashes }
      }),
    )
  }

  newNearPictures(): NearPictureFinder {
    return new NearPictureFinder()
  }
}
