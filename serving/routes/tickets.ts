import { type Static, Type } from 'typebox'
import { NicrError } from '../../schemas/errors.ts'
import { principalOf } from '../credentials.ts'
import { hasRole } from '../keys.ts'
import type { AddRoutes } from './context.ts'
import { Id, Nullable } from './shapes.ts'

/** `POST /v1/tickets`: a short-lived ticket for a browser, made by the platform's backend or by a page that has a key. */
export const addTicketRoute: AddRoutes = (app, { tickets, audit }) => {
  app.post<{ Body: Static<typeof TicketBody> }>(
    '/v1/tickets',
    {
      config: { access: ['publish', 'read'] },
      schema: {
        summary:
          'Makes a ticket for a browser: bound to an author where one is given, of scopes the key has itself.',
        body: TicketBody,
        example: { author: 'user-7', scopes: ['read'], ttl: 600 },
        response: { 201: TicketAnswer },
      },
    },
    async (request, reply) => {
      const by = principalOf(request)
      const { author = null, scopes = ['read'], ttl = TTL_SECONDS } = request.body
      if (by.isTicket === true)
        throw new NicrError('NICR_ROLE_MISSING', 'a ticket makes no tickets; ask with the key')
      if (by.author !== null && author !== by.author)
        throw new NicrError('NICR_ROLE_MISSING', 'a token makes tickets for its own author only')
      // A backend that publishes may let each author read that author's own scores.
      const beyond = scopes.find(
        scope => !hasRole(by, scope) && !(scope === 'read' && author !== null && hasRole(by, 'publish')),
      )
      if (beyond !== undefined)
        throw new NicrError('NICR_ROLE_MISSING', `the key does not have the role ${beyond} itself`)
      const { ticket, expiresAt } = tickets.issue({ by, author, scopes, ttlMs: ttl * 1000 })
      audit.ticketIssued({ by, author, scopes, ttlMs: ttl * 1000 })
      reply.code(201).header('cache-control', 'no-store')
      return { ticket, expiresAt, protocols: ['nicr.v1', `nicr.ticket.${ticket}`] }
    },
  )
}

const TTL_SECONDS = 60
const TTL_SECONDS_MAX = 3600

const TicketBody = Type.Object(
  {
    author: Type.Optional(Nullable(Id)),
    scopes: Type.Optional(
      Type.Array(Type.Union([Type.Literal('read'), Type.Literal('publish'), Type.Literal('moderate')]), {
        minItems: 1,
        maxItems: 3,
      }),
    ),
    ttl: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: TTL_SECONDS_MAX,
        description: `Seconds; ${TTL_SECONDS} unless given.`,
      }),
    ),
  },
  { additionalProperties: false },
)

const TicketAnswer = Type.Object({
  ticket: Type.String(),
  expiresAt: Type.Integer({ description: 'ms since the epoch' }),
  protocols: Type.Array(Type.String(), { description: 'Sub-protocols to open /v1/live with.' }),
})
