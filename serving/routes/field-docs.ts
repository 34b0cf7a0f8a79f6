import { type TObject, type TSchema, Type } from 'typebox'
import { schemaOf, type TopicName } from '../../schemas/topics.ts'

/** What a field of a body is, said once: by the Avro schema of the record that it becomes. */

interface AvroField {
  readonly name: string
  readonly type: unknown
  readonly doc?: string
  readonly default?: unknown
}

const MOMENT = /, in ms since the epoch/
const DERIVED = / Where it is left empty, Nicr derives one from .*$/

/** The body with what the topic's schema says of each field, as it is by HTTP: moments in two forms, and what is taken where a field is left out. */
export function explained<Body extends TObject>(topic: TopicName, body: Body): Body {
  return explainedBy(fieldsOf(schemaOf(topic)), body) as Body
}

function explainedBy(fields: readonly AvroField[], body: TObject): TObject {
  const properties = Object.entries(body.properties as Readonly<Record<string, TSchema>>).map(
    ([name, property]) => {
      const field = fields.find(one => one.name === name)
      if (field === undefined) throw new Error(`the record has no field ${name}`)
      return [name, copied(property, { ...insides(field, property), description: descriptionOf(field) })]
    },
  )
  return copied(body, { properties: Object.fromEntries(properties) }) as TObject
}

/** Objects within a field, with what is said of theirs. */
function insides({ type }: AvroField, property: TSchema): object {
  const { items, anyOf } = property as { readonly items?: TSchema; readonly anyOf?: readonly TSchema[] }
  const inner = fieldsOf(type)
  const explain = (one: TSchema) => (Type.IsObject(one) ? explainedBy(inner, one) : one)
  if (inner.length === 0) return {}
  if (items !== undefined) return { items: explain(items) }
  return anyOf === undefined ? {} : { anyOf: anyOf.map(explain) }
}

/** The fields of a record, of an array's records, or of the record that a union may hold; none of anything else. */
function fieldsOf(type: unknown): readonly AvroField[] {
  if (Array.isArray(type)) return type.flatMap(fieldsOf)
  const { fields, items } = (type ?? {}) as {
    readonly fields?: readonly AvroField[]
    readonly items?: unknown
  }
  return fields ?? (items === undefined ? [] : fieldsOf(items))
}

function descriptionOf({ name, doc = '', default: unless }: AvroField): string {
  const said = doc
    .replace(DERIVED, ' One is made up unless given.')
    .replace(MOMENT, name === 'at' ? '; now unless given' : '')
  return unless === undefined || unless === null || unless === '' || typeof unless === 'object'
    ? said
    : `${said} ${unless} unless given.`
}

/** A schema with other properties. What TypeBox notes of a schema is not enumerable, and must not be lost. */
function copied(schema: TSchema, over: object): TSchema {
  return Object.assign(Object.create(null, Object.getOwnPropertyDescriptors(schema)), over)
}
