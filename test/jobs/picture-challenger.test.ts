import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Challenger } from '../../jobs/challenger/challenger.ts'
import { makeChallenger } from '../../jobs/challenger/make-challenger.ts'
import { chanceOf, NO_CHANGE } from '../../jobs/challenger/picture-head.ts'
import { readImageNet, readTeachingPictures } from '../../jobs/challenger/teaching-pictures.ts'
import { createRandom } from '../../jobs/random.ts'
import { imageSpam } from '../../pipelines/image-spam.ts'
import type { ModelFolder } from '../../pipelines/model-manifest.ts'
import { openModelFolder } from '../../pipelines/model-registry.ts'
import { loadImageModel } from '../../pipelines/runtime/inference/image-model.ts'
import { aSeenImage } from '../support/seen-images.ts'
import {
  createPictures,
  isSpam,
  pictureAccuracy,
  type TaughtPictureSet,
  taughtPictureSet,
  writeImageChampion,
} from '../support/taught-pictures.ts'

let dir: string
let parent: ModelFolder
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'nicr-picture-challenger-'))
  parent = await writeImageChampion(join(dir, 'champion'))
})
afterEach(() => rm(dir, { recursive: true }))

function make({ dataSet, seen }: TaughtPictureSet, name = '7', from = parent): Promise<Challenger> {
  return makeChallenger({
    kind: imageSpam,
    parent: from,
    dataSet,
    seen,
    outDir: join(dir, name),
    version: name,
  })
}

function gate({ gates }: Challenger, name: string) {
  return gates.find(one => one.name === name)!
}

const fresh = createPictures(99)
const ofNewKind = Array.from({ length: 200 }, () => fresh('new'))
const ordinary = Array.from({ length: 200 }, (_, i) => fresh(i % 3 === 0 ? 'known' : 'ham'))

