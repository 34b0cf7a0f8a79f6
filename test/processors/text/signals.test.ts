import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createFeatureReader, featureSettings } from '../../../processors/text/features.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'

const read = createFeatureReader()
const signalsOf = (text: string) => {
  const { dense } = read(text)
  return Object.fromEntries(featureSettings.dense.map((name, i) => [name, dense[i]!]))
}

describe('signals', () => {
  it('are 0 for plain text, but for its length', () => {
    const { words, ...others } = signalsOf('I met a friend in town, and we had tea.')
    expect(words).toBeGreaterThan(0)
    expect(new Set(Object.values(others))).toEqual(new Set([0]))
  })

  it.each([
    ['capitals', 'YOU MUST come'],
    ['exclamations', 'stop! now!!'],
    ['questions', 'why?'],
    ['urls', 'see foo.example.com/x'],
    ['urls', 'bit.ly/abc'],
    ['urls', 'www.foo.example'],
    ['mails', 'ask bob@mail.com'],
    ['mentions', 'hi @bob'],
    ['hashtags', 'so #happy'],
    ['numbers', 'room 12'],
    ['longNumbers', 'call 09061234567'],
    ['emoji', 'ok 👍🏽'],
    ['emoji', 'ok :-)'],
    ['disguises', 'fr33'],
    ['stretches', 'sooooo'],
    ['currencies', '£5'],
    ['mixedScripts', 'frее'],
  ])('%s: %s', (name, text) => {
    expect(signalsOf(text)[name]).toBeGreaterThan(0)
  })

  it('do not take what is usual for more', () => {
    expect(signalsOf('www.foo.example')).toMatchObject({ stretches: 0, disguises: 0 })
    expect(signalsOf('R u a dad')).toMatchObject({ disguises: 0 })
  })

  it('stay between 0 and 1 for any text', () => {
    fc.assert(
      fc.property(arbitraryText, text => {
        expect(read(text).dense.every(signal => signal >= 0 && signal <= 1)).toBe(true)
      }),
      { numRuns: 300 },
    )
    for (const text of [
      '',
      '!'.repeat(100_000),
      '9'.repeat(100_000),
      '\0\x01\x02'.repeat(1000),
      '😂'.repeat(50_000),
    ]) {
      expect(read(text).dense.every(signal => signal >= 0 && signal <= 1)).toBe(true)
    }
  })
})
