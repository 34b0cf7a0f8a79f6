import { kinds } from '../../../pipelines/kinds.ts'
import type { RawRecord } from '../../../pipelines/runtime/records.ts'
import { processorNames, readsOf } from '../../../pipelines/topology.ts'
import type { Content, Score, Vote } from '../../../schemas/records.ts'
import type { RecordOf, TopicName } from '../../../schemas/topics.ts'
import type { OwnNicr } from '../own-nicr.ts'
import { TEXT_LENGTH_MAX } from './traffic.ts'

/** What lies on the topics after a fault, read once, and what must have come of each record, reckoned without the runtime. */

export type Placed<Value> = { readonly partition: number; readonly offset: number; readonly value: Value }

/** What the processor of a kind must have made of a content record. */
export type Fate = 'SCORE' | 'CLEAR' | 'REJECT' | 'NOTHING'

export interface Ledger {
  readonly raw: { readonly [Topic in 'content' | 'votes' | 'dead-letters']: readonly Lying[] }
  readonly content: readonly Placed<Content>[]
  readonly votes: readonly Placed<Vote>[]
  readonly scores: readonly Placed<Score>[]
  /** Records that nobody can decode. */
  readonly poison: readonly (Lying & { readonly topic: 'content' | 'votes' })[]
}

type Lying = RawRecord & { readonly partition: number }

export async function readLedger(nicr: OwnNicr): Promise<Ledger> {
  const content = await decoded(nicr, 'content')
  const votes = await decoded(nicr, 'votes')
  const scores = await decoded(nicr, 'scores')
  return {
    raw: { content: content.raw, votes: votes.raw, 'dead-letters': await nicr.readRaw('dead-letters') },
    content: content.placed,
    votes: votes.placed,
    scores: scores.placed,
    poison: [
      ...content.poison.map(record => ({ ...record, topic: 'content' as const })),
      ...votes.poison.map(record => ({ ...record, topic: 'votes' as const })),
    ],
  }
}

/** Records of a topic where they lie, and what of it is no record. */
export async function decoded<Topic extends TopicName>(
  nicr: OwnNicr,
  topic: Topic,
): Promise<{ raw: Lying[]; placed: Placed<RecordOf<Topic>>[]; poison: Lying[] }> {
  const codec = nicr.codecs.of(topic)
  const raw = await nicr.readRaw(topic)
  await codec.prepare(raw.map(({ value }) => value))
  const placed: Placed<RecordOf<Topic>>[] = []
  const poison: Lying[] = []
  for (const record of raw) {
    const { partition, offset, value } = record
    const answer = codec.decode(value)
    if (answer.ok) placed.push({ partition, offset, value: answer.value })
    else poison.push(record)
  }
  return { raw, placed, poison }
}

/** By what the record says, and nothing that a model says. */
export function fateOf({ action, text, images }: Content, kind: string): Fate {
  if (action === 'DELETED') return 'CLEAR'
  if (text.length > TEXT_LENGTH_MAX) return 'REJECT'
  if (kinds[kind]!.input === 'TEXT') return 'SCORE'
  if (images.length === 0) return 'NOTHING'
  // The traffic's only other pictures are of a scheme that there is not.
  return images.some(({ ref }) => ref.startsWith('data:')) ? 'SCORE' : 'REJECT'
}

/** The dead letters that processors must have written, one of each: `processor topic/partition/offset`. */
export function lettersDue(ledger: Ledger): string[] {
  const due = ledger.poison.flatMap(({ topic, partition, offset }) =>
    processorNames()
      .filter(name => readsOf(name)!.includes(topic))
      .map(name => `${name} ${topic}/${partition}/${offset}`),
  )
  for (const { partition, offset, value } of ledger.content)
    for (const { kind, processorName } of Object.values(kinds))
      if (fateOf(value, kind) === 'REJECT') due.push(`${processorName} content/${partition}/${offset}`)
  return due.sort()
}

/** The content records that a kind's processor must have answered by a score, each with the score that lies in its place. */
export function scoredPairs(
  ledger: Ledger,
  kind: string,
): { readonly record: Placed<Content>; readonly score: Placed<Score> | undefined }[] {
  const scores = new Map<string, Placed<Score>[]>()
  for (const score of ledger.scores) {
    const { value } = score
    if (value.kind !== kind || value.alias !== 'CHAMPION') continue
    scores.set(value.contentId, [...(scores.get(value.contentId) ?? []), score])
  }
  const taken = new Map<string, number>()
  return ledger.content
    .filter(({ value }) => ['SCORE', 'CLEAR'].includes(fateOf(value, kind)))
    .map(record => {
      const { id } = record.value
      const place = taken.get(id) ?? 0
      taken.set(id, place + 1)
      return { record, score: scores.get(id)?.[place] }
    })
}
