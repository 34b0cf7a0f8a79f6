import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { rowOf } from '../../pipelines/sinks/clickhouse.ts'
import type { Content, Label, Report, Score, Vote } from '../../schemas/records.ts'
import { type RecordOf, type TopicName, tableOf } from '../../schemas/topics.ts'
import { aContent, aLabel, aReport, aScore, aVote } from './records.ts'
import { randomOf } from './seed.ts'

/** A small made-up community as ClickHouse would keep it: contents, champion scores, votes, reports and labels. */

export const DAY = 86_400_000

/** Stores records of topics, with offsets that go on from one call to the next. */
export function createStorage(clickhouse: ClickHouse) {
  let nextOffset = 0
  return async function store<T extends TopicName>(
    topic: T,
    records: readonly RecordOf<T>[],
    appendedAt = Date.now(),
  ): Promise<void> {
    if (records.length === 0) return
    const first = nextOffset
    const rows = records.map(record =>
      rowOf(topic, record, { topic: `nicr.${topic}`, partition: 0, offset: nextOffset++, appendedAt }),
    )
    await clickhouse.insertRows(`${tableOf(topic)}_log`, rows, { deduplicationToken: `${topic}:${first}` })
  }
}

const syllables = 'ba de fi go lu mo na pe ri so tu va we xi yo za kle bru sta pli'.split(' ')

/** Words that nobody uses: texts of them resemble each other no more than chance has it. */
export function createWriter(seed: number) {
  const random = randomOf(seed)
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)]!
  const word = () => Array.from({ length: 2 + Math.floor(random() * 2) }, () => pick(syllables)).join('')
  const vocabulary = Array.from({ length: 400 }, word)
  return {
    random,
    pick,
    text: (words = 9) => Array.from({ length: words }, () => pick(vocabulary)).join(' '),
  }
}

export interface Community {
  readonly contents: readonly Content[]
  readonly scores: readonly Score[]
  /** What a reader who errs never would say, 0–10, by content. */
  readonly truth: ReadonlyMap<string, number>
}

/** @param now event times end here, ms */
export function createCommunity(
  seed: number,
  { contents = 400, authors = 60, now = Date.now() } = {},
): Community {
  const { pick, random, text } = createWriter(seed)
  const names = Array.from({ length: authors }, (_, i) => `author${i}`)
  const written = Array.from({ length: contents }, (_, i) =>
    aContent({
      id: `c${i}`,
      author: pick(names),
      thread: random() < 0.3 ? `t${Math.floor(i / 4)}` : null,
      text: text(),
      at: now - (contents - i) * 60_000,
    }),
  )
  const truth = new Map(written.map(({ id }) => [id, pick([1, 5, 9])]))
  const scores = written.map(({ id, author, at }) =>
    aNicenessScore({ contentId: id, author, eventAt: at }, truth.get(id)!),
  )
  return { contents: written, scores, truth }
}

export function aNicenessScore(changes: Partial<Score>, value: number): Score {
  const label = value < 4 ? 'unkind' : value > 6 ? 'kind' : 'plain'
  const about = aScore({ kind: 'niceness', modelVersion: '1', value, label, reasons: [], ...changes })
  return { ...about, id: `${about.contentId}:${about.revision}:${about.alias}:${about.modelVersion}` }
}

/** Two people's labels of each of these contents, half a point around the truth. */
export function labelsOf(ids: readonly string[], truth: ReadonlyMap<string, number>): Label[] {
  return ids.flatMap((contentId, i) =>
    ['lena', 'mara'].map((labeller, j) =>
      aLabel({
        id: `${contentId}:${labeller}`,
        contentId,
        labeller,
        boxes: [],
        value: Math.min(10, Math.max(0, truth.get(contentId)! + ((i + j) % 2 === 0 ? 0.5 : -0.5))),
      }),
    ),
  )
}

/** Votes of distinct voters on a content. */
export function votesOn(
  contentId: string,
  value: 1 | -1,
  voters: readonly string[],
  accountSince: number | null,
): Vote[] {
  return voters.map(voter =>
    aVote({ id: `${contentId}:${voter}`, contentId, voter, value, accountSince, at: Date.now() }),
  )
}

export function reportOn(
  contentId: string,
  expected: number,
  reporter: string,
  changes: Partial<Report> = {},
): Report {
  return aReport({
    id: `${contentId}:${reporter}`,
    contentId,
    reporter,
    expected,
    at: Date.now(),
    ...changes,
  })
}
