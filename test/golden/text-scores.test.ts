import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { packagePath } from '../../schemas/package-root.ts'

/**
 * What the committed models say of own sentences. A change of features or weights shows here as a diff to be looked at;
 * regenerate with `npx vitest run test/golden -u`.
 */
const file = packagePath('test', 'golden', 'sentences.jsonl')
const texts = readFileSync(file, 'utf8')
  .trim()
  .split('\n')
  .map(line => (JSON.parse(line) as { text: string }).text)

it.each(Object.values(kinds).filter(({ input }) => input === 'TEXT'))(
  '$kind scores them as before',
  async kind => {
    const model = await loadModel(`${kind.kind}@champion`)
    const scored = await scoreBatch(
      kind.scorer,
      model,
      texts.map(text => ({ text })),
    )
    const rows = scored.map((one, i) => {
      if (one.status !== 'SCORED') return { text: texts[i], status: one.status }
      const { value, label, reasons } = one.decision
      const heaviest = reasons.slice(0, 3).map(reason => `${reason.text} ${reason.weight.toFixed(2)}`)
      return { text: texts[i], value: Number(value.toFixed(4)), label, reasons: heaviest }
    })
    const golden = [{ model: `${kind.kind}@${model.card.version}` }, ...rows].map(
      row => `${JSON.stringify(row)}\n`,
    )
    await expect(golden.join('')).toMatchFileSnapshot(`${kind.kind}.jsonl`)
  },
)
