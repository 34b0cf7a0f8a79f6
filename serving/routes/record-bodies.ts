import { Type } from 'typebox'
import { explained } from './field-docs.ts'
import { Id, Int32, Moment, Nullable } from './shapes.ts'

/** Bodies of the endpoints that publish: the fields of the records, most of them optional. Unknown fields are refused. */

const strict = { additionalProperties: false }
const OptionalId = Type.Optional(Nullable(Id))
const OptionalMoment = Type.Optional(Nullable(Moment))

const Image = Type.Object(
  {
    ref: Type.String({ minLength: 1, maxLength: 2048 }),
    sha256: Type.Optional(Nullable(Type.String({ pattern: '^[0-9a-fA-F]{64}$' }))),
    mimeType: Type.Optional(Nullable(Type.String({ maxLength: 100 }))),
  },
  strict,
)

export const ContentBody = explained(
  'content',
  Type.Object(
    {
      id: OptionalId,
      kind: Type.Optional(Type.Union([Type.Literal('POST'), Type.Literal('COMMENT')])),
      action: Type.Optional(
        Type.Union([Type.Literal('CREATED'), Type.Literal('EDITED'), Type.Literal('DELETED')]),
      ),
      revision: Type.Optional(Int32),
      author: Type.Optional(Type.String({ maxLength: 512 })),
      authorSince: OptionalMoment,
      thread: OptionalId,
      parent: OptionalId,
      language: Type.Optional(Nullable(Type.String({ maxLength: 35 }))),
      text: Type.Optional(Type.String()),
      images: Type.Optional(Type.Array(Image, { maxItems: 32 })),
      at: OptionalMoment,
    },
    strict,
  ),
)

export const VoteBody = explained(
  'votes',
  Type.Object(
    {
      id: OptionalId,
      contentId: Id,
      revision: Type.Optional(Nullable(Int32)),
      voter: Id,
      accountSince: OptionalMoment,
      value: Type.Union([Type.Literal(-1), Type.Literal(0), Type.Literal(1)]),
      at: OptionalMoment,
    },
    strict,
  ),
)

export const ReportBody = explained(
  'reports',
  Type.Object(
    {
      id: OptionalId,
      contentId: OptionalId,
      draftId: OptionalId,
      revision: Type.Optional(Nullable(Int32)),
      reporter: Type.Optional(Type.String({ maxLength: 512 })),
      accountSince: OptionalMoment,
      kind: Type.String({ minLength: 1, maxLength: 100 }),
      expected: Type.Optional(Nullable(Type.Number({ minimum: 0, maximum: 10 }))),
      seenScore: Type.Optional(
        Nullable(
          Type.Object(
            { value: Type.Number(), modelVersion: Type.Optional(Type.String({ maxLength: 100 })) },
            strict,
          ),
        ),
      ),
      text: Type.Optional(Nullable(Type.String())),
      note: Type.Optional(Nullable(Type.String({ maxLength: 2000 }))),
      at: OptionalMoment,
    },
    strict,
  ),
)

const Niceness = Type.Optional(Nullable(Type.Number({ minimum: 0, maximum: 10 })))

export const OutcomeBody = explained(
  'draft-outcomes',
  Type.Object(
    {
      draftId: Id,
      contentId: OptionalId,
      outcome: Type.Union([
        Type.Literal('POSTED_AS_IS'),
        Type.Literal('MODIFIED'),
        Type.Literal('DELETED'),
        Type.Literal('IGNORED'),
      ]),
      nicenessFirst: Niceness,
      nicenessLast: Niceness,
      edits: Type.Optional(Int32),
      modelVersion: Type.Optional(Type.String({ maxLength: 100 })),
      at: OptionalMoment,
    },
    strict,
  ),
)

export const IdempotencyHeaders = Type.Object({
  'idempotency-key': Type.Optional(
    Type.String({
      minLength: 1,
      maxLength: 255,
      description: 'The same request again, by the same key, gets the same answer.',
    }),
  ),
})

export const PublishedBody = Type.Object({
  id: Type.String(),
  revision: Type.Optional(Type.Integer()),
  partition: Type.Integer({ description: 'Where the record lies on its topic.' }),
  offset: Type.Integer(),
})
