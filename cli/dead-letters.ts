import { readConfig } from '../pipelines/config.ts'
import { type Letter, readLetter } from '../pipelines/dead-letters/letter.ts'
import {
  letterKeyOf,
  type PlanContext,
  placeOfLetterKey,
  planReplay,
  type Replay,
} from '../pipelines/dead-letters/replay-plan.ts'
import { LetterSummary } from '../pipelines/dead-letters/summary.ts'
import { type Filter, parseWhere } from '../pipelines/dead-letters/where.ts'
import { RecordLog } from '../pipelines/runtime/kafka/record-log.ts'
import { Replayer } from '../pipelines/runtime/kafka/replayer.ts'
import { errorTable, NicrError } from '../schemas/errors.ts'
import type { Position } from '../schemas/ids.ts'
import { fullTopicName, shortTopicName } from '../schemas/topics.ts'
import { findAddresses } from './addresses.ts'
import { caller } from './caller.ts'
import { createLog, createServices, processorNames, type Services } from './services.ts'

/** What the commands on dead letters work with: the topic of letters, and a filter. */
export interface LettersDesk {
  readonly services: Services
  readonly log: RecordLog
  /** Full name of the topic that holds the letters. */
  readonly topic: string
  readonly filter: Filter
}

export interface LettersWish {
  /** A topic of dead letters of another tool, by its full name; Nicr's own unless given. */
  readonly topic?: string | undefined
  readonly where?: string | undefined
}

/**
 * Opens the topic of letters for a command.
 * @throws NicrError NICR_INPUT_INVALID for a filter, a name in it or a topic that is none; NICR_KAFKA_UNAVAILABLE
 */
export async function withLetters<T>(wish: LettersWish, work: (desk: LettersDesk) => Promise<T>): Promise<T> {
  const config = readConfig(process.env)
  const { prefix } = config.topics
  const filter = parseWhere(wish.where ?? '', { topicPrefix: prefix, now: Date.now() })
  const services = createServices(config, findAddresses(config), createLog('error'))
  const log = new RecordLog(services.addresses.kafka, services.log)
  const topic = wish.topic ?? fullTopicName(prefix, 'dead-letters')
  try {
    await log.open()
    if (!log.partitions.has(topic))
      throw new NicrError('NICR_INPUT_INVALID', `there is no topic ${topic}; --topic takes its full name`)
    const desk: LettersDesk = { services, log, topic, filter }
    // Of another tool's topic it is not known who writes there.
    if (wish.topic === undefined) await checkNames(desk)
    return await work(desk)
  } finally {
    await log.close()
    await services.close()
  }
}

/**
 * A name that this version does not know and no letter holds is a slip, which an empty answer would hide. Letters may be of a processor
 * that is gone, or of another version.
 * @throws NicrError NICR_INPUT_INVALID, which names the processors there are
 */
async function checkNames(desk: LettersDesk): Promise<void> {
  const known = { processor: processorNames(), code: Object.keys(errorTable) }
  let unknown = desk.filter.names.filter(({ field, isFor }) => !known[field].some(isFor))
  if (unknown.length === 0) return
  for await (const letter of allLetters(desk))
    unknown = unknown.filter(({ field, isFor }) => !isFor(letter[field] ?? ''))
  const [slip] = unknown
  if (slip === undefined) return
  throw slip.refusal(
    slip.field === 'processor'
      ? `there is no such processor; there are ${known.processor.join(', ')}`
      : 'no letter has such a code, and docs/errors.md does not list it',
  )
}

async function* allLetters({ log, topic }: LettersDesk): AsyncGenerator<Letter> {
  for await (const { partition, record } of log.read(topic)) yield readLetter(record, { topic, partition })
}

/** The letters that the filter takes, partition after partition. */
export async function* lettersOf(desk: LettersDesk): AsyncGenerator<Letter> {
  for await (const letter of allLetters(desk)) if (desk.filter.takes(letter)) yield letter
}

/** Letters that were replayed before, without disturbing a replay that runs. */
export async function replayedBefore(desk: LettersDesk): Promise<ReadonlySet<string>> {
  const replayer = replayerOf(desk)
  try {
    return await replayer.open({ fence: false })
  } finally {
    await replayer.close()
  }
}

export interface Listed {
  readonly summary: LetterSummary
  /** The last letters of each partition, in their order; at most as many as asked for. */
  readonly letters: readonly { readonly letter: Letter; readonly replayed: boolean }[]
}

/** Counts letters, and keeps the newest `keep` of them. */
export async function listLetters(desk: LettersDesk, keep: number): Promise<Listed> {
  const replayed = await replayedBefore(desk)
  const summary = new LetterSummary()
  let letters: { letter: Letter; replayed: boolean }[] = []
  const newest = () => letters.sort((left, right) => right.letter.at - left.letter.at).slice(0, keep)
  for await (const letter of lettersOf(desk)) {
    const isReplayed = replayed.has(letterKeyOf(letter))
    summary.add(letter, isReplayed)
    if (keep === 0) continue
    letters.push({ letter, replayed: isReplayed })
    // Trimmed now and then, so that a long topic is not held in memory.
    if (letters.length >= keep * 2) letters = newest()
  }
  return { summary, letters: newest() }
}

