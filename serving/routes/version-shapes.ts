import { type Static, type TSchema, Type } from 'typebox'
import { Time } from './loop-shapes.ts'
import { Nullable } from './shapes.ts'

/** What is answered of a version, and of promotions. */

const Figures = Type.Record(Type.String(), Type.Number())

const Manifest = Type.Object({
  kind: Type.String(),
  version: Type.String(),
  family: Type.String(),
  digest: Type.String({ description: 'sha256 of the model file, hex.' }),
  reference: Type.Optional(Type.String({ description: 'sha256 of what drift compares with, hex.' })),
  dataHash: Type.String({ description: 'sha256 of the rows it was made from, hex.' }),
  seed: Type.Integer(),
  parent: Nullable(Type.String({ description: 'The version it was made from.' })),
  settings: Figures,
  metrics: Figures,
  metricsByLanguage: Type.Optional(
    Type.Record(Type.String(), Figures, {
      description:
        'The same of each language with rows enough, of a version that reads others than its kind.',
    }),
  ),
  features: Type.Unknown({ description: 'How a text becomes numbers.' }),
  sources: Type.Array(
    Type.Object({
      name: Type.String(),
      licence: Type.String(),
      rows: Type.Integer(),
      metrics: Figures,
    }),
  ),
  recalibration: Type.Optional(
    Type.Object({
      fromShare: Type.Number(),
      toShare: Type.Number(),
      shift: Type.Number(),
      report: Nullable(Type.String()),
    }),
  ),
})

const Estimate = Type.Object({
  champion: Type.Number(),
  challenger: Type.Number(),
  difference: Type.Number({ description: 'Challenger less champion.' }),
  low: Type.Number({ description: 'Of the difference: the lower end of its 95 % interval.' }),
  high: Type.Number(),
})

const Judgement = Type.Object({
  passed: Type.Boolean({ description: 'Whether all gates were passed.' }),
  gates: Type.Array(
    Type.Object({
      name: Type.String(),
      passed: Type.Boolean(),
      figures: Figures,
      detail: Type.String({ description: 'What was found, in a sentence.' }),
    }),
  ),
  comparison: Type.Object({
    by: Type.Union([Type.Literal('CROSS_VALIDATION'), Type.Literal('HELD_OUT')]),
    rows: Type.Integer({ description: 'Labelled rows that both answered and the challenger had not seen.' }),
    slices: Type.Array(
      Type.Object({
        slice: Type.String(),
        rows: Type.Integer(),
        figures: Type.Record(Type.String(), Estimate),
      }),
    ),
  }),
})

export const VersionBody = Type.Object({
  manifest: Manifest,
  languages: Type.Array(Type.String(), { description: 'Primary language subtags that it reads.' }),
  origin: Type.Union([Type.Literal('committed'), Type.Literal('local')]),
  card: Nullable(Type.String({ description: 'The model card, Markdown.' })),
  judgement: Nullable(Judgement),
  ancestors: Type.Array(Type.String(), { description: 'What it was made from, the nearest first.' }),
  children: Type.Array(Type.String(), { description: 'What was made from it.' }),
  dataSet: Nullable(
    Type.Object({
      hash: Type.String(),
      rows: Type.Integer(),
      rowsByRole: Figures,
      labellers: Type.Integer({ description: 'How many people’s labels are in it.' }),
    }),
  ),
})

type Deep<T> = T extends object ? { readonly [Key in keyof T]: Deep<T[Key]> } : T
export type VersionPage = Deep<Static<typeof VersionBody>>

export const History = Type.Object({
  promotions: Type.Array(
    Type.Object({
      id: Type.String(),
      kind: Type.String(),
      alias: Type.String({ description: 'CHAMPION or CHALLENGER.' }),
      version: Type.String({ description: 'Empty: the alias was taken away.' }),
      previous: Nullable(Type.String()),
      share: Type.Number({ description: 'Of the content that it answers, 0 to 1.' }),
      reason: Type.String(),
      requestId: Nullable(Type.String()),
      by: Type.String(),
      at: Time('When'),
      ignored: Nullable(Type.String({ description: 'Why it did not hold; null if it did.' })),
    }) as TSchema,
    { description: 'The newest first.' },
  ),
  live: Nullable(
    Type.Array(
      Type.Object({
        kind: Type.String(),
        version: Nullable(Type.String({ description: 'The champion.' })),
        challenger: Nullable(Type.String()),
        since: Nullable(Time('When it was promoted')),
      }),
      { description: 'What was live at the time that was asked for.' },
    ),
  ),
})
