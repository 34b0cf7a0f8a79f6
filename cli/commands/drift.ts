import type { Command } from 'commander'
import { type FileAlarm, FileDrift, REFERENCE_ROWS_MAX } from '../../pipelines/drift-file.ts'
import { createDriftRowReader, type DriftRow } from '../../pipelines/drift-rows.ts'
import { readJsonLineBatches } from '../../pipelines/jsonl.ts'
import { REFERENCE_RECORDS } from '../../processors/drift/monitor.ts'
import { type BadRows, createBadRows } from '../bad-rows.ts'

interface DriftOptions {
  readonly input: string
  readonly reference?: string
  readonly json: boolean
}

type GoodRow = Exclude<DriftRow, { error: string }> & { readonly row: number }

export function addDriftCommand(program: Command): void {
  program
    .command('drift')
    .description('run the live drift detectors over a file; a line an alarm, nothing where nothing changed')
    .requiredOption(
      '--input <file>',
      'rows {"at", "<feature>": number, …} or {"id", "at", "text"}, oldest first',
    )
    .option(
      '--reference <file>',
      `rows to compare with; the first ${REFERENCE_RECORDS} of the input unless given`,
    )
    .option(
      '--json',
      'one JSON object an alarm: feature, row (0-based), method, statistic, contributors, …',
      false,
    )
    .addHelpText(
      'after',
      '\nRows with a probability (`probability`, `score` or `p`) and a `label` (or `y`) of 0 or 1 are watched for scores that the truth left.',
    )
    .action(driftOfFile)
}

async function driftOfFile({ input, reference, json }: DriftOptions): Promise<void> {
  const bad = createBadRows()
  const drift = new FileDrift(reference === undefined ? null : await readReference(reference, bad))
  let rows = 0
  let alarms = 0
  const say = (found: readonly FileAlarm[]) => {
    for (const alarm of found) {
      alarms++
      process.stdout.write(json ? `${JSON.stringify(alarm)}\n` : `${alarmText(alarm)}\n`)
    }
  }
  for await (const batch of goodRows(input, bad))
    for (const row of batch) {
      rows = row.row + 1
      say(drift.add(row))
    }
  say(drift.end())
  if (!drift.isReady && rows > 0)
    process.stderr.write(
      `nicr: ${input} has ${rows} rows and the first ${REFERENCE_RECORDS} are the reference: nothing was compared; give --reference\n`,
    )
  if (drift.unknownFeatures.size > 0)
    process.stderr.write(
      `nicr: not in the reference, so not watched: ${[...drift.unknownFeatures].map(printable).join(', ')}\n`,
    )
  for (const { name, lastRow } of drift.goneFeatures())
    process.stderr.write(
      `nicr: ${printable(name)} is in the reference, but in no row ${lastRow < 0 ? 'of the input' : `after row ${lastRow}`}: nothing is said of it\n`,
    )
  if (!json && alarms === 0 && drift.isReady) process.stdout.write(`nothing drifts in ${rows} rows\n`)
  if (rows === 0 && bad.count === 0) process.stderr.write(`nicr: ${input} holds no rows\n`)
  bad.refuse('read', rows)
}

async function readReference(file: string, bad: BadRows): Promise<GoodRow[]> {
  const rows: GoodRow[] = []
  for await (const batch of goodRows(file, bad)) {
    rows.push(...batch)
    if (rows.length < REFERENCE_ROWS_MAX) continue
    process.stderr.write(`nicr: of ${file} the first ${REFERENCE_ROWS_MAX} rows are the reference\n`)
    return rows.slice(0, REFERENCE_ROWS_MAX)
  }
  return rows
}

/** Rows are counted with the bad ones among them, so a row's number is its place in the file, blank lines apart. */
async function* goodRows(file: string, bad: BadRows): AsyncGenerator<GoodRow[]> {
  const read = createDriftRowReader()
  let next = 0
  for await (const lines of readJsonLineBatches(file)) {
    const rows: GoodRow[] = []
    for (const line of lines) {
      const row = read(line)
      const number = next++
      if (!('error' in row)) rows.push({ ...row, row: number })
      else bad.complain(file, `line ${row.line}`, row.error)
    }
    yield rows
  }
}

/** A name as a terminal may show it: a file decides neither on lines nor on colours. */
function printable(name: string): string {
  return /\p{Cc}/u.test(name) ? JSON.stringify(name) : name
}

function alarmText(alarm: FileAlarm): string {
  const { feature, row, method, statistic, threshold, contributors } = alarm
  const since = new Date(alarm.changedAt).toISOString()
  const why = contributors.map(({ name }) => printable(name)).join(', ')
  return `row ${row}\t${printable(feature)}\tsince ${since}\t${method} ${statistic.toPrecision(3)} (limit ${threshold.toPrecision(3)})\t${why}`
}
