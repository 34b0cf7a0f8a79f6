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

const Description = Nullable(
  Type.String({ description: 'What it measures or holds; null where nobody declares it.' }),
)

const Drift = Type.Object({
  watched: Type.Array(
    Type.Object({
      kind: Type.String(),
      modelVersion: Type.String({ description: 'The version that scored last.' }),
      records: Type.Integer({ description: 'Contents profiled under it.' }),
      referenceRecords: Type.Integer({
        description: 'So many form the reference; until then nothing can be found.',
      }),
      since: Time('The first of them'),
      lastAt: Time('The last of them'),
    }),
    { description: 'Every kind that scores, whether it drifts or not.' },
  ),
  accuracy: Type.Array(
    Type.Object({
      kind: Type.String(),
      modelVersion: Type.String(),
      source: Type.Union([Type.Literal('estimate'), Type.Literal('labels'), Type.Literal('reports')], {
        description:
          'estimate: what calibrated scores expect of themselves, without labels. labels: people who label. reports: those who complain.',
      }),
      share: Type.Number({ description: 'How often scores are right, 0 to 1.' }),
      low: Nullable(Type.Number({ description: 'Lower 95 % limit, where it was measured.' })),
      high: Nullable(Type.Number()),
      count: Type.Integer({ description: 'Scores, labels or reports of the window.' }),
      drifted: Type.Boolean({ description: 'Whether it fell below what it was, beyond its limits.' }),
      at: Time('When'),
    }),
    { description: 'The latest closed window of each kind and source.' },
  ),
  drifts: Type.Array(
    Type.Object({
      kind: Type.String(),
      modelVersion: Type.String(),
      feature: Type.String({ description: '* is all features jointly, labels the truth beside the score.' }),
      description: Description,
      slice: Type.String({ description: 'Which content; all is everything.' }),
      sliceDescription: Description,
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
      moved: Type.Array(Type.String(), {
        description: 'location, spread, skew or shape; of all features jointly, those that moved most.',
      }),
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
      id: Type.String({ description: 'Of the report, as `nicr models recalibrate --report` takes it.' }),
      kind: Type.String(),
      modelVersion: Type.String(),
      feature: Type.String(),
      description: Description,
      slice: Type.String(),
      finding: Type.String({
        description: 'CLEARED: it came back. DOMAIN_GAP, CLASS_SHARE, CLASS_SHARE_REFUSED, CONCEPT.',
      }),
      method: Type.String(),
      drifted: Type.Boolean({ description: 'Whether it is an alarm.' }),
      statistic: Type.Number({
        description: 'For CLASS_SHARE the new share, for DOMAIN_GAP the largest PSI.',
      }),
      threshold: Type.Number({ description: 'For CLASS_SHARE the share before.' }),
      effect: Nullable(Type.Number()),
      effectLow: Nullable(Type.Number()),
      effectHigh: Nullable(Type.Number()),
      count: Type.Integer({ description: 'Records of its window.' }),
      at: Time('When'),
      contributors: Type.Array(
        Type.Object({ name: Type.String(), weight: Type.Number(), description: Description }),
        { description: 'What stands behind it, heaviest first.' },
      ),
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
