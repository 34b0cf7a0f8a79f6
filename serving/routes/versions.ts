import { Type } from 'typebox'
import { kindNamed } from '../../pipelines/kinds.ts'
import { NicrError } from '../../schemas/errors.ts'
import { within } from '../deadline.ts'
import type { AddRoutes } from './context.ts'
import { KindName } from './label-shapes.ts'
import { asked } from './loop.ts'
import { MomentText } from './shapes.ts'
import { History, VersionBody } from './version-shapes.ts'

const HISTORY_LIMIT = 200
const HISTORY_LIMIT_MAX = 1_000

const HistoryQuery = Type.Object(
  {
    kind: Type.Optional(KindName),
    at: Type.Optional(MomentText),
    limit: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: HISTORY_LIMIT_MAX,
        description: `Promotions at most; ${HISTORY_LIMIT} unless given.`,
      }),
    ),
  },
  { additionalProperties: false },
)

/** One version with all that is known of it, and which versions were live when. */
export const addVersionRoutes: AddRoutes = (app, context) => {
  addHistoryRoute(app, context)
  addVersionRoute(app, context)
}

const addHistoryRoute: AddRoutes = (app, context) => {
  app.get<{ Querystring: { kind?: string; at?: string; limit?: number } }>(
    '/v1/models/history',
    {
      config: { access: ['read'] },
      schema: {
        summary: 'Promotions, those that held and those that did not; with `at` what was live then.',
        querystring: HistoryQuery,
        problems: ['NICR_KIND_UNKNOWN', 'NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: History },
      },
    },
    async ({ query: { kind, at, limit = HISTORY_LIMIT } }) =>
      asked(
        context,
        context.parts.loop.promotions({
          limit,
          ...(kind === undefined ? {} : { kind: kindNamed(kind).kind }),
          ...(at === undefined ? {} : { at: millisOf(at) }),
        }),
      ),
  )
}

/** @throws NicrError NICR_REQUEST_INVALID for a day that no month has */
function millisOf(at: string): number {
  const ms = /^\d{5,}$/.test(at) ? Number(at) : Date.parse(at)
  if (Number.isNaN(ms))
    throw new NicrError('NICR_REQUEST_INVALID', 'querystring/at: give ms since the epoch, or ISO 8601')
  return ms
}

const addVersionRoute: AddRoutes = (app, { parts, limits }) => {
  app.get<{ Params: { kind: string; version: string } }>(
    '/v1/models/:kind/:version',
    {
      config: { access: ['read'] },
      schema: {
        summary:
          'A version: manifest, model card, how it compared with its parent, its lineage, and what it learned from.',
        params: Type.Object({
          kind: KindName,
          version: Type.String({
            pattern: '^(\\d{1,9}|champion|challenger)$',
            description: 'A whole number, or champion or challenger.',
          }),
        }),
        problems: ['NICR_KIND_UNKNOWN', 'NICR_MODEL_NOT_FOUND', 'NICR_MODEL_INVALID', 'NICR_ANSWER_TIMEOUT'],
        response: { 200: VersionBody },
      },
    },
    async ({ params }) => {
      const kind = kindNamed(params.kind).kind
      const version = await numberOf(kind, params.version)
      return within(limits.answerMs, pageOf(kind, version), () => {
        throw new NicrError(
          'NICR_ANSWER_TIMEOUT',
          `${kind}@${version} could not be read within ${limits.answerMs} ms`,
        )
      })
    },
  )

  async function numberOf(kind: string, version: string): Promise<string> {
    if (version !== 'champion' && version !== 'challenger') return version
    const live = (await parts.models()).find(one => one.kind === kind)
    const number = version === 'champion' ? live?.promoted : live?.challenger
    if (number === undefined || number === null)
      throw new NicrError('NICR_MODEL_NOT_FOUND', `${kind} has no ${version} now`)
    return number
  }

  async function pageOf(kind: string, version: string) {
    try {
      return await parts.version({ kind, version })
    } catch (error) {
      if (!(error instanceof NicrError) || error.code !== 'NICR_MODEL_INVALID') throw error
      // Its own words say where the folder lies.
      parts.log.warn({ code: error.code, detail: error.message }, 'a version cannot be shown')
      throw new NicrError(
        'NICR_MODEL_INVALID',
        `${kind}@${version} is there, but its manifest does not hold; \`nicr models list\` says why`,
      )
    }
  }
}
