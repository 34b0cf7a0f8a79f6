import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
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
  const reference = manifest.reference === undefined ? '' : REFERENCE
  const settings = Object.entries(manifest.settings).map(([name, value]) => `- ${name}: ${value}`)
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}, languages ${kind.languages.join(', ')}.

## What it is

Several linear heads (family \`${manifest.family}\`) over the same hashed features: word ${features.wordNgrams.join('- and ')}-grams and character
${features.charNgrams.join('-, ')}-grams within words, ${features.buckets} buckets, binary, scaled to length 1, and ${features.dense.length} signals such as \`${features.dense[0]}\`.
Rows of one source teach heads of their own, since labels of different sets mean different things. Where there are several
sources, register heads tell which a text reads like, and a mixture trusts the heads by that; a rising link makes a value of it.
Weights are whole numbers of one byte in units of their head. Trained by \`trainTextModel\` in \`jobs/train-text-model.ts\` (FTRL-Proximal), seed ${manifest.seed}; parent ${manifest.parent ?? 'none'}.
The same rows and seed give the same bytes; rows have sha256 \`${manifest.dataHash}\`, \`model.onnx\` has \`${manifest.digest}\`.
${reference}
## Rows it was made from

| set | licence as its source states it | rows |
| --- | --- | ---: |
${rows.join('\n')}

One twentieth measures and all others teach; texts alike but for case, digits and spacing fall on one side. Mixture, link and
threshold are fitted to what copies of the heads, each without a third of the rows, say of rows they have not seen.

## Measured on the held-out twentieth

| set | ${names.join(' | ')} |
| --- |${' ---: |'.repeat(names.length)}
${measured.join('\n')}

${settings.length === 0 ? '' : `Chosen on rows the copies had not seen:\n\n${settings.join('\n')}\n\n`}## Mind

- The rows are old public English from a few places; expect it to know less of your community's language than of theirs.
- It reads words, not their author's intent: irony, quotation and reclaimed words mislead it. Use it to nudge and to sort,
  not to punish by itself.
- Public sets of abuse link names of groups with abuse, and so may this model.
`
}

const REFERENCE = `
\`reference.json\` is what drift compares with: how the held-out rows fall into bins, and the words of the others as a Bloom filter. It holds
no row; only whether a given word was among them can be asked of it.
`
