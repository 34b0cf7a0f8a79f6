import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  chooseSamples,
  type OpenSample,
  type SampleCandidate,
} from '../../../processors/choose-samples/choose-samples.ts'
import { type SampleSource, sampleSources, textLoopRules } from '../../../processors/retrain/loop-rules.ts'
import { drawOf } from '../../../processors/text/hashing.ts'
import { createWriter } from '../../support/stored-community.ts'

const rules = {
  ...textLoopRules.samples,
  shares: { report: 0.2, vote: 0.1, doubt: 0.15, drift: 0.3, disagreement: 0.1, random: 0.15 },
}
const order = { kind: 'niceness', openMax: 100, requestId: 'q1', at: 1000 }
const nothing = { open: [], labelledTexts: [] }
const writer = createWriter(5)
const texts = Array.from({ length: 3000 }, () => writer.text(10))

function candidatesOf(
  source: SampleSource,
  count: number,
  changes: (i: number) => Partial<SampleCandidate> = () => ({}),
) {
  return Array.from({ length: count }, (_, i): SampleCandidate => {
    const contentId = `${source}${i}`
    const place = (sampleSources.indexOf(source) * 500 + i) % texts.length
    return {
      contentId,
      revision: 0,
      source,
      set: '',
      eligible: count,
      draw: drawOf(contentId),
      author: `by ${contentId}`,
      text: texts[place]!,
      carriesText: false,
      language: 'en',
      ...changes(i),
    }
  })
}

const openOf = (source: string, count: number): OpenSample[] =>
  Array.from({ length: count }, (_, i) => ({ contentId: `open ${source}${i}`, source, author: '', text: '' }))

function countsOf(samples: readonly { source: string }[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { source } of samples) counts[source] = (counts[source] ?? 0) + 1
  return counts
}

const everything = sampleSources.flatMap(source => candidatesOf(source, 200))

describe('shares', () => {
  it('are those of the rules where every source has enough', () => {
    expect(countsOf(chooseSamples(everything, nothing, rules, order))).toEqual({
      report: 20,
      vote: 10,
      doubt: 15,
      drift: 30,
      disagreement: 10,
      random: 15,
    })
  })

  it('count what is open already', () => {
    const open = [...openOf('drift', 30), ...openOf('random', 10)]
    const counts = countsOf(chooseSamples(everything, { open, labelledTexts: [] }, rules, order))
    expect(counts).toEqual({ report: 20, vote: 10, doubt: 15, disagreement: 10, random: 5 })
  })

  it('are given to the others by a source that has nothing, in proportion', () => {
    const some = [...candidatesOf('report', 200), ...candidatesOf('vote', 200), ...candidatesOf('doubt', 3)]
    const { report, vote, doubt } = countsOf(
      chooseSamples(some, nothing, rules, { ...order, requestId: null }),
    )
    expect(doubt).toBe(3)
    expect(report! + vote!).toBe(97)
    expect(Math.abs(report! - 2 * vote!)).toBeLessThanOrEqual(2)
  })

  it('keep drift’s place while a request is open: new language is rare at first', () => {
    const others = sampleSources
      .filter(source => source !== 'drift')
      .flatMap(source => candidatesOf(source, 200))
    const first = chooseSamples([...others, ...candidatesOf('drift', 4)], nothing, rules, order)
    expect(countsOf(first)['drift']).toBe(4)
    expect(first).toHaveLength(74)
    const open = first.map(({ contentId, source }) => ({ contentId, source, author: '', text: '' }))
    const later = chooseSamples(
      [...others, ...candidatesOf('drift', 60)],
      { open, labelledTexts: [] },
      rules,
      order,
    )
    expect(countsOf(later)).toEqual({ drift: 26 })
  })

  it('never ask for more than may be open, nor twice for one content, whatever there is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat({ max: 60 }), { minLength: 6, maxLength: 6 }),
        fc.nat({ max: 120 }),
        fc.nat({ max: 150 }),
        (counts, openCount, openMax) => {
          const candidates = sampleSources.flatMap((source, i) => candidatesOf(source, counts[i]!))
          const open = openOf('random', openCount)
          const samples = chooseSamples(candidates, { open, labelledTexts: [] }, rules, {
            ...order,
            openMax,
            requestId: null,
          })
          const room = Math.max(0, openMax - openCount)
          expect(samples.length).toBe(Math.min(room, candidates.length))
          expect(new Set(samples.map(({ contentId }) => contentId)).size).toBe(samples.length)
          for (const { samplingProbability } of samples) {
            expect(samplingProbability).toBeGreaterThan(0)
            expect(samplingProbability).toBeLessThanOrEqual(1)
          }
        },
      ),
      { numRuns: 60 },
    )
  })
})

