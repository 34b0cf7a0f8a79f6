import { describe, expect, it } from 'vitest'
import { BURST_AUTHORS_MIN, BURST_WINDOW_MS, BurstMemory } from '../../../processors/images/burst.ts'
import { createCopyBank } from '../../../processors/images/copy-bank.ts'
import { greyCopy } from '../../../processors/images/grey-copy.ts'
import { LayeredCopyBank } from '../../../processors/images/layered-copy-bank.ts'
import { NearPictureFinder } from '../../../processors/images/near-pictures.ts'
import { hashPicture } from '../../../processors/images/picture-hash.ts'
import type { Raster } from '../../../processors/images/raster.ts'

/** Discs of many sizes and greys, drawn by a seed. */
function drawn(seed: number, width = 320, height = 240): Raster {
  let state = seed
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  for (let i = 0; i < 9; i++) next()
  const data = new Uint8Array(width * height).fill(128)
  for (let disc = 0; disc < 90; disc++) {
    const [x, y, radius, grey] = [next() * width, next() * height, 4 + next() * 24, next() * 255]
    for (let v = Math.max(0, Math.floor(y - radius)); v < Math.min(height, y + radius); v++) {
      for (let u = Math.max(0, Math.floor(x - radius)); u < Math.min(width, x + radius); u++)
        if ((u - x) ** 2 + (v - y) ** 2 < radius ** 2) data[v * width + u] = grey
    }
  }
  return { width, height, channels: 1, data }
}

function cropped(image: Raster, left: number, top: number, width: number, height: number): Raster {
  const data = new Uint8Array(width * height)
  for (let y = 0; y < height; y++) {
    const from = (top + y) * image.width + left
    data.set(image.data.subarray(from, from + width), y * width)
  }
  return { width, height, channels: 1, data }
}

/** A hash of no picture: ten points, their descriptors drawn by a seed. */
function unlike(hashes: Uint8Array, seed: number): Uint8Array {
  let state = seed + 1
  const [points, thumb] = [hashes.slice(0, 6 + 10 * 21), hashes.slice(6 + hashes[1]! * 21)]
  points[1] = 10
  for (let i = 6; i < points.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    if ((i - 6) % 21 >= 5) points[i] = state >>> 24
  }
  return Uint8Array.from([...points, ...thumb])
}

const entries = Array.from({ length: 12 }, (_, i) => ({
  id: `e${i}`,
  name: '',
  weight: 1,
  hashes: hashPicture(drawn(i + 1)),
}))

describe('a bank of pictures', () => {
  const bank = createCopyBank(entries)

  it('knows a picture that was scaled and one that was cropped', () => {
    expect(bank.find(hashPicture(greyCopy(drawn(3), 200, 150)))).toMatchObject({ entry: 'e2' })
    expect(bank.find(hashPicture(cropped(drawn(5), 20, 15, 285, 210)))).toMatchObject({ entry: 'e4' })
  })

  it('knows a picture of which a caption covers a quarter, and no other of the same caption', () => {
    const captioned = (image: Raster): Raster => {
      const data = Uint8Array.from(image.data)
      for (let i = 0; i < data.length / 4; i++) data[i] = (i >> 3) % 5 === 0 ? 0 : 255
      return { ...image, data }
    }
    expect(bank.find(hashPicture(captioned(drawn(2))))).toMatchObject({ entry: 'e1' })
    const own = createCopyBank([{ ...entries[0]!, hashes: hashPicture(captioned(drawn(1))) }])
    expect(own.find(hashPicture(captioned(drawn(101))))).toBeNull()
  })

  it('knows a picture that was tagged hundreds of times', () => {
    const crowd = createCopyBank(Array.from({ length: 300 }, (_, i) => ({ ...entries[0]!, id: `c${i}` })))
    expect(crowd.find(entries[0]!.hashes)).not.toBeNull()
  })

  it('does not know other pictures', () => {
    for (let seed = 100; seed < 112; seed++) expect(bank.find(hashPicture(drawn(seed)))).toBeNull()
  })

  it('answers the same in whatever order its entries come', () => {
    const turned = createCopyBank([...entries].reverse())
    for (const { hashes } of entries) expect(turned.find(hashes)).toEqual(bank.find(hashes))
  })

  it('gives plain, tiny and narrow pictures no hash, so that they are nobody’s copy', () => {
    const plain: Raster = { width: 300, height: 200, channels: 1, data: new Uint8Array(60_000).fill(255) }
    for (const image of [plain, drawn(1, 20, 20), drawn(1, 900, 60)])
      expect(hashPicture(image)).toHaveLength(0)
    expect(bank.find(hashPicture(plain))).toBeNull()
  })

  it('passes over hashes that were cut short or are of another format', () => {
    const { hashes } = entries[0]!
    expect(bank.find(hashes.subarray(0, hashes.length - 1))).toBeNull()
    expect(bank.find(Uint8Array.of(9, ...hashes.subarray(1)))).toBeNull()
  })
})

