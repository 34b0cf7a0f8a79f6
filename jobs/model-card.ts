import type { KindDeclaration } from '../pipelines/kinds.ts'
import type { ModelManifest } from '../pipelines/model-manifest.ts'

/** The model card (`README.md`) of a text model: what it is for, what it was made from, how well it did, what to mind. */
export function modelCard(kind: KindDeclaration, manifest: ModelManifest): string {
  const { features } = manifest
  const rows = manifest.sources.map(source => `| ${source.name} | ${source.licence} | ${source.rows} |`)
  const names = Object.keys(manifest.metrics)
  const all = { name: 'all', metrics: manifest.metrics }
  const measured = [all, ...manifest.sources].map(
    one => `| ${[one.name, ...names.map(name => one.metrics[name] ?? '')].join(' | ')} |`,
  )
  const settings = Object.entries(manifest.settings).map(([name, value]) => `- ${name}: ${value}`)
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}, languages ${kind.languages.join(', ')}.

## What it is

A linear model (family \`${manifest.family}\`) over hashed features: word ${features.wordNgrams.join('- and ')}-grams and character
${features.charNgrams.join('-, ')}-grams within words, ${features.buckets} buckets, binary, scaled to length 1. Weights are half precision.
Trained by \`trainTextModel\` in \`jobs/train-text-model.ts\` (FTRL-Proximal), seed ${manifest.seed}; parent ${manifest.parent ?? 'none'}.
The same rows and seed give the same bytes; rows have sha256 \`${manifest.dataHash}\`, \`model.onnx\` has \`${manifest.digest}\`.

## Rows it was made from

| set | licence as its source states it | rows |
| --- | --- | ---: |
${rows.join('\n')}

Eight tenths teach, one tenth calibrates (texts alike but for case, digits and spacing fall on one side), one tenth measures.

## Measured on the last tenth

| set | ${names.join(' | ')} |
| --- |${' ---: |'.repeat(names.length)}
${measured.join('\n')}

${settings.length === 0 ? '' : `Chosen on the calibration tenth:\n\n${settings.join('\n')}\n\n`}## Mind

- The rows are old public English from a few places; expect it to know less of your community's language than of theirs.
- It reads words, not their author's intent: irony, quotation and reclaimed words mislead it. Use it to nudge and to sort,
  not to punish by itself.
- Public sets of abuse link names of groups with abuse, and so may this model.
`
}
