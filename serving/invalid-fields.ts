/**
 * What a failed check says to the one who sent it: where, and what is taken there. Values are never quoted: they may be
 * a draft. The checker's own messages are not passed on, for they say neither what nor what to do.
 */
export interface InvalidField {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string
  /** A predicate: `must be …`, `is missing; give …`, `is not a field here; remove it`. */
  readonly detail: string
}

/** The detail of a field that the schema does not have. */
export const UNKNOWN_FIELD = 'is not a field here; remove it'

/** What TypeBox reports. */
export interface CheckError {
  readonly keyword: string
  readonly schemaPath: string
  readonly instancePath: string
  readonly params?: unknown
}

/** The part of JSON schema that our declarations use. */
interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  /** Of a map, whose keys are any. */
  readonly patternProperties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly description?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minItems?: number
  readonly maxItems?: number
}

/** The fields that do not hold, each once, in the order they were found. */
export function invalidFields(schema: unknown, errors: readonly CheckError[]): readonly InvalidField[] {
  const found = new Map<string, string>()
  const say = (pointer: string, detail: string) => {
    if (!found.has(pointer)) found.set(pointer, detail)
  }
  for (const { keyword, schemaPath, instancePath, params } of errors) {
    const at = schemaAt(schema as Schema, instancePath)
    const names = namesIn(params)
    const choices = (at?.oneOf ?? []).flatMap(({ required }) => required ?? [])
    if (keyword === 'required') {
      // One of a choice that lacks it is no fault yet; the choice itself is reported.
      if (choices.length > 0 && /\/oneOf\/\d+$/.test(schemaPath)) continue
      for (const name of names)
        say(`${instancePath}/${name}`, `is missing; give ${described(at?.properties?.[name])}`)
    } else if (keyword === 'additionalProperties') {
      for (const name of names) say(`${instancePath}/${plain(name)}`, UNKNOWN_FIELD)
    } else if (keyword === 'oneOf' && choices.length > 0) {
      say(instancePath, `give one of ${choices.join(', ')}, and only one`)
    } else if (keyword !== 'boolean') {
      say(instancePath, `must be ${described(at)}`)
    }
  }
  return [...found].map(([pointer, detail]) => ({ pointer, detail }))
}

/** A sender's own field name helps to find it, unless it is a text in the wrong place. */
function plain(name: string): string {
  return /^[\w.-]{1,64}$/.test(name) ? name : '(a name that is not shown)'
}

function namesIn(params: unknown): readonly string[] {
  const { requiredProperties, additionalProperties } = (params ?? {}) as Readonly<
    Record<string, readonly string[]>
  >
  return requiredProperties ?? additionalProperties ?? []
}

/** The schema of the value at a pointer; undefined where the schema has none for it. */
function schemaAt(schema: Schema, pointer: string): Schema | undefined {
  let at: Schema | undefined = schema
  for (const step of pointer.split('/').slice(1)) {
    const branches: readonly Schema[] = at === undefined ? [] : [at, ...(at.anyOf ?? [])]
    const next = branches.map(one => {
      if (/^\d+$/.test(step) && one.items !== undefined) return one.items
      return one.properties?.[step] ?? Object.values(one.patternProperties ?? {})[0]
    })
    at = next.find(one => one !== undefined)
  }
  // Of `object or null`, whoever sent an object wants to know about the object's fields.
  return at?.properties === undefined ? (at?.anyOf?.find(one => one.properties !== undefined) ?? at) : at
}

/** What a schema takes, in words that fit after `must be` and `give`. */
function described(schema: Schema | undefined): string {
  if (schema === undefined) return 'another value'
  if (schema.anyOf !== undefined) {
    const constants = schema.anyOf
      .filter(one => one.const !== undefined)
      .map(one => JSON.stringify(one.const))
    const others = schema.anyOf.filter(one => one.const === undefined).map(described)
    const choice = constants.length > 1 ? [`one of ${constants.join(', ')}`] : constants
    return [...choice, ...others].join(' or ')
  }
  if (schema.const !== undefined) return JSON.stringify(schema.const)
  switch (schema.type) {
    case 'string':
      return `a string${sizeOf(schema.minLength, schema.maxLength, 'characters')}${patternOf(schema)}`
    case 'integer':
      return `an integer${rangeOf(schema)}`
    case 'number':
      return `a number${rangeOf(schema)}`
    case 'array':
      return `an array${sizeOf(schema.minItems, schema.maxItems, 'items')}`
    case 'object':
      return 'a JSON object'
    case 'boolean':
      return 'true or false'
    default:
      return schema.type ?? 'another value'
  }
}

/** What a pattern takes in words, where the schema has some. */
function patternOf({ pattern, description }: Schema): string {
  if (pattern === undefined) return ''
  return description === undefined ? ` that matches ${pattern}` : ` (${description.replace(/\.$/, '')})`
}

function sizeOf(min: number | undefined, max: number | undefined, unit: string): string {
  if (max === undefined) return min === undefined ? '' : ` of at least ${min} ${unit}`
  return min === undefined ? ` of at most ${max} ${unit}` : ` of ${min} to ${max} ${unit}`
}

function rangeOf({ minimum, maximum }: Schema): string {
  if (maximum === undefined) return minimum === undefined ? '' : ` of at least ${minimum}`
  return minimum === undefined ? ` of at most ${maximum}` : ` from ${minimum} to ${maximum}`
}
