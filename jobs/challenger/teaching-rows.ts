import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { Vocabulary } from '../../processors/drift/vocabulary.ts'
import { packagePath } from '../../schemas/package-root.ts'
import type { DataSet, DataSetRow } from '../data-set/data-set.ts'
import type { ChallengerOptions } from './challenger.ts'
import type { HeadPriors, HeadRows } from './learn-head.ts'
import {
  isScored,
  type LearningRows,
  type NamedFeature,
  type ReadChampion,
  readLearningRows,
  TermJudge,
} from './learning-rows.ts'

/** More replayed rows hold ordinary language no better. */
const REPLAY_ROWS_MAX = 20_000

/** A data set as the learner reads it. */
export interface TeachingRows {
  readonly heads: HeadRows
  /** The rows behind `heads.labelled`, in order: LABEL, then WEAK. */
  readonly labelled: readonly DataSetRow[]
  readonly replayed: readonly DataSetRow[]
}

/**
 * @param vocabulary of the champion; without it only terms that drift reports named are new
 */
export function readTeachingRows(
  kind: KindDeclaration,
  champion: ReadChampion,
  dataSet: Pick<DataSet, 'rows' | 'newTerms'>,
  { vocabulary, priors, ownTexts }: TeachingParts,
): TeachingRows {
  const judge = new TermJudge(vocabulary, dataSet.newTerms)
  const labelled = (['LABEL', 'WEAK'] as const).flatMap(role => dataSet.rows.filter(row => row.role === role))
  const features: (readonly NamedFeature[])[] = labelled.map(() => [])
  const rows = readLearningRows(kind, champion, labelled, (row, input) => {
    features[row] = judge.features(labelled[row]!.text, input)
  })
  const replayed = sample(
    dataSet.rows.filter(row => row.role === 'REPLAY'),
    REPLAY_ROWS_MAX,
  )
  const ofReplay = readLearningRows(kind, champion, replayed)
  return {
    labelled,
    replayed,
    heads: {
      writers: writersOf(features, replayed, ofReplay),
      named: new Set(dataSet.newTerms),
      labelled: {
        rows,
        targets: Float64Array.from(labelled, row => row.target),
        weights: Float64Array.from(labelled, (row, i) => (isScored(rows, i) ? row.weight : 0)),
      },
      features,
      replayed: [
        ofReplay,
        readLearningRows(
          kind,
          champion,
          ownTexts.map(text => ({ text })),
        ),
      ],
      replayWeights: [priors.replay, priors.own],
    },
  }
}

/** Distinct authors of replayed rows by new word; a bucket that another word shares is no word. */
function writersOf(
  features: HeadRows['features'],
  replayed: readonly DataSetRow[],
  { starts, buckets }: LearningRows,
): Map<string, number> {
  const termsOfBucket = new Map<number, Set<string>>()
  for (const ofRow of features)
    for (const { bucket, term, part, isNew } of ofRow) {
      if (!isNew || part !== 'WORD') continue
      const known = termsOfBucket.get(bucket)
      if (known === undefined) termsOfBucket.set(bucket, new Set([term]))
      else known.add(term)
    }
  const writers = new Map<string, Set<string>>()
  for (const [row, { text, author }] of replayed.entries())
    for (let at = starts[row]!; at < starts[row + 1]!; at++)
      for (const term of termsOfBucket.get(buckets[at]!) ?? []) {
        if (!text.toLowerCase().includes(term)) continue
        const known = writers.get(term)
        if (known === undefined) writers.set(term, new Set([author]))
        else known.add(author)
      }
  return new Map([...writers].map(([term, authors]) => [term, authors.size]))
}

/**
 * The same rows with the authors of new words counted in all of the platform's content: by then drift reports vouch for no word
 * that hardly anybody writes.
 * @param authorsOf of terms, the commonest of the labelled rows first
 */
export async function withWriters(
  teaching: TeachingRows,
  authorsOf: NonNullable<ChallengerOptions['authorsOf']>,
): Promise<TeachingRows> {
  const { heads } = teaching
  const rowsOf = new Map<string, number>()
  for (const features of heads.features)
    for (const { term, part, isNew } of features)
      if (isNew && part === 'WORD') rowsOf.set(term, (rowsOf.get(term) ?? 0) + 1)
  const terms = [...rowsOf.keys()].sort((a, b) => rowsOf.get(b)! - rowsOf.get(a)! || (a < b ? -1 : 1))
  const counted = await authorsOf(terms)
  const writers = new Map(
    terms.map(term => [term, Math.max(counted.get(term) ?? 0, heads.writers.get(term) ?? 0)]),
  )
  return { ...teaching, heads: { ...heads, writers, named: new Set() } }
}

interface TeachingParts {
  readonly vocabulary: Vocabulary | null
  readonly priors: HeadPriors
  /** Texts that ship with Nicr; see `readOwnTexts`. */
  readonly ownTexts: readonly string[]
}

/** Evenly over the rows as they lie. */
export function sample<T>(rows: readonly T[], max: number): readonly T[] {
  if (rows.length <= max) return rows
  return Array.from({ length: max }, (_, i) => rows[Math.floor((i * rows.length) / max)]!)
}

/** The texts written for Nicr that models were first trained with, where they were shipped. */
export async function readOwnTexts(folder: string = packagePath('jobs', 'own-rows')): Promise<string[]> {
  if (!existsSync(folder)) return []
  const texts: string[] = []
  for (const name of (await readdir(folder)).filter(one => one.endsWith('.jsonl')).sort())
    for await (const line of readJsonLines(join(folder, name)))
      if ('value' in line) texts.push(String((line.value as { readonly text?: unknown }).text))
  return texts
}
