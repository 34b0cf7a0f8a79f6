import { spawn, spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import { compressFrameSync } from 'lz4-napi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeBlocks, encodeBlocks } from '../../../local/clickhouse/blocks.ts'
import { engineMissing, startTestEndpoint, type TestEndpoint } from './support.ts'

const curlMissing = spawnSync('curl', ['--version']).error !== undefined

describe.skipIf(engineMissing || curlMissing)('curl on the embedded ClickHouse', () => {
  let endpoint: TestEndpoint
  beforeAll(async () => {
    endpoint = await startTestEndpoint()
    await curl('/', { body: 'CREATE TABLE rows (a UInt32, s String) ENGINE = MergeTree ORDER BY a' })
  })
  afterAll(() => endpoint?.close())

  type Reply = { status: number; headers: Record<string, string>; text: string; bytes: Buffer }
  async function curl(
    path: string,
    { body, args = [] }: { body?: string | Buffer; args?: string[] } = {},
  ): Promise<Reply> {
    const data = body === undefined ? [] : ['--data-binary', '@-']
    const child = spawn('curl', [
      '--silent',
      '--include',
      '--globoff',
      ...data,
      ...args,
      `${endpoint.url}${path}`,
    ])
    child.stdin.on('error', () => undefined).end(body)
    const output = Buffer.concat(await child.stdout.toArray())
    const headEnd = output.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = output.subarray(0, headEnd).toString().split('\r\n')
    const headers = Object.fromEntries(
      lines.map(line => line.toLowerCase().split(/: (.*)/s) as [string, string]),
    )
    const bytes = output.subarray(headEnd + 4)
    return { status: Number(statusLine.split(' ')[1]), headers, text: bytes.toString(), bytes }
  }
  const selected = async (where: string) =>
    (await curl('/', { body: `SELECT s FROM rows WHERE ${where} ORDER BY a FORMAT TSV` })).text

  it('asks for health, with GET and HEAD', async () => {
    expect((await curl('/ping')).text).toBe('Ok.\n')
    expect((await curl('/replicas_status')).text).toBe('Ok.\n')
    expect(await curl('/ping', { args: ['--head'] })).toMatchObject({ status: 200, text: '' })
    expect((await curl('/nowhere')).status).toBe(404)
    expect((await curl('/', { args: ['--request', 'OPTIONS'] })).status).toBe(204)
  })

  it.each([
    ['/?query=SELECT+1+AS+x', '1\n'],
    ['/?query=SELECT+1+AS+x+FORMAT+JSONEachRow', '{"x":1}\n'],
    ['/?query=SELECT+1+AS+x&default_format=CSVWithNames', '"x"\n1\n'],
    ['/?query=SELECT+{x:String}+AS+x&param_x=a%5Ctb', 'a\\tb\n'],
    ['/?query=SELECT+{x:Array(UInt8)}+AS+x&param_x=[1,2]', '[1,2]\n'],
    ['/?query=SELECT+currentDatabase()&database=system', 'system\n'],
    ["/?query=SELECT+getSetting('max_threads')&max_threads=3", '3\n'],
    ['/?query=SELECT+name+FROM+system.tables+WHERE+name=%27rows%27', 'rows\n'],
    ['/?query=EXISTS+TABLE+rows', '1\n'],
  ])('GET %s', async (path, text) => {
    expect(await curl(path)).toMatchObject({ status: 200, text })
  })

  it('names the format and the counts in headers', async () => {
    const { headers } = await curl('/', {
      body: 'SELECT number FROM numbers(3)',
      args: ['-H', 'X-ClickHouse-Format: JSONEachRow'],
    })
    expect(headers).toMatchObject({
      'x-clickhouse-format': 'jsoneachrow',
      'content-type': 'application/x-ndjson; charset=utf-8',
    })
    expect(JSON.parse(headers['x-clickhouse-summary']!)).toMatchObject({ result_rows: '3' })
  })

  it.each([
    ['SELECT * FROM nowhere', 404, 60],
    ['SELECT 1 FROM nowhere.t', 404, 81],
    ['SELEC 1', 400, 62],
    ['SELECT 1; SELECT 2', 400, 62],
    ['SELECT nothing', 404, 47],
    ["SELECT toUInt8('x')", 400, 6],
    ['SELECT throwIf(1)', 500, 395],
    ['SELECT 1 FORMAT Nonsense', 404, 73],
    ["SELECT 1 INTO OUTFILE '/tmp/never'", 500, 344],
  ])('%s fails with HTTP %i and code %i', async (body, status, code) => {
    const reply = await curl('/', { body })
    expect(reply).toMatchObject({ status, headers: { 'x-clickhouse-exception-code': String(code) } })
    expect(reply.text).toMatch(
      new RegExp(`^Code: ${code}\\. DB::Exception: .*\\([A-Z_]+\\) \\(version .*\\)\\n$`, 's'),
    )
    expect(reply.text).not.toContain(endpoint.dataDir)
  })

  it('only reads with GET', async () => {
    const forbidden = { status: 500, headers: { 'x-clickhouse-exception-code': '164' } }
    expect(await curl('/?query=DROP+TABLE+rows')).toMatchObject(forbidden)
    expect(await curl('/?query=INSERT+INTO+rows+VALUES+(1,1)')).toMatchObject(forbidden)
    expect(await curl('/?session_id=g&query=DROP+TABLE+rows')).toMatchObject(forbidden)
  })

  it('refuses what does not come from this machine', async () => {
    const body = 'SELECT 1'
    for (const header of [
      'Host: rebound.example',
      'Origin: https://elsewhere.example',
      'Sec-Fetch-Site: cross-site',
    ]) {
      expect((await curl('/', { body, args: ['-H', header] })).status, header).toBe(403)
    }
    for (const header of ['Host: localhost:1', 'Host: [::1]:1', 'Origin: http://127.0.0.1:3000']) {
      expect((await curl('/', { body, args: ['-H', header] })).status, header).toBe(200)
    }
  })

  it('knows the user default without a password, and no other', async () => {
    const body = 'SELECT 1'
    expect((await curl('/', { body, args: ['--user', 'default:'] })).status).toBe(200)
    expect((await curl('/?user=default&password=', { body })).status).toBe(200)
    expect(await curl('/', { body, args: ['--user', 'default:x'] })).toMatchObject({
      status: 403,
      headers: { 'x-clickhouse-exception-code': '516' },
    })
    expect((await curl('/', { body, args: ['-H', 'X-ClickHouse-User: bob'] })).status).toBe(403)
  })

  it.each([
    ['CSV', '1,"one; ü"\n', '/?query=INSERT+INTO+rows+FORMAT+CSV', 'one; ü\n'],
    ['TSV in the body', 'INSERT INTO rows FORMAT TSV\n2\ttwo\n', '/', 'two\n'],
    ['VALUES', "INSERT INTO rows (a, s) VALUES (3, concat('th', 'ree'))", '/', 'three\n'],
    ['JSONCompactEachRow by header', '[4,"four"]', '/?query=INSERT+INTO+rows', 'four\n'],
  ])('inserts %s', async (name, body, path, text) => {
    const args = name.includes('header') ? ['-H', 'X-ClickHouse-Format: JSONCompactEachRow'] : []
    expect(await curl(path, { body, args })).toMatchObject({ status: 200, text: '' })
    expect(await selected(`a = ${/\d/.exec(body)?.[0]}`)).toBe(text)
  })

  it.each(['Parquet', 'RowBinary', 'Native', 'ArrowStream'])('carries %s both ways', async format => {
    const { bytes } = await curl('/', {
      body: `SELECT toUInt32(500) AS a, '${format}' AS s FORMAT ${format}`,
    })
    expect((await curl(`/?query=INSERT+INTO+rows+FORMAT+${format}`, { body: bytes })).status).toBe(200)
    expect(await selected(`s = '${format}'`)).toBe(`${format}\n`)
  })

  it.each(['gzip', 'deflate', 'br', 'lz4', 'zstd'])('carries %s both ways', async encoding => {
    const query = encodeURIComponent(`SELECT toUInt32(600) AS a, '${encoding}' AS s FORMAT TSV`)
    const reply = await curl(`/?enable_http_compression=1&query=${query}`, {
      args: ['-H', `Accept-Encoding: ${encoding}`],
    })
    expect(reply.headers).toMatchObject({ 'content-encoding': encoding })
    const args = ['-H', `Content-Encoding: ${encoding}`]
    expect((await curl('/?query=INSERT+INTO+rows+FORMAT+TSV', { body: reply.bytes, args })).status).toBe(200)
    expect(await selected(`s = '${encoding}'`)).toBe(`${encoding}\n`)
  })

  it('reads a compressed statement with its data behind it', async () => {
    const statement = 'INSERT INTO rows FORMAT TSV\n700\tsqueezed\n'
    await curl('/', { body: gzipSync(statement), args: ['-H', 'Content-Encoding: gzip'] })
    await curl('/', { body: compressFrameSync(statement), args: ['-H', 'Content-Encoding: lz4'] })
    expect(await selected('a = 700')).toBe('squeezed\nsqueezed\n')
    expect((await curl('/', { body: 'no gzip', args: ['-H', 'Content-Encoding: gzip'] })).status).toBe(400)
    expect((await curl('/', { body: 'x', args: ['-H', 'Content-Encoding: rot13'] })).status).toBe(501)
  })

  it('speaks ClickHouse’s own compressed blocks', async () => {
    const { bytes } = await curl('/?compress=1', { body: 'SELECT number FROM numbers(100000) FORMAT TSV' })
    const decoded = Buffer.concat(await Readable.from(decodeBlocks(chunked(bytes))).toArray())
    expect(decoded.toString().split('\n').at(-2)).toBe('99999')
    const body = Buffer.concat(await Readable.from(encodeBlocks([Buffer.from('800\tblocks\n')])).toArray())
    expect((await curl('/?decompress=1&query=INSERT+INTO+rows+FORMAT+TSV', { body })).status).toBe(200)
    expect(await selected('a = 800')).toBe('blocks\n')
  })

  it('joins external tables from a form', async () => {
    const form = [
      '-F',
      'query=SELECT {y:UInt8} + sum(id) FROM extra',
      '-F',
      'param_y=10',
      '-F',
      'extra=@-;filename=extra.tsv',
      '-F',
      'extra_structure=id UInt32',
    ]
    const child = spawn('curl', ['--silent', ...form, endpoint.url])
    child.stdin.end('1\n2\n')
    expect(Buffer.concat(await child.stdout.toArray()).toString()).toBe('13\n')
  })

  it('inserts nothing of a body that breaks off, and leaves no file behind', async () => {
    const child = spawn('curl', [
      '--silent',
      '--no-buffer',
      '-X',
      'POST',
      '-H',
      'Transfer-Encoding: chunked',
      '-T',
      '-',
      `${endpoint.url}/?query=INSERT+INTO+rows+FORMAT+TSV`,
    ])
    const spooled = () => readdirSync(join(endpoint.dataDir, 'spool')).length
    child.stdin.write('900\tcut off\n')
    await expect.poll(spooled).toBe(1)
    child.kill('SIGKILL')
    await expect.poll(spooled).toBe(0)
    expect(await selected('a = 900')).toBe('')
  })
})

async function* chunked(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000)
}
