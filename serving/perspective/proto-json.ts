/** Deeper than any of Perspective's messages; what lies deeper is refused by their shapes. */
const DEPTH_MAX = 8

/** Fields that map attributes to something: their keys are names, not fields. */
const MAPS = new Set(['requestedAttributes', 'attributeScores'])

/**
 * A body as Perspective's shapes describe it. JSON of protocol buffers may also write fields in snake_case, and null for
 * a field that is not set; an attribute that is null has no parameters.
 */
export function fromProtoJson(value: unknown, depth = 0): unknown {
  if (depth === DEPTH_MAX || typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(one => fromProtoJson(one, depth + 1))
  const fields = Object.entries(value)
    .filter(([, field]) => field !== null)
    .map(([name, field]) => {
      const camelName = name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
      return [camelName, MAPS.has(camelName) ? mapOf(field, depth + 1) : fromProtoJson(field, depth + 1)]
    })
  return Object.fromEntries(fields)
}

function mapOf(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [name, one === null ? {} : fromProtoJson(one, depth + 1)]),
  )
}
