import { expect, it } from 'vitest'
import { type Field, fieldsOf, type Schema } from '../../scripts/schema-fields.ts'

const rowsOf = (schema: Schema, shown = new Map<string, string>()) =>
  fieldsOf(schema, { name: '', place: 'the answer', shown }).map(
    ({ path, type, isRequired, meaning }: Field) => `${path}|${type}|${isRequired}|${meaning}`,
  )

const box: Schema = {
  type: 'object',
  properties: { x: { type: 'number' }, y: { type: 'number' }, w: { type: 'number' }, h: { type: 'number' } },
}

it('names fields by their path, with types, limits, and what may be left out', () => {
  const schema: Schema = {
    type: 'object',
    required: ['id'],
    properties: {
      id: { type: 'string', minLength: 1, maxLength: 512, description: 'Its id.' },
      tags: { type: 'array', maxItems: 3, items: { type: 'string', minLength: 0, maxLength: 1000 } },
      score: {
        anyOf: [{ type: 'number', minimum: 0, maximum: 10, description: 'Niceness.' }, { type: 'null' }],
      },
      kind: {
        anyOf: [
          { const: 'A', type: 'string' },
          { const: 'B', type: 'string' },
        ],
      },
      scores: {
        type: 'object',
        patternProperties: {
          '^.*$': { type: 'object', properties: { value: { type: 'integer', minimum: 1 } } },
        },
      },
    },
  }
  expect(rowsOf(schema)).toEqual([
    'id|string, 1 to 512 letters|true|Its id.',
    'tags|array, at most 3: string, at most 1,000 letters|false|',
    'score|number, 0 to 10 or null|false|Niceness.',
    'kind|`"A"` or `"B"`|false|',
    'scores|object|false|',
    'scores.*.value|integer, 1 or more|false|',
  ])
})

it('shows a large shape once, and says afterwards where', () => {
  const shown = new Map<string, string>()
  const first = rowsOf({ type: 'object', properties: { boxes: { type: 'array', items: box } } }, shown)
  expect(first).toContain('boxes[].w|number|false|')
  expect(rowsOf({ type: 'object', properties: { box: { anyOf: [box, { type: 'null' }] } } }, shown)).toEqual([
    'box|object or null|false|Fields as of `boxes[]` in the answer.',
  ])
})

it('says of an answer that is one or several what each has, once', () => {
  expect(rowsOf({ anyOf: [box, { type: 'array', items: box }] })).toEqual([
    '|object or array: object|true|',
    ...['x', 'y', 'w', 'h'].map(field => `${field}|number|false|`),
  ])
})
