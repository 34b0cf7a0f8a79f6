import { dirname } from 'node:path'
import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { loadModelFolder, registryOf } from '../../pipelines/model-registry.ts'
import { type ScoredRow, scoreRows } from '../../pipelines/score-rows.ts'
import { createBadRows } from '../bad-rows.ts'
import { IMAGE_FIELD_OPTION, openSightFor } from '../file-sight.ts'
import { findModelFolder, MODEL_OPTION } from '../model-folder.ts'

interface ScoreOptions {
  readonly kind: string
  readonly model?: string
  readonly field: string
  readonly imageField: string
  readonly json: boolean
}

export function addScoreCommand(program: Command): void {
  program
    .command('score')
    .description('score the rows of a JSON-lines file offline; without --json a line for people')
    .argument(
      '<file>',
      '.jsonl or .jsonl.gz with a `text` in each row, or an `image` for kinds that look at pictures',
    )
    .requiredOption('--kind <kind>', 'model kind, such as niceness')
    .option(...MODEL_OPTION)
    .option('--field <name>', 'field that holds the text', 'text')
    .option(...IMAGE_FIELD_OPTION)
    .option(
      '--json',
      'one JSON object a row: id, score, label, reasons (each with its weight, and the score without it)',
      false,
    )
    .action(scoreFile)
}

async function scoreFile(
  file: string,
  { kind: name, model: reference, field, imageField, json }: ScoreOptions,
): Promise<void> {
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  const model = await loadModelFolder(await findModelFolder(kind, reference, config), registryOf(config))
  const sight = await openSightFor(kind, config)
  let rows = 0
  const bad = createBadRows()
  let pictureless = 0
  try {
    for await (const row of scoreRows(kind, model, readJsonLines(file), {
      textField: field,
      textLengthMax: config.textLengthMax,
      imageField,
      look: sight?.from(dirname(file)),
    })) {
      rows++
      if ('error' in row) {
        bad.complain(file, `line ${row.line}`, row.error)
        continue
      }
      if (row.status === 'NOT_APPLICABLE') pictureless++
      if (!process.stdout.write(json ? `${JSON.stringify(row)}\n` : `${rowText(row)}\n`))
        await drained(process.stdout)
    }
  } finally {
    await sight?.close()
    await model.close()
  }
  if (rows === 0) process.stderr.write(`nicr: ${file} holds no rows\n`)
  else if (pictureless === rows)
    process.stderr.write(
      `nicr: no row of ${file} has a field ${imageField}; --image-field names the one that holds the path\n`,
    )
  bad.refuse('scored', rows - bad.count)
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => stream.once('drain', resolve))
}

function rowText({ id, score, label, reasons, status }: ScoredRow): string {
  if (score === null) return `${id}\t-\t${status ?? ''}`
  const why = reasons
    .map(
      reason =>
        `${reason.text ?? (reason.source === 'IMAGE' ? '(looks)' : '')}${reason.weight < 0 ? '−' : '+'}`,
    )
    .join(' ')
  return `${id}\t${score.toFixed(2)}\t${label}\t${why}`
}
