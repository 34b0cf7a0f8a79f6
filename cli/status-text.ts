import type { LoopStatus } from './loop.ts'
import type { Status } from './status.ts'

const NAME_WIDTH = 18

/** Status for people: what is wrong is in capitals. */
export function statusText(status: Status): string {
  const lines = [
    ...partLines(status),
    '',
    ...groupLines(status),
    '',
    ...Object.entries(status.models).map(([kind, version]) =>
      line(kind, version === null ? 'live version not known' : `${kind}@${version}`),
    ),
    ...(status.loop?.flatMap(loopLines) ?? [line('retraining', 'not known')]),
    '',
    ...letterLines(status.deadLetters),
  ]
  return `${lines.join('\n')}\n`
}

function partLines({ parts, notReady }: Status): string[] {
  return [
    ...Object.entries(parts).map(([part, { ready, detail }]) =>
      line(part, `${ready ? 'ready' : 'AWAY '} ${detail}`),
    ),
    ...(notReady ?? []).map(({ part, needed, since, detail }) =>
      line('', `${needed ? 'NOT READY' : 'without'} ${part} since ${since}: ${detail}`),
    ),
  ]
}

function groupLines({ lag, members }: Status): string[] {
  return Object.entries(members).map(([name, count]) => {
    const behind = lag[name]
    const said = [
      ...(behind === undefined ? [] : [behind === null ? 'nothing read yet' : behindText(behind)]),
      ...(count === null
        ? []
        : [count === 0 ? 'NO MEMBER' : `${count} ${count === 1 ? 'member' : 'members'}`]),
    ]
    return line(name, said.length === 0 ? 'not known' : said.join(', '))
  })
}

function behindText(records: number): string {
  return records === 0 ? 'caught up' : `${records} ${records === 1 ? 'record' : 'records'} behind`
}

function loopLines({ kind, paused, requests }: LoopStatus): string[] {
  return [
    ...(paused === null
      ? []
      : [line(kind, `PAUSED by ${paused.by || 'unknown'}: ${paused.reason || 'no reason given'}`)]),
    ...requests.map(({ request, last }) =>
      line(kind, `${last?.step ?? 'REQUESTED'} (${request.policy}): ${last?.detail ?? request.reason}`),
    ),
  ]
}

function letterLines(letters: Status['deadLetters']): string[] {
  if (letters === null) return [line('dead letters', 'not known')]
  if (letters.length === 0) return [line('dead letters', 'none in the last hour')]
  return [
    ...letters.map(({ processor, code, count, lastAt }) =>
      line('dead letters', `${count} in the last hour: ${processor} ${code}, the last at ${lastAt}`),
    ),
    line('', 'what they are, and once more: `nicr dlq list`, `nicr dlq replay`'),
  ]
}

function line(name: string, says: string): string {
  return `${name.padEnd(NAME_WIDTH)} ${says}`
}
