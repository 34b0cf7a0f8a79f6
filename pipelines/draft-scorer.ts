import type { Decision, Model } from '../processors/scorer.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { kindNamed, kinds, languagesRead } from './kinds.ts'
import { type Scored, scoreOne } from './runtime/inference/score-batch.ts'

/** One kind's answer to a draft. */
export interface DraftScore {
  readonly kind: string
  readonly status: 'SCORED' | 'DEGRADED' | 'UNSUPPORTED' | 'EMPTY'
  readonly decision: Decision | null
  readonly modelVersion: string
  readonly language: string | null
}

export interface DraftWish {
  /** BCP 47 tag that the author's client states; null where it states none. */
  readonly language: string | null
  /** Only these kinds; all unless given. */
  readonly kinds?: readonly string[] | undefined
  /** The kinds whose reasons are wanted too, which cost more than the value; all unless given. */
  readonly reasonsOf?: readonly string[] | undefined
  /** Stands for the draft that this is one text of: its next text is scored the faster. */
  readonly draft?: object | undefined
}

/**
 * Scores drafts in this process, with the same scorers and champions as the stream. The text goes no further. It answers
 * at once where all models do.
 * @param modelOf the version a kind is scored with, asked for at every draft
 * @param declared the kinds there are: those of `kinds.ts` unless given
 * @param deadlineMs after which an encoder's n-grams answer; it may take as long as it takes unless given
 */
export function createDraftScorer(
  modelOf: (kind: KindDeclaration) => Model<unknown, unknown>,
  declared: Readonly<Record<string, KindDeclaration>> = kinds,
  deadlineMs?: number,
) {
  const textKinds = Object.values(declared).filter(kind => kind.input === 'TEXT')
  return {
    kinds: textKinds.map(({ kind }) => kind),
    /** Primary subtags that the present version of a kind reads. @throws NicrError NICR_KIND_UNKNOWN */
    languagesOf(kind: string): readonly string[] {
      const declaration = kindNamed(kind, declared)
      return languagesRead(declaration, modelOf(declaration).card)
    },
    score(
      text: string,
      { language, kinds: wanted, reasonsOf, draft }: DraftWish,
    ): readonly DraftScore[] | Promise<readonly DraftScore[]> {
      const content = { text, language, draft }
      const scores: (DraftScore | null | Promise<DraftScore | null>)[] = []
      for (const kind of textKinds) {
        if (wanted !== undefined && !wanted.includes(kind.kind)) continue
        const model = modelOf(kind)
        const detail = reasonsOf === undefined || reasonsOf.includes(kind.kind) ? 'REASONS' : 'VALUE'
        const scored = scoreOne(kind.scorer, model, content, { detail, ...(deadlineMs && { deadlineMs }) })
        scores.push(
          scored instanceof Promise
            ? scored.then(one => toDraftScore(kind, model, one))
            : toDraftScore(kind, model, scored),
        )
      }
      return scores.every(isThere)
        ? scores.filter(isScore)
        : Promise.all(scores).then(all => all.filter(isScore))
    },
  }
}

function isThere(score: DraftScore | null | Promise<DraftScore | null>): score is DraftScore | null {
  return !(score instanceof Promise)
}

function isScore(score: DraftScore | null): score is DraftScore {
  return score !== null
}

/** Null where the kind does not apply to a draft, or refuses it. */
export function toDraftScore(
  { kind }: KindDeclaration,
  { card }: Model<unknown, unknown>,
  scored: Scored,
): DraftScore | null {
  if (scored.status === 'NOT_APPLICABLE' || scored.status === 'REJECTED') return null
  const decision = 'decision' in scored ? scored.decision : null
  return { kind, status: scored.status, decision, modelVersion: card.version, language: scored.language }
}
