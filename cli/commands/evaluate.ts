import { dirname } from 'node:path'
import type { Command } from 'commander'
import { type Evaluation, evaluateFiles, type Figures } from '../../jobs/evaluate.ts'
import { scorePicturesBy, seeSuites } from '../../jobs/picture-suites.ts'
import type { SuiteResult } from '../../jobs/suite-measures.ts'
import { runSuites, scoreTextsBy, suitesOf } from '../../jobs/suites.ts'
import { readConfig } from '../../pipelines/config.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { loadModelFolder, registryOf } from '../../pipelines/model-registry.ts'
import { IMAGE_FIELD_OPTION, openSightFor } from '../file-sight.ts'
import { findModelFolder, MODEL_OPTION } from '../model-folder.ts'
import { createProgressLine } from '../progress-line.ts'

interface EvaluateCommandOptions {
  readonly kind: string
  readonly data: readonly string[]
  readonly model?: string
  readonly field: string
  readonly imageField: string
  readonly json: boolean
}

export function addEvaluateCommand(program: Command): void {
  program
    .command('evaluate')
    .description('measure a model on labelled rows, next to baselines; nothing is fitted to the rows')
    .requiredOption('--kind <kind>', 'model kind, such as niceness')
    .requiredOption(
      '--data <files...>',
      '.jsonl or .jsonl.gz with `text` (`image` for kinds that look at pictures) and the label: `niceness` or `label`',
    )
    .option(...MODEL_OPTION)
    .option('--field <name>', 'field that holds the text', 'text')
    .option(...IMAGE_FIELD_OPTION)
    .option('--json', 'one JSON object of figures', false)
    .action(evaluate)
}

async function evaluate(options: EvaluateCommandOptions): Promise<void> {
  const { kind: name, data, model: reference, field, imageField, json } = options
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  const model = await loadModelFolder(await findModelFolder(kind, reference, config), registryOf(config))
  const sight = await openSightFor(kind, config)
  const progress = createProgressLine(process.stderr, rows => `${rows} rows measured`)
  try {
    const { sets, all } = await evaluateFiles({
      kind,
      model,
      files: data,
      textField: field,
      textLengthMax: config.textLengthMax,
      imageField,
      ...(sight && { lookFrom: (file: string) => sight.from(dirname(file)) }),
      onProgress: rows => progress.show(rows),
    })
    const suites = await suitesOf(name)
    const score =
      sight === null
        ? scoreTextsBy(kind, model)
        : scorePicturesBy(
            kind,
            model,
            await seeSuites(suites, path => sight.from(dirname(path))({ ref: path })),
          )
    const results = await runSuites(kind, suites, score)
    progress.clear()
    const used = `${name}@${model.card.version}`
    const named = sets.map((set, i) => ({ name: data[i]!, set }))
    if (json)
      process.stdout.write(`${JSON.stringify({ ...toJson(used, named, all), ...suitesJson(results) })}\n`)
    else {
      for (const one of named) process.stdout.write(tableText(`${used} on ${one.name}`, one.set))
      if (named.length > 1) process.stdout.write(tableText(`${used} on all of them`, all))
      process.stdout.write(suitesText(`${used} on the suites of the kind`, results))
    }
  } finally {
    progress.clear()
    await sight?.close()
    await model.close()
  }
}

type NamedSet = { readonly name: string; readonly set: Evaluation }

/** One file: its figures at the top. Several: those of each under `sets`, and of all rows together under `all`. */
function toJson(model: string, sets: readonly NamedSet[], all: Evaluation) {
  if (sets.length === 1) return { model, data: sets[0]!.name, ...flat(all) }
  return { model, sets: sets.map(({ name, set }) => ({ data: name, ...flat(set) })), all: flat(all) }
}

type Suites = Readonly<Record<string, SuiteResult>>

/** Nothing for a kind without suites. */
function suitesJson(suites: Suites) {
  return Object.keys(suites).length === 0 ? {} : { suites }
}

/** A line a suite: its figure, the bar it is held to, and whether it passed. */
function suitesText(title: string, suites: Suites): string {
  const lines = Object.entries(suites).map(([name, { figure, bar, ok, n, unscored }]) => {
    const wanted = 'atLeast' in bar ? `at least ${bar.atLeast}` : `at most ${bar.atMost}`
    const note = unscored === 0 ? '' : `, ${unscored} without a value`
    const cells = [name.padEnd(16), cellText(name, figure).padStart(8), `  ${wanted}`.padEnd(18)]
    return `  ${cells.join('')}${ok ? 'passed' : 'FAILED'} (n ${n}${note})\n`
  })
  return lines.length === 0 ? '' : `${title}\n${lines.join('')}`
}

function flat({ figures, unscored, baselines, languages }: Evaluation) {
  return { ...figures, unscored, baselines, ...(Object.keys(languages).length > 0 && { languages }) }
}

/** A line a metric, a column for the model, for its rows of each language where there are several, and for each baseline; `-` where the rows leave one undefined. */
function tableText(title: string, { figures, unscored, baselines, languages }: Evaluation): string {
  const columns: readonly (readonly [string, Figures])[] = [
    ['model', figures],
    ...Object.entries(languages),
    ...Object.entries(baselines),
  ]
  const lines = Object.keys(figures).map(metric => [
    metric,
    ...columns.map(([, values]) => cellText(metric, values[metric] ?? null)),
  ])
  const rows = [['', ...columns.map(([name]) => name)], ...lines]
  const body = rows.map(
    ([name, ...cells]) => `  ${name!.padEnd(12)}${cells.map(cell => cell.padStart(10)).join('')}`,
  )
  const note =
    unscored === 0 ? '' : `  ${unscored} of them without a value of the model; the neutral answer counts\n`
  return `${title}\n${body.join('\n')}\n${note}`
}

function cellText(metric: string, value: number | null): string {
  if (value === null) return '-'
  return metric === 'n' ? String(value) : value.toFixed(4)
}
