import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createFeatureReader } from '../../../processors/text/features.ts'
import { detectLanguage } from '../../../processors/text/language.ts'
import { languageAmong } from '../../../processors/text/language-tags.ts'
import { createReadingMemory, KINDS_MAX, type Reading } from '../../../processors/text/reading-memory.ts'
import { textScorer } from '../../../processors/text/text-scorer.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'

const readFeatures = createFeatureReader()

function readingOf(text: string): Reading {
  return { text, input: readFeatures(text), language: undefined }
}

const numbersOf = ({ text, input }: Reading) => 2 * input.buckets.length + input.spans.length + text.length

describe('a memory of what was read', () => {
  it('holds a content until every kind has had it', () => {
    const memory = createReadingMemory()
    const kinds = [memory.asker(), memory.asker(), memory.asker()]
    const reading = readingOf('read once for all')
    kinds[1]!.remember('c1', reading)
    expect(kinds[0]!.recall('c1', reading.text)).toBe(reading)
    expect(kinds[0]!.recall('c1', reading.text)).toBe(reading)
    expect(kinds[2]!.recall('c1', reading.text)).toBe(reading)
    expect(kinds[2]!.recall('c1', reading.text)).toBeNull()
  })

  it('waits for as many kinds as it can tell apart; more take what is there', () => {
    const memory = createReadingMemory()
    const kinds = Array.from({ length: KINDS_MAX + 8 }, () => memory.asker())
    const reading = readingOf('read once for all')
    kinds[0]!.remember('c1', reading)
    const [last, ...others] = kinds.slice(1, KINDS_MAX).reverse()
    for (const kind of [...kinds.slice(KINDS_MAX), ...others, kinds[KINDS_MAX]!, last!])
      expect(kind.recall('c1', reading.text)).toBe(reading)
    expect(kinds[KINDS_MAX]!.recall('c1', reading.text)).toBeNull()
  })

  it('does not hold what every kind had because one asks once more', () => {
    const memory = createReadingMemory()
    const [left, right] = [memory.asker(), memory.asker()]
    const reading = readingOf('read once for all')
    left.remember('c1', reading)
    right.recall('c1', reading.text)
    right.remember('c1', readingOf(reading.text))
    expect(left.recall('c1', reading.text)).toBeNull()
    right.remember('c1', readingOf('an edit is read by all again'))
    expect(left.recall('c1', 'an edit is read by all again')).not.toBeNull()
  })

  it('does not hold one for long that came before many others that every kind had: it may keep a slab of theirs', () => {
    const memory = createReadingMemory(20 * numbersOf(readingOf('text number 00')), 1000)
    const [left, right] = [memory.asker(), memory.asker()]
    left.remember('missed', readingOf('text number 00'))
    for (let index = 10; index < 60; index++) {
      left.remember(`c${index}`, readingOf(`text number ${index}`))
      expect(right.recall(`c${index}`, `text number ${index}`)).not.toBeNull()
    }
    expect(right.recall('missed', 'text number 00')).toBeNull()
  })

  it('takes nothing for an edit that was read as something else', () => {
    const memory = createReadingMemory()
    const [left, right] = [memory.asker(), memory.asker()]
    left.remember('c1', readingOf('first'))
    expect(right.recall('c1', 'edited')).toBeNull()
    right.remember('c1', readingOf('edited'))
    expect(left.recall('c1', 'first')).toBeNull()
    expect(left.recall('c1', 'edited')?.text).toBe('edited')
  })

  it('keeps nothing while one kind alone asks', () => {
    const memory = createReadingMemory()
    const alone = memory.asker()
    alone.remember('c1', readingOf('nobody else will ask'))
    expect(memory.asker().recall('c1', 'nobody else will ask')).toBeNull()
  })

  it.each([
    ['numbers', 20 * numbersOf(readingOf('text number 00')), 1000],
    ['contents', 1 << 20, 20],
  ])('forgets the oldest beyond so many %s', (_, numbersMax, readingsMax) => {
    const memory = createReadingMemory(numbersMax, readingsMax)
    const [left, right] = [memory.asker(), memory.asker()]
    const texts = Array.from({ length: 50 }, (_, index) => `text number ${10 + index}`)
    for (const [index, text] of texts.entries()) left.remember(`c${index}`, readingOf(text))
    const held = texts.filter((text, index) => right.recall(`c${index}`, text) !== null)
    expect(held.length).toBeGreaterThan(15)
    expect(held.length).toBeLessThanOrEqual(20)
    expect(held).toEqual(texts.slice(-held.length))
    left.remember('long', readingOf('one that is very long indeed '.repeat(numbersMax / 100)))
    expect(right.recall('long', 'one that is very long indeed '.repeat(numbersMax / 100))).toBeNull()
  })
})

describe('kinds that read the same contents', () => {
  it('let go of one that came alone, which the second kind is handed as the last that was read', async () => {
    vi.resetModules()
    const own = await import('../../../processors/text/text-scorer.ts')
    const [left, right] = ['left', 'right'].map(kind =>
      own.textScorer({ kind, languages: ['en'], scaleWidth: 1, label: () => '', probability: () => null }),
    )
    const inputOf = (scorer: typeof left, id: string) => {
      const prepared = scorer!.prepare({ id, text: `the text of ${id}`, language: 'en' })
      return prepared.status === 'READY' ? prepared.input : null
    }
    // Each has asked for one by itself.
    inputOf(left, 'c1')
    inputOf(right, 'c2')
    const first = inputOf(left, 'c3')
    expect(inputOf(right, 'c3')).toBe(first)
    for (const scorer of [left, right]) inputOf(scorer, 'c4')
    expect(inputOf(left, 'c3')).not.toBe(first)
  })

  const languages = ['en']
  const scorers = ['left', 'right', 'third'].map(kind =>
    textScorer({ kind, languages, scaleWidth: 1, label: () => '', probability: value => value }),
  )

  it('read of each what they read alone, whatever was read before and in whichever order', () => {
    const asked = fc.array(fc.record({ scorer: fc.nat(2), id: fc.nat(4).map(String), text: fc.nat(3) }))
    fc.assert(
      fc.property(
        fc.tuple(arbitraryText, arbitraryText, arbitraryText, arbitraryText),
        asked,
        (texts, asks) => {
          for (const { scorer, id, text } of asks) {
            const content = { id, text: texts[text]! }
            const prepared = scorers[scorer]!.prepare(content)
            const alone = readFeatures(content.text)
            if (prepared.status === 'READY') expect(prepared.input).toEqual(alone)
            if (alone.buckets.length === 0) expect(prepared.status).toBe('EMPTY')
            else
              expect(prepared).toHaveProperty(
                'language',
                languageAmong(detectLanguage(content.text), languages),
              )
          }
        },
      ),
    )
  })
})
