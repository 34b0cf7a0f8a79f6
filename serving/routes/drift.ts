import { type TSchema, Type } from 'typebox'
import { NicrError } from '../../schemas/errors.ts'
import { within } from '../deadline.ts'
import type { AddRoutes } from './context.ts'
import { Nullable } from './shapes.ts'

/** `GET /v1/drift`: what drifts now, since when, how sure, with the words and posts behind it. */
export const addDriftRoute: AddRoutes = (app, { parts, limits }) => {
  app.get<{ Querystring: { kind?: string; since?: number; limit?: number } }>(
    '/v1/drift',
    {
      config: { access: ['read'] },
      schema: {
        summary:
          'What drifts now: features, words with example posts, findings, and the retraining asked for.',
        querystring: Type.Object({
          kind: Type.Optional(
            Type.String({ maxLength: 100, description: 'A model kind; all unless given.' }),
          ),
          since: Type.Optional(
            Type.Integer({
              minimum: 0,
              maximum: 8_640_000_000_000_000,
              description: 'Ms since the epoch: what was last found before is left out.',
            }),
          ),
          limit: Type.Optional(
            Type.Integer({
              minimum: 1,
              maximum: 200,
              description: 'Entries of each list at most; 200 unless given.',
            }),
          ),
        }),
        problems: ['NICR_CLICKHOUSE_UNAVAILABLE'],
        response: { 200: Drift },
      },
    },
    async request =>
      within(limits.driftMs, parts.drift.overview(request.query), () => {
        throw new NicrError(
          'NICR_CLICKHOUSE_UNAVAILABLE',
          `ClickHouse did not answer within ${limits.driftMs} ms; try again`,
        )
      }),
  )
}

const Time = (description: string) => Type.Integer({ description: `${description}, ms since the epoch.` })

const Drift = Type.Object({
  drifts: Type.Array(
    Type.Object({
      kind: Type.String(),
      modelVersion: Type.String(),
      feature: Type.String({ description: '* is all features jointly, labels the truth beside the score.' }),
      slice: Type.String({ description: 'Which content; all is everything.' }),
      since: Time('Since when, as the first alarm estimated it'),
      lastAt: Time('When the last alarm was found'),
      alarms: Type.Integer(),
      method: Type.String({ description: 'Of the last alarm.' }),
      statistic: Type.Number(),
      threshold: Type.Number({ description: 'What the statistic is compared with.' }),
      eValue: Nullable(Type.Number({ description: 'Evidence against no change, where a method has one.' })),
      effect: Nullable(Type.Number({ description: 'In standard deviations for adwin and e-detector.' })),
      effectLow: Nullable(Type.Number({ description: 'Lower end of its 95 % interval.' })),
      effectHigh: Nullable(Type.Number()),
      count: Type.Integer({ description: 'Records since the change.' }),
    }),
  ),
  words: Type.Array(
    Type.Object({
      kind: Type.String(),
      word: Type.String(),
      firstAt: Time('When it was first named'),
      lastAt: Time('When it was last named'),
      weight: Type.Number({ description: 'How much it stands out: log-odds over their standard deviation.' }),
      count: Type.Integer({ description: 'Records that hold it.' }),
      expected: Nullable(Type.Number({ description: 'Records that would, were nothing changed.' })),
      change: Type.Union([Type.Literal('word'), Type.Literal('expression'), Type.Literal('company')], {
        description: 'What of it is new: a word, an expression of two, or the neighbours of a known word.',
      }),
      neighbours: Type.Array(Type.String(), {
        description: 'For company: the word with each new neighbour.',
      }),
      examples: Type.Array(Type.Object({ contentId: Type.String(), text: Type.String() })),
    }),
  ),
  findings: Type.Array(
    Type.Object({
      kind: Type.String(),
      feature: Type.String(),
      slice: Type.String(),
      finding: Type.String({ description: 'CLEARED: it came back. DOMAIN_GAP, CLASS_SHARE, CONCEPT.' }),
      method: Type.String(),
      effect: Nullable(Type.Number()),
      at: Time('When'),
    }),
  ),
  requests: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.String(),
      policy: Type.String(),
      reason: Type.String(),
      modelVersion: Type.String(),
      requestedAt: Time('When it was asked'),
    }),
  ),
  histories: Type.Array(
    Type.Object({
      kind: Type.String(),
      feature: Type.String(),
      slice: Type.String(),
      points: Type.Array(
        Type.Object({ at: Time('Of these records'), mean: Type.Number(), count: Type.Number() }) as TSchema,
        { description: 'Oldest first.' },
      ),
    }),
  ),
})
