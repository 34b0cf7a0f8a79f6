import { disguise, surround } from './disguise.ts'
import { type Fields, NO_LICENCE, own, ownFiles, type RowSet, TWITTER } from './public-sets.ts'

/** Of ruddit's scale −1 (supportive) to 1 (offensive): from here on raters found a comment offensive rather than blunt. */
const OFFENSIVE_MIN = 0.2
/** Rows of our own are few, and each was written for a mistake that must not be made. */
const OWN_WEIGHT = 3
/** Comments name groups of people mostly to speak ill of them; that a group is named must not count. */
const IDENTITY_WEIGHT = 8
/** Complaints to a company read like the replies of OLID. */
const complaintFiles = ['service-complaints']
const abusiveFiles = ['insults', 'slang-unkind', 'threats', 'unkind']
const identityFiles = ['identity', 'identity-kind', 'identity-strangers']
/** Against the sets of tens of thousands that call other words toxic. Chosen on held-out parts. */
const SLURS_WEIGHT = 10

/**
 * What the toxicity model learns from. A set that means something else by toxic keeps a source, hence a head, of its own;
 * GoEmotions and ruddit share one, for both are comments on Reddit. Left out, though they are there: HatEval, which as one
 * head more gained nothing, and the unhealthy comments, which may not be used for profit.
 */
export const toxicitySets: readonly RowSet[] = [
  {
    name: 'TweetEval offensive (OLID), train (Zampieri et al. 2019)',
    licence: TWITTER,
    path: 'tweeteval-offensive/train.jsonl.gz',
    toRow: ({ text, label }) => ({ text, label: Number(label === 'offensive'), source: 'replies' }),
  },
  {
    name: 'Hate speech and offensive language (Davidson et al. 2017)',
    licence: 'MIT',
    path: 'hate-offensive/train.jsonl.gz',
    toRow: ({ text, label, votes }) => ({
      text,
      label: Number(label !== 'neither'),
      source: 'slurs',
      weight: SLURS_WEIGHT,
      // How many coders agreed says more than what most of them said.
      aspects: { share: shareOfToxicVotes(votes as Fields) },
    }),
  },
  {
    name: 'GoEmotions, train: anger and disgust against all but annoyance and disapproval (Demszky et al. 2020)',
    licence: 'Apache-2.0',
    path: 'goemotions/train.jsonl.gz',
    toRow: ({ text, emotions }) => {
      const label = toxicOfFeelings(emotions as readonly string[])
      return label === null ? null : { text, label, source: 'chat', weight: 0.3 }
    },
  },
  {
    name: 'Ruddit (Hada et al. 2021)',
    licence: NO_LICENCE,
    path: 'ruddit/train.jsonl.gz',
    toRow: ({ text, offensiveness, post }) => ({
      text,
      label: Number(Number(offensiveness) > OFFENSIVE_MIN),
      group: post,
      source: 'chat',
      weight: 0.5,
    }),
  },
  ...ownRows(complaintFiles, 'replies'),
  ...ownRows(identityFiles, 'chat', IDENTITY_WEIGHT),
  ...ownRows(
    [...ownFiles.niceness, ...ownFiles.spam].filter(
      name => ![...identityFiles, ...complaintFiles].includes(name),
    ),
    'own',
  ),
  ...ownRows(abusiveFiles, 'own').map(disguised),
  ...ownRows([...abusiveFiles, 'plain', 'kind', 'unhappy'], 'own').map(surrounded),
]

/** Rows of abuse once more, disguised: a disguise must not help. */
function disguised(set: RowSet): RowSet {
  const toRow = (row: Fields): Fields | null => {
    const plain = set.toRow(row)
    if (plain === null || plain['label'] !== 1) return null
    const text = String(plain['text'])
    return { ...plain, text: disguise(text), group: plain['group'] ?? text }
  }
  return { ...set, name: `${set.name}, disguised`, toRow }
}

/** Rows once more among plain words, which must not help abuse, nor harm what is civil. */
function surrounded(set: RowSet): RowSet {
  const toRow = (row: Fields): Fields | null => {
    const plain = set.toRow(row)
    if (plain === null) return null
    const text = String(plain['text'])
    return { ...plain, text: surround(text), group: plain['group'] ?? text }
  }
  return { ...set, name: `${set.name}, among plain words`, toRow }
}

function ownRows(names: readonly string[], source: string, weight = OWN_WEIGHT): RowSet[] {
  return own(names, ({ text, toxic, group }) => ({ text, label: toxic, group, source, weight }))
}

function shareOfToxicVotes(votes: Fields): number {
  const [hate, offensive, neither] = [votes['hate'], votes['offensive'], votes['neither']].map(Number)
  return (hate! + offensive!) / (hate! + offensive! + neither!)
}

/** 1, 0, or null where the feelings leave it open. */
function toxicOfFeelings(feelings: readonly string[]): number | null {
  if (feelings.some(feeling => feeling === 'annoyance' || feeling === 'disapproval')) return null
  return Number(feelings.some(feeling => feeling === 'anger' || feeling === 'disgust'))
}
