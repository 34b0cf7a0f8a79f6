import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readJsonLines } from '../pipelines/jsonl.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import { trainTextModel } from './train-text-model.ts'
import type { TrainingFile } from './training-rows.ts'

/**
 * Makes the models that ship with Nicr from the public sets, whose rows stay where they are:
 *
 *   npm run build && node dist/jobs/train-first-models.js --data ../shared/data [--out models]
 */
type Fields = Readonly<Record<string, unknown>>

interface PublicSet {
  readonly name: string
  readonly licence: string
  /** Below the data folder. */
  readonly path: string
  /** A row as the trainer wants it; null to leave it out. */
  toRow(row: Fields): Fields | null
}

const NO_LICENCE = 'none stated (research corpus)'

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

const nicenessSets: readonly PublicSet[] = [
  {
    name: 'GoEmotions, train (Demszky et al. 2020)',
    licence: 'Apache-2.0',
    path: 'goemotions/train.jsonl.gz',
    toRow: row => ({ text: row['text'], niceness: meanOf(row['emotions'], nicenessOfFeeling) }),
  },
  {
    name: 'Ruddit (Hada et al. 2021)',
    licence: NO_LICENCE,
    path: 'ruddit/train.jsonl.gz',
    toRow: row => ({
      text: row['text'],
      niceness: 5 - 5 * Number(row['offensiveness']),
      group: row['post'],
      weight: 2,
    }),
  },
  {
    name: 'Stanford Politeness Corpus (Danescu-Niculescu-Mizil et al. 2013)',
    licence: NO_LICENCE,
    path: 'politeness/train.jsonl.gz',
    toRow: row => ({ text: row['text'], niceness: 5 + 2 * bounded(Number(row['score']), 2.5), weight: 0.5 }),
  },
  {
    name: 'VADER ground truth, tweets (Hutto & Gilbert 2014)',
    licence: 'MIT',
    path: 'vader-ratings/tweets.jsonl.gz',
    toRow: row => ({ text: row['text'], niceness: 5 + 1.25 * bounded(Number(row['mean']), 4), weight: 0.5 }),
  },
  {
    // Most sentences of editorials are plain statements, which comments have few of.
    name: 'VADER ground truth, editorials (Hutto & Gilbert 2014)',
    licence: 'MIT',
    path: 'vader-ratings/nyt.jsonl.gz',
    toRow: row => ({ text: row['text'], niceness: 5 + 1.25 * bounded(Number(row['mean']), 4), weight: 0.5 }),
  },
  {
    name: 'Hate speech and offensive language (Davidson et al. 2017)',
    licence: 'MIT',
    path: 'hate-offensive/train.jsonl.gz',
    toRow: row => ({ text: row['text'], niceness: nicenessOfVotes(row['votes'] as Fields), weight: 0.3 }),
  },
]

const spamSets: readonly PublicSet[] = [
  {
    name: 'SMS Spam Collection v.1 (Almeida et al. 2011)',
    licence: 'free to use, authors hold the copyright, please cite',
    path: 'sms-spam/train.jsonl.gz',
    toRow: row => ({ text: row['text'], label: row['label'] }),
  },
  {
    name: 'YouTube Spam Collection, early part (Alberto et al. 2015)',
    licence: NO_LICENCE,
    path: 'youtube-spam/early.jsonl.gz',
    toRow: row => ({ text: row['text'], label: row['label'] }),
  },
  {
    name: 'GoEmotions, every fourth comment of train as ham (Demszky et al. 2020)',
    licence: 'Apache-2.0',
    path: 'goemotions/train.jsonl.gz',
    toRow: row => (isFourth(row['id']) ? { text: row['text'], label: 'ham', weight: 0.5 } : null),
  },
]

const toxicitySets: readonly PublicSet[] = [
  {
    name: 'TweetEval offensive (OLID), train (Zampieri et al. 2019)',
    licence: 'none stated beyond Twitter’s terms',
    path: 'tweeteval-offensive/train.jsonl.gz',
    toRow: row => ({ text: row['text'], label: row['label'] === 'offensive' ? 'toxic' : 'civil' }),
  },
  {
    name: 'Hate speech and offensive language (Davidson et al. 2017)',
    licence: 'MIT',
    path: 'hate-offensive/train.jsonl.gz',
    toRow: row => ({ text: row['text'], label: row['label'] === 'neither' ? 'civil' : 'toxic' }),
  },
]

export const firstModels = [
  { kind: 'niceness', version: '1', seed: 1, sets: nicenessSets },
  { kind: 'text-spam', version: '1', seed: 1, sets: spamSets },
  { kind: 'toxicity', version: '1', seed: 1, sets: toxicitySets },
] as const

/** Trains every first model into `<outDir>/<kind>/<version>/`. @throws NicrError as `trainTextModel` */
export async function trainFirstModels(
  dataDir: string,
  outDir: string,
  say: (line: string) => void,
): Promise<void> {
  for (const { kind, version, seed, sets } of firstModels) {
    const rowsDir = await mkdtemp(join(tmpdir(), 'nicr-rows-'))
    try {
      const files: TrainingFile[] = []
      for (const [i, set] of sets.entries())
        files.push(await writeRows(dataDir, set, join(rowsDir, `${i}.jsonl`)))
      const manifest = await trainTextModel({
        kind,
        version,
        seed,
        files,
        outDir: join(outDir, kind, version),
      })
      say(`${kind}@${version} ${JSON.stringify({ ...manifest.settings, ...manifest.metrics })}`)
    } finally {
      await rm(rowsDir, { recursive: true })
    }
  }
}

async function writeRows(dataDir: string, set: PublicSet, path: string): Promise<TrainingFile> {
  const file = createWriteStream(path)
  for await (const row of readJsonLines(join(dataDir, set.path))) {
    if ('error' in row)
      throw new NicrError('NICR_INPUT_INVALID', `${set.path}, line ${row.line}: ${row.error}`)
    const mapped = set.toRow(row.value as Fields)
    if (mapped !== null) file.write(`${JSON.stringify(mapped)}\n`)
  }
  await finished(file.end())
  return { path, name: set.name, licence: set.licence }
}

function each(value: number, names: readonly string[]): Record<string, number> {
  return Object.fromEntries(names.map(name => [name, value]))
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

function bounded(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value))
}

function isFourth(id: unknown): boolean {
  return Number.parseInt(String(id), 36) % 4 === 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { data: { type: 'string' }, out: { type: 'string' } } })
  try {
    await trainFirstModels(values.data ?? '../shared/data', values.out ?? packagePath('models'), console.log)
  } catch (error) {
    if (!(error instanceof NicrError)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = 1
  }
}
