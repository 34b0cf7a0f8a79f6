import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { normals } from '../processors/drift/streams.ts'
import { runNicr } from '../support/run-nicr.ts'

const folder = mkdtempSync(join(tmpdir(), 'nicr-drift-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function file(name: string, rows: readonly (object | string)[]): string {
  const path = join(folder, name)
  writeFileSync(path, rows.map(row => `${typeof row === 'string' ? row : JSON.stringify(row)}\n`).join(''))
  return path
}
const rowsOf = (values: readonly number[], name = 'x') =>
  values.map((value, i) => ({ at: 1.7e12 + i * 1000, [name]: value }))
const linesOf = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as Record<string, unknown>)

it('names the feature that changed and the row, as JSON lines', async () => {
  const reference = file('reference.jsonl', rowsOf(normals(3000, 1)))
  const input = file('input.jsonl', rowsOf([...normals(2000, 2), ...normals(500, 3, { mean: 1 })]))
  const { code, stdout } = await runNicr(['drift', '--input', input, '--reference', reference, '--json'])
  expect(code).toBe(0)
  const [first] = linesOf(stdout)
  expect(first).toMatchObject({ feature: 'x', method: expect.any(String), statistic: expect.any(Number) })
  expect(first!['row']).toBeGreaterThanOrEqual(2000)
  expect(first!['row']).toBeLessThan(2100)
})

it('says nothing of rows that do not change, and says so to people', async () => {
  const input = file('calm.jsonl', rowsOf(normals(6000, 4)))
  const { code, stdout } = await runNicr(['drift', '--input', input])
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing drifts in 6000 rows\n' })
})

it('names new words of texts', async () => {
  const words = ['garden', 'river', 'bread', 'music', 'train', 'cloud', 'stone', 'paper', 'window', 'market']
  const text = (i: number) =>
    Array.from({ length: 8 }, (_, k) => words[(i * 7 + k * k * 3 + (i >> 3)) % words.length]).join(' ')
  const rows = Array.from({ length: 4000 }, (_, i) => ({
    id: `p${i}`,
    at: 1.7e12 + i * 1000,
    text: i > 3000 && i % 4 === 0 ? text(i).replace(/\w+/, 'skwibbly') : text(i),
  }))
  const { stdout } = await runNicr(['drift', '--input', file('texts.jsonl', rows), '--json'])
  const names = linesOf(stdout)
    .filter(({ feature }) => feature === 'terms')
    .flatMap(({ contributors }) =>
      (contributors as { name: string; contentIds: string[] }[]).map(({ name }) => name),
    )
  expect(names).toEqual(['skwibbly'])
})

it('carries on past bad rows, names them, and exits with a failure', async () => {
  const rows = rowsOf(normals(3000, 5)) as (object | string)[]
  rows[10] = '{"at": 1, "x":'
  rows[20] = { at: 'yesterday', x: 1 }
  rows[30] = { at: 1, x: 'many' }
  rows[40] = { at: 1, x: null }
  const { code, stdout, stderr } = await runNicr(['drift', '--input', file('bad.jsonl', rows)])
  expect(code).toBe(1)
  expect(stdout).toContain('nothing drifts')
  expect(stderr).toContain('line 11: is not JSON')
  expect(stderr).toContain('line 21: the field at is neither milliseconds nor an ISO 8601 time')
  expect(stderr).toContain('line 31: the field x is string, not a number')
  expect(stderr).toContain('NICR_INPUT_INVALID')
})

it('refuses a reference that says nothing, and tells what is missing', async () => {
  const reference = file('one.jsonl', rowsOf([1]))
  const input = file('some.jsonl', rowsOf(normals(200, 6)))
  const refused = await runNicr(['drift', '--input', input, '--reference', reference])
  expect(refused.code).toBe(1)
  expect(refused.stderr).toContain('the reference has 1 rows; at least 100 are needed')
  const { code, stderr } = await runNicr(['drift', '--input', input])
  expect(code).toBe(0)
  expect(stderr).toContain('nothing was compared; give --reference')
})

it('says which features the reference does not have, and watches the others', async () => {
  const reference = file('old.jsonl', rowsOf(normals(2000, 7)))
  const input = file(
    'new.jsonl',
    normals(2000, 8).map((x, i) => ({ at: i, x, fresh: 1 })),
  )
  const { code, stderr } = await runNicr(['drift', '--input', input, '--reference', reference])
  expect(code).toBe(0)
  expect(stderr).toContain('not in the reference, so not watched: fresh')
})

it('watches scored rows with labels for a score that the truth left', async () => {
  const chance = normals(6000, 9).map(x => 1 / (1 + Math.exp(1 - 1.5 * x)))
  const draws = normals(6000, 10).map(x => 1 / (1 + Math.exp(-1.702 * x)))
  const rows = chance.map((probability, i) => {
    const truth = i < 3000 ? probability : 0.3
    return { at: i * 1000, probability, label: draws[i]! < truth ? 1 : 0 }
  })
  const { stdout } = await runNicr(['drift', '--input', file('labels.jsonl', rows), '--json'])
  const [first] = linesOf(stdout)
  expect(first).toMatchObject({ feature: 'labels', method: 'label-e-detector' })
  expect(first!['row']).toBeGreaterThanOrEqual(3000)
  expect(first!['row']).toBeLessThan(3500)
})
