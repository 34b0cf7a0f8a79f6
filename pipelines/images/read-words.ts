import type { ReadVerdict } from '../../processors/images/seen-image.ts'
import type { Model } from '../../processors/scorer.ts'
import type { KindDeclaration } from '../kind-declaration.ts'
import { scoreOne } from '../runtime/inference/score-batch.ts'

/** More letters of one picture say nothing new. UTF-16 code units. */
const TEXT_LENGTH_MAX = 5_000

/**
 * What a text kind says of words read in a picture: they go through the same normaliser and model as typed text.
 * @param modelOf the version that holds now
 */
export function wordsJudge(
  kind: KindDeclaration,
  modelOf: (kind: KindDeclaration) => Model<unknown, unknown>,
): (text: string) => Promise<ReadVerdict | null> {
  return async text => {
    const model = modelOf(kind)
    const scored = await scoreOne(
      kind.scorer,
      model,
      { text: text.slice(0, TEXT_LENGTH_MAX) },
      { detail: 'REASONS' },
    )
    if (!('decision' in scored)) return null
    const { value, reasons } = scored.decision
    return {
      probability: value,
      reasons: reasons.flatMap(({ start, end, weight }) =>
        start === null || end === null ? [] : [{ start, end, weight }],
      ),
      model: `${kind.kind}@${model.card.version}`,
    }
  }
}
