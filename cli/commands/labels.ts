import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { type Command, Option } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { exportLabels } from '../../pipelines/label-export.ts'
import { type LabelFormat, labelFile, labelFormats } from '../../pipelines/label-files.ts'
import { createLabelStore } from '../../pipelines/label-store.ts'
import { labelScaleOf } from '../../pipelines/label-values.ts'
import { type AgreementReport, agreementReport } from '../../processors/tagging/agreement-report.ts'
import { NicrError } from '../../schemas/errors.ts'
import { findAddresses } from '../addresses.ts'
import { importLabels } from '../import-labels.ts'
import { createLog, createServices, type Services } from '../services.ts'

export function addLabelsCommand(program: Command): void {
  const labels = program
    .command('labels')
    .description('what people say of content: bring it in, take it out, see how far they agree')
  const format = () =>
    new Option('--format <format>', 'of the file').choices([...labelFormats]).default('jsonl')
  labels
    .command('import')
    .description('labels of a file into Kafka; importing it again changes nothing')
    .argument('<file>', 'rows with `contentId` or `text`, the label, and where known `labeller`, `at`')
    .requiredOption('--kind <kind>', 'what the labels are about')
    .addOption(format())
    .option('--labeller <name>', 'of rows that name nobody', 'import')
    .option('--ask', 'rows without a label become questions for taggers', false)
    .option(
      '--dry-run',
      'read and check all rows, say how many labels have which value, and write nothing',
      false,
    )
    .action(importFile)
  labels
    .command('export')
    .description('every label of a kind with its text, to stdout or a file')
    .requiredOption('--kind <kind>', 'what the labels are about')
    .addOption(format())
    .option('--out <file>', 'write there')
    .action(exportFile)
  labels
    .command('agreement')
    .description('how far people agree on a kind, and how right each is on hidden checks')
    .requiredOption('--kind <kind>', 'what the labels are about')
    .option('--json', 'one JSON object', false)
    .action(showAgreement)
}

interface FileOptions {
  readonly kind: string
  readonly format: LabelFormat
}

async function importFile(
  file: string,
  { kind, format, ...given }: FileOptions & { labeller: string; ask: boolean; dryRun: boolean },
): Promise<void> {
  const declared = kindNamed(kind)
  const { imported, asked, bad, values } = await withServices(services =>
    importLabels(services, { file, format, kind: declared, ...given }),
  )
  const questions = asked > 0 ? ` and ${asked} questions` : ''
  const valuesText = [...values]
    .sort(([one], [other]) => one - other)
    .map(([value, count]) => `${value}: ${count}`)
    .join(', ')
  process.stdout.write(
    `${given.dryRun ? 'would import' : 'imported'} ${counted(imported, 'label')}${questions} of ${file} as ${kind}${valuesText && ` (${valuesText})`}\n`,
  )
  // A label stays for ever, and a file of yes and no says nothing on a scale of grades.
  if (declared.training.objective === 'GRADED' && imported >= SUSPECT_LABELS_MIN && isYesOrNo(values))
    process.stderr.write(
      `nicr: every label is 0 or 1 on a scale from ${declared.scale.min} to ${declared.scale.max}: is it another kind's file? \`--dry-run\` shows the values first\n`,
    )
  bad.refuse(given.dryRun ? 'taken' : 'imported', imported + asked)
}

/** Fewer labels may well be all of one sort. */
const SUSPECT_LABELS_MIN = 20

function isYesOrNo(values: ReadonlyMap<number, number>): boolean {
  return [...values.keys()].every(value => value === 0 || value === 1)
}

async function exportFile({ kind, format, out }: FileOptions & { out?: string }): Promise<void> {
  const declared = kindNamed(kind)
  await withServices(async ({ clickhouse }) => {
    const { contentsOf } = createLabelStore(clickhouse)
    let leftOut = 0
    const contents = exportLabels({ clickhouse, contentsOf }, declared, () => void leftOut++)
    let written = 0
    const counting = async function* () {
      for await (const content of contents) {
        written++
        yield content
      }
    }
    const text = Readable.from(labelFile(declared, format, counting()))
    if (out === undefined) await pipeline(text, process.stdout, { end: false })
    else await pipeline(text, createWriteStream(out)).catch(cause => cannotWrite(out, cause))
    if (out !== undefined) process.stdout.write(`wrote ${counted(written, 'content')} to ${out}\n`)
    else if (written === 0) process.stderr.write(`nicr: nobody has labelled anything as ${kind}\n`)
    if (leftOut > 0)
      process.stderr.write(
        `nicr: ${counted(leftOut, 'content')} left out: deleted since, or without what the kind reads\n`,
      )
  })
}

function cannotWrite(out: string, cause: NodeJS.ErrnoException): never {
  if (cause instanceof NicrError) throw cause
  throw new NicrError('NICR_INPUT_INVALID', `${out} cannot be written: ${cause.message}`, { cause })
}

async function showAgreement({ kind, json }: { kind: string; json: boolean }): Promise<void> {
  const declared = kindNamed(kind)
  const report = await withServices(async ({ clickhouse }) => {
    const store = createLabelStore(clickhouse)
    const scale = labelScaleOf(declared)
    const [units, people] = await Promise.all([store.answersOfContents(kind), store.people(kind, scale)])
    return agreementReport(scale, units, people)
  })
  process.stdout.write(json ? `${JSON.stringify({ kind, ...report })}\n` : agreementText(declared, report))
}

function agreementText(
  { kind }: KindDeclaration,
  { alpha, compared, pairs, people }: AgreementReport,
): string {
  const figure = (value: number | null) => (value === null ? '–' : value.toFixed(2))
  const lines = [
    `${kind}: Krippendorff’s α ${figure(alpha)} over ${counted(compared, 'content')} that two people or more answered`,
    ...people.map(
      one =>
        `${one.labeller.padEnd(20)} ${counted(one.answers, 'answer')}, α ${figure(one.alpha)}, ${
          one.accuracy === null
            ? 'no checks'
            : `${Math.round(one.accuracy * 100)} % of ${one.checks} checks right`
        }, ${one.seconds === null ? 'time not known' : `${one.seconds.toFixed(1)} s each`}`,
    ),
    ...pairs.map(
      ({ one, other, compared: n, kappa }) =>
        `${one} and ${other}: Cohen’s κ ${figure(kappa)} over ${counted(n, 'content')}`,
    ),
  ]
  return `${lines.join('\n')}\n`
}

async function withServices<Result>(work: (services: Services) => Promise<Result>): Promise<Result> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog('error'))
  try {
    return await work(services)
  } finally {
    await services.close()
  }
}

function counted(n: number, name: string): string {
  return `${n} ${name}${n === 1 ? '' : 's'}`
}
