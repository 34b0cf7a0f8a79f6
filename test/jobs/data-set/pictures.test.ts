import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSampleChooser } from '../../../jobs/choose-samples/sample-chooser.ts'
import type { DataSet } from '../../../jobs/data-set/data-set.ts'
import { eraseRows, readDataSet } from '../../../jobs/data-set/data-set-files.ts'
import { leaksOf } from '../../../jobs/data-set/leaks.ts'
import type { PictureSight } from '../../../jobs/data-set/row-pictures.ts'
import { imageKey } from '../../../pipelines/kind-input.ts'
import { createSetting, now } from '../../support/data-set-setting.ts'
import { pictureKind, withPictureKind } from '../../support/picture-kind.ts'
import { aContent, aLabel, aLabelSample, aScore } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'

/** What people are asked about pictures, and what a training learns from, on the real engine. */

const digestOf = (i: number) => i.toString(16).padStart(64, '0')
const blobOf = (i: number) => `blob:${digestOf(i)}`
const kind = pictureKind.kind
const scoreOf = (contentId: string, value: number, author: string) =>
  aScore({
    ...{ id: `${contentId} ${kind}`, contentId, kind, modelVersion: '1', author, reasons: [] },
    ...{ value, label: value > 0.5 ? 'spam' : 'ham', eventAt: now - 3_600_000 },
  })
/** Every third has the picture of its neighbour; the last ten have none. */
const pictureOf = (i: number) => (i % 3 === 1 ? i - 1 : i)
const posts = Array.from({ length: 70 }, (_, i) =>
  aContent({
    id: `p${i}`,
    author: `a${i}`,
    // The same words under all: they tie nothing.
    text: i % 2 === 0 ? 'Look what I found today, it is the best of all' : '',
    images: i < 60 ? [{ ref: blobOf(pictureOf(i)), sha256: null, mimeType: null }] : [],
    at: now - (100 - i) * 60_000,
  }),
)

/** Pictures 2k and 2k + 1 are near-copies; picture 8 is gone. */
const sight: PictureSight & { looked: number } = {
  looked: 0,
  async look(images) {
    sight.looked += images.length
    return images.map(image => {
      const number = Number.parseInt(imageKey(image).slice(-6), 16)
      if (number === 8) return null
      return { sha256: digestOf(number), hashes: Uint8Array.of(number >> 1, 7) }
    })
  },
  newNearPictures() {
    const known: number[] = []
    return {
      add([first]) {
        const alike = known.flatMap((one, place) => (one === first ? [place] : []))
        known.push(first!)
        return alike
      },
    }
  },
}

