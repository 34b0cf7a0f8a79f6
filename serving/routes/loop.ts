import { Type } from 'typebox'
import { loopKindNamed, manualRequest, saidAutomation } from '../../pipelines/loop-records.ts'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { within } from '../deadline.ts'
import { hasRole } from '../keys.ts'
import { traceOf } from '../request-traces.ts'
import { labellerOf } from '../tagging/presence.ts'
import type { AddRoutes, RouteContext } from './context.ts'
import { KindName } from './label-shapes.ts'
import { AutomationBody, Loop, RequestBody, SaidAutomation, WrittenRequest } from './loop-shapes.ts'

/** The closed loop: where it is, `GET /v1/loop`, and what people say to it. */
export const addLoopRoutes: AddRoutes = (app, context) => {
  addOverviewRoute(app, context)
  addAutomationRoute(app, context)
  addRequestRoute(app, context)
}

/** What ClickHouse answers in time. */
export function asked<Value>({ limits }: RouteContext, work: Promise<Value>): Promise<Value> {
  return within(limits.driftMs, work, () => {
    throw new NicrError(
      'NICR_CLICKHOUSE_UNAVAILABLE',
      `ClickHouse did not answer within ${limits.driftMs} ms; try again`,
    )
  })
}

const addOverviewRoute: AddRoutes = (app, context) => {
  app.get<{ Querystring: { kind?: string } }>(
    '/v1/loop',
    {
      config: { access: ['read'] },
      schema: {
        summary:
          'Where the loop of each kind is: what is live, what is trained or tried, what is paused, and what was asked for.',
        querystring: Type.Object({ kind: Type.Optional(KindName) }, { additionalProperties: false }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_INPUT_INVALID', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Loop },
      },
    },
    async request => {
      const { kind } = request.query
      const name = kind === undefined ? undefined : loopKindNamed(kind)
      return {
        admin: hasRole(principalOf(request), 'admin'),
        kinds: await asked(context, context.parts.loop.overview(name)),
      }
    },
  )
}

const addAutomationRoute: AddRoutes = (app, { parts, audit, now }) => {
  app.post<{ Body: AutomationBody }>(
    '/v1/automation',
    {
      config: { access: ['admin'] },
      schema: {
        summary: 'Pauses or resumes a kind: whether it is trained, promoted and taken back by itself.',
        body: AutomationBody,
        example: { kind: 'niceness', paused: true, reason: 'The guideline is being rewritten.' },
        problems: writeProblems,
        response: { 202: SaidAutomation },
      },
    },
    async (request, reply) => {
      const { kind: name, paused, reason = '' } = request.body
      const kind = loopKindNamed(name)
      const by = principalOf(request)
      const said = saidAutomation({ kind, reason, by: labellerOf(by), now: now() }, paused)
      await parts.publish('automation', kind, said, traceOf(request))
      audit.loopSaid({ by, action: paused ? 'paused' : 'resumed', kind, record: said.id })
      reply.code(202)
      return said
    },
  )
}

const addRequestRoute: AddRoutes = (app, { parts, audit, now }) => {
  app.post<{ Body: RequestBody }>(
    '/v1/retrain-requests',
    {
      config: { access: ['admin'] },
      schema: {
        summary: 'Asks for a kind to be trained anew; it begins once enough contents are labelled.',
        body: RequestBody,
        example: { kind: 'niceness', reason: 'The new guideline is in force.' },
        problems: [...writeProblems, 'NICR_ANSWER_TIMEOUT'],
        response: { 202: WrittenRequest },
      },
    },
    async (request, reply) => {
      const kind = loopKindNamed(request.body.kind)
      const by = principalOf(request)
      const champion = (await parts.models()).find(one => one.kind === kind)?.promoted ?? null
      const said = { kind, reason: request.body.reason ?? '', by: labellerOf(by), now: now() }
      const record = manualRequest(said, champion)
      await parts.publish('retrain-requests', record.kind, record, traceOf(request))
      const { evidence: _, ...written } = record
      audit.loopSaid({ by, action: 'requested', kind, record: written.id })
      reply.code(202)
      return written
    },
  )
}

const writeProblems = [
  'NICR_KIND_UNKNOWN',
  'NICR_INPUT_INVALID',
  'NICR_RECORD_TOO_LARGE',
  'NICR_KAFKA_UNAVAILABLE',
  'NICR_REGISTRY_UNAVAILABLE',
] as const
