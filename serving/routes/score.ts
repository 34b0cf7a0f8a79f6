import { type Static, type TSchema, Type } from 'typebox'
import { NicrError } from '../../schemas/errors.ts'
import { checkTextLength, nicenessOf, reasonBody, scoreWithin, spamOf } from '../draft-scoring.ts'
import type { KindScore } from '../ports.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { Nullable, ReasonBody } from './shapes.ts'

/** Scoring on request: `POST /sentiment-analysis` and `POST /v1/score`. Texts count as drafts: nothing keeps them. */
export const addScoreRoutes: AddRoutes = (app, context) => {
  const config = { access: ['read', 'publish'], takesDrafts: true } as const

  app.post<{ Body: Static<typeof SentimentBody> }>(
    '/sentiment-analysis',
    {
      config,
      schema: {
        summary: 'How nice a text is, 0–10, or each of several.',
        body: SentimentBody,
        response: { 200: Type.Union([Sentiment, Type.Array(Sentiment)]) },
      },
    },
    async ({ body }) => {
      const language = body.language ?? null
      if (body.text !== undefined && body.texts !== undefined)
        throw new NicrError('NICR_BODY_INVALID', 'give text or texts, not both')
      if (body.text !== undefined) return sentimentOf(context, body.text, language)
      if (body.texts === undefined) throw new NicrError('NICR_BODY_INVALID', 'give text, or texts')
      if (body.texts.length > context.limits.textsMax)
        throw new NicrError(
          'NICR_BODY_INVALID',
          `at most ${context.limits.textsMax} texts a request, not ${body.texts.length}`,
        )
      return Promise.all(body.texts.map(text => sentimentOf(context, text, language)))
    },
  )

  app.post<{ Body: Static<typeof ScoreBody> }>(
    '/v1/score',
    {
      config,
      schema: {
        summary: 'The score of every kind, or of some.',
        body: ScoreBody,
        response: { 200: ScoreAnswer },
      },
    },
    async ({ body }) => scoreAll(context, body),
  )
}

async function sentimentOf(
  context: RouteContext,
  text: string,
  language: string | null,
): Promise<Static<typeof Sentiment>> {
  const scores = await scoreText(context, text, language, ['niceness'])
  const niceness = nicenessOf(scores)
  if (niceness === undefined) throw new Error('no scorer answered for niceness')
  return {
    niceness: niceness.decision?.value ?? null,
    label: niceness.decision?.label ?? null,
    reasons: (niceness.decision?.reasons ?? []).map(reasonBody),
    model: niceness.modelVersion,
    language: niceness.language,
    status: niceness.status,
  }
}

async function scoreAll(
  context: RouteContext,
  body: Static<typeof ScoreBody>,
): Promise<Static<typeof ScoreAnswer>> {
  const { kinds: served } = context.parts.drafts
  const unknown = body.kinds?.find(kind => !served.includes(kind))
  if (unknown !== undefined)
    throw new NicrError(
      'NICR_KIND_UNKNOWN',
      `no live model is of the kind asked for; there are ${served.join(', ')}`,
    )
  if (body.images !== undefined && body.images.length > 0)
    throw new NicrError('NICR_BODY_INVALID', 'no live model reads images; leave images out')
  if (body.text === undefined) throw new NicrError('NICR_BODY_INVALID', 'give text')
  const scores = await scoreText(context, body.text, body.language ?? null, body.kinds)
  return { ...spamOf(scores), scores: Object.fromEntries(scores.map(score => [score.kind, kindBody(score)])) }
}

function scoreText(
  context: RouteContext,
  text: string,
  language: string | null,
  kinds: readonly string[] | undefined,
): readonly KindScore[] | Promise<readonly KindScore[]> {
  checkTextLength(text, context.parts.config.textLengthMax)
  const { scoringMs } = context.limits
  return scoreWithin(context.parts.drafts, text, {
    language,
    scoringMs,
    ...(kinds === undefined ? {} : { kinds }),
  })
}

function kindBody({ status, decision, modelVersion, language }: KindScore): Static<typeof KindAnswer> {
  return {
    status,
    value: decision?.value ?? null,
    label: decision?.label ?? null,
    probability: decision?.probability ?? null,
    reasons: (decision?.reasons ?? []).map(reasonBody),
    model: modelVersion,
    language,
  }
}

const strict = { additionalProperties: false }
const Language = Type.String({ maxLength: 35, description: 'BCP 47 tag; detected unless given.' })

const SentimentBody = Type.Object(
  {
    text: Type.Optional(Type.String()),
    texts: Type.Optional(
      Type.Array(Type.String(), { description: 'Scored in order; the answer is an array.' }),
    ),
    language: Type.Optional(Language),
  },
  strict,
)

const Sentiment = Type.Object({
  niceness: Nullable(Type.Number({ minimum: 0, maximum: 10 })),
  label: Nullable(Type.String()),
  reasons: Type.Array(ReasonBody),
  model: Type.String(),
  language: Nullable(Type.String()),
  status: Type.String(),
})

const ScoreBody = Type.Object(
  {
    text: Type.Optional(Type.String()),
    images: Type.Optional(
      Type.Array(Type.Object({ ref: Type.String(), mimeType: Type.Optional(Type.String()) }), {
        maxItems: 16,
      }),
    ),
    kinds: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 32 })),
    language: Type.Optional(Language),
  },
  strict,
)

const KindAnswer = Type.Object({
  status: Type.String(),
  value: Nullable(Type.Number()),
  label: Nullable(Type.String()),
  probability: Nullable(Type.Number()),
  reasons: Type.Array(ReasonBody),
  model: Type.String(),
  language: Nullable(Type.String()),
})

const ScoreAnswer = Type.Object({
  spam: Nullable(Type.Number({ description: 'The larger of the spam kinds’ values.' })),
  decidedBy: Nullable(Type.String()),
  scores: Type.Record(Type.String(), KindAnswer as TSchema),
})
