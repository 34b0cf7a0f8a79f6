import { disguise, misspell } from './disguise.ts'
import { type Fields, NO_LICENCE, own, ownFiles, type RowSet, TWITTER } from './public-sets.ts'

/** Niceness of each feeling, as the set's SOURCE.md maps it; unhappy is not unkind. */
const nicenessOfFeeling: Readonly<Record<string, number>> = {
  ...each(9, ['gratitude', 'love', 'caring', 'admiration']),
  ...each(8, ['amusement', 'approval', 'desire', 'excitement', 'joy', 'optimism', 'pride', 'relief']),
  ...each(5, ['neutral', 'confusion', 'curiosity', 'realization', 'surprise']),
  ...each(4.5, ['sadness', 'grief', 'fear', 'nervousness', 'remorse', 'embarrassment']),
  ...each(3, ['disappointment', 'disapproval']),
  ...each(2, ['annoyance']),
  ...each(1, ['anger', 'disgust']),
}

/** What else a feeling says; each is a head of its own beside the grade. */
const feelingsOfAspect: Readonly<Record<string, readonly string[]>> = {
  anger: ['anger', 'disgust', 'annoyance'],
  objection: ['disapproval', 'disappointment'],
  sorrow: ['sadness', 'grief', 'fear', 'nervousness', 'remorse', 'embarrassment'],
  warmth: ['gratitude', 'love', 'caring', 'admiration'],
}

/** Rows of our own are few, and each was written for a mistake that must not be made. */
const OWN_WEIGHT = 5
/** These pull against thousands of comments whose anger at things the set cannot tell from anger at people. */
const UNHAPPY_WEIGHT = 7
const UNHAPPY_LIFT = 2
const unhappyFiles = [
  'complaints',
  'grief',
  'reported-abuse',
  'self',
  'service-complaints',
  'swearing-plain',
  'told-abuse',
  'unhappy',
]

/** Anger and objection at things, at fate or at what others were told is none at the reader. */
const notAtReader = { anger: 0, objection: 0, warmth: 0 }
const atReader = { anger: 1, sorrow: 0, warmth: 0 }
const warm = { anger: 0, objection: 0, warmth: 1 }

/** What the rows of our own say beside their grade, by file; nothing where the file holds several sorts. */
const aspectsOfOwn: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  ...each(notAtReader, [
    'complaints',
    'grief',
    'plain',
    'reported-abuse',
    'service-complaints',
    'short-talk',
  ]),
  ...each(notAtReader, ['swearing-plain', 'told-abuse', 'unhappy', 'self']),
  ...each(atReader, ['insults', 'threats', 'unkind', 'slang-unkind']),
  ...each(warm, ['kind', 'warm', 'slang-kind']),
}

