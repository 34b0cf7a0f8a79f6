import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { followBank, followImageBank, type ImageBank } from '../../../pipelines/images/image-bank.ts'
import type { BankRecord } from '../../../pipelines/images/image-bank-topic.ts'
import { heldImage } from '../../../pipelines/kind-input.ts'
import { BANK_IMAGES } from '../../../pipelines/runtime/bank-step.ts'
import { MemorySchemas } from '../../../pipelines/runtime/memory/memory-schemas.ts'
import { TopicCodecs } from '../../../pipelines/runtime/topic-codecs.ts'
import { topology } from '../../../pipelines/topology.ts'
import { hashPicture } from '../../../processors/images/picture-hash.ts'
import type { ImageBankEntry, Label } from '../../../schemas/records.ts'
import { KafkaDriver, silent } from '../../support/kafka-driver.ts'
import { pictureKind, withPictureKind } from '../../support/picture-kind.ts'
import { noisy } from '../../support/pictures.ts'
import { aLabel, anImageBankEntry } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

const { data, info } = await noisy(160, 120).blur(2).raw().toBuffer({ resolveWithObject: true })
const hashes = hashPicture({ width: info.width, height: info.height, channels: 3, data })

const picture = (id: string, changes: Partial<ImageBankEntry> = {}) =>
  anImageBankEntry({
    id,
    type: 'PICTURE',
    hashes: [Buffer.from(hashes)],
    format: 'picture-points/2',
    ...changes,
  })
const logo = (id: string, changes: Partial<ImageBankEntry> = {}) =>
  anImageBankEntry({
    id,
    type: 'LOGO',
    name: 'Bright Shop',
    template: Buffer.of(7),
    format: 'logo-gradients/1',
    ...changes,
  })

/** A bank that follows memory, and what it logged. */
async function bankOf(...before: readonly BankRecord['value'][]) {
  const logged: { msg: string; entry: string }[] = []
  const log = pino({ level: 'warn' }, { write: line => void logged.push(JSON.parse(line)) })
  let accept: (records: readonly BankRecord[]) => Promise<void> = async () => undefined
  let offset = 0
  const asRecords = (values: readonly BankRecord['value'][]) =>
    values.map(value => ({ id: value?.id ?? 'p1', value, offset: offset++ }))
  const bank = followBank({
    kind: 'image-spam',
    log,
    source: {
      async start(accepting) {
        accept = accepting
        await accept(asRecords(before))
      },
      stop: async () => undefined,
    },
  })
  await bank.start()
  return { bank, logged, write: (...values: readonly BankRecord['value'][]) => accept(asRecords(values)) }
}

