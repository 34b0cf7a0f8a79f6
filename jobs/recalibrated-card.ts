import type { KindDeclaration } from '../pipelines/kind-declaration.ts'
import type { ModelManifest } from '../pipelines/model-manifest.ts'

/** The model card (`README.md`) of a version that is its parent calibrated to another share of its class. */
export function recalibratedCard(kind: KindDeclaration, manifest: ModelManifest): string {
  const { recalibration, parent, settings } = manifest
  if (recalibration === undefined) throw new Error(`${manifest.kind}@${manifest.version} is not recalibrated`)
  const { fromShare, toShare, shift, report } = recalibration
  const positive = kind.labels.at(-1)
  const why =
    report === null
      ? 'A person stated the new share.'
      : `The drift report \`${report}\` (method \`em\`) estimated the new share from scores without labels, and found that nothing moved that the share does not explain.`
  return `# ${manifest.kind} ${manifest.version}

${kind.description} Scale ${kind.scale.min}–${kind.scale.max}, labels ${kind.labels.join(', ')}, languages ${kind.languages.join(', ')}.

## What it is

${manifest.kind}@${parent} under another share of ${positive}: ${fromShare.toFixed(4)} before, ${toShare.toFixed(4)} now. Nothing was trained. The log-odds of every probability
move by ${shift.toFixed(4)}, as those of the shares do (Saerens, Latinne & Decaestecker 2002), so texts keep their order; weights, features and
rows are those of version ${parent}, whose card tells of them. Made by \`nicr models recalibrate\` (\`jobs/recalibrate.ts\`); the same order gives the same bytes. \`model.onnx\` has sha256 \`${manifest.digest}\`.

## Why

${why}

## Measured

Not anew: of the parent's figures only \`auc\` still holds, since the order of the texts is the same. All others depend on the share.

${Object.entries(settings)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}

## Mind

- It is right only while the share is the new one and what each class looks like is as before. When the share moves back, roll back.
- What its parent's card says to mind holds here too.
`
}
