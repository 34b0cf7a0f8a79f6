import { randomUUID } from 'node:crypto'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { languageAmong } from '../../processors/text/language-tags.ts'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { scoreWithin } from '../draft-scoring.ts'
import { idFrom } from '../idempotency.ts'
import { type Analysis, analysisAnswer, planAnalysis } from '../perspective/analyze.ts'
import { statedLanguage } from '../perspective/comment.ts'
import { DISCOVERY_VERSION, discoveryDocument } from '../perspective/discovery.ts'
import { errorOfProblem, isPerspectiveError, type PerspectiveError } from '../perspective/errors.ts'
import { fromProtoJson } from '../perspective/proto-json.ts'
import {
  AnalyzeCommentRequest,
  AnalyzeCommentResponse,
  ErrorEnvelope,
  StandardQuery,
  SuggestCommentScoreRequest,
  SuggestCommentScoreResponse,
} from '../perspective/shapes.ts'
import { suggestionOf } from '../perspective/suggest.ts'
import { toProblem } from '../problems.ts'
import { traceOf } from '../request-traces.ts'
import type { AddRoutes, RouteContext } from './context.ts'

/**
 * The way over for clients of the Perspective API: `POST /v1alpha1/comments:analyze`, `comments:suggestscore` and the
 * discovery document, with Perspective's own errors. Comments count as drafts: nothing keeps their text.
 */
export const addPerspectiveRoutes: AddRoutes = (app, context) => {
  app.register(async scope => {
    takeUntypedJson(scope)
    scope.setErrorHandler((error: FastifyError, request, reply) => {
      const given = { bodyBytesMax: context.limits.perspectiveBodyBytesMax }
      return send(reply, errorOfProblem(toProblem(error, request), given))
    })
    addAnalyze(scope, context)
    addSuggestScore(scope, context)
    addDiscovery(scope)
  })
}

// A colon begins a parameter in a route, two stand for one.
const ANALYZE_URL = '/v1alpha1/comments::analyze'
const SUGGEST_SCORE_URL = '/v1alpha1/comments::suggestscore'

function addAnalyze(scope: FastifyInstance, context: RouteContext): void {
  scope.post<{ Body: AnalyzeCommentRequest }>(
    ANALYZE_URL,
    {
      ...routeOptions(context),
      config: { access: ['read', 'publish'], takesDrafts: true, takesKeyInQuery: true },
      schema: {
        summary: 'Scores a comment, as the Perspective API does.',
        querystring: StandardQuery,
        body: AnalyzeCommentRequest,
        example: { comment: { text: 'Thank you, that was kind.' }, requestedAttributes: { TOXICITY: {} } },
        response: { 200: AnalyzeCommentResponse, default: ErrorEnvelope },
      },
    },
    async ({ body }, reply) => {
      const { parts, limits } = context
      const plan = planAnalysis(body, {
        servedKinds: parts.drafts.kinds,
        languagesOf: kind => parts.drafts.languagesOf(kind),
        sentencesMax: limits.perspectiveSentencesMax,
        ...commentLimits(context),
      })
      if (isPerspectiveError(plan)) return send(reply, plan)
      const [whole, ...sentences] = await scoresOf(plan, context)
      const answer = analysisAnswer(body, plan, whole ?? [], sentences)
      return isPerspectiveError(answer) ? send(reply, answer) : answer
    },
  )
}

/** Scores of the text, then of each sentence. */
async function scoresOf({ text, languages, kinds, sentences }: Analysis, { parts, limits }: RouteContext) {
  if (kinds.length === 0) return []
  const stated = statedLanguage(languages)
  // A sentence alone says less of its language than the text does.
  const [detected = null] = languages.detected
  const ofSentences = stated ?? languageAmong(detected, parts.drafts.languagesOf(kinds[0]!))
  // The answer has no reasons.
  const score = (one: string, language: string | null) =>
    scoreWithin(parts.drafts, one, { language, kinds, reasonsOf: [] }, limits.scoringMs)
  return Promise.all([
    score(text, stated),
    ...sentences.map(({ begin, end }) => score(text.slice(begin, end), ofSentences)),
  ])
}

