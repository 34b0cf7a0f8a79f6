import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Scorable } from '../../../processors/scorer.ts'
import { detectLanguage } from '../../../processors/text/language.ts'
import { languageAmong, primarySubtag } from '../../../processors/text/language-tags.ts'
import { textScorer } from '../../../processors/text/text-scorer.ts'
import { arbitraryText } from '../../support/arbitrary-text.ts'
import { foreignSentences } from './foreign-sentences.ts'
import { rarerSentences } from './rarer-sentences.ts'

/** Sentences of at least so many words are long. */
const LONG_WORDS_MIN = 5

describe('detectLanguage', () => {
  const sentences = Object.entries(foreignSentences).flatMap(([language, lines]) =>
    lines
      .trim()
      .split('\n')
      .map(line => ({ language, line: line.trim() })),
  )
  const isForeign = ({ line }: { line: string }) => (detectLanguage(line) ?? 'en') !== 'en'
  const isLong = ({ line }: { line: string }) => line.split(' ').length >= LONG_WORDS_MIN

  it.each(Object.keys(foreignSentences))('tells posts in %s from English', language => {
    const own = sentences.filter(sentence => sentence.language === language)
    const long = own.filter(isLong)
    const short = own.filter(sentence => !isLong(sentence))
    expect(own.length).toBeGreaterThanOrEqual(20)
    expect(long.filter(isForeign).length / long.length).toBeGreaterThanOrEqual(0.95)
    expect(short.filter(isForeign).length / short.length).toBeGreaterThanOrEqual(0.8)
  })

  it('names the language of nearly all of them', () => {
    const right = sentences.filter(({ language, line }) => detectLanguage(line) === language)
    expect(right.length / sentences.length).toBeGreaterThanOrEqual(0.95)
  })

  it.each(Object.keys(rarerSentences))('knows posts in %s for foreign, if they have some words', language => {
    const own = rarerSentences[language]!.trim()
      .split('\n')
      .map(line => ({ language, line: line.trim() }))
      .filter(isLong)
    expect(own.length).toBeGreaterThanOrEqual(8)
    expect(own.filter(isForeign).length / own.length).toBeGreaterThanOrEqual(0.7)
    const named = own.filter(({ line }) => languageAmong(detectLanguage(line), [language]) === language)
    expect(named.length / own.length).toBeGreaterThanOrEqual(0.6)
  })

  it('does not need the accents that people leave out', () => {
    expect(detectLanguage('manana no podre ir a la escuela porque estoy enfermo')).toBe('es')
    expect(detectLanguage('cok guzel olmus kardesim tesekkur ederim')).toBe('tr')
    expect(detectLanguage('man\u0303ana el nin\u0303o no va a la escuela')).toBe('es')
  })

  it.each([
    'You have been so kind to me this week, thank you.',
    'what are you doing tonight',
    "I don't know why",
  ])('calls English: %s', text => {
    expect(detectLanguage(text)).toBe('en')
  })

  it.each(
    `lol|ok|gg wp|omg no way|ty sm bro|ur so mean|smh|brb gtg|c u l8r m8|wat r u doin 2nite|yall trippin|no cap fr fr
    |nah fam dats cap|dat hoe dumb af|dis is da wae|jajaja|kkkkk|hahahahaha|nooooo|la la la la la|gracias bro
    |cristiano ronaldo|maria garcia lopez|jose mourinho vs zidane|Recep Tayyip Erdogan|Jürgen Klopp|Beyoncé|Björk
    |Real Madrid 3 - 1 Barcelona|Los Angeles|Rio de Janeiro|naïve café résumé|taco tuesday|sushi ramen udon
    |#vivamexico #amor #vida|@la_casa_de_papel hi|https://www.elpais.com/noticias/de/la/semana|mira.que.bonito@correo.es
    |fr33 m0ney|f r e e m o n e y|id10t|a$$hole|b i t c h|nооb уоu аrе dumb|ѕсаm ассоunt|рау ѕсоре|ИИЯe дЛЛy|ỳöü àrë sö dümb
    |const x = foo.bar(baz) => null|npm i -g yarn|12345|😂😂😂|¯\\_(ツ)_/¯|ಠ_ಠ|▬▬ஜ۩۞۩ஜ▬▬ damn|im gona kil u lolz|||`
      .split('|')
      .map(text => text.trim()),
  )('never calls foreign: %j', text => {
    expect(detectLanguage(text) ?? 'en').toBe('en')
  })

  it('leaves a text of two languages to the model', () => {
    expect(detectLanguage('my abuela always says that la vida is short') ?? 'en').toBe('en')
    expect(detectLanguage('I think la casa de mi abuela is great, y muy bonita') ?? 'en').toBe('en')
    expect(detectLanguage('Thanks, спс') ?? 'en').toBe('en')
  })

  it.each([
    ['Ты молодец, спасибо', 'ru'],
    ['оно там', 'ru'],
    ['сделай обзор на новый iPad mini и Apple Store', 'ru'],
    ['Дуже дякую, це чудові новини', 'uk'],
    ['ありがとう、今日はとても楽しかった', 'ja'],
    ['谢谢你', 'zh'],
    ['정말 고마워요', 'ko'],
    ['شكرا جزيلا يا صديقي', 'ar'],
    ['आप बहुत अच्छे हैं', 'hi'],
    ['ขอบคุณมาก', 'th'],
    ['ευχαριστώ πολύ', 'el'],
    ['תודה רבה לך', 'he'],
  ])('tells the script of %s', (text, language) => {
    expect(detectLanguage(text)).toBe(language)
  })

  it('takes any string, says the same again, and only codes of two letters', () => {
    fc.assert(
      fc.property(arbitraryText, arbitraryText, (text, other) => {
        const language = detectLanguage(text)
        if (language !== null) expect(language).toMatch(/^[a-z]{2}$/)
        detectLanguage(other)
        expect(detectLanguage(text)).toBe(language)
      }),
      { numRuns: 1000 },
    )
  })

  it('decides on the start of a long text', () => {
    const english = 'This is what they said about the house that we have seen. '
    const spanish = 'Esto es lo que dijeron sobre la casa que hemos visto ayer. '
    expect(detectLanguage(english.repeat(100) + spanish.repeat(100_000))).toBe('en')
    expect(detectLanguage(spanish.repeat(100) + english.repeat(100_000))).toBe('es')
    expect(detectLanguage('\u200b'.repeat(5_000_000))).toBeNull()
  })
})

