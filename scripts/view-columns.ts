import { readMigrations } from '../pipelines/apply/migrations.ts'
import { table } from './tables.ts'

/** The columns of ClickHouse's views as the migrations comment them, for `docs/views.md`. `npm run generate` writes it. */

export interface View {
  readonly name: string
  readonly comment: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly comment: string }[]
}

/** Where a record lay: columns that every topic's view has. */
const PLACE_COLUMNS: readonly string[] = ['_topic', '_partition', '_offset', '_appended_at']

const VIEW =
  /^CREATE (?:OR REPLACE )?VIEW (?:IF NOT EXISTS )?\{database\}\.(\w+)\n\(\n([\s\S]*?)\n\)\nAS [\s\S]*?\nCOMMENT '([\s\S]*?)';?$/gm
const COLUMN = /^ {2}(\w+) (.+) COMMENT '(.*)',?$/

/** Every view as the last migration that names it leaves it, by name. */
export function viewsOfMigrations(): readonly View[] {
  const views = new Map<string, View>()
  for (const { sql } of readMigrations())
    for (const [, name, columns, comment] of sql.matchAll(VIEW))
      views.set(name!, { name: name!, comment: comment!, columns: columns!.split('\n').map(columnOf) })
  return [...views.values()].sort((one, other) => (one.name < other.name ? -1 : 1))
}

/** A section for each view: what it is, and a table of its columns. */
export function viewSections(): string {
  return viewsOfMigrations()
    .map(({ name, comment, columns }) => {
      const rows = columns
        .filter(column => !PLACE_COLUMNS.includes(column.name))
        .map(column => [`\`${column.name}\``, plainType(column.type), column.comment])
      return `### \`${name}\`\n\n${comment}\n\n${table(['column', 'type', 'meaning'], rows).trimEnd()}`
    })
    .join('\n\n')
}

/** Without what concerns storage; whether it may be null; of nested ones no more than that. */
function plainType(type: string): string {
  const bare = type
    .replaceAll(/LowCardinality\((\w+(?:\(\w+\))?)\)/g, '$1')
    .replace("DateTime64(3, 'UTC')", 'time')
  const nullable = /^Nullable\((.+)\)$/.exec(bare)?.[1]
  const shown = (nullable ?? bare)
    .replace(/^Array\(Tuple\(.*/, 'list of tuples')
    .replace(/^Tuple\(.*/, 'tuple')
  return nullable === undefined ? shown : `${shown} or null`
}

function columnOf(line: string): View['columns'][number] {
  const [, name, type, comment] = COLUMN.exec(line) ?? []
  if (comment === undefined) throw new Error(`A column of a view without a comment: ${line}`)
  return { name: name!, type: type!, comment }
}