function addSuggestScore(scope: FastifyInstance, context: RouteContext): void {
  scope.post<{ Body: SuggestCommentScoreRequest }>(
    SUGGEST_SCORE_URL,
    {
      ...routeOptions(context),
      config: { access: ['publish'], takesDrafts: true, takesKeyInQuery: true },
      schema: {
        summary: 'Says what a comment’s scores should be: a report, without the text.',
        querystring: StandardQuery,
        body: SuggestCommentScoreRequest,
        example: {
          comment: { text: 'Thank you, that was kind.' },
          attributeScores: { TOXICITY: { summaryScore: { value: 0.05 } } },
        },
        response: { 200: SuggestCommentScoreResponse, default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      const { parts, now } = context
      const { id, name, author } = principalOf(request)
      const suggestion = suggestionOf(request.body, {
        servedKinds: parts.drafts.kinds,
        languagesOf: kind => parts.drafts.languagesOf(kind),
        ...commentLimits(context),
        reporter: name,
        author,
        now: now(),
        idOf: (...names) => idFrom(id, 'suggestscore', ...names),
        newId: randomUUID,
      })
      if (isPerspectiveError(suggestion)) return send(reply, suggestion)
      for (const report of suggestion.reports)
        await parts.publish('reports', report.contentId ?? report.id, report, traceOf(request))
      return suggestion.answer
    },
  )
}

function addDiscovery(scope: FastifyInstance): void {
  scope.get<{ Querystring: { readonly version?: string } }>(
    '/$discovery/rest',
    {
      config: { access: 'OPEN' },
      schema: {
        summary: 'The discovery document of the Perspective-shaped methods, for Google’s client libraries.',
        querystring: Type.Object({
          version: Type.Optional(Type.String({ description: `${DISCOVERY_VERSION}, the only one.` })),
        }),
        response: { 200: Type.Object({}), default: ErrorEnvelope },
      },
    },
    async (request, reply) => {
      // It names the address it was asked at, so no cache may hand it on.
      reply.header('cache-control', 'no-store')
      const { version } = request.query
      if (version === undefined || version === DISCOVERY_VERSION) return discoveryDocument(rootUrlOf(request))
      throw new NicrError('NICR_NOT_FOUND', `the only version is ${DISCOVERY_VERSION}`)
    },
  )
}

/** Options of both methods. */
function routeOptions({ limits }: RouteContext) {
  return {
    // Clients send whole articles as context.
    bodyLimit: limits.perspectiveBodyBytesMax,
    preValidation: async (request: FastifyRequest) => {
      request.body = fromProtoJson(request.body)
    },
  }
}

function commentLimits({ parts, limits }: RouteContext) {
  return { textBytesMax: limits.perspectiveTextBytesMax, textLengthMax: parts.config.textLengthMax }
}

/** A body without a content type is JSON, as Perspective takes it: `requests.post(url, data=json.dumps(…))` sends that. */
function takeUntypedJson(scope: FastifyInstance): void {
  const parseJson = scope.getDefaultJsonParser('error', 'error')
  scope.addContentTypeParser('*', { parseAs: 'string' }, (request, body: string, done) => {
    if (request.headers['content-type'] === undefined) return parseJson(request, body, done)
    done(new NicrError('NICR_MEDIA_TYPE_UNSUPPORTED', 'Send the body as application/json.'))
  })
}

function send(reply: FastifyReply, error: PerspectiveError): FastifyReply {
  return reply.code(error.error.code).type('application/json').send(error)
}

/**
 * Where the client reached this server, with a slash at the end. A proxy that ends TLS says so in X-Forwarded-Proto:
 * whoever makes that up fools only himself.
 * @throws NicrError NICR_REQUEST_INVALID
 */
function rootUrlOf(request: FastifyRequest): string {
  const forwarded = String(request.headers['x-forwarded-proto'] ?? '')
    .split(',', 1)[0]!
    .trim()
  const scheme = forwarded === 'https' || forwarded === 'http' ? forwarded : request.protocol
  const url = `${scheme}://${request.host}/`
  if (!URL.canParse(url)) throw new NicrError('NICR_REQUEST_INVALID', 'the Host header is not a host')
  return `${new URL(url).origin}/`
}
