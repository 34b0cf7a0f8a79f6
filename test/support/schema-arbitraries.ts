import fc from 'fast-check'

/** The part of JSON schema that our declarations use. */
export interface JsonSchema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly JsonSchema[]
  readonly oneOf?: readonly JsonSchema[]
  readonly properties?: Readonly<Record<string, JsonSchema>>
  readonly required?: readonly string[]
  readonly items?: JsonSchema
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** Any text, control characters, astral ones and lone surrogates included. */
const anyText = (minLength: number, maxLength: number) =>
  fc
    .array(
      fc.oneof({ weight: 9, arbitrary: fc.string({ unit: 'binary', maxLength: 4 }) }, fc.constant('\ud83d')),
    )
    .map(parts => parts.join(''))
    // Schemas count code points.
    .map(text => [...`${'x'.repeat(minLength)}${text}`].slice(0, maxLength).join(''))

/** Values that a schema takes; anything where it says nothing. */
export function validValue(schema: JsonSchema): fc.Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(validValue))
  if (schema.const !== undefined) return fc.constant(schema.const)
  switch (schema.type) {
    case 'null':
      return fc.constant(null)
    case 'boolean':
      return fc.boolean()
    case 'integer':
      return fc.integer({
        min: schema.minimum ?? -(2 ** 31),
        max: Math.min(schema.maximum ?? 2 ** 31, 2 ** 50),
      })
    case 'number':
      return fc.double({ min: schema.minimum ?? -1e9, max: schema.maximum ?? 1e9, noNaN: true })
    case 'string':
      if (schema.pattern !== undefined) return fc.stringMatching(new RegExp(schema.pattern))
      return anyText(schema.minLength ?? 0, Math.min(schema.maxLength ?? 200, 600))
    case 'array':
      return fc.array(validValue(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 5, 5),
      })
    case 'object':
      return schema.oneOf === undefined
        ? validObject(schema, schema.required ?? [])
        : fc.oneof(...schema.oneOf.map(one => validObject(schema, one.required ?? [])))
    default:
      return fc.jsonValue()
  }
}

function validObject(schema: JsonSchema, required: readonly string[]): fc.Arbitrary<object> {
  const chosen = new Set(schema.oneOf?.flatMap(one => one.required ?? []))
  const fields = Object.entries(schema.properties ?? {}).filter(
    ([name]) => required.includes(name) || !chosen.has(name),
  )
  return fc.record(Object.fromEntries(fields.map(([name, one]) => [name, validValue(one)])), {
    requiredKeys: [...required],
    noNullPrototype: true,
  })
}

/** Values that may break a schema: a valid one with a field taken out, put in or made another, or anything at all. */
export function brokenValue(schema: JsonSchema): fc.Arbitrary<unknown> {
  const fields = Object.keys(schema.properties ?? {})
  if (fields.length === 0) return fc.jsonValue()
  const valid = validValue(schema) as fc.Arbitrary<Record<string, unknown>>
  const name = fc.constantFrom(...fields)
  return fc.oneof(
    fc.jsonValue(),
    fc.tuple(valid, name).map(([value, field]) => without(value, field)),
    fc.tuple(valid, name, fc.jsonValue()).map(([value, field, other]) => ({ ...value, [field]: other })),
    fc.tuple(valid, fc.string({ unit: 'binary' }), fc.jsonValue()).map(([value, field, other]) => ({
      ...value,
      ...Object.fromEntries([[field, other]]),
    })),
    fc
      .tuple(valid, name, fc.constantFrom(-1, 2 ** 53, 1e308, '', 'x'.repeat(5000), [], {}, null))
      .map(([value, field, other]) => ({ ...value, [field]: other })),
  )
}

function without(value: Readonly<Record<string, unknown>>, field: string): object {
  const { [field]: _left, ...rest } = value
  return rest
}
