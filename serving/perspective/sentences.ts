/** A part of a text in UTF-16 code units; `end` is exclusive. */
export interface Span {
  readonly begin: number
  readonly end: number
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' })

/**
 * The sentences of a text (Unicode UAX 29), without the white space around them, in order.
 * @param sentencesMax of a text with more, the last span holds the rest
 */
export function sentencesOf(text: string, sentencesMax: number): Span[] {
  const spans: Span[] = []
  for (const { index, segment } of segmenter.segment(text)) {
    const isLast = spans.length === sentencesMax - 1
    const words = (isLast ? text.slice(index) : segment).trim()
    const begin = text.indexOf(words, index)
    if (words !== '') spans.push({ begin, end: begin + words.length })
    if (isLast) break
  }
  return spans
}
