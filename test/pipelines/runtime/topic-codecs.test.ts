import { describe, expect, it } from 'vitest'
import { kinds } from '../../../pipelines/kinds.ts'
import { loadModel } from '../../../pipelines/model-registry.ts'
import { MemoryDriver } from '../../../pipelines/runtime/memory/memory-driver.ts'
import { MemorySchemas } from '../../../pipelines/runtime/memory/memory-schemas.ts'
import { type SchemaSource, TopicCodec, TopicCodecs } from '../../../pipelines/runtime/topic-codecs.ts'
import { topology } from '../../../pipelines/topology.ts'
import { NicrError } from '../../../schemas/errors.ts'
import { schemaTextOf } from '../../../schemas/topics.ts'
import { aContent } from '../../support/records.ts'

/** A registry that knows content's schema under every id of `known`, and counts what it is asked. */
class CountingSchemas implements SchemaSource {
  readonly asked: number[] = []
  readonly known: (id: number) => boolean
  answers = true

  constructor(known: (id: number) => boolean) {
    this.known = known
  }

  async schemaById(id: number): Promise<string | null> {
    this.asked.push(id)
    if (!this.answers) throw new NicrError('NICR_REGISTRY_UNAVAILABLE', 'it answered 500')
    return this.known(id) ? schemaTextOf('content') : null
  }

  async idOfTopic(): Promise<number> {
    return 1
  }
}

/** A content record under a schema id of the test's choice. */
async function framed(id: number, text = 'hello'): Promise<Buffer> {
  const codec = new TopicCodec('content', new MemorySchemas(), () => 0)
  await codec.open()
  const bytes = Buffer.from(codec.encode(aContent({ text })))
  bytes.writeInt32BE(id, 1)
  return bytes
}

describe('the codec of a topic', () => {
  it('asks once for a schema, however many records name it', async () => {
    const schemas = new CountingSchemas(() => true)
    const codec = new TopicCodec('content', schemas, () => 0)
    const values = [await framed(5), await framed(5), await framed(6), null, Buffer.from('poison')]
    await codec.prepare(values)
    await codec.prepare(values)
    expect(schemas.asked).toEqual([5, 6])
    expect(codec.decode(values[0]!)).toMatchObject({ ok: true, value: { text: 'hello' } })
  })

  it('asks again for an id that was unknown, after a while: its producer may have registered it late', async () => {
    let now = 0
    let registered = false
    const schemas = new CountingSchemas(() => registered)
    const codec = new TopicCodec('content', schemas, () => now)
    const value = await framed(7)
    await codec.prepare([value])
    expect(codec.decode(value)).toMatchObject({ ok: false, code: 'NICR_SCHEMA_UNKNOWN' })
    registered = true
    now = 29_000
    await codec.prepare([value])
    expect(codec.decode(value).ok).toBe(false)
    now = 31_000
    await codec.prepare([value])
    expect(codec.decode(value).ok).toBe(true)
    expect(schemas.asked).toEqual([7, 7])
  })

  it('does not take a registry that fails for one that does not know', async () => {
    const schemas = new CountingSchemas(() => true)
    const codec = new TopicCodec('content', schemas, () => 0)
    schemas.answers = false
    await expect(codec.prepare([await framed(5)])).rejects.toMatchObject({
      code: 'NICR_REGISTRY_UNAVAILABLE',
    })
    schemas.answers = true
    await codec.prepare([await framed(5)])
    expect(codec.decode(await framed(5)).ok).toBe(true)
  })

  it('keeps a bounded number of schemas, but all that a batch needs', async () => {
    const schemas = new CountingSchemas(() => true)
    const codec = new TopicCodec('content', schemas, () => 0)
    const batch = await Promise.all(Array.from({ length: 300 }, (_, index) => framed(index + 1)))
    await codec.prepare(batch)
    expect(batch.filter(value => !codec.decode(value).ok).length).toBe(0)
    for (let from = 0; from < 3000; from += 100)
      await codec.prepare(
        await Promise.all(Array.from({ length: 100 }, (_, index) => framed(1000 + from + index))),
      )
    const asked = schemas.asked.length
    await codec.prepare([batch[0]!])
    expect(schemas.asked.length).toBe(asked + 1)
  })

  it('decodes what it was prepared for after others have pushed its schema out', async () => {
    const codec = new TopicCodec('content', new CountingSchemas(id => id !== 2), () => 0)
    const [known, unknown] = [await framed(1), await framed(2)]
    const decode = await codec.prepare([known, unknown])
    for (let from = 0; from < 600; from += 300)
      await codec.prepare(
        await Promise.all(Array.from({ length: 300 }, (_, index) => framed(1000 + from + index))),
      )
    expect(codec.decode(known)).toMatchObject({ ok: false })
    expect(decode(known)).toMatchObject({ ok: true, value: { text: 'hello' } })
    expect(decode(unknown)).toMatchObject({ ok: false, code: 'NICR_SCHEMA_UNKNOWN' })
  })
})

