import { describe, expect, it } from 'vitest'
import { createFeatureReader } from '../../../processors/text/features.ts'
import { identityTerms } from '../../../processors/text/identity-terms.ts'

const read = createFeatureReader()
const wordsOf = (text: string) => {
  const { spans } = read(text)
  return Array.from({ length: spans.length / 2 }, (_, word) =>
    text.slice(spans[2 * word], spans[2 * word + 1]),
  )
}

const groups = [
  ...identityTerms.trim().split(/\s+/),
  'gay people',
  'black women',
  'trans men',
  'old people',
  'young white guys',
  'African American women',
  'African-Americans',
  'non-binary people',
  'non binary folks',
  'Middle Eastern people',
  'people of color',
  'people with disabilities',
  'people with a disability',
  'people with Down syndrome',
  'people from Mexico',
  'a person from Peru'.slice(2),
  'people from the United States',
  'people from South Korea',
  'the deaf community'.slice(4),
  'LGBTQ+ people',
  'senior citizens',
  'wheelchair users',
  'refugees from Syria',
]
const templates = [
  'X',
  'I am X.',
  'I love X!',
  'All X should be ashamed of themselves',
  'My neighbours are X and they are kind.',
  'Why do X always do that??',
  'X are stupid',
  'We welcome X to the team',
  'I had dinner with X yesterday',
  'Some X live here, others do not',
  'Nobody listens to X',
  'He said that X cannot drive, LOL',
  'proud of these X :)',
]

describe('the name of a group', () => {
  it.each(templates)('changes nothing in: %s', template => {
    const { buckets, dense } = read(template.replace('X', 'muslims'))
    const other = groups.filter(group => {
      for (const form of [group, group.toUpperCase()]) {
        const input = read(template.replace('X', form))
        if (`${input.buckets}` !== `${buckets}` || `${input.dense}` !== `${dense}`) return true
      }
      return false
    })
    expect(other).toEqual([])
  })

  it('takes its article and its possessive along', () => {
    expect(read('an Asian came').buckets).toEqual(read('a Muslim came').buckets)
    expect(read("a woman's idea").buckets).toEqual(read('a gay idea').buckets)
    expect(read('an apple').buckets).not.toEqual(read('a apple').buckets)
  })

  it('is one word, where the author wrote it', () => {
    expect(wordsOf('The gay men and people from the United States left')).toEqual([
      'The',
      'gay men',
      'and',
      'people from the United States',
      'left',
    ])
  })

  it('is not an insult, nor a word for people alone', () => {
    expect(read('you faggot').buckets).not.toEqual(read('you muslim').buckets)
    expect(wordsOf('some people from work, with a smile, old cars')).toHaveLength(11)
  })
})
