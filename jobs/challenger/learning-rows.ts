import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { Vocabulary } from '../../processors/drift/vocabulary.ts'
import type { ModelCard } from '../../processors/scorer.ts'
import { CHAR_BUCKETS_FROM } from '../../processors/text/hashing.ts'
import { WORD_VALUE } from '../../processors/text/head-sums.ts'
import { countWords, featureUnit } from '../../processors/text/heads.ts'
import type { TextInput } from '../../processors/text/text-input.ts'

/** A text to learn from or to hold in place. */
export interface LearningText {
  readonly text: string
  readonly language?: string | null
}

/** Texts as sparse rows of features, side by side; those that the kind would not score have no features. */
export interface LearningRows {
  readonly count: number
  /** `starts[row]` to `starts[row + 1]` are the places of a row's features in `buckets`. */
  readonly starts: Int32Array
  readonly buckets: Int32Array
  /** The value of a character n-gram in the row; a word, sign or pair has `WORD_VALUE` times as much. */
  readonly units: Float64Array
  /** What the champion says, before the link. */
  readonly margins: Float64Array
  readonly texts: readonly string[]
}

/** The champion, as far as the texts that are read go by it. */
export interface ReadChampion {
  /** Before the link. */
  readonly marginOf: (input: TextInput) => number
  readonly card?: ModelCard | undefined
}

/** Reads texts through the kind's own scorer, so that what is learned from is what will be scored. */
export function readLearningRows(
  { scorer }: Pick<KindDeclaration, 'scorer'>,
  { marginOf, card }: ReadChampion,
  texts: readonly LearningText[],
  onRow: (row: number, input: TextInput) => void = () => {},
): LearningRows {
  const starts = new Int32Array(texts.length + 1)
  const units = new Float64Array(texts.length)
  const margins = new Float64Array(texts.length)
  let buckets = new Int32Array(256 * Math.max(16, texts.length))
  let end = 0
  for (const [row, { text, language = null }] of texts.entries()) {
    const prepared = scorer.prepare({ text, language }, card)
    if (prepared.status === 'READY') {
      const input = prepared.input as TextInput
      if (end + input.buckets.length > buckets.length) buckets = grown(buckets, end + input.buckets.length)
      buckets.set(input.buckets, end)
      end += input.buckets.length
      const words = countWords(input)
      units[row] = featureUnit(words, input.buckets.length - words)
      margins[row] = marginOf(input)
      onRow(row, input)
    }
    starts[row + 1] = end
  }
  return {
    count: texts.length,
    starts,
    buckets: buckets.subarray(0, end),
    units,
    margins,
    texts: texts.map(one => one.text),
  }
}

function grown(buckets: Int32Array, wanted: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(Math.max(wanted, 2 * buckets.length))
  wider.set(buckets)
  return wider
}

/** Whether the kind scores the row's text. */
export function isScored(rows: LearningRows, row: number): boolean {
  return rows.starts[row + 1]! > rows.starts[row]!
}

/** What a bucket counts in a row, in units of a character n-gram. */
export function valueOfBucket(bucket: number): number {
  return bucket < CHAR_BUCKETS_FROM ? WORD_VALUE : 1
}

/** A feature of a text and the words it is of. */
export interface NamedFeature {
  readonly bucket: number
  /** The word or pair, in small letters as its author wrote it. */
  readonly term: string
  /** An expression that a drift report named counts as a word. */
  readonly part: 'WORD' | 'PAIR' | 'PIECE'
  /** Whether one of its words is new: unknown to the champion, or named by a drift report. */
  readonly isNew: boolean
}

/** Whether a term can take on a meaning of its own. */
export function isWord(term: string): boolean {
  return WORD.test(term)
}

/** Tells which words of a text are new. */
export class TermJudge {
  private readonly vocabulary: Vocabulary | null
  private readonly newTerms: ReadonlySet<string>

  constructor(vocabulary: Vocabulary | null, newTerms: readonly string[]) {
    this.vocabulary = vocabulary
    this.newTerms = new Set(newTerms)
  }

  isNew(term: string): boolean {
    if (this.newTerms.has(term)) return true
    return this.vocabulary !== null && isWord(term) && !this.vocabulary.has(term)
  }

  /** The features of a text by name. */
  features(text: string, { buckets, owners, spans }: TextInput): NamedFeature[] {
    const wordAt = (word: number) => text.slice(spans[2 * word]!, spans[2 * word + 1]!).toLowerCase()
    const isNewAt = new Map<number, boolean>()
    const isNewWord = (word: number) => {
      const known = isNewAt.get(word)
      if (known !== undefined) return known
      const found = this.isNew(wordAt(word))
      isNewAt.set(word, found)
      return found
    }
    return Array.from(buckets, (bucket, i): NamedFeature => {
      const word = owners[i]! >> 1
      if ((owners[i]! & 1) === 1) {
        const term = `${wordAt(word - 1)} ${wordAt(word)}`
        if (this.newTerms.has(term)) return { bucket, term, part: 'WORD', isNew: true }
        return { bucket, term, part: 'PAIR', isNew: isNewWord(word) || isNewWord(word - 1) }
      }
      const part = bucket < CHAR_BUCKETS_FROM ? 'WORD' : 'PIECE'
      return { bucket, term: wordAt(word), part, isNew: isNewWord(word) }
    })
  }
}

/** With a letter or a pictograph, and neither mention nor link: those have one feature for all of them. */
const WORD = /^[^@/.:]*[\p{L}\p{Extended_Pictographic}][^@/.:]*$/u
