import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { readJsonLines } from '../../pipelines/jsonl.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import { type BadRow, type ScoredRow, scoreRows } from '../../pipelines/score-rows.ts'
import { NicrError } from '../../schemas/errors.ts'

interface ScoreOptions {
  readonly kind: string
  readonly model?: string
  readonly field: string
  readonly json: boolean
}

export function addScoreCommand(program: Command): void {
  program
    .command('score')
    .description('score the rows of a JSON-lines file offline; without --json a line for people')
    .argument('<file>', '.jsonl or .jsonl.gz with a `text` in each row')
    .requiredOption('--kind <kind>', 'model kind, such as niceness')
    .option('--model <reference>', 'version, such as niceness@1; the champion unless given')
    .option('--field <name>', 'field that holds the text', 'text')
    .option(
      '--json',
      'one JSON object a row: id, score, label, reasons (each with its weight, and the score without it)',
      false,
    )
    .action(scoreFile)
}

async function scoreFile(
  file: string,
  { kind: name, model: reference, field, json }: ScoreOptions,
): Promise<void> {
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  const model = await loadModel(
    reference === undefined
      ? `${name}@champion`
      : reference.includes('@')
        ? reference
        : `${name}@${reference}`,
  )
  if (model.card.kind !== name)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `--model ${reference} is of kind ${model.card.kind}, not ${name}`,
    )
  let bad = 0
  for await (const row of scoreRows(kind, model, readJsonLines(file), {
    textField: field,
    textLengthMax: config.textLengthMax,
  })) {
    if ('error' in row) {
      bad++
      process.stderr.write(`nicr: ${file}: ${badRowText(row)}\n`)
    } else if (!process.stdout.write(json ? `${JSON.stringify(row)}\n` : `${rowText(row)}\n`))
      await drained(process.stdout)
  }
  await model.close()
  if (bad > 0)
    throw new NicrError(
      'NICR_INPUT_INVALID',
      `${bad} ${bad === 1 ? 'row' : 'rows'} of ${file} could not be scored; the others were`,
    )
}

function drained(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise(resolve => stream.once('drain', resolve))
}

export function badRowText({ line, error }: BadRow): string {
  return `line ${line}: ${error}`
}

function rowText({ id, score, label, reasons, status }: ScoredRow): string {
  if (score === null) return `${id}\t-\t${status ?? ''}`
  const why = reasons.map(reason => `${reason.text ?? ''}${reason.weight < 0 ? '−' : '+'}`).join(' ')
  return `${id}\t${score.toFixed(2)}\t${label}\t${why}`
}
