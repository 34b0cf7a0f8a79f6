import { type TSchema, Type } from 'typebox'
import type { KindModels } from '../ports.ts'
import type { AddRoutes } from './context.ts'
import { Nullable } from './shapes.ts'

/** `GET /v1/models`: what is live in this replica, what was before it, and what else there is. Paths stay here. */
export const addModelsRoute: AddRoutes = (app, { parts, limits }) => {
  app.get(
    '/v1/models',
    {
      config: { access: ['read'] },
      handlerTimeout: limits.answerMs,
      schema: {
        summary: 'The model versions of each kind: the live one, the challenger, and every version there is.',
        problems: ['NICR_ANSWER_TIMEOUT'],
        response: { 200: Models },
      },
    },
    async () => ({ models: (await parts.models()).map(modelBody) }),
  )
}

function modelBody({ versions, ...live }: KindModels) {
  const { kind, version, promoted, challenger, since, previous, languages, metrics } = live
  return {
    kind,
    version,
    alias: 'champion',
    promoted,
    challenger,
    since,
    previous,
    languages,
    metrics,
    versions: versions.map(one => ({
      version: one.version,
      origin: one.origin,
      aliases: one.aliases,
      parent: one.parent,
      digest: one.digest,
      languages: one.languages,
      metrics: one.metrics,
    })),
  }
}

const Metrics = Type.Record(Type.String(), Type.Number() as TSchema, {
  description: 'Measured when the version was trained, on rows that training did not see.',
})

const Models = Type.Object({
  models: Type.Array(
    Type.Object({
      kind: Type.String(),
      version: Type.String({ description: 'The version that this replica scores with.' }),
      alias: Type.String({ description: 'What that version is: champion.' }),
      promoted: Nullable(
        Type.String({ description: 'The champion as promotions say; another where it cannot be used here.' }),
      ),
      challenger: Nullable(Type.String()),
      since: Nullable(
        Type.Integer({
          description: 'When it was promoted, ms since the epoch; null: the highest committed version.',
        }),
      ),
      previous: Nullable(Type.String({ description: 'The champion before it.' })),
      languages: Type.Array(Type.String(), {
        description:
          'Primary subtags (ISO 639-1) that the version which scores reads; texts in others are UNSUPPORTED.',
      }),
      metrics: Metrics,
      versions: Type.Array(
        Type.Object({
          version: Type.String(),
          origin: Type.String({ description: 'committed: ships with Nicr; local: was trained here.' }),
          aliases: Type.Array(Type.String()),
          parent: Nullable(Type.String({ description: 'The version it was made from.' })),
          digest: Nullable(Type.String({ description: 'sha256 of the model file, hex.' })),
          languages: Type.Array(Type.String(), { description: 'Primary subtags that it reads.' }),
          metrics: Metrics,
        }),
      ),
    }),
  ),
})