describe('records of every size', () => {
  it('are written whole, one after the other, at the ends of the buffers they share too', async () => {
    const codec = new TopicCodecs(new MemorySchemas(), () => 0).of('content')
    await codec.open()
    await codec.prepare([codec.encode(aContent())])
    const slab = 64 * 1024
    const lengths = [
      2 ** 20,
      2 ** 20 - 60,
      0,
      ...around(slab),
      ...around(slab / 2),
      ...around(2 * slab),
      10,
      10,
    ]
    const written = [...lengths, ...lengths.toReversed()].map(length => ({
      length,
      bytes: codec.encode(aContent({ text: 'x'.repeat(length) })),
    }))
    const read = written.map(({ bytes }) => {
      const decoded = codec.decode(bytes)
      return decoded.ok ? decoded.value.text.length : decoded.detail
    })
    expect(read).toEqual(written.map(({ length }) => length))
  })

  function around(size: number): number[] {
    return Array.from({ length: 100 }, (_, index) => size - 80 + index)
  }
})

describe('text that is not well-formed Unicode', () => {
  const texts = [
    '\ud83d',
    'a\ud800b',
    '\udc4d\ud83d you are lovely',
    `${'x'.repeat(100)}\ud83d`,
    '👍\ud83d👍',
  ]

  it('comes back with the half pair replaced and everything else where it was', async () => {
    const codec = new TopicCodecs(new MemorySchemas(), () => 0).of('content')
    await codec.open()
    for (const text of texts) {
      const bytes = codec.encode(aContent({ text }))
      await codec.prepare([bytes])
      expect(codec.decode(bytes)).toMatchObject({ ok: true, value: { text: text.toWellFormed() } })
      // Readers in other languages refuse a string that is not UTF-8.
      expect(bytes.equals(codec.encode(aContent({ text: text.toWellFormed() })))).toBe(true)
    }
  })

  const textKinds = Object.values(kinds).filter(({ input }) => input === 'TEXT')

  it('is scored like any other, written by us or as CESU-8 by a foreign producer, with reasons that lie within it', async () => {
    const models = new Map(
      await Promise.all(
        Object.values(kinds).map(
          async kind => [kind.kind, await loadModel(`${kind.kind}@champion`)] as const,
        ),
      ),
    )
    const driver = new MemoryDriver({
      topology: topology({
        modelOf: ({ kind }) => models.get(kind)!,
        textLengthMax: 1000,
        topicPrefix: 'nicr.',
        now: () => 0,
      }),
      partitions: 1,
    })
    for (const [index, text] of texts.entries())
      await driver.pipe('content', `ours ${index}`, aContent({ id: `ours ${index}`, text }))
    // The thumb as two surrogates of three bytes each, as Java's modified UTF-8 has it, behind an insult.
    const cesu = Buffer.concat([Buffer.from('you stupid idiot '), Buffer.from('eda0bdedb18d', 'hex')])
    const placeholder = 'p'.repeat(cesu.length)
    const template = await framed(1, placeholder)
    template.set(cesu, template.indexOf(placeholder))
    driver.pipeRaw('content', { key: Buffer.from('foreign'), value: template })
    await driver.drain()
    expect(driver.readRaw('dead-letters')).toEqual([])
    const written = new Map((await driver.read('content')).map(({ value }) => [value.id, value.text]))
    const scores = await driver.read('scores')
    expect(scores.length).toBe((texts.length + 1) * textKinds.length)
    for (const { value } of scores)
      for (const { start, end, text } of value.reasons)
        expect(written.get(value.contentId)!.slice(start!, end!)).toBe(text)
    const insult = scores.find(({ key, value }) => key === 'c1' && value.kind === 'niceness')
    expect(insult?.value.value).toBeLessThan(4)
    expect(insult?.value.reasons.map(({ text }) => text)).toContain('idiot')
    for (const model of models.values()) await model.close()
  })
})

describe('a producer’s own name for the record', () => {
  it('does not matter: a topic holds one kind of record', async () => {
    const schemas = new MemorySchemas()
    const fields = [
      { name: 'text', type: 'string' },
      { name: 'at', type: 'long' },
    ]
    const id = schemas.add({ type: 'record', name: 'Comment', namespace: 'app.platform', fields })
    const codec = new TopicCodec('content', schemas, () => 0)
    const value = Buffer.concat([
      Buffer.from([0, 0, 0, id >> 8, id & 255, 4]),
      Buffer.from('hi'),
      Buffer.from([2]),
    ])
    await codec.prepare([value])
    expect(codec.decode(value)).toMatchObject({ ok: true, value: { text: 'hi', at: 1 } })
  })
})
