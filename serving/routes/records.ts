import { randomUUID } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import type { Static, TObject } from 'typebox'
import { type ErrorCode, NicrError } from '../../schemas/errors.ts'
import type { RecordOf } from '../../schemas/topics.ts'
import { principalOf } from '../credentials.ts'
import { checkTextLength } from '../draft-scoring.ts'
import { createIdempotentAnswers, idFrom } from '../idempotency.ts'
import type { PublishedTopic } from '../ports.ts'
import { traceOf } from '../request-traces.ts'
import type { AddRoutes } from './context.ts'
import {
  ContentBody,
  IdempotencyHeaders,
  OutcomeBody,
  PublishedBody,
  ReportBody,
  VoteBody,
} from './record-bodies.ts'
import type { Moment } from './shapes.ts'

/** Records for platforms that don't produce to Kafka themselves: `POST /v1/content`, votes, reports, draft outcomes. */
export const addRecordRoutes: AddRoutes = (app, { parts, limits, now }) => {
  const answers = createIdempotentAnswers<Published>({
    answersMax: limits.idempotentAnswersMax,
    answersPerCredentialMax: limits.idempotentAnswersPerCredentialMax,
    answerMs: limits.idempotentAnswerMs,
    now,
  })

  function addRecordRoute<Topic extends PublishedTopic, Body extends TObject>(
    route: RecordRoute<Topic, Body>,
  ): void {
    const publishOnce = async (request: FastifyRequest, id: string): Promise<Published> => {
      const body = request.body as Static<Body>
      const record = route.recordOf(body, { id, now: now(), textLengthMax: parts.config.textLengthMax })
      checkAuthor(request, route.personOf(record))
      const { key, answer } = route.keyOf(record)
      return { ...answer, ...(await parts.publish(route.topic, key, record, traceOf(request))) }
    }
    app.post(
      route.url,
      {
        config: { access: ['publish'], takesDrafts: true },
        schema: {
          summary: route.summary,
          body: route.body,
          example: route.example,
          headers: IdempotencyHeaders,
          problems: recordProblems,
          response: { 202: PublishedBody },
        },
      },
      async (request, reply) => {
        reply.code(202)
        const idempotencyKey = request.headers['idempotency-key']
        if (typeof idempotencyKey !== 'string') return publishOnce(request, randomUUID())
        const { id, author } = principalOf(request)
        // Tickets of one key are as many credentials as they have authors.
        const credential = JSON.stringify([id, author])
        const key = JSON.stringify([route.url, idempotencyKey])
        const { answer, replayed } = await answers.once(credential, key, request.body, () =>
          publishOnce(request, idFrom(id, author ?? '', route.url, idempotencyKey)),
        )
        if (replayed) reply.header('idempotency-replayed', 'true')
        return answer
      },
    )
  }

  addRecordRoute(contentRoute)
  addRecordRoute(voteRoute)
  addRecordRoute(reportRoute)
  addRecordRoute(outcomeRoute)
}

const recordProblems: readonly ErrorCode[] = [
  'NICR_TEXT_TOO_LONG',
  'NICR_RECORD_TOO_LARGE',
  'NICR_KAFKA_UNAVAILABLE',
  'NICR_REGISTRY_UNAVAILABLE',
  'NICR_IDEMPOTENCY_CONFLICT',
  'NICR_IDEMPOTENCY_IN_PROGRESS',
]

interface RecordRoute<Topic extends PublishedTopic, Body extends TObject> {
  readonly url: string
  readonly topic: Topic
  readonly summary: string
  readonly body: Body
  readonly example: Static<Body>
  /** The record of a body; `id` is for those that bring none. */
  recordOf(
    body: Static<Body>,
    given: { readonly id: string; readonly now: number; readonly textLengthMax: number },
  ): RecordOf<Topic>
  keyOf(record: RecordOf<Topic>): {
    readonly key: string
    readonly answer: { readonly id: string; readonly revision?: number }
  }
  /** Whose doing the record is; null where it does not say. */
  personOf(record: RecordOf<Topic>): string | null
}

interface Published {
  readonly id: string
  readonly revision?: number
  readonly partition: number
  readonly offset: number
}

/** A ticket that is bound to an author writes in that author's name only. */
function checkAuthor(request: FastifyRequest, person: string | null): void {
  const { author } = principalOf(request)
  if (author !== null && person !== null && person !== author)
    throw new NicrError('NICR_ROLE_MISSING', 'this ticket writes in the name of its own author only')
}

/** @throws NicrError NICR_BODY_INVALID */
function millis(field: string, moment: Static<typeof Moment> | null | undefined): number | null {
  if (moment === undefined || moment === null) return null
  const ms = typeof moment === 'number' ? moment : Date.parse(moment)
  if (Number.isNaN(ms))
    throw new NicrError('NICR_BODY_INVALID', `body/${field}: give ms since the epoch, or ISO 8601`)
  return ms
}

