import { disguise, misspell, surround } from './disguise.ts'
import { type Fields, NO_LICENCE, own, ownFiles, type RowSet, TWITTER } from './public-sets.ts'

/**
 * The rows of the text-spam model. Two sources: text messages, in which numbers and short codes say much, and all that is
 * posted in public, where modern spam of our own stands beside plenty of ordinary posts. Weights are chosen on held-out parts
 * of each set, so that one threshold serves all: the classes of a set weigh more alike than they are many.
 */

/** Fewer spam than ham among messages, more spam than ham among the comments of that time, unlike those of today. */
const MESSAGE_WEIGHTS = { ham: 1, spam: 2 }
const COMMENT_WEIGHT = 2
const CHAT_WEIGHT = 0.3
const TWEET_WEIGHT = 0.4
const OWN_WEIGHTS = { ham: 2.5, spam: 4.5 }
/** Of a disguised row, as a share of its own weight. */
const DISGUISED_SHARE = 0.3

const messages: RowSet = {
  name: 'SMS Spam Collection v.1 (Almeida et al. 2011)',
  licence: 'free to use, authors hold the copyright, please cite',
  path: 'sms-spam/train.jsonl.gz',
  toRow: ({ text, label }) => ({
    text,
    label,
    source: 'messages',
    weight: MESSAGE_WEIGHTS[label as keyof typeof MESSAGE_WEIGHTS],
  }),
}

const comments: RowSet = {
  name: 'YouTube Spam Collection, early part (Alberto et al. 2015)',
  licence: NO_LICENCE,
  path: 'youtube-spam/early.jsonl.gz',
  toRow: ({ text, label }) => ({ text, label, source: 'posts', weight: COMMENT_WEIGHT }),
}

const ordinaryPosts: readonly RowSet[] = [
  {
    name: 'GoEmotions, train, as ham (Demszky et al. 2020)',
    licence: 'Apache-2.0',
    path: 'goemotions/train.jsonl.gz',
    toRow: ({ text }) => ({ text, label: 'ham', source: 'posts', weight: CHAT_WEIGHT }),
  },
  {
    name: 'SemEval 2013–2016 task 4-A, half of the tweets, as ham (Nakov et al.)',
    licence: TWITTER,
    path: 'semeval-dated/train.jsonl.gz',
    toRow: ({ text }) =>
      String(text).length % 2 === 0 ? { text, label: 'ham', source: 'posts', weight: TWEET_WEIGHT } : null,
  },
]

export const spamSets: readonly RowSet[] = [
  messages,
  comments,
  ...ordinaryPosts,
  ...ownSets([...ownFiles.spam, ...ownFiles.niceness]),
  ...[messages, comments, ...ownSets(['spam'])].map(disguised),
  ...ownSets(['spam', 'ham']).map(surrounded),
]

function ownSets(names: readonly string[]): RowSet[] {
  return own(names, ({ text, spam, group }) => {
    const label = spam === 1 ? 'spam' : 'ham'
    return { text, label, group, source: 'posts', weight: OWN_WEIGHTS[label] }
  })
}

/** The same rows once more: spam disguised, ham misspelt, so that a misspelling alone is no sign of spam. */
function disguised(set: RowSet): RowSet {
  const toRow = (row: Fields): Fields | null => {
    const plain = set.toRow(row)
    if (plain === null) return null
    const text = String(plain['text'])
    return {
      ...plain,
      text: plain['label'] === 'spam' ? disguise(text) : misspell(text),
      group: plain['group'] ?? text,
      source: 'posts',
      weight: DISGUISED_SHARE * Number(plain['weight']),
    }
  }
  return { ...set, name: `${set.name}, spam disguised and ham misspelt`, toRow }
}

/** The same rows once more among plain words: spam stays spam, and length is no sign of it. */
function surrounded(set: RowSet): RowSet {
  const toRow = (row: Fields): Fields | null => {
    const plain = set.toRow(row)
    if (plain === null) return null
    const text = String(plain['text'])
    return {
      ...plain,
      text: surround(text),
      group: plain['group'] ?? text,
      weight: DISGUISED_SHARE * Number(plain['weight']),
    }
  }
  return { ...set, name: `${set.name}, among plain words`, toRow }
}
