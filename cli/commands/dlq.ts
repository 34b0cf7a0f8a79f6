import { type Command, InvalidArgumentError } from 'commander'
import type { Letter } from '../../pipelines/dead-letters/letter.ts'
import { letterKeyOf } from '../../pipelines/dead-letters/replay-plan.ts'
import { whereFields } from '../../pipelines/dead-letters/where.ts'
import type { RawHeader } from '../../pipelines/runtime/records.ts'
import { NicrError } from '../../schemas/errors.ts'
import {
  type LettersWish,
  type Listed,
  letterAt,
  listLetters,
  type ReadableValue,
  type ReplayReport,
  readableValue,
  replayedBefore,
  replayLetters,
  withLetters,
} from '../dead-letters.ts'

/** Letters shown by `list --each`, and named by `replay`, unless said otherwise. */
const SHOWN_MAX = 100
const WHERE = [
  '--where <filter>',
  `such as "code=NICR_SCHEMA_UNKNOWN and since=2h"; fields: ${whereFields.join(', ')}`,
] as const
const TOPIC = [
  '--topic <name>',
  'dead letters of Kafka Connect or Kafka Streams: the full name of their topic',
] as const

export function addDlqCommand(program: Command): void {
  const dlq = program
    .command('dlq')
    .description('dead letters: records that could not be used; what there is, why, and once more')
  dlq
    .command('list')
    .description('how many letters there are, by code, processor and topic, and since when')
    .option(...WHERE)
    .option(...TOPIC)
    .option('--each', 'the newest letters too, one a line', false)
    .option('--limit <n>', `with --each: at most so many (${SHOWN_MAX})`, parseCount, SHOWN_MAX)
    .option('--json', 'one JSON object', false)
    .action(list)
  dlq
    .command('show')
    .description('one letter: why, its headers, and its value where that can be read')
    .argument('<place>', 'PARTITION:OFFSET, as `list --each` names it', parsePlace)
    .option(...TOPIC)
    .option('--json', 'one JSON object; key, value and headers in base64', false)
    .action(show)
  dlq
    .command('replay')
    .description(
      'records back to their topics, as they were, for the processor that failed; each once, however often it is asked; all letters without --where',
    )
    .option(...WHERE)
    .option(...TOPIC)
    .option('--for <processor>', 'who is meant, whatever the letters say')
    .option('--dry-run', 'say what would be replayed, and write nothing', false)
    .option('--json', 'one JSON object', false)
    .action(replay)
}

interface ListOptions extends LettersWish {
  readonly each: boolean
  readonly limit: number
  readonly json: boolean
}

async function list({ each, limit, json, ...wish }: ListOptions): Promise<void> {
  const listed = await withLetters(wish, desk => listLetters(desk, each ? limit : 0))
  if (json) return print(JSON.stringify(listedJson(listed, each)))
  for (const { count, replayed, code, processor, topic, first, last } of listed.summary.groups)
    print(
      `${String(count).padStart(7)} ${named(code)}  ${named(processor)}  ${named(topic)}  ${span(first, last)}${
        replayed > 0 ? `  (${replayed} replayed)` : ''
      }`,
    )
  for (const { letter, replayed } of listed.letters)
    print(letterLine(letter) + (replayed ? '  (replayed)' : ''))
  if (listed.summary.count === 0) process.stderr.write('no dead letters\n')
}

function listedJson({ summary, letters }: Listed, each: boolean): object {
  const groups = summary.groups.map(group => ({
    ...group,
    first: isoTime(group.first),
    last: isoTime(group.last),
  }))
  return {
    count: summary.count,
    groups,
    ...(each && { letters: letters.map(({ letter, replayed }) => ({ ...letterJson(letter), replayed })) }),
  }
}

async function show(
  place: { partition: number; offset: number },
  { json, ...wish }: LettersWish & { json: boolean },
): Promise<void> {
  const { letter, value, replayed } = await withLetters(wish, async desk => {
    const found = await letterAt(desk, place)
    const before = await replayedBefore(desk)
    return {
      letter: found,
      value: await readableValue(desk, found),
      replayed: before.has(letterKeyOf(found)),
    }
  })
  if (json) {
    const headers = (list: readonly RawHeader[]) =>
      list.map(([name, bytes]) => ({ name, value: bytes?.toString('base64') ?? null }))
    const raw = { headers: headers(letter.headers), added: headers(letter.added), omitted: letter.omitted }
    const bytes = {
      key: letter.key?.toString('base64') ?? null,
      value: letter.value?.toString('base64') ?? null,
    }
    return print(
      JSON.stringify({ ...letterJson(letter), ...bytes, ...raw, ...value, replayed }, plainNumbers),
    )
  }
  print(letterLine(letter) + (replayed ? '  (replayed)' : ''))
  if (letter.replayOf !== null) print(`replay of ${placeText(letter.replayOf)}`)
  print(`key    ${letter.key === null ? '(none)' : said(letter.key)}`)
  for (const [name, bytes] of letter.headers)
    print(`header ${named(name)}: ${bytes === null ? '(null)' : said(bytes)}`)
  for (const [name, bytes] of letter.added)
    print(`added  ${named(name)}: ${bytes === null ? '(null)' : said(bytes)}`)
  print(valueText(value))
}

