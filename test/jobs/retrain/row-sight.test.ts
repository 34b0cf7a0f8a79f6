import { describe, expect, it } from 'vitest'
import { LeftOut, type RowDraft } from '../../../jobs/data-set/row-draft.ts'
import { withHashes } from '../../../jobs/data-set/row-pictures.ts'
import { createRowSight } from '../../../jobs/retrain/row-sight.ts'
import { imageKey } from '../../../pipelines/kind-input.ts'
import { taughtPictureSet } from '../../support/taught-pictures.ts'

const { dataSet, seen } = taughtPictureSet(1, { labels: 6, replay: 0 })
const [gone] = dataSet.rows
/** As the platform posts them: by address, without a digest. */
const drafts: RowDraft[] = dataSet.rows.map(row => ({
  ...row,
  images: row.images!.map(({ sha256 }) => ({
    ref: `https://x.example/${sha256}`,
    sha256: null,
    hashes: null,
  })),
}))

describe('what a training sees', () => {
  it('holds what was seen under the key that the rows then have, and rows whose picture is gone are left out', async () => {
    const sight = createRowSight(async ({ ref }) => {
      const sha256 = ref.slice(-64)
      return sha256 === gone!.images![0]!.sha256
        ? { status: 'FAILED', code: 'NICR_IMAGE_NOT_FOUND', detail: '' }
        : { status: 'SEEN', seen: seen.get(sha256)! }
    })
    const leftOut = new LeftOut()
    const rows = await withHashes(drafts, sight, leftOut)
    expect(leftOut.counts).toEqual({ pictureGone: 1 })
    expect(rows).toHaveLength(5)
    for (const { images } of rows)
      expect(sight.seen.get(imageKey(images![0]!))?.sha256).toBe(images![0]!.sha256)
  })
})
