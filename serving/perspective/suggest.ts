import type { RecordOf } from '../../schemas/topics.ts'
import {
  type AnyRequest,
  attributesOf,
  type CommentLimits,
  commentError,
  type LanguagesOf,
  languageError,
  languagesOf,
  scoreTypeError,
} from './comment.ts'
import { isPerspectiveError, type PerspectiveError, quotable, requestError } from './errors.ts'
import type { AttributeScores, SuggestCommentScoreRequest, SuggestCommentScoreResponse } from './shapes.ts'

/**
 * `comments:suggestscore`: one report for each attribute, so that the comment becomes a candidate for labels. The text
 * is never part of it: reports hold text only where the author of a draft chose to send it, and here a moderator speaks
 * of somebody else's comment.
 */
export interface Suggestion {
  readonly reports: readonly RecordOf<'reports'>[]
  readonly answer: SuggestCommentScoreResponse
}

export interface SuggestionGiven extends CommentLimits {
  readonly servedKinds: readonly string[]
  readonly languagesOf: LanguagesOf
  /** Who suggests, where the request names no community. */
  readonly reporter: string
  /** Whom every suggestion of this client is from, whatever it says; null: as it says. */
  readonly author: string | null
  /** ms since the epoch. */
  readonly now: number
  /** The id of a report: the same for the same names, so that what is sent again after a lost answer is a repeat. */
  idOf(...names: string[]): string
  /** The id of a report on a comment without a token: nothing tells it from another. */
  newId(): string
}

/** The reports of a request, or why there are none. */
export function suggestionOf(
  request: SuggestCommentScoreRequest,
  given: SuggestionGiven,
): Suggestion | PerspectiveError {
  const wrongComment = commentError(request, given)
  if (wrongComment !== null) return wrongComment
  const text = request.comment?.text ?? ''
  const suggested = Object.entries(request.attributeScores ?? {})
  if (suggested.length === 0) return requestError('INVALID_REQUEST', 'attribute_scores must not be empty')
  const attributes = attributesOf(Object.keys(request.attributeScores ?? {}), {
    servedKinds: given.servedKinds,
    dropUnsupported: false,
  })
  if (isPerspectiveError(attributes)) return attributes
  const languages = languagesOf(request, text)
  const reports: RecordOf<'reports'>[] = []
  for (const attribute of attributes) {
    const scores = request.attributeScores?.[attribute.name] ?? {}
    const wrong =
      scoresError(attribute.name, scores, text) ?? languageError(attribute, languages, given.languagesOf)
    if (wrong !== null) return wrong
    reports.push(reportOf(request, attribute.kind.kind, scores.summaryScore?.value ?? null, given))
  }
  return {
    reports,
    answer: {
      ...(request.clientToken === undefined ? {} : { clientToken: request.clientToken }),
      detectedLanguages: [...languages.detected],
      requestedLanguages: [...languages.requested],
    },
  }
}

/** What Coral and others put before the id of a comment in their token. */
const COMMENT_PREFIX = 'comment:'

/** Sets these reports apart from those of readers: reports have no field for how they came. */
const NOTE = 'comments:suggestscore'

function reportOf(
  { clientToken = '', communityId = '' }: AnyRequest,
  kind: string,
  expected: number | null,
  given: SuggestionGiven,
): RecordOf<'reports'> {
  const contentId = clientToken.startsWith(COMMENT_PREFIX)
    ? clientToken.slice(COMMENT_PREFIX.length)
    : clientToken
  return {
    id: contentId === '' ? given.newId() : given.idOf(communityId, contentId, kind, String(expected)),
    contentId: contentId === '' ? null : contentId,
    draftId: null,
    revision: null,
    reporter: given.author ?? (communityId === '' ? given.reporter : communityId),
    accountSince: null,
    kind,
    expected,
    seenScore: null,
    text: null,
    note: NOTE,
    at: given.now,
  }
}

function scoresError(
  name: string,
  { summaryScore, spanScores = [] }: AttributeScores,
  text: string,
): PerspectiveError | null {
  const malformed = (what: string) =>
    requestError('INVALID_REQUEST', `Malformed attribute_scores of ${quotable(name)}: ${what}`)
  if (summaryScore === undefined && spanScores.length === 0)
    return malformed('give summary_score, or span_scores')
  for (const { begin, end } of spanScores)
    if (begin >= end || end > text.length) return malformed('a span lies outside the comment')
  const scores = [
    ...(summaryScore === undefined ? [] : [summaryScore]),
    ...spanScores.map(span => span.score),
  ]
  for (const { value, type } of scores) {
    const wrongType = scoreTypeError(name, type)
    if (wrongType !== null) return wrongType
    if (value < 0 || value > 1) return malformed('a probability lies between 0 and 1')
  }
  return null
}
