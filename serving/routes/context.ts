import type { FastifyInstance } from 'fastify'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { Audit } from '../audit.ts'
import type { Limits } from '../limits.ts'
import type { LiveSockets } from '../live-sockets.ts'
import type { ServingMetrics } from '../metrics.ts'
import type { ServerParts } from '../ports.ts'
import type { Tickets } from '../tickets.ts'

/** What routes stand on: the parts from outside and those the server made itself. */
export interface RouteContext {
  readonly parts: ServerParts
  readonly limits: Limits
  /** Kinds that may be tagged. */
  readonly kinds: Readonly<Record<string, KindDeclaration>>
  readonly now: () => number
  readonly metrics: ServingMetrics
  readonly audit: Audit
  readonly tickets: Tickets
  readonly sockets: LiveSockets
  /** True once the server began to stop. */
  readonly isDraining: () => boolean
}

export type AddRoutes = (app: FastifyInstance, context: RouteContext) => void
