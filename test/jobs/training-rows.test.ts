import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { planHeads } from '../../jobs/heads-plan.ts'
import type { TrainingRow } from '../../jobs/training-row.ts'
import { readAllRows, summariseRows } from '../../jobs/training-rows.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { jsonLines } from '../support/training-rows.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-rows-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const niceness = kindNamed('niceness')

function filesOf(name: string, rows: readonly unknown[]) {
  const path = join(folder, name)
  writeFileSync(path, jsonLines(rows))
  return [{ path }]
}

async function rowsOf(rows: readonly unknown[], name = 'rows.jsonl'): Promise<TrainingRow[]> {
  const read = []
  for await (const batch of readAllRows(niceness, filesOf(name, rows))) read.push(...batch)
  return read
}

const foldsOf = (rows: readonly TrainingRow[]) => new Set(rows.map(row => row.fold)).size
const hundred = Array.from({ length: 100 }, (_, i) => i)
const words = 'red blue green black white grey pink brown gold plum'.split(' ')

describe('rows', () => {
  it('are of the source they name, else of their file', async () => {
    const [named, unnamed] = await rowsOf(
      [
        { text: 'a', niceness: 1, source: 'chat' },
        { text: 'b', niceness: 2 },
      ],
      'my rows.jsonl',
    )
    expect([named?.source, unnamed?.source]).toEqual(['chat', 'my_rows'])
  })

  it('that differ in case, digits or spacing stay on one side of a split', async () => {
    const alike = ['Call 0900 123', 'call 0900 999', 'CALL  55'].map(text => ({ text, niceness: 1 }))
    expect(foldsOf(await rowsOf(alike))).toBe(1)
    expect(foldsOf(await rowsOf(words.map(text => ({ text, niceness: 1 }))))).toBeGreaterThan(3)
  })

  it('of one group stay on one side, and groups that differ by digits alone are groups of their own', async () => {
    const grouped = (group: (i: number) => unknown) =>
      rowsOf(hundred.map(i => ({ text: words[i % 10]!, niceness: 1, group: group(i) })))
    expect(foldsOf(await grouped(() => 'thread'))).toBe(1)
    expect(foldsOf(await grouped(() => 7))).toBe(1)
    expect(foldsOf(await grouped(i => `post ${i}`))).toBeGreaterThan(10)
    expect(foldsOf(await grouped(i => i))).toBeGreaterThan(10)
  })

  it.each([
    ['source', 'two words'],
    ['source', 3],
    ['aspects', [1]],
    ['aspects', { anger: 2 }],
    ['group', { of: 'rows' }],
    ['auxiliary', 'yes'],
    ['corrective', 1],
    ['weight', 11],
  ])('with a bad %s (%j) are refused by file and line', async (field, value) => {
    const bad = rowsOf([
      { text: 'a', niceness: 1 },
      { text: 'b', niceness: 2, [field]: value },
    ])
    await expect(bad).rejects.toMatchObject({
      code: 'NICR_INPUT_INVALID',
      message: expect.stringMatching(new RegExp(`rows.jsonl, line 2: the field ${field} `)),
    })
  })
})

describe('planHeads', () => {
  it('gives each source a head of its own, and each of its aspects', async () => {
    const rows = [
      ...[1, 5, 9].map(value => ({
        text: `t ${value}`,
        niceness: value,
        source: 'graded',
        aspects: { anger: 1 },
      })),
      ...[2, 8].map(value => ({ text: `u ${value}`, niceness: value, source: 'twofold' })),
    ]
    const summary = await summariseRows(niceness, filesOf('rows.jsonl', rows))
    const plan = planHeads(niceness, summary)
    expect(plan.map(({ name, source, loss }) => [name, source, loss])).toEqual([
      ['graded', 'graded', 'squared'],
      ['graded.anger', 'graded', 'logistic'],
      ['twofold', 'twofold', 'logistic'],
    ])
    const [row] = await rowsOf([{ text: 'a', niceness: 10 }])
    expect(plan[0]!.target(row!)).toBe(1)
    expect(plan[1]!.target(row!)).toBeNaN()
    expect(plan[2]!.target(row!)).toBe(1)
  })
})
