import { describe, expect, it } from 'vitest'
import type { JsonLine } from '../../pipelines/jsonl.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import { scoreRows } from '../../pipelines/score-rows.ts'
import { collect } from '../support/collect.ts'

async function* from(rows: readonly JsonLine[]): AsyncGenerator<JsonLine> {
  yield* rows
}
const lines = (values: readonly unknown[]): JsonLine[] => values.map((value, i) => ({ line: i + 1, value }))

describe('scoreRows', () => {
  it('answers every row in its place and carries on past bad ones', async () => {
    const rows: JsonLine[] = [
      ...lines([
        { id: 'a', text: 'thank you' },
        { text: '' },
        { id: 7, text: 'Guten Tag', language: 'de' },
        {},
        null,
      ]),
      { line: 6, error: 'is not JSON' },
      { line: 7, value: { id: 'long', text: 'x'.repeat(101) } },
      { line: 8, value: { id: 'b', text: 'you idiot' } },
    ]
    const model = await loadModel('niceness')
    const scored = await collect(scoreRows(kindNamed('niceness'), model, from(rows), { textLengthMax: 100 }))
    expect(scored).toEqual([
      { id: 'a', score: expect.any(Number), label: 'kind', reasons: expect.any(Array) },
      { id: '2', score: null, label: null, reasons: [], status: 'EMPTY' },
      { id: '7', score: null, label: null, reasons: [], status: 'UNSUPPORTED' },
      { line: 4, error: 'the field text is missing' },
      { line: 5, error: 'is not a JSON object' },
      { line: 6, error: 'is not JSON' },
      { line: 7, error: 'NICR_TEXT_TOO_LONG: the field text has 101 characters, at most 100' },
      { id: 'b', score: expect.any(Number), label: 'unkind', reasons: expect.any(Array) },
    ])
  })

  it('asks no text of deletions and images, as publishing does', async () => {
    const rows = lines([
      { id: 'a', action: 'DELETED' },
      { id: 'b', action: 'DELETED', text: 'you idiot' },
      { id: 'c', image: 'cat.png' },
      { id: 'd', image: 'cat.png', text: 'thank you' },
      { id: 'e', action: 'DELETED', text: 5 },
    ])
    const model = await loadModel('niceness')
    const scored = await collect(scoreRows(kindNamed('niceness'), model, from(rows)))
    const none = { score: null, label: null, reasons: [] }
    expect(scored).toEqual([
      { id: 'a', ...none, status: 'CLEARED' },
      { id: 'b', ...none, status: 'CLEARED' },
      { id: 'c', ...none, status: 'EMPTY' },
      expect.objectContaining({ id: 'd', score: expect.any(Number) }),
      { line: 5, error: 'the field text is not a string' },
    ])
  })

  it('reads the text from another field, over more than one batch', async () => {
    const rows = lines(Array.from({ length: 600 }, (_, i) => ({ id: i, body: `row ${i} is fine` })))
    const model = await loadModel('text-spam')
    const scored = await collect(scoreRows(kindNamed('text-spam'), model, from(rows), { textField: 'body' }))
    expect(scored.map(row => ('id' in row ? row.id : row.error))).toEqual(rows.map((_, i) => String(i)))
  })
})
