import { expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'

/**
 * What the committed models say of own sentences. A change of features or weights shows here as a diff to be looked at;
 * regenerate with `npx vitest run test/golden -u`.
 */
const texts = [
  'Thank you for explaining this so patiently.',
  'You did a great job on the garden, it looks lovely!',
  'The train leaves at a quarter past nine.',
  'Could you send me the minutes of the last meeting?',
  'I miss my brother so much since he died.',
  'That is wrong, and you did not read the question.',
  'Nobody wants you here, you stupid clown.',
  'Congratulations! You have been selected for a FREE holiday, call 0900 555 555 now',
  'Please subscribe to my channel and check out my new video',
  'lol no 😂',
]

it.each(Object.values(kinds))('$kind scores them as before', async kind => {
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
})