describe('the choice', () => {
  it('does not depend on the order of the candidates', () => {
    const chosen = chooseSamples(everything, nothing, rules, order)
    expect(chooseSamples(everything.toReversed(), nothing, rules, order)).toEqual(chosen)
  })

  it('leaves out what repeats, nearly repeats, is open or was labelled', () => {
    const [text, other] = [`${texts[0]} ${texts[1]}`, `${texts[2]} ${texts[3]}`]
    const variants = [text, `${text}!!!`, text.toUpperCase(), `${text} x`]
    const repeated = candidatesOf('report', 4, i => ({ text: variants[i]! }))
    expect(chooseSamples(repeated, nothing, rules, order)).toHaveLength(1)
    expect(chooseSamples(repeated, { open: [], labelledTexts: [text] }, rules, order)).toEqual([])
    const open = [{ contentId: 'o', source: 'report', author: '', text }]
    expect(chooseSamples(repeated, { open, labelledTexts: [] }, rules, order)).toEqual([])
    const two = candidatesOf('report', 2, i => ({ text: [text, other][i]! }))
    expect(chooseSamples(two, nothing, rules, order)).toHaveLength(2)
  })

  it('lets no author fill it, and says how likely theirs were', () => {
    const mine = candidatesOf('report', 50, i => (i < 40 ? { author: 'me' } : {}))
    const samples = chooseSamples(mine, nothing, rules, order)
    const own = samples.filter(({ contentId }) => Number(contentId.slice(6)) < 40)
    expect(own).toHaveLength(5)
    expect(own.map(({ samplingProbability }) => samplingProbability)).toEqual(new Array(5).fill(5 / 40))
    expect(samples).toHaveLength(15)
    expect(samples.filter(one => !own.includes(one)).every(one => one.samplingProbability === 1)).toBe(true)
  })

  it('asks of every new word first, before a second time of any', () => {
    const words = ['glorp', 'mid', 'zonk'].flatMap((set, k) =>
      candidatesOf('drift', 100, i => ({
        set,
        contentId: `${set}${i}`,
        draw: drawOf(`${set}${i}`),
        text: texts[100 * k + i]!,
        author: `${set}${i}`,
      })),
    )
    const samples = chooseSamples(words, nothing, rules, { ...order, openMax: 9 })
    for (const word of ['glorp', 'mid', 'zonk'])
      expect(samples.filter(({ contentId }) => contentId.startsWith(word))).toHaveLength(3)
  })

  it('carries the text only of what is no content', () => {
    const samples = chooseSamples(
      candidatesOf('report', 2, i => ({ carriesText: i === 0 })),
      nothing,
      rules,
      order,
    )
    const byId = new Map(samples.map(sample => [sample.contentId, sample]))
    expect(byId.get('report0')).toMatchObject({ text: texts[0], language: 'en' })
    expect(byId.get('report1')).toMatchObject({ text: null, language: null })
  })
})

describe('the sampling probability', () => {
  it('weighs a random slice up to what it was drawn from, over several choices too', () => {
    // An estimate of how many there are, averaged over communities whose ids, and so draws, differ.
    const population = 400
    const estimates = Array.from({ length: 60 }, (_, community) => {
      const all = candidatesOf('random', population, i => {
        const contentId = `${community}-${i}`
        return { contentId, draw: drawOf(contentId), author: contentId, text: texts[i]! }
      })
      const first = chooseSamples(all, nothing, rules, { ...order, requestId: null, openMax: 40 })
      const chosen = new Set(first.map(({ contentId }) => contentId))
      const rest = all.filter(({ contentId }) => !chosen.has(contentId))
      const second = chooseSamples(rest, nothing, rules, { ...order, requestId: null, openMax: 40 })
      const later = second[0]!.samplingProbability
      expect(first.every(({ samplingProbability }) => samplingProbability < later)).toBe(true)
      // All 80 lie below the later limit.
      return { once: 40 / first[0]!.samplingProbability, twice: 80 / later }
    })
    for (const which of ['once', 'twice'] as const) {
      const mean = estimates.reduce((sum, one) => sum + one[which], 0) / estimates.length
      expect(Math.abs(mean / population - 1), which).toBeLessThan(0.1)
    }
  })

  it('is no more than what was looked at, where only the lowest draws were handed over', () => {
    const few = candidatesOf('random', 1000)
      .toSorted((left, right) => left.draw - right.draw)
      .slice(0, 20)
    const samples = chooseSamples(few, nothing, rules, order)
    expect(samples).toHaveLength(20)
    for (const { samplingProbability } of samples) expect(samplingProbability).toBe(few.at(-1)!.draw)
  })
})

describe('pictures', () => {
  const withPictures = (pictures: (i: number) => readonly string[]) =>
    candidatesOf('random', 40, i => ({ text: 'The same words under all of them', pictures: pictures(i) }))
  const chosen = (candidates: readonly SampleCandidate[], asked = {}) =>
    chooseSamples(candidates, { ...nothing, ...asked }, rules, order)

  it('are told apart, and the words under them are not', () => {
    expect(chosen(withPictures(i => [`p${i}`]))).toHaveLength(40)
    expect(chosen(withPictures(i => [`p${i % 7}`]))).toHaveLength(7)
  })

  it('are new where one of several is', () => {
    expect(chosen(withPictures(i => ['all', `p${i}`]))).toHaveLength(40)
    expect(chosen(withPictures(i => ['all', `p${i % 2}`]))).toHaveLength(2)
  })

  it('are not asked again where they were labelled or wait', () => {
    const open = [{ contentId: 'o', source: 'random', author: '', text: 'x', pictures: ['p1', 'p2'] }]
    const samples = chosen(
      withPictures(i => [`p${i}`]),
      { open, labelledPictures: ['p3', 'p4', 'p5'] },
    )
    expect(samples).toHaveLength(35)
  })
})