/** @throws NicrError NICR_INPUT_INVALID if there is no letter at the place */
export async function letterAt(
  { log, topic }: LettersDesk,
  { partition, offset }: Omit<Position, 'topic'>,
): Promise<Letter> {
  const record = await log.readAt({ topic, partition, offset })
  if (record === null)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${topic} holds no letter at ${partition}:${offset}; \`nicr dlq list --each\` shows their places`,
    )
  return readLetter(record, { topic, partition })
}

/** A letter's value as its topic describes it, as text, or neither. */
export type ReadableValue =
  | { readonly record: unknown }
  | { readonly text: string; readonly why: string }
  | { readonly bytes: number; readonly why: string }

/** Decodes what can be decoded, and says why the rest cannot. */
export async function readableValue({ services }: LettersDesk, letter: Letter): Promise<ReadableValue> {
  const { value, origin } = letter
  const own = origin === null ? null : shortTopicName(services.config.topics.prefix, origin.topic)
  let why = 'its topic is none of Nicr’s'
  if (own !== null && own !== 'dead-letters') {
    const decode = await services.codecs.of(own).prepare([value])
    const decoded = decode(value)
    if (decoded.ok) return { record: decoded.value }
    why = `${decoded.code}: ${decoded.detail}`
  }
  if (letter.omitted !== null) why = `left behind (${letter.omitted}); it may still lie where it lay`
  if (value === null) return { bytes: 0, why }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(value), why }
  } catch {
    return { bytes: value.length, why }
  }
}

export interface ReplayWish {
  readonly dryRun: boolean
  /** Whom the replays are for, whatever the letters say. */
  readonly for?: string | undefined
  /** Told of each letter that cannot be replayed, and of each that is (dry runs: would be). */
  readonly onLetter: (letter: Letter, fate: { readonly to: Replay } | { readonly refused: string }) => void
}

export interface ReplayReport {
  readonly dryRun: boolean
  /** Letters that the filter took. */
  matched: number
  /** Written by this call; in a dry run those that would be. */
  replayed: number
  /** Replayed by an earlier call. */
  before: number
  refused: number
}

/** @throws NicrError NICR_INPUT_INVALID where Nicr's own letters are to go to a processor that there is not */
function checkMeant({ services, topic }: LettersDesk, meant: string | undefined): void {
  const isOwn = topic === fullTopicName(services.config.topics.prefix, 'dead-letters')
  if (meant === undefined || !isOwn || processorNames().includes(meant)) return
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `--for ${meant}: there is no such processor; there are ${processorNames().join(', ')}`,
  )
}

/** Letters read before the first of them are written. */
const LETTERS_AT_ONCE = 500
const BYTES_AT_ONCE = 16 * 1024 * 1024

/**
 * Replays letters to the processor that each is meant for, each once however often it is asked.
 * @throws NicrError NICR_REPLAY_FENCED, NICR_KAFKA_UNAVAILABLE: what was written until then is noted
 */
export async function replayLetters(desk: LettersDesk, wish: ReplayWish): Promise<ReplayReport> {
  checkMeant(desk, wish.for)
  const report: ReplayReport = { dryRun: wish.dryRun, matched: 0, replayed: 0, before: 0, refused: 0 }
  const replayer = replayerOf(desk)
  try {
    const replayed = await replayer.open({ fence: !wish.dryRun })
    const context: PlanContext = {
      partitionsOf: topic => desk.log.partitions.get(topic),
      replayed,
      processors: new Set(processorNames()),
      readAt: place => desk.log.readAt(place),
      for: wish.for,
    }
    let due: { letter: Letter; replay: Replay }[] = []
    let bytes = 0
    const flush = async () => {
      const { tooLarge } = wish.dryRun
        ? { tooLarge: [] }
        : await replayer.write(due.map(({ replay }) => replay))
      for (const { letter, replay } of due)
        if (tooLarge.some(one => one.letterKey === replay.letterKey)) {
          report.refused++
          wish.onLetter(letter, { refused: `${replay.topic} does not take it: too large` })
        } else {
          report.replayed++
          wish.onLetter(letter, { to: replay })
        }
      due = []
      bytes = 0
    }
    for await (const letter of lettersOf(desk)) {
      report.matched++
      const planned = await planReplay(letter, context)
      if ('skipped' in planned) report.before++
      else if ('refused' in planned) {
        report.refused++
        wish.onLetter(letter, planned)
      } else {
        due.push({ letter, replay: planned.replay })
        bytes += letter.value?.length ?? 0
        if (due.length >= LETTERS_AT_ONCE || bytes >= BYTES_AT_ONCE) await flush()
      }
    }
    await flush()
    if (!wish.dryRun) await replayer.forget(await goneOf(desk, replayed))
    return report
  } finally {
    await replayer.close()
  }
}

/** Notes about letters of this topic that retention has deleted. */
async function goneOf({ log, topic }: LettersDesk, replayed: ReadonlySet<string>): Promise<string[]> {
  const starts = await log.startsOf(topic)
  return [...replayed].filter(key => {
    const place = placeOfLetterKey(key)
    if (place === null || place.topic !== topic) return false
    const start = starts.get(place.partition)
    return start !== undefined && place.offset < start
  })
}

function replayerOf({ services, log }: LettersDesk): Replayer {
  const { config, addresses } = services
  return new Replayer({
    kafka: { ...addresses.kafka, clientId: `${addresses.kafka.clientId}-replay` },
    topicPrefix: config.topics.prefix,
    log: services.log,
    partitions: log.partitions,
    by: caller(),
    now: () => Date.now(),
  })
}