export const nicenessSets: readonly RowSet[] = [
  {
    name: 'GoEmotions, train (Demszky et al. 2020)',
    licence: 'Apache-2.0',
    path: 'goemotions/train.jsonl.gz',
    toRow: ({ text, emotions }) => ({
      text,
      niceness: meanOf(emotions, nicenessOfFeeling),
      aspects: aspectsOf(emotions as readonly string[]),
      source: 'chat',
      weight: 4,
    }),
  },
  ...[...ownFiles.niceness, 'ham'].flatMap(ownRows),
  ...['insults', 'slang-unkind', 'threats', 'unkind'].flatMap(file =>
    changedRows(file, 'disguised', disguise),
  ),
  ...unhappyFiles.flatMap(file => changedRows(file, 'misspelt', misspell)),
  {
    name: 'Ruddit (Hada et al. 2021)',
    licence: NO_LICENCE,
    path: 'ruddit/train.jsonl.gz',
    // Best–worst scores have an order and no zero; with this one a comment means what the same words mean in GoEmotions.
    toRow: row => ({
      text: row['text'],
      niceness: bounded(-0.5 - 5 * Number(row['offensiveness']), 5) + 5,
      group: row['post'],
      source: 'threads',
      weight: 6,
    }),
  },
  {
    name: 'VADER ground truth, tweets (Hutto & Gilbert 2014)',
    licence: 'MIT',
    path: 'vader-ratings/tweets.jsonl.gz',
    toRow: row => ({ ...rated(row), source: 'short-tweets', weight: 6 }),
  },
  {
    // Feelings towards anything: only as far from the middle as is safe to say of the tone towards others.
    name: 'SemEval 2013–2016 task 4-A, tweets (Nakov et al.)',
    licence: TWITTER,
    path: 'semeval-dated/train.jsonl.gz',
    toRow: ({ text, label }) => ({
      text,
      niceness: label === 'positive' ? 7 : label === 'negative' ? 3.8 : 5.2,
      source: 'tweets',
      weight: 0.5,
    }),
  },
  {
    name: 'SST-2, phrases of film reviews (Socher et al. 2013)',
    licence: 'none stated (research data)',
    path: 'sst2/train.jsonl.gz',
    toRow: ({ text, label }) => ({
      text,
      niceness: label === 'positive' ? 6.5 : 4.2,
      source: 'reviews',
      weight: 0.3,
    }),
  },
  {
    name: 'Stanford Politeness Corpus (Danescu-Niculescu-Mizil et al. 2013)',
    licence: NO_LICENCE,
    path: 'politeness/train.jsonl.gz',
    toRow: row => ({
      text: row['text'],
      niceness: 5 + 2 * bounded(Number(row['score']), 2.5),
      source: 'requests',
      weight: 0.5,
    }),
  },
  ...['movies', 'amazon'].map(
    (part): RowSet => ({
      name: `VADER ground truth, ${part} (Hutto & Gilbert 2014)`,
      licence: 'MIT',
      path: `vader-ratings/${part}.jsonl.gz`,
      toRow: row => ({ ...rated(row), source: 'rated-reviews', weight: 0.3 }),
    }),
  ),
  {
    name: 'Hate speech and offensive language (Davidson et al. 2017)',
    licence: 'MIT',
    path: 'hate-offensive/train.jsonl.gz',
    toRow: row => ({
      text: row['text'],
      niceness: nicenessOfVotes(row['votes'] as Fields),
      source: 'slurs',
      auxiliary: true,
    }),
  },
  {
    name: 'TweetEval offensive (OLID), train (Zampieri et al. 2019)',
    licence: TWITTER,
    path: 'tweeteval-offensive/train.jsonl.gz',
    toRow: row => ({
      text: row['text'],
      niceness: row['label'] === 'offensive' ? 2.5 : 5,
      source: 'replies',
      auxiliary: true,
    }),
  },
]

function ownRows(file: string): RowSet[] {
  const isUnhappy = unhappyFiles.includes(file)
  return own([file], ({ text, niceness, group }) => ({
    text,
    niceness: isUnhappy ? Number(niceness) + UNHAPPY_LIFT : niceness,
    group,
    aspects: aspectsOfOwn[file],
    source: 'chat',
    corrective: true,
    weight: isUnhappy ? UNHAPPY_WEIGHT : OWN_WEIGHT,
  }))
}

/** Rows of a file once more: abuse in disguise, which must not help, and civil words misspelt, which must not harm. */
function changedRows(file: string, how: string, change: (text: string) => string): RowSet[] {
  return ownRows(file).map(set => ({
    ...set,
    name: `${set.name}, ${how}`,
    toRow: row => {
      const text = String(row['text'])
      return { ...set.toRow(row), text: change(text), group: row['group'] ?? text }
    },
  }))
}

function each<T>(value: T, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(names.map(name => [name, value]))
}

function aspectsOf(feelings: readonly string[]): Record<string, number> {
  return Object.fromEntries(
    Object.entries(feelingsOfAspect).map(([aspect, names]) => [
      aspect,
      Number(feelings.some(feeling => names.includes(feeling))),
    ]),
  )
}

function meanOf(names: unknown, values: Readonly<Record<string, number>>): number {
  const known = (names as readonly string[]).map(name => values[name] ?? 5)
  return known.reduce((sum, value) => sum + value, 0) / known.length
}

/** The coders' votes share it out: neither 5.5, offensive 2.5, hate 0.5. */
function nicenessOfVotes(votes: Fields): number {
  const [hate, offensive, neither] = [
    Number(votes['hate']),
    Number(votes['offensive']),
    Number(votes['neither']),
  ]
  return (0.5 * hate + 2.5 * offensive + 5.5 * neither) / (hate + offensive + neither)
}

function rated({ text, mean }: Fields): Fields {
  return { text, niceness: 5 + 1.25 * bounded(Number(mean), 4) }
}

function bounded(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}
