import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { ModelManifest } from '../../pipelines/model-manifest.ts'
import type { Comparison, GateResult } from './challenger.ts'

export interface JudgedForCard {
  readonly comparison: Comparison
  readonly gates: readonly GateResult[]
  /** See `ChallengerFamily.describe`. */
  readonly story: string
}

/** The model card (`README.md`) of a version that a platform's own labels taught. */
export function challengerCard(
  kind: KindDeclaration,
  manifest: ModelManifest,
  { comparison, gates, story }: JudgedForCard,
): string {
  const four = (value: number) => value.toFixed(4)
  const figures = comparison.slices.flatMap(({ slice, rows, figures: of }) =>
    Object.entries(of).map(
      ([metric, { champion, challenger, difference, low, high }]) =>
        `| ${[slice, rows, metric, four(champion), four(challenger), four(difference), `${four(low)} … ${four(high)}`].join(' | ')} |`,
    ),
  )
  const unseen =
    comparison.by === 'CROSS_VALIDATION'
      ? 'each by a challenger that was taught without its fifth (cross-validation by groups)'
      : 'held out by group and time'
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}, languages ${kind.languages.join(', ')}.

## What it is

${story} The same data set gives the same bytes; \`model.onnx\` has sha256 \`${manifest.digest}\`.

## Rows it was made from

| set | licence | rows |
| --- | --- | ---: |
${manifest.sources.map(({ name, licence, rows }) => `| ${name} | ${licence} | ${rows} |`).join('\n')}

## Compared with its parent

On ${comparison.rows} rows that people labelled, ${unseen}. The interval is a paired bootstrap's over groups, 95 %.

| slice | rows | metric | parent | this | difference | interval |
| --- | ---: | --- | ---: | ---: | ---: | --- |
${figures.join('\n')}

## Gates

${gates
  .filter(({ name }) => name !== 'latency')
  .map(({ name, passed, detail }) => `- ${name}: ${passed ? 'passed' : 'FAILED'}. ${detail}`)
  .join('\n')}

## Mind

- Its figures are of rows that were chosen to be labelled, not of all content; \`random\` is the slice that is.
- What its parent's card says to mind holds here too.
`
}
