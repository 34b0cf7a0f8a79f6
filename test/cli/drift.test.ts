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

it('finds that a number which was always the same is another', async () => {
  const rows = rowsOf(Array.from({ length: 3000 }, (_, i) => (i < 2500 ? 3 : 2)))
  const { stdout } = await runNicr(['drift', '--input', file('constant.jsonl', rows), '--json'])
  const [first] = linesOf(stdout)
  expect(first).toMatchObject({ feature: 'x' })
  expect(first!['row']).toBeLessThan(2550)
  const same = await runNicr(['drift', '--input', file('same.jsonl', rows.slice(0, 2500))])
  expect(same.stdout).toBe('nothing drifts in 2500 rows\n')
})

it('says which feature the rows lost, and names with line breaks break none', async () => {
  const rows = normals(3500, 11).map((x, i) => ({ at: i, ['a\nb']: x, ...(i < 2200 && { lost: x }) }))
  const { stdout, stderr } = await runNicr(['drift', '--input', file('lost.jsonl', rows)])
  expect(stdout).toBe('nothing drifts in 3500 rows\n')
  expect(stderr).toContain('lost is in the reference, but in no row after row 2199')
  const moved = rows.map((row, i) => (i < 2500 ? row : { at: i, ['a\nb']: 5 }))
  const told = await runNicr(['drift', '--input', file('moved.jsonl', moved)])
  expect(told.stdout.split('\n')[0]).toMatch(/^row \d+\t"a\\nb"\t/)
})

it('names some features, not each of thousands, and takes no reference of thousands', async () => {
  const fresh = normals(2500, 12).map((x, i) => ({ at: i, x, [`n${i}`]: 1 }))
  const refused = await runNicr(['drift', '--input', file('names.jsonl', fresh)])
  expect(refused.stderr).toContain('name 2001 features together, at most 1024 are taken')
  const reference = file('plain.jsonl', rowsOf(normals(2000, 13)))
  const { stderr } = await runNicr(['drift', '--input', file('fresh.jsonl', fresh), '--reference', reference])
  expect(stderr).toContain('not in the reference, so not watched: n0, n1, ')
  expect(stderr.length).toBeLessThan(400)
})
