import { element } from './dom.js'
import { counted, time } from './drift-text.js'

/** Words that are new, more frequent, or in other company than before, with posts that hold them. */
const WORDS_SHOWN = 12
const EXAMPLES_SHOWN = 2

const groups = [
  { change: 'word', title: 'Words' },
  { change: 'expression', title: 'Expressions' },
  { change: 'company', title: 'Known words in other company' },
]

/** One entry a word and change: kinds read the same posts, so several name the same. */
export function wordsOf(words) {
  const byWord = new Map()
  for (const word of words) {
    const key = `${word.change} ${word.word}`
    const known = byWord.get(key)
    if (known === undefined) byWord.set(key, { ...word, kinds: [word.kind] })
    else {
      const most = word.count > known.count ? word : known
      byWord.set(key, {
        ...most,
        firstAt: Math.min(known.firstAt, word.firstAt),
        kinds: [...known.kinds, word.kind],
      })
    }
  }
  return [...byWord.values()]
}

/** The lists, each with its title; none for a change that nothing has. */
export function showWords(words) {
  return groups.flatMap(({ change, title }) => {
    const own = words.filter(word => word.change === change)
    if (own.length === 0) return []
    const more = own.length - WORDS_SHOWN
    return [
      element('h2', 'group', title),
      element('ol', 'words', ...own.slice(0, WORDS_SHOWN).map(showWord)),
      ...(more > 0 ? [element('p', 'soft', `and ${more} more: the view drift_words has all`)] : []),
    ]
  })
}

function showWord({ word, count, expected, firstAt, examples, change, neighbours, kinds }) {
  const usual =
    change === 'company'
      ? `now in ${neighbours.join(', ')}`
      : expected === null || expected < 0.5
        ? 'not seen before'
        : `where ${expected.toFixed(1)} were expected`
  const row = element(
    'li',
    '',
    element('b', '', word),
    element(
      'span',
      'soft',
      `in ${counted(count, 'post')}, ${usual}; first named on ${time(firstAt)} by ${kinds.join(', ')}`,
    ),
  )
  for (const { text } of examples.slice(0, EXAMPLES_SHOWN))
    row.append(element('q', '', ...marked(text, word)))
  return row
}

/** The text with the word marked where it first occurs. */
function marked(text, word) {
  const at = text.toLowerCase().indexOf(word)
  // Small letters may be longer than their capitals; then nothing is marked rather than the wrong thing.
  if (at < 0 || text.toLowerCase().length !== text.length) return [text]
  return [
    text.slice(0, at),
    element('mark', '', text.slice(at, at + word.length)),
    text.slice(at + word.length),
  ]
}
