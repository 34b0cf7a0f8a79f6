export type Yaml = string | null | readonly Yaml[] | { readonly [key: string]: Yaml }

interface Line {
  readonly number: number
  readonly indent: number
  readonly text: string
}

/**
 * Reads the plain part of YAML that our deployment files keep to: maps and lists by indentation, lists of quoted strings in
 * brackets, quoted and bare scalars (all as strings), comments. Anything else throws with its line, so that a file cannot
 * drift out of what the tests understand.
 */
export function parseYaml(text: string): Yaml {
  const lines = text.split('\n').flatMap((raw, i): Line[] => {
    const content = raw.trimEnd()
    if (content.trim() === '' || content.trim().startsWith('#')) return []
    if (content.includes('\t')) throw new Error(`line ${i + 1}: a tab`)
    return [{ number: i + 1, indent: content.length - content.trimStart().length, text: content.trim() }]
  })
  const reader = { lines, at: 0 }
  const value = readBlock(reader, 0)
  if (reader.at < lines.length) throw new Error(`line ${lines[reader.at]!.number}: unexpected indentation`)
  return value
}

interface Reader {
  readonly lines: readonly Line[]
  at: number
}

function readBlock(reader: Reader, indent: number): Yaml {
  const first = reader.lines[reader.at]
  if (first === undefined || first.indent < indent) return null
  return /^- /.test(first.text) ? readList(reader, first.indent) : readMap(reader, first.indent)
}

function readMap(reader: Reader, indent: number): Yaml {
  const map: Record<string, Yaml> = {}
  for (let line = reader.lines[reader.at]; line?.indent === indent; line = reader.lines[reader.at]) {
    const match = /^([\w./-]+):(?: (.+))?$/.exec(line.text)
    if (match === null) throw new Error(`line ${line.number}: not \`key: value\``)
    const [, key, value] = match
    if (key! in map) throw new Error(`line ${line.number}: ${key} for the second time`)
    reader.at++
    map[key!] = value === undefined ? readBlock(reader, indent + 1) : scalar(value, line.number)
  }
  return map
}

/** Items are scalars, or maps whose first key stands behind the dash. */
function readList(reader: Reader, indent: number): Yaml {
  const items: Yaml[] = []
  for (let line = reader.lines[reader.at]; line?.indent === indent; line = reader.lines[reader.at]) {
    if (!line.text.startsWith('- ')) throw new Error(`line ${line.number}: not a list item`)
    const text = line.text.slice(2)
    if (!/^[\w-]+:( |$)/.test(text)) {
      reader.at++
      items.push(scalar(text, line.number))
      continue
    }
    const inner = [...reader.lines]
    inner[reader.at] = { ...line, indent: indent + 2, text }
    const nested = { lines: inner, at: reader.at }
    items.push(readMap(nested, indent + 2))
    reader.at = nested.at
  }
  return items
}

function scalar(text: string, line: number): Yaml {
  if (text.startsWith('[')) return JSON.parse(text) as string[]
  if (text.startsWith('"')) return JSON.parse(text) as string
  if (/^[&*!|>'{%@`]/.test(text) || / #/.test(text) || /: /.test(text))
    throw new Error(`line ${line}: ${text} is beyond the plain part of YAML that the tests read`)
  return text
}