describe('a bank that grows', () => {
  const found = (bank: LayeredCopyBank) => entries.map(({ hashes }) => bank.find(hashes)?.entry ?? null)

  it('knows what came since it was indexed and not what went', () => {
    let bank = new LayeredCopyBank(entries.slice(0, 6))
    expect(found(bank)).toEqual(entries.map(({ id }, i) => (i < 6 ? id : null)))
    bank = new LayeredCopyBank(entries.slice(3, 10), bank)
    expect(found(bank)).toEqual(entries.map(({ id }, i) => (i >= 3 && i < 10 ? id : null)))
    expect(bank.size).toBe(7)
  })

  it('answers with the name and weight of now, and with the hashes of now', () => {
    const [first, second] = entries
    const former = new LayeredCopyBank([first!])
    expect(former.find(first!.hashes)).toMatchObject({ weight: 1 })
    const weighed = new LayeredCopyBank([{ ...first!, name: 'known', weight: 0.5 }], former)
    expect(weighed.find(first!.hashes)).toMatchObject({ name: 'known', weight: 0.5, similarity: 1 })
    const replaced = new LayeredCopyBank([{ ...first!, hashes: second!.hashes }], weighed)
    expect(replaced.find(first!.hashes)).toBeNull()
    expect(replaced.find(second!.hashes)).toMatchObject({ entry: first!.id })
    expect(former.find(first!.hashes)).toMatchObject({ weight: 1 })
  })

  it('finds a picture behind one that went', () => {
    const copy = { ...entries[0]!, id: 'f' }
    const bank = new LayeredCopyBank([entries[0]!, copy])
    expect(bank.find(copy.hashes)).toMatchObject({ entry: 'e0' })
    expect(new LayeredCopyBank([copy], bank).find(copy.hashes)).toMatchObject({ entry: 'f' })
  })
})

describe('bursts', () => {
  const post = (memory: BurstMemory, author: string, at: number) =>
    memory.add({ author, hashes: entries[0]!.hashes, at })

  it('are told once, when enough different authors posted a picture', () => {
    const memory = new BurstMemory()
    const told = Array.from({ length: BURST_AUTHORS_MIN + 3 }, (_, i) => post(memory, `a${i}`, i))
    expect(told.map(burst => burst !== null).indexOf(true)).toBe(BURST_AUTHORS_MIN - 1)
    expect(told.filter(burst => burst !== null)).toHaveLength(1)
  })

  it('are told of a picture that other pictures, more than a generation holds, came between', () => {
    const memory = new BurstMemory()
    let told = 0
    for (let i = 0; i < BURST_AUTHORS_MIN; i++) {
      if (post(memory, `a${i}`, i) !== null) told++
      for (let k = 0; k < 300; k++)
        memory.add({ author: '', hashes: unlike(entries[1]!.hashes, i * 300 + k), at: i })
    }
    expect(told).toBe(1)
  })

  it('are not one author’s repeats, nor posts far apart', () => {
    const memory = new BurstMemory()
    for (let i = 0; i < 20; i++) expect(post(memory, 'same', i)).toBeNull()
    const slow = new BurstMemory()
    for (let i = 0; i < 20; i++) expect(post(slow, `a${i}`, i * BURST_WINDOW_MS)).toBeNull()
  })
})

describe('pictures that come one after the other', () => {
  it('are told from all that came before, and near-copies are found among them', () => {
    const finder = new NearPictureFinder()
    for (let i = 0; i < 20; i++) {
      const found = finder.add(entries[i % 12]!.hashes)
      expect(new Set(found), `${i}`).toEqual(new Set(i < 12 ? [] : [i - 12]))
    }
  })
})
