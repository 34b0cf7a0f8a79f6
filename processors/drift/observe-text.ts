import { signalNames } from '../text/signals.ts'
import type { TextInput } from '../text/text-input.ts'
import { geometricEdges, shareEdges, type WatchedFeature } from './declared-features.ts'

/** What is watched of a text besides its score: how it is written, in one number each, and its words. */

interface TextFeature extends WatchedFeature {
  readonly read: (text: string, input: TextInput) => number
}

function signal(name: (typeof signalNames)[number], as: string, description: string): TextFeature {
  const place = signalNames.indexOf(name)
  return { name: as, description, edges: shareEdges(), read: (_text, { dense }) => dense[place]! }
}

/** Longest in UTF-16 units that is told apart: longer texts share a bin. */
const LENGTH_EDGES = geometricEdges(8, 1.4, 22)

export const textFeatures: readonly TextFeature[] = [
  {
    name: 'length',
    description: 'UTF-16 units of the text.',
    edges: LENGTH_EDGES,
    read: text => text.length,
  },
  {
    name: 'words',
    description: 'Words, signs, emoji and links of the text.',
    edges: geometricEdges(2, 1.35, 20),
    read: (_text, { spans }) => spans.length / 2,
  },
  {
    name: 'wordLength',
    description: 'Mean UTF-16 units of a word.',
    edges: geometricEdges(2.2, 1.06, 22),
    read: (_text, { spans }) => meanLength(spans),
  },
  {
    name: 'repeatedWords',
    description: 'Share of the words that occurred in the text before.',
    edges: shareEdges(),
    read: (_text, { spans, buckets, owners }) => repeatedShare(spans, buckets, owners),
  },
  signal('capitals', 'capitals', 'Share of words of two letters or more that are all capitals.'),
  signal('exclamations', 'exclamations', 'Exclamation marks; half at 3.'),
  signal('questions', 'questions', 'Question marks; half at 3.'),
  signal('urls', 'urls', 'Links; half at 1.'),
  signal('mentions', 'mentions', 'Mentions of people; half at 1.'),
  signal('hashtags', 'hashtags', 'Hashtags; half at 1.'),
  signal('numbers', 'numbers', 'Share of numbers among words and numbers.'),
  signal('emoji', 'emoji', 'Emoji and emoticons; half at 3.'),
  signal('currencies', 'currencies', 'Signs of currencies; half at 1.'),
  signal(
    'disguises',
    'disguises',
    'Words made to look different from what they are, as the normaliser undid them; half at 2.',
  ),
  signal(
    'stretches',
    'stretches',
    'Words with letters stretched out, as the normaliser undid them; half at 1.',
  ),
  {
    name: 'foreignLetters',
    description: 'Share of letters of scripts that the models do not read.',
    edges: shareEdges(),
    read: (_text, { latinLetters, foreignLetters }) =>
      foreignLetters === 0 ? 0 : foreignLetters / (latinLetters + foreignLetters),
  },
]

/** Fills `into`, one number for each of `textFeatures`. */
export function observeText(text: string, input: TextInput, into: Float64Array): void {
  for (let i = 0; i < textFeatures.length; i++) into[i] = textFeatures[i]!.read(text, input)
}

function meanLength(spans: Uint32Array): number {
  let units = 0
  for (let i = 0; i < spans.length; i += 2) units += spans[i + 1]! - spans[i]!
  return spans.length === 0 ? Number.NaN : (2 * units) / spans.length
}

/** A word that occurred before adds no feature but pairs with its neighbours, whose owners are odd. */
function repeatedShare(spans: Uint32Array, buckets: Int32Array, owners: Int32Array): number {
  const words = spans.length / 2
  if (words === 0) return Number.NaN
  let fresh = 0
  let before = -1
  for (let i = 0; i < buckets.length; i++) {
    const owner = owners[i]!
    if (owner === before || owner % 2 === 1) continue
    before = owner
    fresh++
  }
  return Math.max(0, 1 - fresh / words)
}
