import { expect } from 'vitest'
import { kinds } from '../../../pipelines/kinds.ts'
import { SINK_NAME } from '../../../pipelines/runtime/kafka/sink-runner.ts'
import { headerText } from '../../../pipelines/runtime/records.ts'
import type { OwnNicr } from '../own-nicr.ts'
import { clickhouseDisagreements } from './clickhouse-agrees.ts'
import { fateOf, type Ledger, lettersDue, readLedger, scoredPairs } from './ledger.ts'
import { profileFaults } from './profiles-add-up.ts'
import type { Acknowledged } from './traffic.ts'

/** What is said of a broken invariant is cut here: the first few tell. */
const TOLD_MAX = 12

/** What was done, for messages: `NICR_TEST_SEED=<seed>` does it again. */
export interface FaultContext {
  readonly seed: number
  readonly fault: string
}

/**
 * Fails unless, after a fault and once everything has been read:
 * every record that the broker acknowledged lies on its topic;
 * every content record has exactly one score of each kind that applies, in the order of the log, or exactly one dead letter;
 * ClickHouse holds what the topics hold;
 * the profiles add up to the scored records.
 * Memory is asserted apart (`memory.ts`), for it is a matter of processes and not of records.
 */
export async function expectNothingLost(
  nicr: OwnNicr,
  acknowledged: readonly Acknowledged[],
  context: FaultContext,
): Promise<void> {
  const ledger = await readLedger(nicr)
  const broken = {
    'acknowledged, and not on the topic': lostOf(ledger, acknowledged),
    'scores of a content are not those of its records': scoreFaults(ledger),
    'dead letters': letterFaults(nicr, ledger),
    'ClickHouse does not agree with the topics': await clickhouseDisagreements(nicr, ledger),
    'profiles do not add up': await profileFaults(nicr, ledger),
  }
  const told = Object.fromEntries(
    Object.entries(broken)
      .filter(([, faults]) => faults.length > 0)
      .map(([what, faults]) => [`${what} (${faults.length})`, faults.slice(0, TOLD_MAX)]),
  )
  expect({ ...context, contents: ledger.content.length, ...told }).toEqual({
    ...context,
    contents: ledger.content.length,
  })
}

function lostOf(ledger: Ledger, acknowledged: readonly Acknowledged[]): string[] {
  const lying = new Map(
    (['content', 'votes'] as const).flatMap(topic =>
      ledger.raw[topic].map(
        ({ partition, offset, key }) => [`${topic}/${partition}/${offset}`, String(key)] as const,
      ),
    ),
  )
  return acknowledged
    .filter(({ topic, partition, offset, key }) => lying.get(`${topic}/${partition}/${offset}`) !== key)
    .map(({ topic, partition, offset, key }) => `${key} at ${topic}/${partition}/${offset}`)
}

/** A content's records and scores lie on one partition each, so their sequences must be the same. */
function scoreFaults(ledger: Ledger): string[] {
  const faults: string[] = []
  for (const kind of Object.keys(kinds)) {
    const due = new Map<string, string[]>()
    const has = new Map<string, string[]>()
    const add = (to: Map<string, string[]>, id: string, what: string) =>
      to.set(id, [...(to.get(id) ?? []), what])
    for (const { value } of ledger.content) {
      const fate = fateOf(value, kind)
      if (fate === 'SCORE' || fate === 'CLEAR') add(due, value.id, `${value.revision} ${fate}`)
    }
    for (const { value } of ledger.scores)
      if (value.kind === kind && value.alias === 'CHAMPION')
        add(has, value.contentId, `${value.revision} ${value.status === 'CLEARED' ? 'CLEAR' : 'SCORE'}`)
    for (const id of new Set([...due.keys(), ...has.keys()])) {
      const [wanted, found] = [due.get(id)?.join(', ') ?? 'none', has.get(id)?.join(', ') ?? 'none']
      if (wanted !== found) faults.push(`${kind} of ${id}: due ${wanted}; there ${found}`)
    }
    // A pair of sequences that match says which score is of which record: that must be of the same record's language and text.
    for (const { record, score } of scoredPairs(ledger, kind))
      if (score !== undefined && score.value.author !== record.value.author)
        faults.push(`${kind} of ${record.value.id}: another author`)
  }
  return faults
}

/** Processors write each letter once; the sink, which writes at least once, may repeat its own. */
function letterFaults(nicr: OwnNicr, ledger: Ledger): string[] {
  const found: string[] = []
  const ofSink = new Set<string>()
  for (const { headers } of ledger.raw['dead-letters']) {
    const topic = headerText(headers, '__connect.errors.topic') ?? ''
    const short = topic.slice(nicr.config.topics.prefix.length)
    const processor = headerText(headers, 'nicr-processor') ?? ''
    const place = `${short}/${headerText(headers, '__connect.errors.partition')}/${headerText(headers, '__connect.errors.offset')}`
    if (processor === SINK_NAME) ofSink.add(place)
    else found.push(`${processor} ${place}`)
  }
  const sinkDue = ledger.poison.map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`)
  return [
    ...differences(lettersDue(ledger), found),
    ...differences(sinkDue, [...ofSink]).map(fault => `${SINK_NAME} ${fault}`),
  ]
}

/** What one list has and the other has not, or not as often. */
export function differences(due: readonly string[], found: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const one of due) counts.set(one, (counts.get(one) ?? 0) + 1)
  for (const one of found) counts.set(one, (counts.get(one) ?? 0) - 1)
  return [...counts]
    .filter(([, count]) => count !== 0)
    .map(([one, count]) => (count > 0 ? `missing ${count} of ${one}` : `${-count} too many of ${one}`))
}
