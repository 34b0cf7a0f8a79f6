import { join } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { addEncoder } from '../jobs/encoder/add-encoder.ts'
import { fetchHubModel, parseHubName } from '../jobs/encoder/fetch-hub.ts'
import { writeVersionFolder } from '../jobs/version-folder.ts'
import { type Config, readConfig } from '../pipelines/config.ts'
import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import { kindNamed } from '../pipelines/kinds.ts'
import type { ModelManifest } from '../pipelines/model-manifest.ts'
import { loadModelFolder, readFolder } from '../pipelines/model-registry.ts'
import type { EncoderSettings } from '../processors/encoder/encoder-settings.ts'
import { primarySubtag } from '../processors/text/language-tags.ts'
import { NicrError } from '../schemas/errors.ts'
import { ngramsBeside } from './ngrams-beside.ts'
import { SEED_OPTION } from './number-options.ts'
import { createProgressLine } from './progress-line.ts'

interface AddOptions {
  readonly file?: string
  readonly labels?: string
  readonly data: readonly string[]
  readonly head: boolean
  readonly beside?: string
  readonly alone: boolean
  readonly trainNgrams: boolean
  readonly languages?: readonly string[]
  readonly seed: number
  readonly json: boolean
}

export function addAddCommand(models: Command): void {
  models
    .command('add')
    .description(
      'make a version of an encoder from Hugging Face: its own labels, or a head trained here on its vectors',
    )
    .argument('<kind>')
    .argument(
      '<source>',
      'folder with config.json, tokenizer.json and onnx/model.onnx, or hf:OWNER/NAME[@REVISION]',
    )
    .option(
      '--file <path>',
      'the network in it, such as onnx/model.onnx; a quantised one is preferred unless given',
    )
    .option('--labels <places>', 'where its labels lie on the kind’s scale, such as POSITIVE=10,NEGATIVE=0')
    .option('--data <files...>', 'labelled rows to calibrate by, and to train a head by', [])
    .option('--head', 'train a head though the model has labels of its own', false)
    .option('--beside <reference>', 'version whose n-grams answer beside it; the champion’s unless given')
    .option('--alone', 'without n-grams: then drafts wait for it, however long it takes', false)
    .option(
      '--train-ngrams',
      'train n-grams on the rows, too, as a version of their own that answers beside it',
      false,
    )
    .option(
      '--languages <subtags>',
      'languages that it reads, such as en,de,fr; those that its card names unless given, or else those of the kind',
      parseLanguages,
    )
    .option(...SEED_OPTION)
    .option(
      '--json',
      'one JSON object: kind, version, ngrams (the version beside it), folder, digest, metrics',
      false,
    )
    .action(add)
}

async function add(name: string, source: string, options: AddOptions): Promise<void> {
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  if (kind.input !== 'TEXT')
    throw new NicrError('NICR_INPUT_INVALID', `${name} looks at pictures; an encoder reads text`)
  const { folder, origin } = await openSource(source, options, config)
  const { version, ...beside } = await ngramsBeside(kind, options, config)
  const progress = createProgressLine(process.stderr, rows => `${rows} rows read by the encoder`)
  const outDir = join(config.dataDir, 'models', name, version)
  try {
    const manifest = await writeVersionFolder(outDir, partial =>
      addEncoder({
        kind,
        folder,
        file: options.file,
        labels: options.labels,
        files: options.data.map(path => ({ path })),
        trainsHead: options.head,
        ...beside,
        languages: options.languages ?? null,
        origin,
        outDir: partial,
        version,
        seed: options.seed,
        onProgress: rows => progress.show(rows),
      }),
    )
    // What cannot be loaded is of no use to anybody.
    await (await loadModelFolder(await readFolder(outDir, name, version))).close()
    progress.clear()
    const { digest, metrics, metricsByLanguage, settings, features } = manifest
    if (options.json) {
      const languages = features.languages ?? kind.languages
      process.stdout.write(
        `${JSON.stringify({ kind: name, version, ngrams: manifest.parent, folder: outDir, digest, languages, settings, metrics, metricsByLanguage })}\n`,
      )
      return
    }
    const figures = Object.entries({ ...settings, ...metrics }).map(
      ([one, value]) => `  ${one.padEnd(12)}${value}\n`,
    )
    process.stdout.write(
      `${options.trainNgrams ? `${name}@${manifest.parent}: the n-grams beside it, trained on the same rows\n` : ''}${name}@${version}: ${outDir}\n${figures.length === 0 ? '' : `Measured on rows held out:\n${figures.join('')}`}${languagesText(kind, manifest, options.languages === undefined)}Compare it with \`nicr evaluate --kind ${name} --model ${version} --data FILE\`, then \`nicr models promote ${name}@${version}\`.\n`,
    )
  } finally {
    progress.clear()
  }
}

/** What it reads, who says so, and how well each language was read. */
function languagesText(
  kind: KindDeclaration,
  { features, metricsByLanguage = {} }: ModelManifest<EncoderSettings>,
  isByCard: boolean,
): string {
  if (features.languages === null) return `Reads ${kind.languages.join(', ')}, as the kind does.\n`
  const says = isByCard ? ', as its own card says; --languages states others' : ''
  const measured = Object.entries(metricsByLanguage).map(([language, metrics]) => {
    const shown = ['n', 'auc', 'pearson', 'ece'].filter(one => metrics[one] !== undefined)
    return `  ${language.padEnd(12)}${shown.map(one => `${one} ${metrics[one]}`).join('  ')}\n`
  })
  const others = features.languages.filter(one => metricsByLanguage[one] === undefined)
  const unmeasured = others.length === 0 ? '' : `  not measured, for want of rows: ${others.join(', ')}\n`
  return `Reads ${features.languages.join(', ')}${says}.\n${measured.join('')}${unmeasured}`
}

async function openSource(
  source: string,
  { file }: AddOptions,
  config: Config,
): Promise<{ readonly folder: string; readonly origin?: string }> {
  const hub = parseHubName(source)
  if (hub === null) return { folder: source }
  const folder = join(config.dataDir, 'hub', hub.name.replace('/', '--'))
  const progress = createProgressLine(process.stderr, bytes => `${hub.name}: ${Math.round(bytes / 1e6)} MB`)
  try {
    const origin = await fetchHubModel(hub, folder, {
      ...config.hub,
      file,
      onProgress: (_, bytes) => progress.show(bytes),
    })
    return { folder, origin }
  } finally {
    progress.clear()
  }
}

function parseLanguages(text: string): readonly string[] {
  const subtags = text.split(',').map(one => primarySubtag(one) ?? '')
  if (subtags.every(one => /^[a-z]{2,3}$/.test(one))) return [...new Set(subtags)]
  throw new InvalidArgumentError('languages are written as en,de,fr.')
}
