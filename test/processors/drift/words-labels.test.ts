import { describe, expect, it } from 'vitest'
import { drawPosts, NEW_WORDS } from '../../../bench/drift-streams.ts'
import { createRandom } from '../../../jobs/random.ts'
import { LabelDetector } from '../../../processors/drift/label-detector.ts'
import { type Example, WordDetector } from '../../../processors/drift/word-detector.ts'

const BATCH = 16

function counted(posts: readonly ReadonlySet<string>[]) {
  const counts = new Map<string, number>()
  for (const post of posts) for (const word of post) counts.set(word, (counts.get(word) ?? 0) + 1)
  return counts
}

/** Words named over posts, and after how many. */
function named(detector: WordDetector, posts: readonly ReadonlySet<string>[]) {
  const found: { term: string; posts: number; examples: readonly Example[]; count: number }[] = []
  for (let from = 0; from < posts.length; from += BATCH) {
    const batch = posts.slice(from, from + BATCH)
    const terms = [...counted(batch)].map(([term, count]) => ({ term, count, contentId: `post-${from}` }))
    for (const { term, examples, count } of detector.add(batch.length, terms, from))
      found.push({ term, posts: from + batch.length, examples, count })
    if (detector.isEpochOver) detector.endEpoch()
  }
  return found
}

describe('words', () => {
  const reference = drawPosts(5000, 0, 1)
  const newDetector = () => new WordDetector(counted(reference), reference.length, 0.25)

  it('that were there before are not named', () => {
    expect(named(newDetector(), drawPosts(10_000, 0, 2))).toEqual([])
  })

  it('that are new are named, all of them and no other, with examples', () => {
    const found = named(newDetector(), drawPosts(2000, 0.1, 3))
    expect(found.map(({ term }) => term).sort()).toEqual([...NEW_WORDS].sort())
    for (const { examples, count } of found) {
      expect(examples.length).toBeGreaterThanOrEqual(3)
      expect(count).toBeGreaterThanOrEqual(3)
    }
  })

  it('that come late, after tens of thousands of posts, are named as soon', () => {
    const detector = newDetector()
    expect(named(detector, drawPosts(50_000, 0, 4))).toEqual([])
    const found = named(detector, drawPosts(2000, 0.2, 5))
    expect(found).toHaveLength(NEW_WORDS.length)
    expect(Math.max(...found.map(({ posts }) => posts))).toBeLessThan(1000)
  })

  it('of one burst in one batch are not named', () => {
    const detector = newDetector()
    const burst = Array.from({ length: BATCH }, () => new Set(['blorptastic']))
    expect(named(detector, [...drawPosts(1600, 0, 6), ...burst, ...drawPosts(1600, 0, 7)])).toEqual([])
  })

  it('goes on from a snapshot', () => {
    const posts = drawPosts(3000, 0.1, 8)
    const first = newDetector()
    const before = named(first, posts.slice(0, 320))
    const second = new WordDetector(new Map(), 0, 0.25)
    second.restore(JSON.parse(JSON.stringify(first.snapshot())))
    const after = named(second, posts.slice(320)).map(({ term }) => term)
    expect([...before.map(({ term }) => term), ...after].sort()).toEqual([...NEW_WORDS].sort())
  })
})

describe('labels', () => {
  /** Labels of posts whose truth follows the score, shifted along or not, or follows it less. */
  function alarms(rows: number, { seed = 1, slope = 1.5, shift = 0, from = 0 } = {}) {
    const random = createRandom(seed)
    const detector = new LabelDetector(1_000_000)
    const found: number[] = []
    for (let i = 0; i < rows; i++) {
      const x = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) + shift
      const probability = 1 / (1 + Math.exp(1 - 1.5 * x))
      const truth = 1 / (1 + Math.exp(1 - (i >= from ? slope : 1.5) * x))
      if (detector.add(probability, random() < truth ? 1 : 0, i) !== null) found.push(i)
    }
    return found
  }

  it('that follow the score raise nothing, also where the posts are others', () => {
    expect(alarms(30_000)).toEqual([])
    expect(alarms(30_000, { shift: 0.7 })).toEqual([])
  })

  it('that no longer follow it do, within some hundred', () => {
    const found = alarms(2400, { slope: 0.3, from: 2000 })
    expect(found[0]).toBeGreaterThanOrEqual(2000)
    expect(found[0]).toBeLessThan(2300)
  })
})
