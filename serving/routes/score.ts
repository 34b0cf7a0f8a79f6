import type { FastifyRequest } from 'fastify'
import { type Static, type TSchema, Type } from 'typebox'
import { type ErrorCode, NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { type KindAnswer, scoreOrDegrade } from '../degraded-scores.ts'
import { checkTextLength, reasonBody, spamOf } from '../draft-scoring.ts'
import { boundImageScoring, type ImageScoring } from '../image-scoring.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { Nullable, ReasonBody } from './shapes.ts'

/** Scoring on request: `POST /sentiment-analysis` and `POST /v1/score`. Texts and pictures count as drafts: nothing here keeps them. */
export const addScoreRoutes: AddRoutes = (app, context) => {
  const config = { access: ['read', 'publish'], takesDrafts: true } as const
  const images = boundImageScoring(context.parts.imageScorers, context.limits)

  app.post<{ Body: Static<typeof SentimentBody> }>(
    '/sentiment-analysis',
    {
      config,
      schema: {
        summary: 'How nice a text is, 0–10, or each of several.',
        body: SentimentBody,
        example: { text: 'Thank you, that was kind.' },
        problems: ['NICR_TEXT_TOO_LONG'],
        response: { 200: Type.Union([Sentiment, Type.Array(Sentiment)]) },
      },
    },
    async ({ body }) => {
      const language = body.language ?? null
      if (body.text !== undefined) return sentimentOf(context, body.text, language)
      const texts = body.texts ?? []
      if (texts.length > context.limits.textsMax)
        throw new NicrError(
          'NICR_BODY_INVALID',
          `body/texts: at most ${context.limits.textsMax} texts a request, not ${texts.length}; send several requests`,
        )
      return Promise.all(texts.map(text => sentimentOf(context, text, language)))
    },
  )

  app.post<{ Body: Static<typeof ScoreBody> }>(
    '/v1/score',
    {
      config,
      schema: {
        summary: 'The score of every kind, or of some, of a text, of pictures or of both.',
        body: ScoreBody,
        example: { text: 'Thank you, that was kind.', kinds: ['niceness'] },
        problems: ['NICR_TEXT_TOO_LONG', 'NICR_KIND_UNKNOWN', ...imageProblems],
        response: { 200: ScoreAnswer },
      },
    },
    async request => scoreAll(context, images, request),
  )
}

async function sentimentOf(
  context: RouteContext,
  text: string,
  language: string | null,
): Promise<Static<typeof Sentiment>> {
  const [niceness] = await scoreText(context, text, language, ['niceness'])
  const { status, value, label, reasons, model, language: read, code } = kindBody(niceness!)
  return { niceness: value, label, reasons, model, language: read, status, code }
}

/** What is wrong with a picture; the detail names it. */
const imageProblems: readonly ErrorCode[] = [
  'NICR_IMAGES_TOO_MANY',
  'NICR_IMAGE_REF_INVALID',
  'NICR_IMAGE_HOST_REFUSED',
  'NICR_IMAGE_NOT_FOUND',
  'NICR_IMAGE_TOO_LARGE',
  'NICR_IMAGE_TYPE_UNSUPPORTED',
  'NICR_IMAGE_UNREADABLE',
  'NICR_IMAGE_DIGEST_MISMATCH',
]

/** A kind scores what holds its input, as in the stream: kinds of pictures are left out where there is none, kinds of text likewise. */
async function scoreAll(
  context: RouteContext,
  scoring: ImageScoring,
  request: FastifyRequest<{ Body: Static<typeof ScoreBody> }>,
): Promise<Static<typeof ScoreAnswer>> {
  const { body } = request
  const { id, author } = principalOf(request)
  // Tickets of one key are as many credentials as they have authors.
  const credential = JSON.stringify([id, author])
  const { text, language = null, images = [] } = body
  const { texts, pictures } = kindsFor(body, context.parts.drafts.kinds, scoring.kinds)
  const answers = await Promise.all([
    text === undefined ? [] : scoreText(context, text, language, texts),
    images.length === 0 ? [] : scoring.score(images, { kinds: pictures, credential }),
  ])
  const scores = answers.flat()
  countDegraded(context, answers[1])
  return {
    ...spamOf(scores),
    degraded: scores.some(({ status }) => status === 'DEGRADED'),
    scores: Object.fromEntries(scores.map(score => [score.kind, kindBody(score)])),
  }
}

/**
 * The kinds that answer: those asked for, of which the request holds the input.
 * @throws NicrError NICR_KIND_UNKNOWN; NICR_BODY_INVALID where none is left
 */
function kindsFor(
  { text, images = [], kinds }: Static<typeof ScoreBody>,
  textKinds: readonly string[],
  imageKinds: readonly string[],
): { readonly texts: readonly string[]; readonly pictures: readonly string[] } {
  const served = [...textKinds, ...imageKinds]
  if (kinds?.some(kind => !served.includes(kind)))
    throw new NicrError(
      'NICR_KIND_UNKNOWN',
      `no live model is of the kind asked for; there are ${served.join(', ')}`,
    )
  if (images.length > 0 && imageKinds.length === 0)
    throw new NicrError('NICR_BODY_INVALID', 'body/images: no live model reads images; leave images out')
  if (text === undefined && images.length === 0)
    throw new NicrError('NICR_BODY_INVALID', 'body/text: is missing; give a string, or images')
  const asked = (among: readonly string[]) => among.filter(kind => kinds?.includes(kind) ?? true)
  const texts = text === undefined ? [] : asked(textKinds)
  const pictures = images.length === 0 ? [] : asked(imageKinds)
  if (texts.length + pictures.length > 0) return { texts, pictures }
  const missing = text === undefined ? 'text' : 'images'
  throw new NicrError(
    'NICR_BODY_INVALID',
    `body/${missing}: is missing; the kinds asked for score nothing else`,
  )
}

async function scoreText(
  context: RouteContext,
  text: string,
  language: string | null,
  kinds: readonly string[],
): Promise<readonly KindAnswer[]> {
  const { parts, limits } = context
  checkTextLength(text, parts.config.textLengthMax)
  const scores = await scoreOrDegrade(parts.drafts, text, { language, scoringMs: limits.scoringMs, kinds })
  countDegraded(context, scores)
  return scores
}

function countDegraded({ metrics }: RouteContext, scores: readonly KindAnswer[]): void {
  for (const { kind, code } of scores) if (code !== null) metrics.scoresDegraded.inc({ kind, code })
}

function kindBody({ status, decision, modelVersion, language, code }: KindAnswer): Static<typeof KindBody> {
  return {
    status,
    value: decision?.value ?? null,
    label: decision?.label ?? null,
    probability: decision?.probability ?? null,
    reasons: (decision?.reasons ?? []).map(reasonBody),
    model: modelVersion,
    language,
    code,
  }
}

const strict = { additionalProperties: false }
const Language = Type.String({ maxLength: 35, description: 'BCP 47 tag; detected unless given.' })

/** What DEGRADED and its like leave open is null. */
const Outcome = {
  model: Nullable(Type.String({ description: 'The version that scored; null where none did.' })),
  language: Nullable(Type.String()),
  status: Type.Union(
    [Type.Literal('SCORED'), Type.Literal('DEGRADED'), Type.Literal('UNSUPPORTED'), Type.Literal('EMPTY')],
    {
      description:
        'Whether there is a score. DEGRADED: no model answered in time, or not of all there is, `code` says why; UNSUPPORTED: the language is not one the model knows; EMPTY: there is nothing to score.',
    },
  ),
  code: Nullable(
    Type.String({ description: 'For DEGRADED: the error code that says why, e.g. NICR_SCORING_TIMEOUT.' }),
  ),
}

const SentimentBody = Type.Object(
  {
    text: Type.Optional(Type.String()),
    texts: Type.Optional(
      Type.Array(Type.String(), { description: 'Scored in order; the answer is an array.' }),
    ),
    language: Type.Optional(Language),
  },
  { ...strict, oneOf: [{ required: ['text'] }, { required: ['texts'] }] },
)

const Sentiment = Type.Object({
  niceness: Nullable(Type.Number({ minimum: 0, maximum: 10 })),
  label: Nullable(Type.String()),
  reasons: Type.Array(ReasonBody),
  ...Outcome,
})

const ImageBody = Type.Object(
  {
    ref: Type.String({
      minLength: 1,
      // Bounds a `data:`, which each reason that is found in it names.
      maxLength: 16_384,
      description:
        '`blob:` as POST /v1/images answers it, `https:` of an allowed host, `s3:`, or a small `data:`.',
    }),
    sha256: Type.Optional(Nullable(Type.String({ pattern: '^[0-9a-fA-F]{64}$' }))),
    mimeType: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
  },
  strict,
)

const ScoreBody = Type.Object(
  {
    text: Type.Optional(Type.String()),
    images: Type.Optional(
      Type.Array(ImageBody, {
        description:
          'Scored together, as those of one content, by the kinds that read images; without such a kind, leave it out.',
      }),
    ),
    kinds: Type.Optional(Type.Array(Type.String({ maxLength: 100 }), { minItems: 1, maxItems: 32 })),
    language: Type.Optional(Language),
  },
  strict,
)

const KindBody = Type.Object({
  value: Nullable(Type.Number()),
  label: Nullable(Type.String()),
  probability: Nullable(Type.Number()),
  reasons: Type.Array(ReasonBody),
  ...Outcome,
})

const ScoreAnswer = Type.Object({
  spam: Nullable(Type.Number({ description: 'The larger of the spam kinds’ values.' })),
  decidedBy: Nullable(Type.String()),
  degraded: Type.Boolean({
    description:
      'Whether a kind that was asked for has no score because no model answered, or one of a part only.',
  }),
  scores: Type.Record(Type.String(), KindBody as TSchema),
})
