/**
 * Writes TypeScript types from the Avro schemas, so that the schemas stay the one source of truth.
 * `npm run generate` updates `schemas/records.ts`; a test fails while it is out of date.
 */

/** The part of Avro's schema language that our schemas use. */
export type AvroType =
  | string
  | readonly AvroType[]
  | {
      readonly type: AvroType
      readonly name?: string
      readonly doc?: string
      readonly logicalType?: string
      readonly items?: AvroType
      readonly values?: AvroType
      readonly symbols?: readonly string[]
      readonly fields?: readonly AvroField[]
    }

export interface AvroField {
  readonly name: string
  readonly type: AvroType
  readonly doc?: string
  readonly default?: unknown
}

const primitives: Readonly<Record<string, string>> = {
  null: 'null',
  string: 'string',
  boolean: 'boolean',
  int: 'number',
  long: 'number',
  double: 'number',
  bytes: 'Buffer',
}

const head = `// biome-ignore-all format: written by scripts/generate-records.ts from the .avsc files; run \`npm run generate\`.

/**
 * The records as TypeScript sees them: fields named as in Avro, timestamps as ms since the epoch, unions with null
 * as \`| null\`, 64-bit integers as numbers (offsets and times stay below 2^53).
 */
`

/** The source of `schemas/records.ts` for these schemas; a named type used by several of them is written once. */
export function recordsSource(schemas: readonly AvroType[]): string {
  const declarations = new Map<string, string>()
  for (const schema of schemas) typeOf(schema, declarations)
  return `${head}\n${[...declarations.values()].join('\n')}`
}

/** The TypeScript type of an Avro type; declares the named types it meets, the inner ones first. */
function typeOf(type: AvroType, declarations: Map<string, string>): string {
  if (typeof type === 'string') return primitives[type] ?? shortName(type)
  if (Array.isArray(type))
    return type
      .map(branch => typeOf(branch, declarations))
      .sort(nullLast)
      .join(' | ')
  const complex = type as Exclude<AvroType, string | readonly AvroType[]>
  switch (complex.type) {
    case 'array':
      return `readonly ${grouped(typeOf(complex.items ?? 'null', declarations))}[]`
    case 'map':
      return `Readonly<Record<string, ${typeOf(complex.values ?? 'null', declarations)}>>`
    case 'enum':
      return declare(complex.name, enumSource, complex, declarations)
    case 'record':
      return declare(complex.name, recordSource, complex, declarations)
    default:
      return typeOf(complex.type, declarations)
  }
}

type Complex = Exclude<AvroType, string | readonly AvroType[]>
type Writer = (type: Complex, declarations: Map<string, string>) => string

function declare(
  name: string | undefined,
  write: Writer,
  type: Complex,
  declarations: Map<string, string>,
): string {
  if (name === undefined) throw new Error('an Avro record or enum has no name')
  const source = write(type, declarations)
  const known = declarations.get(name)
  if (known !== undefined && known !== source) throw new Error(`two Avro types are named ${name} but differ`)
  declarations.set(name, source)
  return name
}

function enumSource(type: Complex): string {
  return `${comment(type.doc, '')}export type ${type.name} = ${type.symbols?.map(symbol => `'${symbol}'`).join(' | ')}\n`
}

function recordSource(type: Complex, declarations: Map<string, string>): string {
  const fields = (type.fields ?? []).map(
    field => `${comment(field.doc, '  ')}  readonly ${field.name}: ${typeOf(field.type, declarations)}\n`,
  )
  return `${comment(type.doc, '')}export interface ${type.name} {\n${fields.join('')}}\n`
}

function comment(doc: string | undefined, indent: string): string {
  return doc === undefined ? '' : `${indent}/** ${doc} */\n`
}

function grouped(source: string): string {
  return source.includes(' ') ? `(${source})` : source
}

function nullLast(a: string, b: string): number {
  return Number(a === 'null') - Number(b === 'null')
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf('.') + 1)
}
