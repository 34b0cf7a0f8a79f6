import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createDraftMemory } from '../../../processors/text/draft-memory.ts'
import { createDraftReader, type DraftReading } from '../../../processors/text/draft-reader.ts'
import { createFeatureReader } from '../../../processors/text/features.ts'
import { predictText, predictValue } from '../../../processors/text/heads.ts'
import type { TextInput } from '../../../processors/text/text-input.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'
import { wavyModels } from '../../support/heads-models.ts'

/** A long draft is read on from where its text before was read to; what is read must be what a fresh look reads. */

const read = createFeatureReader()

/** Of all that the normaliser and the names of groups look at, so that parts meet in the middle of it. */
const sentences = [
  'That was really kind, thank you so much for it. ',
  'People from the United. States are people too!\n',
  'I saw an. Asian woman there and she said hello! ',
  'f r e e  m o n e y at www.example.com/free now! ',
  'You 1d10t, you abs0lute m0ron, what the h3ll?? ',
  'Sooooo many    spaces and loooong words!!!!! ',
  'STOP SHOUTING AT ME, it is not nice. ',
  'We met at cafe. Then we went home to sleep. ',
  'a b c d e f g. H i j k l m n o p. ',
  'Call 5551234567 for $500 or write to me@mail.example. ',
  'Naïve café “quotes” — and … dots ❤️ 😀😀 👍🏽. ',
  'F.R.E.E. Really free. Some word.\tSome other word? ',
]
const farReaching = [
  'a <b>bold</b> word. ',
  'fish &amp; chips. ',
  'You ѕtuріd one there. ',
  'Привет всем людям. ',
]

/** What sentences, addresses, faces, disguises and pulled-apart words are made of, in any order. */
const arbitraryMuddle = fc.string({
  unit: fc.constantFrom(...'aabeeinorstTA  ..!?013$@|*\'-:;()_/#"', '. ', '! ', 'www', 'an ', 'people '),
  maxLength: 40,
})
const arbitraryPlain = fc.oneof(fc.constantFrom(...sentences), arbitraryMuddle)
const arbitraryDraft = fc
  .oneof(
    { weight: 9, arbitrary: fc.array(arbitraryPlain, { minLength: 10, maxLength: 30 }) },
    {
      weight: 1,
      arbitrary: fc.array(fc.oneof(arbitraryPlain, arbitraryText), { minLength: 10, maxLength: 30 }),
    },
  )
  .map(parts => parts.join(''))

const arbitraryEdit = fc.record({
  at: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
  removed: fc.nat(12),
  added: fc.oneof(fc.constantFrom(...sentences, ...farReaching, ' ', '.', 'x', '>', ';'), arbitraryMuddle),
})

function edited(text: string, { at, removed, added }: { at: number; removed: number; added: string }) {
  const from = Math.floor(at * text.length)
  return text.slice(0, from) + added + text.slice(from + removed)
}

const withoutSums = ({ draft: _, ...input }: TextInput) => input

describe('a long draft', () => {
  it('is read as a whole text is, after any edits', () => {
    const readDraft = createDraftReader()
    let resumed = 0
    fc.assert(
      fc.property(arbitraryDraft, fc.array(arbitraryEdit, { maxLength: 6 }), (draft, edits) => {
        let text = draft
        let reading = readDraft(text, null)
        expect(withoutSums(reading.input)).toEqual(read(text))
        for (const edit of edits) {
          text = edited(text, edit)
          reading = readDraft(text, reading)
          if (reading.sums.before !== null) resumed++
          expect(withoutSums(reading.input)).toEqual(read(text))
        }
      }),
      { numRuns: 400 },
    )
    expect(resumed).toBeGreaterThan(200)
  })

  it.each([
    ['a tag that is closed much later', 'One <b is here. ', 'and > there'],
    [
      'letters that the whole text tells what they are',
      'Well. This is осехар and сора. ',
      'Привет всем добрым людям. '.repeat(40),
    ],
    ['look-alikes at the end', '', 'You ѕtuріd'],
    ['a word that hides behind its mark until another is disguised', 'It is a w1n. ', 'We met them a!! '],
  ])('is read whole where it has %s', (_, start, added) => {
    const readDraft = createDraftReader()
    const text = start + sentences[0]!.repeat(20)
    const reading = readDraft(text + added, readDraft(text, null))
    expect(withoutSums(reading.input)).toEqual(read(text + added))
  })

  it.each(wavyModels)('has the score and reasons of a whole text, to the last bit ($name)', ({ model }) => {
    const readDraft = createDraftReader()
    fc.assert(
      fc.property(arbitraryDraft, fc.array(arbitraryEdit, { maxLength: 4 }), (draft, edits) => {
        let text = draft
        let reading: DraftReading | null = null
        for (const edit of [{ at: 1, removed: 0, added: '' }, ...edits]) {
          text = edited(text, edit)
          reading = readDraft(text, reading)
          const whole = predictText(model, read(text))
          const { value } = predictValue(model, reading.input)
          const explained = predictText(model, reading.input)
          expect(value).toBe(whole.value)
          expect(explained.value).toBe(whole.value)
          expect(explained.wordWeights).toEqual(whole.wordWeights)
          for (const word of whole.wordWeights.keys())
            expect(explained.valueWithout(word)).toBe(whole.valueWithout(word))
        }
      }),
      { numRuns: 30 },
    )
  })

  it('is read on from its last sentences, not from the start', () => {
    const readDraft = createDraftReader()
    const before = readDraft(sentences[0]!.repeat(200), null)
    const { sums } = readDraft(`${before.text}And one more.`, before)
    expect(sums.before!.words).toBeGreaterThan(0.95 * (before.input.spans.length / 2))
  })

  it('holds the text before, and none before that', () => {
    const readDraft = createDraftReader()
    const text = sentences[0]!.repeat(40)
    const first = readDraft(text, null)
    const second = readDraft(`${text}More.`, first)
    readDraft(`${text}More and more.`, second)
    expect(second.sums.before).toBeNull()
  })
})

describe('the memory of drafts', () => {
  it('forgets the oldest where there are more than it holds', () => {
    const memory = createDraftMemory(2)
    const text = sentences[0]!.repeat(40)
    const drafts = [{}, {}, {}]
    for (const draft of drafts) expect(memory.read(draft, text).draft!.before).toBeNull()
    expect(memory.read(drafts[2]!, `${text}More.`).draft!.before).not.toBeNull()
    expect(memory.read(drafts[1]!, `${text}More.`).draft!.before).not.toBeNull()
    expect(memory.read(drafts[0]!, `${text}More.`).draft!.before).toBeNull()
  })
})