describe('a challenger of pictures', () => {
  it('learns a new kind of spam from 60 tags, keeps what the champion knows, and passes all gates', async () => {
    const made = await make(taughtPictureSet(1))
    const [before, after] = [await readImageNet(parent), await readImageNet(made.folder)]
    expect(pictureAccuracy(before, ofNewKind)).toBeLessThan(0.1)
    expect(pictureAccuracy(after, ofNewKind)).toBeGreaterThan(0.75)
    expect(pictureAccuracy(after, ordinary)).toBeGreaterThanOrEqual(pictureAccuracy(before, ordinary) - 0.03)
    expect(made.gates.filter(one => !one.passed)).toEqual([])
    expect(made.passed).toBe(true)
    expect(made.comparison.slices.map(one => one.slice)).toEqual(['all'])
  })

  it('writes a version that the service loads, with all else of the parent’s network as it was', async () => {
    const made = await make(taughtPictureSet(1))
    const open = await openModelFolder(join(dir, '7'))
    expect(open.manifest).toEqual(made.manifest)
    expect(open.manifest).toMatchObject({ version: '7', parent: '1', settings: { threshold: 0.5 } })
    await (await loadImageModel(open)).close()
    const [before, after] = [await readImageNet(parent), await readImageNet(open)]
    const { linear: _, offset: __, ...kept } = before
    expect(after).toMatchObject(kept)
    expect(await readFile(join(dir, '7', 'README.md'), 'utf8')).toContain('another linear part')
  })

  it('gives the same bytes for the same rows', async () => {
    const names = ['a', 'b']
    for (const name of names)
      await makeChallenger({
        kind: imageSpam,
        parent,
        ...taughtPictureSet(1),
        outDir: join(dir, name),
        version: '7',
      })
    for (const file of ['model.onnx', 'manifest.json', 'README.md']) {
      const [one, other] = await Promise.all(names.map(name => readFile(join(dir, name, file))))
      expect(Buffer.compare(one!, other!), file).toBe(0)
    }
  })

  it('refuses labels of which a third is turned round', async () => {
    const random = createRandom(5)
    const say = (picture: Parameters<typeof isSpam>[0]) =>
      random() < 0.35 ? 1 - isSpam(picture) : isSpam(picture)
    const made = await make(taughtPictureSet(1, { labels: 120, say }))
    expect(gate(made, 'labels').passed).toBe(false)
    expect(made.passed).toBe(false)
  })

  it('names a person who calls what is surely known otherwise than others do', async () => {
    const say = (picture: Parameters<typeof isSpam>[0], by: string) =>
      by === 'tagger-1' ? 1 - isSpam(picture) : isSpam(picture)
    const made = await make(taughtPictureSet(1, { labels: 160, say }))
    expect(gate(made, 'labels')).toMatchObject({ passed: false })
    expect(gate(made, 'labels').detail).toContain('tagger-1')
  })

  it('refuses to turn what the platform posts every day, though all who tag agree', async () => {
    const say = (picture: Parameters<typeof isSpam>[0]) => Number(picture.kind !== 'known')
    const made = await make(taughtPictureSet(1, { labels: 120, say }))
    expect(gate(made, 'better').passed).toBe(true)
    expect(gate(made, 'steady').passed).toBe(false)
    expect(made.passed).toBe(false)
  })

  it('refuses to block what nobody tagged, though it is better on all that people did', async () => {
    const made = await make(taughtPictureSet(1, { alike: 80 }))
    expect(gate(made, 'better').passed).toBe(true)
    expect(gate(made, 'innocent')).toMatchObject({ passed: false, figures: { taggedBlocked: 0 } })
    expect(made.passed).toBe(false)
  })

  it('refuses to lose pictures of a committed suite', async () => {
    const drawn = createPictures(7)
    const suite = (['ham', 'known', 'alike'] as const).flatMap(kind =>
      Array.from({ length: 20 }, (_, i) => ({ name: `${kind}-${i}.webp`, picture: drawn(kind) })),
    )
    const folder = join(dir, 'image-spam', 'suites')
    await mkdir(folder, { recursive: true })
    const rowOf = ({ name, picture }: (typeof suite)[number]) =>
      JSON.stringify({ image: name, label: isSpam(picture) === 1 ? 'spam' : 'ham', about: picture.kind })
    await writeFile(join(folder, 'pictures.jsonl'), suite.map(one => `${rowOf(one)}\n`).join(''))
    const suitesSeen = new Map(
      suite.map(({ name, picture: { features } }) => [join(folder, name), aSeenImage({ features })]),
    )
    const order = { kind: imageSpam, parent, ...taughtPictureSet(1), suitesDir: dir, suitesSeen }
    const made = await makeChallenger({ ...order, outDir: join(dir, '7'), version: '7' })
    expect(gate(made, 'suites')).toMatchObject({ passed: false })
    expect(gate(made, 'suites').detail).toContain('pictures')
  })

  it('says with a code that no picture was looked at, and leaves nothing behind', async () => {
    const { dataSet } = taughtPictureSet(1)
    const order = { kind: imageSpam, parent, dataSet, outDir: join(dir, '7'), version: '7' }
    await expect(makeChallenger(order)).rejects.toMatchObject({ code: 'NICR_INPUT_INVALID' })
    await expect(makeChallenger({ ...order, seen: new Map() })).rejects.toMatchObject({
      code: 'NICR_INPUT_INVALID',
    })
    expect(await readdir(dir)).toEqual(['champion'])
  })
})

describe('pictures to teach', () => {
  const logo = {
    entry: 'shop',
    name: 'Shop',
    box: { x: 0, y: 0, width: 9, height: 9 },
    confidence: 1,
    weight: 0.8,
  }
  const copy = { entry: 'itself', name: '', similarity: 1, weight: 1 }

  it('count no logo and no copy, which the same people marked, but name the logos', async () => {
    const net = await readImageNet(parent)
    const { dataSet, seen } = taughtPictureSet(1, { labels: 4, replay: 1 })
    const [plain] = readTeachingPictures(net, dataSet, seen).pictures[0]!
    for (const [sha256, one] of seen) seen.set(sha256, { ...one, logos: [logo], copyOf: copy })
    const [marked] = readTeachingPictures(net, dataSet, seen).pictures[0]!
    expect(chanceOf(marked!, NO_CHANGE)).toBe(chanceOf(plain!, NO_CHANGE))
    expect(marked!.terms).toContain('logo shop')
  })

  it('keep what the words in them say as it is', async () => {
    const net = await readImageNet(parent)
    const { dataSet, seen } = taughtPictureSet(1, { labels: 2, replay: 0 })
    const { sha256 } = dataSet.rows[0]!.images![0]!
    const text = 'cheap pills for everybody'
    seen.set(sha256!, {
      ...seen.get(sha256!)!,
      reading: { lines: [], text, confidence: 1, complete: true },
      words: { probability: 0.9, reasons: [], model: 'text-spam@1' },
    })
    const { pictures } = readTeachingPictures(net, dataSet, seen)
    expect(pictures[0]![0]!.words).toBeGreaterThan(1)
    expect(pictures[1]![0]!.words).toBeCloseTo(0)
  })
})