async function replay({
  json,
  dryRun,
  for: meant,
  ...wish
}: LettersWish & { json: boolean; dryRun: boolean; for?: string }): Promise<void> {
  let shown = 0
  const say = (line: string) => {
    if (!json && shown++ < SHOWN_MAX) print(line)
  }
  const report = await withLetters(wish, desk =>
    replayLetters(desk, {
      dryRun,
      for: meant,
      onLetter: (letter, fate) =>
        say(
          'refused' in fate
            ? `${placeText(letter.place)} stays: ${fate.refused}`
            : `${placeText(letter.place)} → ${fate.to.topic}/${fate.to.partition} for ${fate.to.processor}`,
        ),
    }),
  )
  if (shown > SHOWN_MAX) print(`… and ${shown - SHOWN_MAX} more`)
  print(json ? JSON.stringify(report) : reportText(report))
  if (!json && !dryRun && report.replayed > 0)
    print('one that fails again is a new letter: `nicr dlq list --where since=1m` shows those')
  if (report.refused > 0)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${counted(report.refused)} cannot be replayed; above it says why`,
    )
}

function reportText({ dryRun, matched, replayed, before }: ReplayReport): string {
  const earlier = before > 0 ? `, ${before} were replayed before` : ''
  return `${counted(replayed)} of ${matched} ${dryRun ? 'would be replayed' : 'replayed'}${earlier}`
}

function letterLine(letter: Letter): string {
  const { place, at, code, processor, origin, key, detail } = letter
  const from = origin === null ? 'from where, it does not say' : `from ${placeText(origin)}`
  const name = key === null ? '' : ` key ${said(key, KEY_SHOWN)}`
  const whom = processor ?? 'whom, it does not say'
  return `${place.partition}:${place.offset}  ${isoTime(at)}  ${named(code)}  ${named(whom)}  ${from}${name}  ${named(detail.slice(0, DETAIL_SHOWN))}`
}

const KEY_SHOWN = 60
const DETAIL_SHOWN = 200
const VALUE_SHOWN = 20_000

function letterJson({ place, at, writer, code, detail, processor, origin, replayOf, key }: Letter): object {
  const readableKey = key?.toString('utf8') ?? null
  return { place, at: isoTime(at), writer, code, detail, processor, origin, replayOf, keyText: readableKey }
}

function valueText(value: ReadableValue): string {
  if ('record' in value) return `value  ${block(JSON.stringify(value.record, plainNumbers, 2))}`
  if ('text' in value)
    return `value  not a record (${named(value.why)}), but text:\n${block(value.text.slice(0, VALUE_SHOWN))}`
  return `value  ${value.bytes} bytes that cannot be read: ${named(value.why)}`
}

/** Bytes inside of records, and whole numbers beyond those of JSON. */
function plainNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}

/** Bytes as text, without what would move a terminal's cursor. */
function said(bytes: Buffer, lengthMax = VALUE_SHOWN): string {
  return named(bytes.toString('utf8').slice(0, lengthMax))
}

function named(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]/gu, char => `\\u{${char.codePointAt(0)!.toString(16)}}`)
}

/** The same for several lines. */
function block(text: string): string {
  return text.split('\n').map(named).join('\n')
}

function placeText({
  topic,
  partition,
  offset,
}: {
  topic: string
  partition: number
  offset: number
}): string {
  return `${named(topic)}/${partition}:${offset}`
}

function span(first: number, last: number): string {
  return first === last ? isoTime(first) : `${isoTime(first)} to ${isoTime(last)}`
}

function counted(n: number): string {
  return `${n} ${n === 1 ? 'letter' : 'letters'}`
}

function isoTime(at: number): string {
  return new Date(at).toISOString()
}

function parseCount(value: string): number {
  if (!/^[1-9]\d{0,3}$/.test(value)) throw new InvalidArgumentError('a whole number from 1 to 9999.')
  return Number(value)
}

function parsePlace(value: string): { partition: number; offset: number } {
  const place = /^(\d{1,9}):(\d{1,15})$/.exec(value)
  if (place === null) throw new InvalidArgumentError('PARTITION:OFFSET, such as 0:17.')
  return { partition: Number(place[1]), offset: Number(place[2]) }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
