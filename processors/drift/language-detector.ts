import { CompanyDetector, type CompanyDetectorState, type NewCompany } from './company-detector.ts'
import {
  type ExpectedRise,
  type NewWord,
  type SeenTerm,
  WordDetector,
  type WordDetectorState,
} from './word-detector.ts'

/**
 * New language: words, expressions of two words, and words that changed their company, with one budget of false names for all
 * three. What one of them explains, the next need not say: a pair of which a word is new is no expression, and a word that is new
 * or more frequent, or whose company is one expression, has not changed its company.
 */

/** Named falsely in 20,000 records, in the mean, at most: 0.25 of all together. */
const FALSE_WORDS = 0.2
const FALSE_EXPRESSIONS = 0.025
const FALSE_COMPANIES = 0.025

/** Neighbours that are told of a word in new company. */
const NEIGHBOURS_MAX = 9
/** One neighbour with so much of what is new makes an expression, and no company. */
const EXPRESSION_SHARE = 0.5

/** A word that changed its company: how often it was seen, and the pairs with its new neighbours, those that stand out most first. */
export interface CompanyChange extends NewCompany {
  readonly count: number
  readonly expected: number
  readonly pairs: readonly NewWord[]
}

export interface NewLanguage {
  /** Words and expressions, those that stand out most first. */
  readonly terms: readonly NewWord[]
  /** At most one a batch; others are told with the next. */
  readonly company: CompanyChange | null
}

export class LanguageDetector {
  private readonly words: WordDetector
  private readonly pairs: WordDetector
  private readonly company: CompanyDetector

  private readonly pairsEvery: number

  /**
   * @param reference records that hold each word and each pair, of `records`
   * @param pairsEvery of so many records one is read for pairs
   */
  constructor(reference: ReadonlyMap<string, number>, records: number, pairsEvery = 1) {
    this.pairsEvery = pairsEvery
    const words = new Map<string, number>()
    const pairs = new Map<string, number>()
    for (const [term, count] of reference) (isPair(term) ? pairs : words).set(term, count)
    this.words = new WordDetector(words, records, FALSE_WORDS)
    this.pairs = new WordDetector(pairs, records, FALSE_EXPRESSIONS)
    this.company = new CompanyDetector(pairs, records, FALSE_COMPANIES)
  }

  /**
   * Adds a batch.
   * @param records of the batch
   * @param terms its words and pairs, each once
   * @param at event time, ms since the epoch
   */
  add(records: number, terms: Iterable<SeenTerm>, at: number): NewLanguage {
    const words: SeenTerm[] = []
    const pairs: SeenTerm[] = []
    for (const one of terms) (isPair(one.term) ? pairs : words).push(one)
    const newWords = this.words.add(records, words, at)
    const expressions = this.pairs.add(records, pairs, at, this.riseOf)
    const company = this.newCompany(this.company.add(records, pairs, at, word => this.isTold(word)))
    for (const detector of [this.words, this.pairs, this.company])
      if (detector.isEpochOver) detector.endEpoch()
    const found = [...newWords, ...expressions.map(pair => this.scaled(pair))].sort(
      (left, right) => right.weight - left.weight,
    )
    return { terms: found, company }
  }

  private newCompany(found: readonly NewCompany[]): CompanyChange | null {
    for (const one of found) {
      const { word } = one
      const described = this.pairs.describe(pair => holds(pair, word))
      const gains = described.map(({ count, expected }) => Math.max(0, count - expected))
      const gained = gains.reduce((sum, gain) => sum + gain, 0)
      const own = this.words.of(word)
      this.company.tell(word)
      if (own === null || Math.max(...gains) > EXPRESSION_SHARE * gained) continue
      const pairs = described
        .filter(({ weight }) => weight > 0)
        .slice(0, NEIGHBOURS_MAX)
        .map(pair => this.scaled(pair))
      return { ...one, count: own.count, expected: this.words.expected(own.known), pairs }
    }
    return null
  }

  /** A pair in as many records as there would be were all of them read for pairs. */
  private scaled(pair: NewWord): NewWord {
    return { ...pair, count: pair.count * this.pairsEvery, expected: pair.expected * this.pairsEvery }
  }

  private isTold(word: string): boolean {
    return this.words.of(word)?.named ?? false
  }

  /** As often as its words are seen without it, so much more often a pair is to be expected; a word that is new explains all. */
  private readonly riseOf: ExpectedRise = (pair, sampled, sampledKnown) => {
    const [count, known] = [sampled * this.pairsEvery, sampledKnown * this.pairsEvery]
    const space = pair.indexOf(' ')
    return Math.max(
      ...[pair.slice(0, space), pair.slice(space + 1)].map(word => {
        const seen = this.words.of(word)
        if (seen === null) return 1
        if (seen.named && this.words.expected(seen.known) < 1) return Number.POSITIVE_INFINITY
        const expected = this.words.expected(Math.max(0, seen.known - known))
        return (Math.max(0, seen.count - count) + 1) / (expected + 1)
      }),
    )
  }

  snapshot(): LanguageDetectorState {
    return {
      words: this.words.snapshot(),
      pairs: this.pairs.snapshot(),
      company: this.company.snapshot(),
    }
  }

  static of(state: LanguageDetectorState, pairsEvery = 1): LanguageDetector {
    const detector = new LanguageDetector(new Map(), 0, pairsEvery)
    detector.words.restore(state.words)
    detector.pairs.restore(state.pairs)
    detector.company.restore(state.company)
    return detector
  }
}

/** What a detector goes on from. */
export interface LanguageDetectorState {
  readonly words: WordDetectorState
  readonly pairs: WordDetectorState
  readonly company: CompanyDetectorState
}

function isPair(term: string): boolean {
  return term.includes(' ')
}

function holds(pair: string, word: string): boolean {
  return pair.startsWith(`${word} `) || pair.endsWith(` ${word}`)
}
