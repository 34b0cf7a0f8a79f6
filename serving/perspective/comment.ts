import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { detectLanguage } from '../../processors/text/language.ts'
import { languageAmong, primarySubtag } from '../../processors/text/language-tags.ts'
import { kindAnswering } from './attributes.ts'
import { type PerspectiveError, quotable, requestError } from './errors.ts'
import type { AnalyzeCommentRequest, SuggestCommentScoreRequest } from './shapes.ts'

/** What both methods ask of a comment. Expected failures are values: the first that a request runs into. */

export interface CommentLimits {
  /** In UTF-8 bytes, as Perspective counts. */
  readonly textBytesMax: number
  /** In UTF-16 code units, as every other endpoint counts. */
  readonly textLengthMax: number
}

export interface Languages {
  /** As the client states them; none: to be detected. */
  readonly requested: readonly string[]
  /** Of the text; none where it does not say enough. */
  readonly detected: readonly string[]
}

/** Primary subtags that the version which answers for a kind now reads. */
export type LanguagesOf = (kind: string) => readonly string[]

/** An attribute of a request, by the name the client gave it, and the kind that answers for it. */
export interface AnsweredAttribute {
  readonly name: string
  readonly kind: KindDeclaration
}

export type AnyRequest = AnalyzeCommentRequest | SuggestCommentScoreRequest

/** What is wrong with the comment or its context; null if nothing is. */
export function commentError(
  { comment, context }: AnyRequest,
  { textBytesMax, textLengthMax }: CommentLimits,
): PerspectiveError | null {
  const type = comment?.type ?? 'PLAIN_TEXT'
  if (type === 'HTML')
    return requestError('INVALID_REQUEST', "Currently, only 'PLAIN_TEXT' comments are supported")
  if (type !== 'PLAIN_TEXT' && type !== 'TEXT_TYPE_UNSPECIFIED')
    return requestError('INVALID_REQUEST', 'Unknown text type')
  const text = comment?.text ?? ''
  if (text.trim() === '') return emptyComment()
  if (Buffer.byteLength(text) > textBytesMax || text.length > textLengthMax)
    return requestError('COMMENT_TOO_LONG', 'Comment text too long.')
  if (context?.entries !== undefined && context.articleAndParentComment !== undefined)
    return requestError(
      'INVALID_REQUEST',
      'Context can have either entries or article_and_parent_comment, but both fields were populated.',
    )
  return null
}

export function emptyComment(): PerspectiveError {
  return requestError('COMMENT_EMPTY', 'Comment must be non-empty.')
}

export function languagesOf({ languages = [] }: AnyRequest, text: string): Languages {
  const detected = detectLanguage(text)
  return { requested: languages, detected: detected === null ? [] : [detected] }
}

/** The language that a client states, of several the one that is detected; null where it states none. */
export function statedLanguage({ requested, detected }: Languages): string | null {
  return detected.find(one => requested.some(tag => primarySubtag(tag) === one)) ?? requested[0] ?? null
}

/**
 * The attributes of a request with the kinds that answer for them.
 * @param dropUnsupported Perspective's own attributes are left out where no live model answers for them
 */
export function attributesOf(
  names: readonly string[],
  given: { readonly servedKinds: readonly string[]; readonly dropUnsupported: boolean },
): readonly AnsweredAttribute[] | PerspectiveError {
  const answered: AnsweredAttribute[] = []
  for (const name of names) {
    const kind = kindAnswering(name, given.servedKinds)
    if (kind === null && given.dropUnsupported) continue
    if (kind === null || kind === undefined)
      return requestError('INVALID_REQUEST', `Unknown requested attribute: ${quotable(name)}`)
    answered.push({ name, kind })
  }
  return answered
}

/** What is wrong with the type of an attribute's score; null if nothing is. */
export function scoreTypeError(name: string, type: string | undefined): PerspectiveError | null {
  if (type === undefined || type === 'PROBABILITY' || type === 'SCORE_TYPE_UNSPECIFIED') return null
  return requestError(
    'INVALID_REQUEST',
    `Requested score type ${quotable(type)} is not supported by attribute ${quotable(name)}`,
  )
}

/** What is wrong with the languages for an attribute: all that are stated must be served, or else the detected one. */
export function languageError(
  { name, kind }: AnsweredAttribute,
  { requested, detected }: Languages,
  languagesOf: LanguagesOf,
): PerspectiveError | null {
  const served = languagesOf(kind.kind)
  const isServed = (language: string) => served.includes(primarySubtag(language) ?? language)
  const unsupported =
    requested.length > 0
      ? requested.filter(language => !isServed(language))
      : detected.filter(language => !isServed(languageAmong(language, served) ?? language))
  return unsupported.length === 0 ? null : languageNotSupported(name, unsupported, { requested, detected })
}

/** The languages that an attribute does not serve, or that none could be told. */
export function languageNotSupported(
  attribute: string,
  unsupported: readonly string[],
  { requested, detected }: Languages,
): PerspectiveError {
  if (unsupported.length === 0) return requestError('LANGUAGE_DETECTION_FAILED', 'Unable to detect language')
  return requestError(
    'LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE',
    `Attribute ${attribute} does not support request languages: ${unsupported.map(quotable).join(', ')}`,
    {
      languageNotSupportedByAttributeError: {
        attribute,
        detectedLanguages: detected,
        ...(requested.length === 0 ? {} : { requestedLanguages: requested }),
      },
    },
  )
}
