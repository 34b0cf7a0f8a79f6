import { type Static, type TSchema, Type } from 'typebox'

/** Shapes that several routes share. */

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** A reason; offsets are UTF-16 code units of the text as its author wrote it, end exclusive. */
export const ReasonBody = Type.Object({
  start: Nullable(
    Type.Integer({ description: 'In UTF-16 code units of the author’s text; null for images.' }),
  ),
  end: Nullable(Type.Integer({ description: 'Exclusive.' })),
  weight: Type.Number({ description: 'How much it moved the score: below 0 lowered it, above 0 raised it.' }),
  source: Type.Union([Type.Literal('TEXT'), Type.Literal('IMAGE')]),
  text: Nullable(Type.String({ description: 'The words themselves.' })),
  without: Nullable(
    Type.Number({
      description: 'The score without this word, wherever it occurs; null where it was not computed.',
    }),
  ),
  image: Type.Optional(
    Nullable(Type.String({ description: 'The image’s ref; only where source is IMAGE.' })),
  ),
  box: Type.Optional(
    Nullable(
      Type.Object(
        { x: Type.Number(), y: Type.Number(), width: Type.Number(), height: Type.Number() },
        { description: 'Where in the image, in fractions of its width and height.' },
      ),
    ),
  ),
})
export type ReasonBody = Static<typeof ReasonBody>

/** As the integers are: not before 1970. */
const YEAR = '(19[7-9]\\d|[2-9]\\d{3})'
const MONTH = '(0[1-9]|1[0-2])'
const DAY = '(0[1-9]|[12]\\d|3[01])'
const TIME = '([01]\\d|2[0-3]):[0-5]\\d'

const ISO = `${YEAR}-${MONTH}-${DAY}(T${TIME}(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-]${TIME}))?`

/** A moment: ms since the epoch, or ISO 8601. A time of day without its zone would be read as the server's. */
export const Moment = Type.Union([
  Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
  Type.String({
    maxLength: 40,
    pattern: `^${ISO}$`,
    description: 'ISO 8601: a date, or a date and time with its zone, e.g. 2026-11-24T08:15:00Z.',
  }),
])

/** The same in an address, where all is text. */
export const MomentText = Type.String({
  maxLength: 40,
  pattern: `^(\\d{1,15}|${ISO})$`,
  description: 'Ms since the epoch, or ISO 8601: a date, or a date and time with its zone.',
})

/** Identifiers of the platform: any text, bounded. */
export const Id = Type.String({ minLength: 1, maxLength: 512 })

export const Int32 = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