describe('textScorer', () => {
  const { prepare } = textScorer({
    kind: 'niceness',
    languages: ['en'],
    scaleWidth: 10,
    label: () => '',
    probability: () => null,
  })
  const state = (content: Scorable) => {
    const preparation = prepare(content)
    return 'language' in preparation ? [preparation.status, preparation.language] : [preparation.status]
  }

  it('does not guess at a text in another language', () => {
    const text = 'No puedo creer que todavía hables con esa gente'
    expect(state({ text })).toEqual(['UNSUPPORTED', 'es'])
    expect(state({ text, language: 'und' })).toEqual(['UNSUPPORTED', 'es'])
    expect(state({ text: 'Thank you so much for this', language: 'de-AT' })).toEqual(['UNSUPPORTED', 'de'])
  })

  it('scores English, and what says too little to be called anything else', () => {
    expect(state({ text: 'Thank you so much for this' })).toEqual(['READY', 'en'])
    expect(state({ text: 'maria garcia' })).toEqual(['READY', null])
  })

  it('believes the platform that says English, unless the letters are of another script', () => {
    expect(state({ text: 'te quiero mucho hermano', language: 'en-US' })).toEqual(['READY', 'en'])
    expect(state({ text: '谢谢你', language: 'en' })[0]).toBe('UNSUPPORTED')
  })

  it('goes by what a version reads, where it states that', () => {
    const stateFor = (languages: readonly string[], content: Scorable) => {
      const preparation = prepare(content, { kind: 'niceness', version: '3', settings: {}, languages })
      return 'language' in preparation ? [preparation.status, preparation.language] : [preparation.status]
    }
    const spanish = { text: 'No puedo creer que todavía hables con esa gente' }
    expect(stateFor(['en', 'es'], spanish)).toEqual(['READY', 'es'])
    expect(stateFor(['en', 'pt'], spanish)).toEqual(['UNSUPPORTED', 'es'])
    expect(stateFor(['en', 'zh'], { text: '我不明白为什么公交车总是晚点' })).toEqual(['READY', 'zh'])
    expect(stateFor(['en', 'de'], { text: '谢谢你', language: 'en' })[0]).toBe('UNSUPPORTED')
    // Danish and Norwegian are hardly told apart: one that reads only Norwegian takes either for it, if nothing is stated.
    const danish = { text: 'Tusind tak til alle for de pæne ord, det betyder meget for mig' }
    expect(stateFor(['no'], danish)).toEqual(['READY', 'no'])
    expect(stateFor(['no'], { ...danish, language: 'da' })).toEqual(['UNSUPPORTED', 'da'])
    expect(stateFor(['no'], { ...danish, language: 'nb-NO' })).toEqual(['READY', 'no'])
  })
})

it.each([
  ['en-GB', 'en'],
  ['PT_br', 'pt'],
  ['nn', 'no'],
  ['iw', 'he'],
  ['und', null],
  ['', null],
  [null, null],
] as const)('the language of the tag %j is %j', (tag, subtag) => {
  expect(primarySubtag(tag)).toBe(subtag)
})
