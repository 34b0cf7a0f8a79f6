/** The fields of a JSON schema as rows of a table, for docs/api.md. */

/** The part of JSON Schema that our declarations use. */
export interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly maxProperties?: number
  readonly pattern?: string
  readonly items?: Schema
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly patternProperties?: Readonly<Record<string, Schema>>
}

export interface Field {
  /** `images[].ref`; empty for the whole. */
  readonly path: string
  /** `string of 1 to 512, or null`. */
  readonly type: string
  readonly isRequired: boolean
  readonly meaning: string
}

export interface Where {
  /** The path so far. */
  readonly name: string
  readonly isRequired?: boolean
  /** `the answer of …`, for those who are referred to it. */
  readonly place: string
  /** By shape, where it was shown first; filled as fields are made. */
  readonly shown: Map<string, string>
}

/** Objects with fewer fields are shown each time. */
const SHOWN_ONCE_FROM = 4
/** Longer patterns say less than their description does. */
const PATTERN_LETTERS_MAX = 40

/**
 * A schema's own row, where it has a name, and those of its fields; of a large shape that was shown before it says where.
 */
export function fieldsOf(schema: Schema, where: Where): Field[] {
  const { name, isRequired = true } = where
  const inner = variantsOf(schema)
    .map(variant => elementOf(variant, name))
    .filter(one => one !== null)
  const shapes = new Map(inner.toReversed().map(one => [shapeOf(one.object), one]))
  const seen = [...shapes.keys()].map(shape => where.shown.get(shape)).find(one => one !== undefined)
  const fields = [...shapes.values()]
    .filter(({ object }) => !where.shown.has(shapeOf(object)))
    .flatMap(one => fieldsWithin(one, where))
  // Of an object without a name all is said by its fields.
  const isBare = name === '' && (schema.type === 'object' || schema.anyOf?.every(isObject) === true)
  if (isBare && seen === undefined) return fields
  const meaning = [meaningOf(schema), seen === undefined ? '' : `Fields as of ${seen}.`]
  return [
    { path: name, type: typeOf(schema), isRequired, meaning: meaning.filter(text => text !== '').join(' ') },
    ...fields,
  ]
}

interface Inner {
  readonly object: Schema
  /** Before the names of its fields. */
  readonly path: string
}

function fieldsWithin({ object, path }: Inner, where: Where): Field[] {
  const { place, shown } = where
  const properties = Object.entries(object.properties!)
  if (properties.length >= SHOWN_ONCE_FROM)
    shown.set(shapeOf(object), path === '' ? place : `\`${path}\` in ${place}`)
  return properties.flatMap(([field, schema]) =>
    fieldsOf(schema, {
      ...where,
      name: path === '' ? field : `${path}.${field}`,
      isRequired: object.required?.includes(field) ?? false,
    }),
  )
}

function shapeOf({ properties, required }: Schema): string {
  return JSON.stringify([properties, required])
}

function isObject({ type }: Schema): boolean {
  return type === 'object'
}

/** The object that a value is, or has as elements or values, with the path of its fields. */
function elementOf(schema: Schema, path: string): Inner | null {
  if (schema.items !== undefined) return innerOf(schema.items, `${path}[]`)
  const [values] = Object.values(schema.patternProperties ?? {})
  if (values !== undefined) return innerOf(values, path === '' ? '*' : `${path}.*`)
  if (Object.keys(schema.properties ?? {}).length === 0) return null
  return { object: schema, path }
}

function innerOf(schema: Schema, path: string): Inner | null {
  const inner = variantsOf(schema).map(variant => elementOf(variant, path))
  return inner.find(one => one !== null) ?? null
}

/** What a value may be besides null. */
function variantsOf(schema: Schema): Schema[] {
  if (schema.anyOf === undefined) return schema.type === 'null' ? [] : [schema]
  return schema.anyOf.flatMap(variantsOf)
}

function typeOf(schema: Schema): string {
  const names = [...new Set(variantsOf(schema).map(nameOf))]
  const all = isNullable(schema) ? [...names, 'null'] : names
  return all.join(' or ')
}

function isNullable(schema: Schema): boolean {
  return schema.type === 'null' || (schema.anyOf?.some(isNullable) ?? false)
}

function nameOf(schema: Schema): string {
  const { type, minLength, maxLength, minItems, maxItems, maxProperties, minimum, maximum } = schema
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  switch (type) {
    case 'string':
      return `string${rangeOf(minLength || undefined, maxLength, ' letters')}${patternOf(schema)}`
    case 'array':
      return `array${rangeOf(minItems || undefined, maxItems)}: ${typeOf(schema.items ?? {})}`
    case 'integer':
    case 'number':
      return type + rangeOf(minimum, maximum)
    case 'object':
      return `object${rangeOf(undefined, maxProperties, ' entries')}`
    default:
      return type ?? 'any'
  }
}

function rangeOf(min: number | undefined, max: number | undefined, units = ''): string {
  if (min === undefined && max === undefined) return ''
  if (max === undefined) return `, ${numberText(min!)} or more${units}`
  if (min === undefined) return `, at most ${numberText(max)}${units}`
  return `, ${numberText(min)} to ${numberText(max)}${units}`
}

function numberText(value: number): string {
  return value.toLocaleString('en-US')
}

function patternOf({ pattern }: Schema): string {
  return pattern === undefined || pattern.length > PATTERN_LETTERS_MAX ? '' : `, as \`${pattern}\``
}

/** Its description, or those of what it may be. */
function meaningOf(schema: Schema): string {
  const own = [schema, ...variantsOf(schema)].map(({ description }) => description)
  return [...new Set(own.filter(text => text !== undefined))].join(' ')
}