const contentRoute: RecordRoute<'content', typeof ContentBody> = {
  url: '/v1/content',
  topic: 'content',
  body: ContentBody,
  example: {
    id: 'comment-3',
    kind: 'COMMENT',
    author: 'user-7',
    parent: 'post-1',
    text: 'Thank you, that was kind.',
  },
  summary: 'Publishes a post or comment, its edit or its deletion, to be scored.',
  recordOf(body, { id, now, textLengthMax }) {
    const action = body.action ?? 'CREATED'
    if (action !== 'CREATED' && body.id == null)
      throw new NicrError('NICR_BODY_INVALID', `body/id: ${action} needs the id of what was there`)
    if (action !== 'DELETED' && body.text === undefined && (body.images ?? []).length === 0)
      throw new NicrError('NICR_BODY_INVALID', 'body/text: give a text, or images')
    checkTextLength(body.text ?? '', textLengthMax)
    return {
      id: body.id ?? id,
      kind: body.kind ?? 'POST',
      action,
      revision: body.revision ?? 0,
      author: body.author ?? '',
      authorSince: millis('authorSince', body.authorSince),
      thread: body.thread ?? null,
      parent: body.parent ?? null,
      language: body.language ?? null,
      text: body.text ?? '',
      images: (body.images ?? []).map(({ ref, sha256, mimeType }) => ({
        ref,
        sha256: sha256 ?? null,
        mimeType: mimeType ?? null,
      })),
      at: millis('at', body.at) ?? now,
    }
  },
  keyOf: ({ id, revision }) => ({ key: id, answer: { id, revision } }),
  personOf: ({ author }) => author,
}

const voteRoute: RecordRoute<'votes', typeof VoteBody> = {
  url: '/v1/votes',
  topic: 'votes',
  body: VoteBody,
  example: { contentId: 'comment-3', voter: 'user-8', value: 1 },
  summary: 'Publishes a vote on a content: 1, -1, or 0 for one taken back.',
  recordOf: (body, { id, now }) => ({
    id: body.id ?? id,
    contentId: body.contentId,
    revision: body.revision ?? null,
    voter: body.voter,
    accountSince: millis('accountSince', body.accountSince),
    value: body.value,
    at: millis('at', body.at) ?? now,
  }),
  keyOf: ({ id, contentId }) => ({ key: contentId, answer: { id } }),
  personOf: ({ voter }) => voter,
}

const reportRoute: RecordRoute<'reports', typeof ReportBody> = {
  url: '/v1/reports',
  topic: 'reports',
  body: ReportBody,
  example: { contentId: 'comment-3', reporter: 'user-8', kind: 'niceness', expected: 9 },
  summary: 'Publishes that a score is wrong. The text of a draft only where its author chose to send it.',
  recordOf(body, { id, now, textLengthMax }) {
    if ((body.contentId ?? null) === null && (body.draftId ?? null) === null)
      throw new NicrError('NICR_BODY_INVALID', 'body/contentId: give contentId, or draftId')
    if (body.text != null && body.draftId == null)
      throw new NicrError(
        'NICR_BODY_INVALID',
        'body/text: only of a draft; a published text is known by its contentId',
      )
    checkTextLength(body.text ?? '', textLengthMax)
    return {
      id: body.id ?? id,
      contentId: body.contentId ?? null,
      draftId: body.draftId ?? null,
      revision: body.revision ?? null,
      reporter: body.reporter ?? '',
      accountSince: millis('accountSince', body.accountSince),
      kind: body.kind,
      expected: body.expected ?? null,
      seenScore:
        body.seenScore == null
          ? null
          : { value: body.seenScore.value, modelVersion: body.seenScore.modelVersion ?? '' },
      text: body.text ?? null,
      note: body.note ?? null,
      at: millis('at', body.at) ?? now,
    }
  },
  keyOf: ({ id, contentId, draftId }) => ({ key: contentId ?? draftId ?? id, answer: { id } }),
  personOf: ({ reporter }) => reporter,
}

const outcomeRoute: RecordRoute<'draft-outcomes', typeof OutcomeBody> = {
  url: '/v1/draft-outcomes',
  topic: 'draft-outcomes',
  body: OutcomeBody,
  example: {
    draftId: 'draft-5',
    contentId: 'comment-3',
    outcome: 'MODIFIED',
    nicenessFirst: 3.1,
    nicenessLast: 7.4,
    edits: 2,
  },
  summary: 'Publishes what became of a draft, never its text.',
  recordOf: (body, { now }) => ({
    draftId: body.draftId,
    contentId: body.contentId ?? null,
    outcome: body.outcome,
    nicenessFirst: body.nicenessFirst ?? null,
    nicenessLast: body.nicenessLast ?? null,
    edits: body.edits ?? 0,
    modelVersion: body.modelVersion ?? '',
    at: millis('at', body.at) ?? now,
  }),
  keyOf: ({ draftId }) => ({ key: draftId, answer: { id: draftId } }),
  personOf: () => null,
}
