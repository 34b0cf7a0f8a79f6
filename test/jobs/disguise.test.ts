import { describe, expect, it } from 'vitest'
import { disguise, misspell, surround } from '../../jobs/disguise.ts'

const sentences = [
  'Claim your reward before noon, the link works until tonight',
  'I make candles at home and sell them on Saturdays',
  'Anybody who wants quick money should write to my manager',
]

describe('disguise', () => {
  it('changes a text, the same way each time', () => {
    for (const change of [disguise, misspell])
      for (const text of sentences) {
        expect(change(text)).not.toBe(text)
        expect(change(text)).toBe(change(text))
      }
  })

  it('leaves addresses, numbers and short words as they are', () => {
    const text = 'go to https://prize.example/win or me@shop.example, 500 a day'
    for (const change of [disguise, misspell])
      for (const kept of ['https://prize.example/win', 'me@shop.example', '500 a'])
        expect(change(text)).toContain(kept)
  })

  it('keeps first letters, and as many words', () => {
    const initials = (text: string) => text.split(' ').map(word => word[0])
    for (const text of sentences) expect(initials(disguise(text))).toEqual(initials(text))
  })

  it('survives texts without words', () => {
    for (const text of ['', '😀', 'a', '12 34']) expect(disguise(text)).toBe(text)
  })
})

describe('surround', () => {
  it('keeps the text whole among other words, the same each time', () => {
    for (const text of sentences) {
      expect(surround(text)).toContain(text)
      expect(surround(text).length).toBeGreaterThan(text.length + 5)
      expect(surround(text)).toBe(surround(text))
    }
  })

  it('puts texts in different places and company, lest the model learns either', () => {
    const texts = Array.from({ length: 60 }, (_, index) => `A sentence with the number ${index}.`)
    const surrounded = texts.map(text => ({ text, all: surround(text) }))
    expect(surrounded.some(({ text, all }) => all.startsWith(text))).toBe(true)
    expect(surrounded.some(({ text, all }) => all.endsWith(text))).toBe(true)
    const company = surrounded.map(({ text, all }) => all.replace(text, ''))
    expect(new Set(company).size).toBeGreaterThan(50)
  })
})
