import type { Model, ScorableImage } from '../processors/scorer.ts'
import { NicrError } from '../schemas/errors.ts'
import { type DraftScore, toDraftScore } from './draft-scorer.ts'
import { type LookAtImage, lookAtContents } from './images/look-at-images.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { scoreOne } from './runtime/inference/score-batch.ts'

/** What looks at the pictures of a draft, each within its own time. */
export type LookWithin = (
  image: ScorableImage,
  wish: { readonly timeoutMs: number },
) => ReturnType<LookAtImage>

/** Scores the pictures of drafts in this process, by the same scorer, model and eyes as the stream. */
export function createDraftImageScorer(
  kind: KindDeclaration,
  {
    modelOf,
    look,
  }: { readonly modelOf: (kind: KindDeclaration) => Model<unknown, unknown>; readonly look: LookWithin },
) {
  return {
    kind: kind.kind,
    /** @throws NicrError NICR_IMAGE_* with the picture's ref, NICR_BLOBS_UNAVAILABLE, NICR_MODEL_NOT_FOUND */
    async score(images: readonly ScorableImage[], wish: { readonly timeoutMs: number }): Promise<DraftScore> {
      const model = modelOf(kind)
      const [looked] = await lookAtContents([{ text: '', images }], image => look(image, wish))
      const { content, failure } = looked!
      if (failure !== null) throw new NicrError(failure.code, failure.detail)
      const scored = await scoreOne(kind.scorer, model, content, { detail: 'REASONS' })
      const score = toDraftScore(kind, model, scored)
      if (score === null) throw new Error(`${kind.kind} answered ${scored.status} to a draft with pictures`)
      return score
    },
  }
}
