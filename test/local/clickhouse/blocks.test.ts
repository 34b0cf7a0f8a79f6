import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBlocks, encodeBlocks } from '../../../local/clickhouse/blocks.ts'
import { cityHash128 } from '../../../local/clickhouse/cityhash.ts'

describe('CityHash128 1.0.2', () => {
  // Made with the Python package clickhouse-cityhash 1.0.2.6, which wraps the original C++.
  it.each([
    [0, '2b9ac064fc9df03d291ee592c340b53c'],
    [1, '2264de61ab714ba07039e237496868f7'],
    [3, 'e07a891e44244c90a549af712c7dd3ea'],
    [5, '9fbec5156fb1338a53e96be4b31c566e'],
    [8, 'b5c979d1e19b8f4fe6407d93197ce37a'],
    [12, '6abf4d05f54f6180c0b4b73a73f7ee04'],
    [16, '7b836449ac0fec835248a3ab5f5775d2'],
    [17, '3c942c52e8b1346683c83eaa0f0a4584'],
    [24, 'f21ee7724a18b55dd4ed06c1460ff987'],
    [33, '9c663edf20930b46a4e25008869d8407'],
    [40, '4f128239b296d154f56215570238066b'],
    [127, 'a19f0ca5334b01920716d66e077cfe90'],
    [143, '370611638d98fdbe2b83c52e6c5b4a79'],
    [144, '8ab234a62c4b2e69cd50d2ed4e3da74f'],
    [145, 'ebe1b59510ea00d98b6f0195e9b5d69c'],
    [160, '62188fc3f1db12c97da14a31bb967a7f'],
    [200, 'e133af95e40663d84328786310f0f9db'],
    [1000, '45155b67c0c0190d5598fbb2c5130d39'],
    [5000, 'aff29ac47d542dcf4950e5f648097daf'],
  ])('of %i bytes', (length, hash) => {
    const bytes = Buffer.from(
      Array.from({ length }, (_, index) => (index * 7 + Math.floor(index / 256)) % 256),
    )
    expect(cityHash128(bytes).toString('hex')).toBe(hash)
  })
})

describe('compressed blocks', () => {
  it('come back as they were, however the bytes are cut', async () => {
    const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 5000 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(pieces, fc.integer({ min: 1, max: 700 }), async (data, cut) => {
        const encoded = Buffer.concat(await collect(encodeBlocks(data.map(piece => Buffer.from(piece)))))
        const cuts = Array.from({ length: Math.ceil(encoded.length / cut) }, (_, index) =>
          encoded.subarray(index * cut, (index + 1) * cut),
        )
        const decoded = Buffer.concat(await collect(decodeBlocks(streamOf(cuts))))
        expect(decoded.equals(Buffer.concat(data))).toBe(true)
      }),
      { numRuns: 30 },
    )
  })

  it('that end early, or are none, are refused', async () => {
    const [block] = await collect(encodeBlocks([Buffer.from('hello')]))
    await expect(collect(decodeBlocks(streamOf([block!.subarray(0, -1)])))).rejects.toMatchObject({
      label: 'INCORRECT_DATA',
    })
    await expect(collect(decodeBlocks(streamOf([Buffer.alloc(64, 0xff)])))).rejects.toMatchObject({
      label: 'INCORRECT_DATA',
    })
  })
})

async function* streamOf(chunks: Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}

async function collect(blocks: AsyncIterable<Buffer>): Promise<Buffer[]> {
  const all: Buffer[] = []
  for await (const block of blocks) all.push(block)
  return all
}