describe('a bank of tagged pictures and logos', () => {
  it('hands out what lies on the topic', async () => {
    const { bank } = await bankOf(picture('p1', { weight: 0.5 }), logo('l1'))
    const { copies, logos } = bank.current()
    expect(copies.find(hashes)).toMatchObject({ entry: 'p1', similarity: 1, weight: 0.5 })
    expect(logos).toEqual([{ id: 'l1', name: 'Bright Shop', weight: 1, template: Buffer.of(7) }])
  })

  it('takes entries out where they are inactive, and where their value is empty', async () => {
    const { bank, write } = await bankOf(picture('p1'), logo('l1'))
    await write(logo('l1', { active: false, template: Buffer.alloc(0) }))
    expect(bank.current().logos).toEqual([])
    expect(bank.current().copies.size).toBe(1)
    await write(null)
    expect(bank.current().copies.find(hashes)).toBeNull()
  })

  it('tells of changes with the new bank, leaves the old one as it was, and is silent where nothing changed', async () => {
    const { bank, write } = await bankOf(picture('p1'))
    const told: ImageBank[] = []
    const end = bank.onChange(one => told.push(one))
    const before = bank.current()
    await write(logo('l1'))
    expect(told).toEqual([bank.current()])
    expect(before.logos).toEqual([])
    expect(bank.current().revision).not.toBe(before.revision)
    await write(logo('l2', { kind: 'another-kind' }), logo('l3', { active: false }))
    end()
    await write(logo('l4'))
    expect(told).toHaveLength(1)
  })

  it('keeps the same list of logos while only pictures change, so that none is searched again', async () => {
    const { bank, write } = await bankOf(logo('l1'))
    const { logos } = bank.current()
    await write(picture('p1'))
    expect(bank.current().logos).toBe(logos)
    await write(logo('l1', { weight: 0.5 }))
    expect(bank.current().logos).toMatchObject([{ id: 'l1', weight: 0.5 }])
  })

  it('passes over entries it cannot use, and says so; one that becomes so is out', async () => {
    const { bank, logged, write } = await bankOf(
      picture('format', { format: 'picture-points/9' }),
      picture('cut', { hashes: [Buffer.from(hashes.subarray(1))] }),
      picture('none', { hashes: [] }),
      logo('empty', { template: Buffer.alloc(0) }),
      logo('weight', { weight: Number.NaN }),
      logo('type', { type: 'UNKNOWN' }),
      logo('l1'),
      logo('other', { kind: 'another-kind', format: 'whatever' }),
    )
    expect(logged.map(({ entry }) => entry)).toEqual(['format', 'cut', 'none', 'empty', 'weight', 'type'])
    expect(bank.current().logos).toHaveLength(1)
    expect(bank.current().copies.size).toBe(0)
    await write(logo('l1', { format: 'logo-edges/9' }))
    expect(bank.current().logos).toEqual([])
  })

  it('leaves out the logos that were written longest ago beyond its bound, and says so once', async () => {
    const many = Array.from({ length: 205 }, (_, i) => logo(`l${i}`))
    const { bank, logged } = await bankOf(...many, logo('l5', { weight: 0.5 }))
    const ids = bank.current().logos.map(({ id }) => id)
    expect(ids).toHaveLength(200)
    expect([ids[0], ids.at(-1)]).toEqual(['l6', 'l5'])
    expect(logged).toHaveLength(1)
  })
})

describe.skipIf(stackMissing() !== null)('the bank over Kafka', () => {
  const ref = `blob:${'ab'.repeat(32)}`
  let driver: KafkaDriver
  beforeAll(async () => {
    const declared = topology({
      modelOf: () => {
        throw new Error('no model is asked for')
      },
      textLengthMax: 1,
      topicPrefix: '',
      now: () => 0,
      kinds: withPictureKind,
      bank: {
        imagesOf: async labels => new Map(labels.map(({ id }) => [id, [heldImage({ ref })]])),
        open: async () => ({ sha256: 'ab'.repeat(32), hash: () => hashes, template: () => Uint8Array.of(7) }),
      },
    }).filter(({ name }) => name === BANK_IMAGES)
    driver = await KafkaDriver.start({ topology: declared, partitions: 1 })
  })
  afterAll(() => driver?.close())

  it('follows what people tag, and records without a value', async () => {
    const bank = followImageBank({
      kafka: driver.kafka,
      topicPrefix: driver.config.topics.prefix,
      codecs: new TopicCodecs(new MemorySchemas(), () => Date.now()),
      log: silent,
      kind: pictureKind.kind,
    })
    const tag = async (labeller: string, changes: Partial<Label> = {}) => {
      const label = aLabel({
        id: labeller,
        labeller,
        kind: pictureKind.kind,
        value: 1,
        boxes: [],
        ...changes,
      })
      await driver.pipe('labels', label.contentId, label)
    }
    await tag('ada')
    await tag('bo', { boxes: [{ image: ref, x: 0, y: 0, width: 1, height: 1, name: 'Bright Shop' }] })
    await driver.drain()
    await driver.pipeRaw('image-banks', { key: Buffer.from('bad'), value: Buffer.from('no Avro') })
    await bank.start()
    try {
      expect(bank.current().copies.find(hashes)).toMatchObject({ weight: 1 })
      const [found] = bank.current().logos
      expect(found).toMatchObject({ name: 'Bright Shop', weight: 1 })
      await driver.pipeRaw('image-banks', { key: Buffer.from(found!.id), value: null })
      await until('the logo is out', () => bank.current().logos.length === 0)
      await tag('ada', { withdrawn: true })
      await tag('bo', { withdrawn: true })
      await until('the picture is out', () => bank.current().copies.size === 0)
    } finally {
      await bank.stop()
    }
  })
})