describe.skipIf(stackMissing() !== null)('pictures', () => {
  let setting: Awaited<ReturnType<typeof createSetting>>
  let built: DataSet
  beforeAll(async () => {
    setting = await createSetting()
    const { store, build } = setting
    await store('content', posts)
    await store(
      'scores',
      posts.map(({ id, author }, i) => scoreOf(id, i % 2 === 0 ? 0.9 : 0.1, author)),
    )
    await store('label-samples', [
      aLabelSample({
        ...{ sampleId: 'brought', contentId: 'brought', kind, source: 'import', overlap: 0 },
        images: [{ ref: 'https://pictures.example/brought.png', sha256: digestOf(500) }],
      }),
    ])
    const labels = [...Array.from({ length: 30 }, (_, i) => `p${i}`), 'p65', 'brought'].map((contentId, i) =>
      aLabel({
        ...{ id: `l ${contentId}`, contentId, kind, labeller: i % 2 === 0 ? 'lena' : 'mara', value: i % 2 },
        boxes: i % 2 === 1 ? [{ image: blobOf(i), x: 0, y: 0, width: 0.2, height: 0.2, name: 'glimt' }] : [],
      }),
    )
    await store('labels', labels)
    built = await build({ kind: pictureKind, pictures: sight })
  })
  afterAll(() => setting.close())

  it('are asked about where a post has some, each picture once', async () => {
    const chooser = createSampleChooser({
      clickhouse: setting.clickhouse,
      kinds: withPictureKind,
      now: () => now,
    })
    const samples = await chooser.choose(kind, { requestId: 'r1' })
    const ids = samples.map(({ contentId }) => Number(contentId.slice(1)))
    // Neither labelled, nor without a picture, nor with one that was labelled or is asked about already.
    expect(ids.every(i => i >= 30 && i < 60)).toBe(true)
    expect(ids).toHaveLength(20)
    expect(new Set(ids.map(pictureOf)).size).toBe(20)
    // The content has its pictures: the sample repeats nothing.
    expect(samples.every(({ images, text }) => images.length === 0 && text === null)).toBe(true)
  })

  it('lie in rows by reference, with what they are known again by, and never where there is none', () => {
    const labelled = built.rows.filter(({ role }) => role === 'LABEL')
    const replayed = built.rows.filter(({ role }) => role === 'REPLAY')
    // p8, whose picture is gone, and p65, which has none, are left out.
    expect(labelled.map(({ contentId }) => contentId)).not.toContain('p8')
    expect(labelled).toHaveLength(30)
    expect(replayed).toHaveLength(30)
    expect(built.manifest.leftOut).toMatchObject({ pictureGone: 1, labelOfUnknownImages: 1 })
    const one = labelled.find(({ contentId }) => contentId === 'p4')!
    expect(one.images).toEqual([
      { ref: blobOf(3), sha256: digestOf(3), hashes: Buffer.of(1, 7).toString('base64') },
    ])
    const brought = labelled.find(({ contentId }) => contentId === 'brought')!
    expect(brought).toMatchObject({ images: [{ ref: 'https://pictures.example/brought.png' }], place: null })
    expect(replayed.every(({ target }) => target === 0.9 || target === 0.1)).toBe(true)
    // Each picture was looked at once, however many posts show it.
    expect(sight.looked).toBe(41)
  })

  it('keep the same and nearly the same on one side of a split, and the words under them do not', () => {
    const { ties, groups } = built.manifest.splits
    expect(ties).toEqual(expect.arrayContaining(['samePicture', 'nearPicture']))
    expect(ties).not.toContain('sameText')
    expect(groups).toBeGreaterThan(15)
    const groupOf = (id: string) => built.rows.find(({ contentId }) => contentId === id)!.group
    expect(groupOf('p3')).toBe(groupOf('p4'))
    expect(groupOf('p2')).toBe(groupOf('p3'))
    expect(groupOf('p0')).not.toBe(groupOf('p2'))
    expect(leaksOf(built.rows, ties, sight.newNearPictures)).toEqual([])
    const torn = built.rows.map(row => (row.contentId === 'p2' ? { ...row, fold: (row.fold + 1) % 5 } : row))
    const leaks = leaksOf(torn, ties, sight.newNearPictures)
    expect(new Set(leaks.map(({ tie }) => tie))).toEqual(new Set(['nearPicture']))
  })

  it('are known again as the same without being looked at, by the file’s name or address', async () => {
    const plain = await setting.build({ kind: pictureKind })
    const groupOf = (id: string) => plain.rows.find(({ contentId }) => contentId === id)!.group
    expect(groupOf('p3')).toBe(groupOf('p4'))
    expect(groupOf('p2')).not.toBe(groupOf('p3'))
    expect(plain.rows.find(({ contentId }) => contentId === 'p8')!.images).toEqual([
      { ref: blobOf(8), sha256: digestOf(8), hashes: null },
    ])
    expect(plain.hash).not.toBe(built.hash)
  })

  it('leave nothing but digests when their author is erased', async () => {
    expect(await eraseRows(setting.dataDir, 'a4')).toBe(2)
    const read = await readDataSet(built.path)
    expect(read.hash).toBe(built.hash)
    expect(read.rows).toHaveLength(built.rows.length - 1)
    expect(read.rows.some(({ contentId }) => contentId === 'p4')).toBe(false)
  })
})
