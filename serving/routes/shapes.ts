import { type TSchema, Type } from 'typebox'

/** Shapes that several routes share. */

export function Nullable<T extends TSchema>(schema: T) {
  return Type.Union([schema, Type.Null()])
}

/** A reason; offsets are UTF-16 code units of the text as its author wrote it, end exclusive. */
export const ReasonBody = Type.Record(Type.String(), Type.Unknown(), {
  description: 'start, end, weight, source (TEXT or IMAGE), text; for images also image and box.',
})

/** A moment: ms since the epoch, or ISO 8601. */
export const Moment = Type.Union([
  Type.Integer({ minimum: 0, maximum: 8_640_000_000_000_000 }),
  Type.String({ minLength: 10, maxLength: 40, description: 'ISO 8601' }),
])

/** Identifiers of the platform: any text, bounded. */
export const Id = Type.String({ minLength: 1, maxLength: 512 })

export const Int32 = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })
