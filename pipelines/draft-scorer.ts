import type { Decision, Model } from '../processors/scorer.ts'
import { type KindDeclaration, kinds } from './kinds.ts'
import { type Scored, scoreBatch } from './runtime/inference/score-batch.ts'

/** One kind's answer to a draft. */
export interface DraftScore {
  readonly kind: string
  readonly status: 'SCORED' | 'DEGRADED' | 'UNSUPPORTED' | 'EMPTY'
  readonly decision: Decision | null
  readonly modelVersion: string
  readonly language: string | null
}

/**
 * Scores drafts in this process, with the same scorers and champions as the stream. The text goes no further.
 * @param modelOf the version a kind is scored with, asked for at every draft
 */
export function createDraftScorer(modelOf: (kind: KindDeclaration) => Model<unknown, unknown>) {
  const textKinds = Object.values(kinds).filter(kind => kind.input === 'TEXT')
  return {
    kinds: textKinds.map(({ kind }) => kind),
    async score(text: string, language: string | null, wanted?: readonly string[]): Promise<DraftScore[]> {
      const scores: DraftScore[] = []
      for (const kind of textKinds) {
        if (wanted !== undefined && !wanted.includes(kind.kind)) continue
        const model = modelOf(kind)
        const release = model.hold?.()
        const [scored] = await scoreBatch(kind.scorer, model, [{ text, language }]).finally(release)
        const score = scored === undefined ? null : toDraftScore(kind, model, scored)
        if (score !== null) scores.push(score)
      }
      return scores
    },
  }
}

/** Null where the kind does not apply to a draft, or refuses it. */
function toDraftScore(
  { kind }: KindDeclaration,
  { card }: Model<unknown, unknown>,
  scored: Scored,
): DraftScore | null {
  if (scored.status === 'NOT_APPLICABLE' || scored.status === 'REJECTED') return null
  const decision = scored.status === 'SCORED' ? scored.decision : null
  return { kind, status: scored.status, decision, modelVersion: card.version, language: scored.language }
}
