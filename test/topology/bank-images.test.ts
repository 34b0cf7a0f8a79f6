import { expect, it } from 'vitest'
import { sha256Of } from '../../pipelines/images/blob-store.ts'
import { imageLimits } from '../../pipelines/images/decode-image.ts'
import { labelledImages } from '../../pipelines/images/labelled-images.ts'
import { createPictureOpener } from '../../pipelines/images/open-picture.ts'
import { heldImage } from '../../pipelines/kind-input.ts'
import { CrashError, MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { topology } from '../../pipelines/topology.ts'
import { LOGO_FORMAT } from '../../processors/images/logo-template.ts'
import { PICTURE_HASH_FORMAT, unpackHash } from '../../processors/images/picture-hash.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { ImageBankEntry, Label } from '../../schemas/records.ts'
import { pictureKind, withPictureKind } from '../support/picture-kind.ts'
import { noisy, redBlue } from '../support/pictures.ts'
import { aLabel } from '../support/records.ts'

/** Labels through `bank-images`, over real pictures in memory: which entries the bank is left with. */

const files = await Promise.all([
  noisy(160, 120).blur(2).png().toBuffer(),
  noisy(200, 200).blur(3).png().toBuffer(),
  redBlue(120, 90).png().toBuffer(),
])
const [posted, other, plain] = files.map(sha256Of) as [string, string, string]

interface World {
  /** Refs of images by content. */
  readonly contents: Record<string, readonly string[]>
  readonly files: Map<string, Buffer>
  readonly failed: string[]
  isAway?: boolean
}

function newWorld(contents: World['contents']): World {
  const byRef = new Map(files.map(file => [`blob:${sha256Of(file)}`, file]))
  byRef.set('https://cdn.example.org/a.png', files[0]!)
  return { contents, files: byRef, failed: [] }
}

function bankDriver(world: World, recordsMax = 20) {
  const open = createPictureOpener({
    fetcher: {
      async fetch({ ref }) {
        if (world.isAway === true) throw new NicrError('NICR_BLOBS_UNAVAILABLE', 'the store is away')
        const file = world.files.get(ref)
        if (file === undefined) throw new NicrError('NICR_IMAGE_NOT_FOUND', 'there is none')
        return file
      },
    },
    limits: imageLimits,
    template: (image, { width }) =>
      width < 0.01 ? 'TOO_SMALL' : Uint8Array.of(image.width & 255, Math.round(width * 100)),
    onFailed: (_, { code }) => world.failed.push(code),
  })
  const imagesOf = labelledImages(
    {
      contentsOf: async (_, wanted) =>
        wanted.flatMap(one => {
          const images = world.contents[one.contentId]?.map(ref => heldImage({ ref }))
          return images === undefined ? [] : [{ ...one, text: '', language: null, images }]
        }),
    },
    withPictureKind,
  )
  const declared = topology({
    modelOf: () => {
      throw new Error('no model is asked for')
    },
    textLengthMax: 1,
    topicPrefix: 'nicr.',
    now: () => 0,
    kinds: withPictureKind,
    bank: { imagesOf, open },
  }).filter(({ name }) => name === 'bank-images')
  const driver = new MemoryDriver({ topology: declared, partitions: 1, recordsMax })
  return {
    driver,
    async say(...labels: readonly Label[]) {
      for (const label of labels) await driver.pipe('labels', label.contentId, label)
      await driver.drain()
    },
    /** What a reader of the compacted topic ends with. */
    async entries(): Promise<readonly ImageBankEntry[]> {
      const last = new Map((await driver.read('image-banks')).map(({ key, value }) => [key, value]))
      return [...last.values()]
    },
    async inUse() {
      const inUse = (await this.entries()).filter(({ active }) => active)
      return inUse.map(({ type, name, weight }) => `${type} ${name} ${weight}`.replace('  ', ' '))
    },
  }
}

const says = (labeller: string, contentId: string, value: number, changes: Partial<Label> = {}) =>
  aLabel({
    id: `${labeller} ${contentId}`,
    kind: pictureKind.kind,
    labeller,
    contentId,
    value,
    boxes: [],
    ...changes,
  })
const around = (ref: string, name: string | null, width = 0.5) => ({
  image: ref,
  x: 0.1,
  y: 0.1,
  width,
  height: 0.2,
  name,
})

it('puts the pictures of a content that one person calls spam in, and trusts them once another does', async () => {
  const bank = bankDriver(newWorld({ c1: [`blob:${posted}`, `blob:${other}`] }))
  await bank.say(says('ada', 'c1', 1))
  expect(await bank.inUse()).toEqual(['PICTURE 0.5', 'PICTURE 0.5'])
  const [entry] = await bank.entries()
  expect(entry).toMatchObject({
    kind: pictureKind.kind,
    format: PICTURE_HASH_FORMAT,
    image: `blob:${posted}`,
    labelId: 'ada c1',
    by: 'ada',
  })
  expect(unpackHash(entry!.hashes[0]!)).not.toBeNull()
  await bank.say(says('bo', 'c1', 1))
  expect(await bank.inUse()).toEqual(['PICTURE 1', 'PICTURE 1'])
})

it('takes them out when as many say otherwise, when a moderator does, and when the label is taken back', async () => {
  const takenOutBy = async (...labels: readonly Label[]) => {
    const bank = bankDriver(newWorld({ c1: [`blob:${posted}`] }))
    await bank.say(says('ada', 'c1', 1, { boxes: [around(`blob:${posted}`, 'Shop')] }))
    expect(await bank.inUse()).toEqual(['PICTURE 0.5', 'LOGO Shop 0.5'])
    await bank.say(...labels)
    return [await bank.inUse(), (await bank.entries()).map(({ type }) => type)]
  }
  const out = [[], ['PICTURE', 'LOGO']]
  expect(await takenOutBy(says('bo', 'c1', 0))).toEqual(out)
  expect(await takenOutBy(says('mo', 'c1', 0, { origin: 'adjudication' }))).toEqual(out)
  expect(await takenOutBy(says('ada', 'c1', 1, { withdrawn: true }))).toEqual(out)
  expect(await takenOutBy(says('ada', 'c1', 0))).toEqual(out)
})

it('takes the same file in two contents for one picture, however they name it', async () => {
  const world = newWorld({ c1: [`blob:${posted}`], c2: ['https://cdn.example.org/a.png'] })
  const bank = bankDriver(world)
  await bank.say(says('ada', 'c1', 1), says('bo', 'c2', 1))
  expect(await bank.inUse()).toEqual(['PICTURE 1'])
  await bank.say(says('ada', 'c1', 1, { withdrawn: true }))
  expect(await bank.inUse()).toEqual(['PICTURE 0.5'])
  expect((await bank.entries())[0]).toMatchObject({ by: 'bo', labelId: 'bo c2' })
})

it('makes a logo of each rectangle on its own picture, and none of one that gives no template', async () => {
  const bank = bankDriver(newWorld({ c1: [`blob:${posted}`, `blob:${other}`] }))
  const boxes = [
    around(`blob:${posted}`, 'Shop'),
    around(`blob:${other}`, null, 0.25),
    around(`blob:${other}`, 'Dot', 0.001),
    around('blob:elsewhere', 'Else'),
  ]
  await bank.say(says('ada', 'c1', 1, { boxes }))
  const logos = (await bank.entries()).filter(({ type }) => type === 'LOGO')
  expect(logos).toMatchObject([
    { name: 'Shop', format: LOGO_FORMAT, image: `blob:${posted}`, box: { x: 0.1, width: 0.5 } },
    { name: '', image: `blob:${other}`, box: { width: 0.25 } },
  ])
  expect(logos.map(({ template }) => [...template])).toEqual([
    [160, 50],
    [200, 25],
  ])
})

it('goes by labels of kinds that read images only', async () => {
  const bank = bankDriver(newWorld({ c1: [`blob:${posted}`] }))
  await bank.say(says('ada', 'c1', 1, { kind: 'text-spam' }), says('ada', 'c1', 9, { kind: 'niceness' }))
  expect(await bank.entries()).toEqual([])
})

it('passes over what cannot be looked at, and mends it when the label is said again', async () => {
  const world = newWorld({ c1: [`blob:${posted}`, `blob:${plain}`, 'https://cdn.example.org/gone.png'] })
  world.files.delete(`blob:${posted}`)
  const bank = bankDriver(world)
  await bank.say(says('ada', 'c1', 1), says('ada', 'unknown', 1))
  expect(await bank.inUse()).toEqual([])
  expect(world.failed).toEqual(['NICR_IMAGE_NOT_FOUND', 'NICR_IMAGE_NOT_FOUND'])
  world.files.set(`blob:${posted}`, files[0]!)
  await bank.say(says('ada', 'c1', 1))
  expect(await bank.inUse()).toEqual(['PICTURE 0.5'])
})

it('waits for a store that is away, with nothing lost', async () => {
  const world = newWorld({ c1: [`blob:${posted}`] })
  world.isAway = true
  const bank = bankDriver(world)
  await expect(bank.say(says('ada', 'c1', 1))).rejects.toMatchObject({ code: 'NICR_BLOBS_UNAVAILABLE' })
  world.isAway = false
  bank.driver.restart()
  await bank.driver.drain()
  expect(await bank.inUse()).toEqual(['PICTURE 0.5'])
})

it('takes entries out although content and file are gone', async () => {
  const world = newWorld({ c1: [`blob:${posted}`] })
  const bank = bankDriver(world)
  await bank.say(says('ada', 'c1', 1), says('bo', 'c1', 1))
  delete world.contents['c1']
  world.files.clear()
  await bank.say(says('ada', 'c1', 1, { withdrawn: true }), says('bo', 'c1', 1, { withdrawn: true }))
  expect(await bank.inUse()).toEqual([])
  expect(world.failed).toEqual([])
})

it('takes entries out although the host has the file no more, by which alone it was known', async () => {
  const world = newWorld({ c1: ['https://cdn.example.org/a.png'] })
  const bank = bankDriver(world)
  await bank.say(says('ada', 'c1', 1))
  expect(await bank.inUse()).toEqual(['PICTURE 0.5'])
  world.files.clear()
  await bank.say(says('ada', 'c1', 0))
  expect(await bank.inUse()).toEqual([])
})

it('lets no entry be worth more than people say, although its picture cannot be packed anew', async () => {
  const world = newWorld({ c1: [`blob:${posted}`] })
  const bank = bankDriver(world)
  await bank.say(says('ada', 'c1', 1), says('bo', 'c1', 1))
  world.files.clear()
  await bank.say(says('bo', 'c1', 1, { withdrawn: true }))
  expect(await bank.inUse()).toEqual([])
})

it('writes each entry once, also where it crashes between', async () => {
  const contents = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`c${i}`, [`blob:${posted}`]]))
  const labels = Object.keys(contents).map((id, i) => says(`person-${i}`, id, i < 9 ? 1 : 0))
  const whole = bankDriver(newWorld(contents), 3)
  await whole.say(...labels)
  const crashing = bankDriver(newWorld(contents), 3)
  for (const label of labels) await crashing.driver.pipe('labels', label.contentId, label)
  for (const commits of [1, 0, 1]) {
    crashing.driver.crashAfter(commits)
    await crashing.driver.drain().catch(error => {
      if (!(error instanceof CrashError)) throw error
    })
    crashing.driver.restart()
  }
  await crashing.driver.drain()
  const written = await whole.driver.read('image-banks')
  expect(written.map(({ value }) => value.weight)).toEqual([0.5, 1])
  expect(await crashing.driver.read('image-banks')).toEqual(written)
})
