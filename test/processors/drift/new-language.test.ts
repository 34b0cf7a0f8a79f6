import { describe, expect, it } from 'vitest'
import { drawSentences } from '../../../bench/drift-streams.ts'
import { LanguageDetector } from '../../../processors/drift/language-detector.ts'
import { isReadForPairs, PAIRS_EVERY } from '../../../processors/drift/neighbours.ts'
import { TermCounter } from '../../../processors/drift/term-counter.ts'
import { termsOf } from '../../../processors/drift/term-reader.ts'
import { createFeatureReader } from '../../../processors/text/features.ts'

/** Expressions, words in new company, and bursts, which are neither. */

const REFERENCE_POSTS = 4000
const HOUR = 3_600_000

interface Post {
  readonly words: readonly string[]
  readonly author?: string
  readonly thread?: string
  readonly at?: number
}

const posts = (count: number, seed: number): Post[] => drawSentences(count, seed).map(words => ({ words }))

/** The words of a post and its pairs. */
function termsIn({ words }: Post): Set<string> {
  return new Set([...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)])
}

const referencePosts = posts(REFERENCE_POSTS, 1)
const reference = new Map<string, number>()
for (const post of referencePosts)
  for (const term of termsIn(post)) reference.set(term, (reference.get(term) ?? 0) + 1)

function newDetector(): LanguageDetector {
  return new LanguageDetector(reference, REFERENCE_POSTS)
}

function recordOf(post: Post, i: number) {
  const { author = '', thread = '', at = i * 1000 } = post
  return { at, author, thread, contentId: `c${i}`, revision: i % 3, terms: termsIn(post) }
}

/** What is named over posts in batches of a size. */
function named(detector: LanguageDetector, stream: readonly Post[], batchRecords = 16) {
  const counter = new TermCounter()
  const terms: { term: string; posts: number }[] = []
  const company: { word: string; pairs: string[]; posts: number }[] = []
  for (let from = 0; from < stream.length; from += batchRecords) {
    const batch = stream.slice(from, from + batchRecords)
    batch.forEach((post, i) => {
      counter.add(recordOf(post, from + i), 0)
    })
    const found = detector.add(batch.length, counter.take(), from)
    const seen = from + batch.length
    terms.push(...found.terms.map(({ term }) => ({ term, posts: seen })))
    if (found.company !== null)
      company.push({
        word: found.company.word,
        pairs: found.company.pairs.map(pair => pair.term),
        posts: seen,
      })
  }
  return { terms, company, names: terms.map(({ term }) => term) }
}

/** Every `every`-th post says it, at the end. */
const saying = (stream: readonly Post[], every: number, words: readonly string[], by: Partial<Post> = {}) =>
  stream.map((post, i) => (i % every === 0 ? { ...post, ...by, words: [...post.words, ...words] } : post))

const vocabulary = [...new Set(referencePosts.flatMap(({ words }) => words))]
const usual = vocabulary.slice(120, 140)

describe('new language', () => {
  it('names an expression of two known words, and nothing where nothing is new', () => {
    const expression = `${usual[0]} ${usual[1]}`
    const { names } = named(newDetector(), saying(posts(1500, 2), 20, [usual[0]!, usual[1]!]))
    expect(names).toContain(expression)
    expect(names.filter(name => !expression.includes(name))).toEqual([])
    const calm = named(newDetector(), posts(5000, 3))
    expect([calm.names, calm.company]).toEqual([[], []])
  })

  it('names a new word, and no pair that it makes new', () => {
    const { names } = named(newDetector(), saying(posts(1500, 4), 20, [usual[2]!, 'glorp']))
    expect(names).toContain('glorp')
    expect(names.filter(name => name.includes('glorp '))).toEqual([])
    expect(names.filter(name => name.includes(' glorp'))).toEqual([])
  })

  it('names a word that changed its company, as often as ever, with its new neighbours', () => {
    const word = aboutAsFrequent(REFERENCE_POSTS / 30)
    const fresh = vocabulary.slice(300, 310)
    const stream = posts(4000, 5).map(({ words }, k) => ({
      words: words.map((own, i) => {
        const isBeside = words[i - 1] === word || words[i + 1] === word
        return isBeside && own !== word ? fresh[(k * 7 + i) % fresh.length]! : own
      }),
    }))
    const { company, names } = named(newDetector(), stream)
    expect(names).not.toContain(word)
    const found = company.find(one => one.word === word)
    expect(found?.pairs.length).toBeGreaterThan(2)
    for (const pair of found!.pairs.slice(0, 3))
      expect(pair.split(' ').some(one => fresh.includes(one))).toBe(true)
  })

  it('is the same in small batches and in large ones', () => {
    const stream = saying(posts(1500, 6), 15, ['glorp'])
    const small = named(newDetector(), stream, 3)
    const large = named(newDetector(), stream, 100)
    expect(small.names).toEqual(['glorp'])
    expect(large.names).toEqual(small.names)
    expect(Math.abs(large.terms[0]!.posts - small.terms[0]!.posts)).toBeLessThan(300)
  })

  it('goes on from a snapshot as if it had not stopped', () => {
    const stream = saying(posts(800, 7), 12, [usual[3]!, usual[4]!])
    const whole = named(newDetector(), stream)
    const first = newDetector()
    named(first, stream.slice(0, 320))
    const second = LanguageDetector.of(JSON.parse(JSON.stringify(first.snapshot())))
    const rest = named(second, stream.slice(320))
    expect(rest.names).toEqual(whole.terms.filter(({ posts: seen }) => seen > 320).map(({ term }) => term))
  })
})

describe('a burst is no language:', () => {
  const spread = posts(2000, 8).map((post, i) => ({ ...post, author: `a${i % 200}`, thread: `t${i}` }))

  it('one author says a word over many batches', () => {
    expect(named(newDetector(), saying(spread, 20, ['glorp'], { author: 'bore' }), 4).names).toEqual([])
  })

  it('one thread says a word within an hour', () => {
    const stream = saying(spread, 20, ['glorp'], { thread: 'quarrel', at: HOUR / 2 })
    expect(named(newDetector(), stream, 4).names).toEqual([])
  })

  it('many authors in many threads say a word: that is language', () => {
    expect(named(newDetector(), saying(spread, 20, ['glorp']), 4).names).toEqual(['glorp'])
  })
})

describe('pairs of a text', () => {
  const read = createFeatureReader()
  const pairsIn = (text: string) => [...termsOf(text, read(text), true)].filter(term => term.includes(' '))

  it('are neighbours within a sentence, and not two function words', () => {
    expect(pairsIn('Go touch grass. Now it is the time')).toEqual([
      'go touch',
      'touch grass',
      'now it',
      'the time',
    ])
  })

  it('are read of the same contents again, of one in so many', () => {
    const ids = Array.from({ length: 8000 }, (_, i) => `post-${i}`)
    const share = ids.filter(isReadForPairs).length / ids.length
    expect(share).toBeGreaterThan(0.8 / PAIRS_EVERY)
    expect(share).toBeLessThan(1.2 / PAIRS_EVERY)
  })
})

/** A word that about so many posts hold. */
function aboutAsFrequent(wanted: number): string {
  const words = [...reference].filter(([term]) => !term.includes(' '))
  return words.sort((a, b) => Math.abs(a[1] - wanted) - Math.abs(b[1] - wanted))[0]![0]
}
