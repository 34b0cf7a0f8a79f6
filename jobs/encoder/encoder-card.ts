import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import type { EncoderHead } from '../../processors/encoder/encoder-head.ts'
import type { EncoderSettings } from '../../processors/encoder/encoder-settings.ts'
import type { EncoderSource } from './encoder-source.ts'

/** The model card (`README.md`) of an encoder’s version: where it comes from, what makes a value of it, how well it did, what to mind. */
export function encoderCard(
  kind: KindDeclaration,
  manifest: ModelManifest<EncoderSettings>,
  source: EncoderSource,
  head: EncoderHead,
): string {
  const { features, sources, metrics, parent } = manifest
  const measured = Object.entries(metrics).map(([name, value]) => `| ${name} | ${value} |`)
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}, languages ${(features.languages ?? kind.languages).join(', ')}.

## What it is

The encoder \`${source.name}\` (licence ${source.licence ?? 'not stated by its folder'}), network \`${source.onnx}\` with sha256 \`${manifest.digest}\`.
It reads up to ${features.tokensMax} tokens of ${features.reads === 'AUTHOR' ? 'the text as it was written' : 'the text as the n-grams read it, without disguises'}; the rest is not seen.

${coreText(source, head)}
${parent === null ? 'No n-grams are beside it: drafts wait for it, however long it takes.' : `The n-grams of ${manifest.kind}@${parent} are beside it: their margin counts ${Number(head.ngrams.toPrecision(3))} times, and where the encoder is late or fails they answer alone, and the score is DEGRADED.`}

## Rows it was fitted with

${sources.length === 0 ? 'None: it is used as it came. Its values are not calibrated to this kind.' : `| set | licence | rows |\n| --- | --- | ---: |\n${sources.map(one => `| ${one.name} | ${one.licence} | ${one.rows} |`).join('\n')}`}

${measured.length === 0 ? '' : `## Measured on rows held out\n\n| metric | value |\n| --- | ---: |\n${measured.join('\n')}\n\n`}${languagesText(kind, manifest, head)}## Mind

- What its makers trained it on is theirs to say: read their card for its limits and its licence before you promote it.
- Reasons are found by leaving words out, in groups where a text is long: they point to the place, not always to the word.
`
}

/** Nothing of a version that reads what its kind does. */
function languagesText(
  kind: KindDeclaration,
  { features, metricsByLanguage = {}, parent }: ModelManifest<EncoderSettings>,
  { languages }: EncoderHead,
): string {
  if (features.languages === null) return ''
  const rows = Object.entries(metricsByLanguage).map(([language, metrics]) => {
    const link = languages?.links[language]
    const own =
      link === undefined ? 'the common one' : `${digits(link.slope)} × margin ${signed(link.offset)}`
    return `| ${language} | ${SHOWN.map(name => metrics[name] ?? '–').join(' | ')} | ${own} |`
  })
  const measured = new Set(Object.keys(metricsByLanguage))
  const others = features.languages.filter(one => !measured.has(one))
  const table = `| language | ${SHOWN.join(' | ')} | calibration |\n| --- | ${SHOWN.map(() => '---: | ').join('')}--- |\n${rows.join('\n')}\n\n`
  const unmeasured =
    others.length === 0
      ? ''
      : `Not measured, for want of rows: ${others.join(', ')}. What it makes of them is as good as the network carries over from the languages it was taught with.\n`
  const ngrams =
    parent === null || features.languages.every(one => kind.languages.includes(one))
      ? ''
      : `The n-grams count for ${kind.languages.join(', ')} only, and where the encoder is late they answer no draft in another language.\n`
  return `## Languages\n\nTexts in other languages than ${features.languages.join(', ')} are UNSUPPORTED.\n\n${rows.length === 0 ? '' : table}${unmeasured}${ngrams}\n`
}

/** Of the metrics of any kind, those that tell languages apart. */
const SHOWN = ['n', 'auc', 'pearson', 'accuracy', 'ece']

function digits(number: number): string {
  return number.toPrecision(3)
}

function signed(number: number): string {
  return number < 0 ? `− ${digits(-number)}` : `+ ${digits(number)}`
}

function coreText({ labels, isMultiLabel }: EncoderSource, { core }: EncoderHead): string {
  if (core.form === 'MIXTURE')
    return `Linear heads of ${core.experts[0]!.margin.weights.length} weights, trained here on its vectors (\`jobs/encoder/train-core.ts\`), make the value: one for each of ${core.experts.map(({ source }) => source).join(', ')}, each by how much a text is like that source’s.`
  if (core.form === 'LINEAR')
    return `A linear head of ${core.weights.length} weights, trained here on its vectors (\`jobs/encoder/train-core.ts\`), makes the value.`
  const places = labels!.map((label, i) => `${label} ${core.places[i]}`).join(', ')
  return `Its own labels make the value, each at its place from the bottom (0) to the top (1) of the scale: ${places}. ${isMultiLabel ? 'Several may hold; the highest counts.' : 'They are averaged by their shares.'}`
}
