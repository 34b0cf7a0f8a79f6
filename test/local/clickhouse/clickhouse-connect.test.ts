import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { pythonWith } from '../../support/python-venv.ts'
import { engineMissing, startTestEndpoint, type TestEndpoint } from './support.ts'

const found = engineMissing
  ? { missing: 'chdb is not installed' }
  : pythonWith(['clickhouse-connect==1.12.0', 'lz4==4.4.5'])
const title = 'missing' in found ? `clickhouse-connect (skipped: ${found.missing})` : 'clickhouse-connect'

describe.skipIf('missing' in found)(`${title} on the embedded ClickHouse`, () => {
  let endpoint: TestEndpoint
  beforeAll(async () => {
    endpoint = await startTestEndpoint()
  })
  afterAll(() => endpoint?.close())

  it('creates, inserts, queries and reports as on a server', async () => {
    const python = 'python' in found ? found.python : ''
    const child = spawn(python, [join(import.meta.dirname, 'clickhouse-connect.py'), String(endpoint.port)])
    const [output, errors] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()])
    expect(Buffer.concat(errors).toString()).toBe('')
    const row = [['42', 'name 2', '2024-01-01 12:00:00', '21.0', "['a', 'ü']"]]
    expect(JSON.parse(Buffer.concat(output).toString())).toEqual({
      written: 1000,
      ping: true,
      settings: true,
      'row by lz4': row,
      'row by zstd': row,
      'row by gzip': row,
      'row by False': row,
      count: 1004,
      raw: '{"id":3000,"name":"raw"}\n',
      columns: ['id', 'name', 'at', 'score', 'tags'],
      external: [
        [1, 'a'],
        [2, 'b'],
      ],
      form: [["it's\ta tab"]],
      streamed: 200_000,
      error: expect.stringMatching(/code: 60.*UNKNOWN_TABLE/s),
      stranger: expect.stringContaining('code: 516'),
    })
  })
})
