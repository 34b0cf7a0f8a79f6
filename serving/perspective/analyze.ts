import type { KindScore } from '../ports.ts'
import {
  type AnsweredAttribute,
  attributesOf,
  type CommentLimits,
  commentError,
  emptyComment,
  type Languages,
  type LanguagesOf,
  languageError,
  languageNotSupported,
  languagesOf,
  scoreTypeError,
} from './comment.ts'
import { isPerspectiveError, type PerspectiveError, requestError } from './errors.ts'
import { type Span, sentencesOf } from './sentences.ts'
import type { AnalyzeCommentRequest, AnalyzeCommentResponse, AttributeScores } from './shapes.ts'

/** `comments:analyze` between request and answer: what to score, and the answer made of the scores. */

export interface Analysis {
  readonly text: string
  readonly languages: Languages
  readonly attributes: readonly AnsweredAttribute[]
  /** Kinds to score with, each once. */
  readonly kinds: readonly string[]
  /** Parts of the text to score as well. */
  readonly sentences: readonly Span[]
}

export interface AnalysisLimits extends CommentLimits {
  /** Of one text; what is beyond is scored as one. */
  readonly sentencesMax: number
}

/** What a request wants scored, or why nothing is. */
export function planAnalysis(
  request: AnalyzeCommentRequest,
  given: AnalysisLimits & { readonly servedKinds: readonly string[]; readonly languagesOf: LanguagesOf },
): Analysis | PerspectiveError {
  const wrongComment = commentError(request, given)
  if (wrongComment !== null) return wrongComment
  const text = request.comment?.text ?? ''
  const names = Object.keys(request.requestedAttributes ?? {})
  if (names.length === 0) return requestError('NO_REQUESTED_ATTRIBUTES', 'Missing requested_attributes')
  const dropUnsupported = request.dropUnsupportedAttributes ?? false
  const known = attributesOf(names, { servedKinds: given.servedKinds, dropUnsupported })
  if (isPerspectiveError(known)) return known
  const languages = languagesOf(request, text)
  const attributes: AnsweredAttribute[] = []
  for (const attribute of known) {
    const wrongType = scoreTypeError(attribute.name, parametersOf(request, attribute.name).scoreType)
    if (wrongType !== null) return wrongType
    const wrongLanguage = languageError(attribute, languages, given.languagesOf)
    if (wrongLanguage === null) attributes.push(attribute)
    else if (!dropUnsupported) return wrongLanguage
  }
  return {
    text,
    languages,
    attributes,
    kinds: [...new Set(attributes.map(({ kind }) => kind.kind))],
    sentences: request.spanAnnotations === true ? sentencesOf(text, given.sentencesMax) : [],
  }
}

/**
 * The answer to a request.
 * @param whole scores of the text
 * @param parts scores of each of the plan's sentences, in order; a sentence without a score gets no span
 */
export function analysisAnswer(
  request: AnalyzeCommentRequest,
  plan: Analysis,
  whole: readonly KindScore[],
  parts: readonly (readonly KindScore[])[],
): AnalyzeCommentResponse | PerspectiveError {
  const attributeScores: Record<string, AttributeScores> = {}
  for (const { name, kind } of plan.attributes) {
    const score = whole.find(one => one.kind === kind.kind)
    const value = score?.decision?.value
    if (value === undefined) return withoutValue(name, score, plan.languages)
    const threshold = parametersOf(request, name).scoreThreshold ?? -Infinity
    const spans =
      request.spanAnnotations === true
        ? plan.sentences.map((span, i) => ({ ...span, value: valueOfKind(parts[i] ?? [], kind.kind) }))
        : [{ begin: 0, end: plan.text.length, value }]
    attributeScores[name] = {
      ...(value >= threshold ? { summaryScore: { value, type: 'PROBABILITY' } } : {}),
      spanScores: spans.flatMap(({ begin, end, value: spanValue }) =>
        spanValue === null || spanValue < threshold
          ? []
          : [{ begin, end, score: { value: spanValue, type: 'PROBABILITY' } }],
      ),
    }
  }
  const { requested, detected } = plan.languages
  return {
    attributeScores,
    languages: [...(requested.length > 0 ? requested : detected)],
    detectedLanguages: [...detected],
    ...(request.clientToken === undefined ? {} : { clientToken: request.clientToken }),
  }
}

/** Why a text has no score of an attribute. */
function withoutValue(
  attribute: string,
  score: KindScore | undefined,
  languages: Languages,
): PerspectiveError {
  // No letters that a model could read: whoever names no language is told that none can be detected.
  if (score?.status === 'EMPTY')
    return languages.requested.length > 0 ? emptyComment() : languageNotSupported(attribute, [], languages)
  if (score?.status === 'UNSUPPORTED') return languageNotSupported(attribute, languages.detected, languages)
  return {
    error: {
      code: 503,
      message: `Attribute ${attribute} cannot be scored now; try again.`,
      status: 'UNAVAILABLE',
    },
  }
}

function valueOfKind(scores: readonly KindScore[], kind: string): number | null {
  return scores.find(score => score.kind === kind)?.decision?.value ?? null
}

function parametersOf(
  { requestedAttributes = {} }: AnalyzeCommentRequest,
  name: string,
): { readonly scoreType?: string; readonly scoreThreshold?: number } {
  return requestedAttributes[name] ?? {}
}
