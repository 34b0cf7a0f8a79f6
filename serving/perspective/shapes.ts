import { type Static, type TSchema, Type } from 'typebox'

/**
 * Perspective's messages, by the names of its discovery document, which is made from them. They describe the JSON form
 * in camelCase; `fromProtoJson` brings what else clients may send (snake_case, nulls) into it. Fields that Perspective
 * does not have are refused, as it refuses them.
 */

const strict = { additionalProperties: false }
const ATTRIBUTES_MAX = 64
const LANGUAGES_MAX = 16
const SPANS_MAX = 1_000
const CONTEXT_ENTRIES_MAX = 1_000
const TOKEN_LENGTH_MAX = 512

function message<Properties extends Record<string, TSchema>>(
  title: string,
  properties: Properties,
  description: string,
) {
  return Type.Object(properties, { title, description, ...strict })
}

function attributeMap<Value extends TSchema>(value: Value, description: string) {
  return Type.Record(Type.String(), value, { maxProperties: ATTRIBUTES_MAX, description })
}

const ScoreType = Type.String({ description: 'PROBABILITY, which is also meant where it is missing.' })
const token = (description: string) => Type.String({ maxLength: TOKEN_LENGTH_MAX, description })
const Languages = (description: string) =>
  Type.Array(Type.String({ maxLength: 35 }), { maxItems: LANGUAGES_MAX, description })
const float = (description: string) => Type.Number({ format: 'float', description })
const int32 = (description: string) => Type.Integer({ minimum: 0, format: 'int32', description })

const TextEntry = message(
  'TextEntry',
  {
    text: Type.Optional(Type.String({ description: 'The text.' })),
    type: Type.Optional(Type.String({ description: 'PLAIN_TEXT; HTML is refused.' })),
  },
  'A text.',
)

const Context = message(
  'Context',
  {
    entries: Type.Optional(Type.Array(TextEntry, { maxItems: CONTEXT_ENTRIES_MAX })),
    articleAndParentComment: Type.Optional(
      message(
        'ArticleAndParentComment',
        { article: Type.Optional(TextEntry), parentComment: Type.Optional(TextEntry) },
        'What a comment is about, and what it answers.',
      ),
    ),
  },
  'What a comment refers to: entries, or an article and a parent comment. Scores do not depend on it.',
)

const AttributeParameters = message(
  'AttributeParameters',
  {
    scoreType: Type.Optional(ScoreType),
    scoreThreshold: Type.Optional(float('Scores below it are left out.')),
  },
  'How an attribute is scored.',
)

const Score = message(
  'Score',
  { value: float('0–1.'), type: Type.Optional(ScoreType) },
  'A score and its type.',
)

const SpanScore = message(
  'SpanScore',
  {
    begin: int32('Where the span begins, in UTF-16 code units of the text.'),
    end: int32('Where it ends, exclusive.'),
    score: Score,
  },
  'The score of a part of the text.',
)

const AttributeScores = message(
  'AttributeScores',
  {
    summaryScore: Type.Optional(Score),
    spanScores: Type.Optional(Type.Array(SpanScore, { maxItems: SPANS_MAX })),
  },
  'The scores of one attribute: of the whole text, of parts of it.',
)
export type AttributeScores = Static<typeof AttributeScores>

const common = {
  comment: Type.Optional(TextEntry),
  context: Type.Optional(Context),
  languages: Type.Optional(
    Languages('Languages of the comment, ISO 639-1 or BCP 47; detected unless given.'),
  ),
  clientToken: Type.Optional(token('Comes back in the answer.')),
  sessionId: Type.Optional(token('Accepted; it says nothing here.')),
  communityId: Type.Optional(token('Where the comment was written, such as Coral:site.')),
  doNotStore: Type.Optional(
    Type.Boolean({ description: 'Accepted; no text is ever stored, whatever it says.' }),
  ),
}

export const AnalyzeCommentRequest = message(
  'AnalyzeCommentRequest',
  {
    ...common,
    requestedAttributes: Type.Optional(attributeMap(AttributeParameters, 'By attribute, such as TOXICITY.')),
    spanAnnotations: Type.Optional(Type.Boolean({ description: 'Scores of each sentence, too.' })),
    dropUnsupportedAttributes: Type.Optional(
      Type.Boolean({
        description: 'Attributes that are not served in the language are left out instead of refused.',
      }),
    ),
  },
  'A comment to be scored.',
)
export type AnalyzeCommentRequest = Static<typeof AnalyzeCommentRequest>

export const AnalyzeCommentResponse = message(
  'AnalyzeCommentResponse',
  {
    attributeScores: attributeMap(AttributeScores, 'By attribute, as requested.'),
    languages: Languages('As requested, or else as detected.'),
    detectedLanguages: Languages('As detected; empty where the text does not say enough.'),
    clientToken: Type.Optional(token('Of the request.')),
  },
  'The scores of a comment.',
)
export type AnalyzeCommentResponse = Static<typeof AnalyzeCommentResponse>

export const SuggestCommentScoreRequest = message(
  'SuggestCommentScoreRequest',
  {
    ...common,
    attributeScores: Type.Optional(attributeMap(AttributeScores, 'What the scores should be, by attribute.')),
  },
  'What somebody thinks that a comment’s scores should be.',
)
export type SuggestCommentScoreRequest = Static<typeof SuggestCommentScoreRequest>

export const SuggestCommentScoreResponse = message(
  'SuggestCommentScoreResponse',
  {
    clientToken: Type.Optional(token('Of the request.')),
    detectedLanguages: Languages('As detected.'),
    requestedLanguages: Languages('As requested.'),
  },
  'The suggestion was taken.',
)
export type SuggestCommentScoreResponse = Static<typeof SuggestCommentScoreResponse>

export const ErrorEnvelope = Type.Object({
  error: Type.Object({
    code: Type.Integer({ description: 'The HTTP status.' }),
    message: Type.String(),
    status: Type.String({ description: 'Of google.rpc.Code, such as INVALID_ARGUMENT.' }),
    details: Type.Optional(Type.Array(Type.Object({ '@type': Type.String() }))),
  }),
})

/** Every message by its name, those within others first. */
export const messages: readonly TSchema[] = [
  TextEntry,
  Context.properties.articleAndParentComment,
  Context,
  AttributeParameters,
  Score,
  SpanScore,
  AttributeScores,
  AnalyzeCommentRequest,
  AnalyzeCommentResponse,
  SuggestCommentScoreRequest,
  SuggestCommentScoreResponse,
]

/** The standard query parameters of Google's APIs. Only the key says something. */
export const StandardQuery = Type.Object({
  key: Type.Optional(Type.String({ description: 'An API key, instead of a header.' })),
  alt: Type.Optional(Type.String({ description: 'Ignored, as are the others: answers are JSON.' })),
  prettyPrint: Type.Optional(Type.String()),
  fields: Type.Optional(Type.String()),
  quotaUser: Type.Optional(Type.String()),
  callback: Type.Optional(Type.String()),
  uploadType: Type.Optional(Type.String()),
  upload_protocol: Type.Optional(Type.String()),
  '$.xgafv': Type.Optional(Type.String()),
})
