import { basename, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { runTraining, type Trained, type TrainingStep } from '../../jobs/run-training.ts'
import { readConfig } from '../../pipelines/config.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { NicrError } from '../../schemas/errors.ts'
import { IMAGE_FIELD_OPTION } from '../file-sight.ts'
import { findModelFolder } from '../model-folder.ts'
import { SEED_OPTION } from '../number-options.ts'
import { createProgressLine } from '../progress-line.ts'

interface TrainOptions {
  readonly kind: string
  readonly data: readonly string[]
  readonly out: string
  readonly seed: number
  readonly version?: string
  readonly parent?: string
  readonly imageField: string
  readonly json: boolean
}

/** As shells say of a program that Ctrl-C ended. */
const STOPPED_EXIT_CODE = 130

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('train a model version from labelled rows; the same rows and seed give the same bytes')
    .requiredOption('--kind <kind>', 'model kind, such as niceness')
    .requiredOption(
      '--data <files...>',
      '.jsonl or .jsonl.gz with `text` (`image` for kinds that look at pictures) and the label: `niceness` or `label`',
    )
    .requiredOption(
      '--out <folder>',
      'the version’s folder, such as .nicr/models/niceness/2; must not be there yet',
    )
    .option(...SEED_OPTION)
    .option(
      '--version <version>',
      'whole number; the folder’s name where that is one, otherwise 1',
      parseVersion,
    )
    .option(
      '--parent <reference>',
      'version to train onwards from, or the folder of one; for kinds that read text',
    )
    .option(...IMAGE_FIELD_OPTION)
    .option('--json', 'one JSON object: version, digest, rows, metrics, seconds', false)
    .action(train)
}

async function train(options: TrainOptions): Promise<void> {
  const { kind: name, data, out, seed, parent: reference, imageField, json } = options
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  const version = versionOf(options)
  if (kind.input === 'IMAGE' && reference !== undefined)
    throw new NicrError('NICR_INPUT_INVALID', `--parent: ${name} is always trained from its rows alone`)
  const parent = reference === undefined ? null : await findModelFolder(kind, reference, config, '--parent')
  let shown: TrainingStep | null = null
  const progress = createProgressLine(process.stderr, () => (shown === null ? '' : stepText(shown)))
  const stopping = new AbortController()
  const stop = () => stopping.abort()
  process.on('SIGINT', stop).on('SIGTERM', stop)
  const startedAt = performance.now()
  try {
    const trained = await runTraining(
      {
        kind: name,
        files: data.map(path => ({ path })),
        outDir: out,
        seed,
        version,
        imageField,
        ...(parent === null ? {} : { parent: parent.path }),
      },
      {
        signal: stopping.signal,
        onProgress: one => {
          shown = one
          progress.show('rows' in one ? one.rows : one.pictures)
        },
      },
    )
    progress.clear()
    const result = resultOf(trained, out, (performance.now() - startedAt) / 1000)
    process.stdout.write(json ? `${JSON.stringify(result)}\n` : resultText(result))
    warnOfRepeats(trained)
  } catch (error) {
    if (!stopping.signal.aborted) throw error
    progress.clear()
    process.stderr.write('nicr: training was stopped; nothing was written\n')
    process.exitCode = STOPPED_EXIT_CODE
  } finally {
    progress.clear()
    process.off('SIGINT', stop).off('SIGTERM', stop)
  }
}

/** The registry takes a version from a folder of its name only. */
function versionOf({ out, version }: TrainOptions): string {
  const name = basename(resolve(out))
  if (!isVersion(name)) return version ?? '1'
  if (version === undefined || version === name) return name
  throw new NicrError('NICR_INPUT_INVALID', `--version ${version} does not fit --out, whose name is ${name}`)
}

function isVersion(text: string): boolean {
  return /^[1-9]\d{0,8}$/.test(text)
}

function stepText(step: TrainingStep): string {
  return 'pictures' in step
    ? `${step.pictures} pictures looked at`
    : `pass ${step.epoch} of ${step.epochs}, ${step.rows} rows read`
}

function resultOf({ manifest, repeats }: Trained, folder: string, seconds: number) {
  const { kind, version, digest, dataHash, seed, parent, settings, metrics, sources } = manifest
  const rows = sources.reduce((sum, source) => sum + source.rows, 0)
  return {
    kind,
    version,
    folder,
    digest,
    dataHash,
    seed,
    parent,
    rows,
    ...repeats,
    settings,
    metrics,
    seconds: Math.round(seconds * 1000) / 1000,
  }
}

function resultText({
  kind,
  version,
  folder,
  digest,
  rows,
  settings,
  metrics,
  seconds,
}: ReturnType<typeof resultOf>) {
  const figures = Object.entries({ ...settings, ...metrics }).map(
    ([name, value]) => `  ${name.padEnd(12)}${value}\n`,
  )
  return `${kind}@${version} from ${rows} rows in ${seconds} s: ${folder}\n  digest      ${digest}\nMeasured on rows held out:\n${figures.join('')}`
}

function warnOfRepeats({ repeats }: Trained): void {
  if (repeats === null || repeats.duplicates === 0) return
  const { duplicates, contradictions } = repeats
  process.stderr.write(
    `nicr: warning: ${duplicates} rows repeat the text of an earlier row, ${contradictions} of them with another label; all were trained on\n`,
  )
}

function parseVersion(value: string): string {
  if (isVersion(value)) return value
  throw new InvalidArgumentError('a version is a whole number from 1 to 999999999.')
}
