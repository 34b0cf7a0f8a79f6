import { describe, expect, it } from 'vitest'
import { readStatement } from '../../../local/clickhouse/statement.ts'

const read = (sql: string, queryEnd = 0) => readStatement(sql, { queryEnd, insertFormat: 'Values' })

describe('where an INSERT’s data begin', () => {
  it.each([
    ['INSERT INTO t FORMAT CSV\n1,2', 'INSERT INTO t', 'CSV', '1,2'],
    ['insert into t format JSONEachRow {"a":1}', 'insert into t', 'JSONEachRow', '{"a":1}'],
    ['INSERT INTO t FORMAT TSV\n\t', 'INSERT INTO t', 'TSV', '\t'],
    ['INSERT INTO t FORMAT TSV;\r\n1', 'INSERT INTO t', 'TSV', '1'],
    ['INSERT INTO `a b`.t (x, `values`) VALUES (1)', 'INSERT INTO `a b`.t (x, `values`)', 'Values', ' (1)'],
    ['INSERT INTO system.settings FORMAT TSV\n1', 'INSERT INTO system.settings', 'TSV', '1'],
    ['INSERT INTO values VALUES (1)', 'INSERT INTO values', 'Values', ' (1)'],
    ['/* FORMAT x */ INSERT INTO t -- VALUES\n FORMAT TSV\nx', '/* FORMAT x */ INSERT INTO t', 'TSV', 'x'],
    [
      "INSERT INTO FUNCTION null('a UInt8') FORMAT TSV\n1",
      "INSERT INTO FUNCTION null('a UInt8')",
      'TSV',
      '1',
    ],
    [
      'INSERT INTO t (* EXCEPT(b)) FORMAT Native\n\x01\xff',
      'INSERT INTO t (* EXCEPT(b))',
      'Native',
      '\x01\xff',
    ],
    ['INSERT INTO t VALUES (\'; SELECT 1\', "x")', 'INSERT INTO t', 'Values', ' (\'; SELECT 1\', "x")'],
  ])('%j', (sql, head, format, data) => {
    const statement = read(sql)
    expect(statement).toMatchObject({ kind: 'data-insert', head, format, settings: '' })
    expect(sql.slice((statement as { dataStart: number }).dataStart)).toBe(data)
  })

  it('sets SETTINGS aside', () => {
    const sql = 'INSERT INTO t SETTINGS async_insert=1, max_threads=2 FORMAT TSV\n1'
    expect(read(sql)).toMatchObject({
      head: 'INSERT INTO t',
      settings: 'SETTINGS async_insert=1, max_threads=2 ',
      format: 'TSV',
    })
  })

  it('takes the body as data where the URL’s INSERT names no format', () => {
    const query = 'INSERT INTO t (a)'
    const statement = readStatement(`${query}\n{"a":1}`, {
      queryEnd: query.length,
      insertFormat: 'JSONEachRow',
    })
    expect(statement).toMatchObject({ head: query, format: 'JSONEachRow', dataStart: query.length + 1 })
  })

  it.each(['INSERT INTO t SELECT 1', 'INSERT INTO t (a) WITH 1 AS x SELECT x', 'INSERT INTO t (SELECT 1)'])(
    'none in %j',
    sql => {
      expect(read(sql)).toMatchObject({ kind: 'plain', rows: 'none', readsOnly: false })
    },
  )
})

describe('the FORMAT of other statements', () => {
  it.each([
    ['SELECT 1 FORMAT JSON', 'JSON'],
    ['SELECT * FROM t FORMAT Native SETTINGS max_threads = 1;', 'Native'],
    ['SELECT format FROM t ORDER BY format DESC', undefined],
    ['SELECT 1 AS format', undefined],
    ["SELECT 'FORMAT JSON'", undefined],
    ['SELECT 1 -- FORMAT JSON', undefined],
    ['SELECT format(a, b) FROM (SELECT 1 FORMAT JSON)', undefined],
    ['SELECT a AS format FORMAT CSV', 'CSV'],
  ])('%j', (sql, format) => {
    const statement = read(sql)
    expect('format' in statement ? statement.format : undefined).toBe(format)
  })
})

describe('what is refused', () => {
  it.each([
    ['', 'SYNTAX_ERROR'],
    ['-- nothing', 'SYNTAX_ERROR'],
    ['SELECT 1; DROP TABLE t', 'SYNTAX_ERROR'],
    ["SELECT 1 INTO OUTFILE '/tmp/x'", 'SUPPORT_IS_DISABLED'],
    ["INSERT INTO t FROM INFILE '/etc/passwd' FORMAT TSV", 'SUPPORT_IS_DISABLED'],
  ])('%j', (sql, label) => {
    expect(() => read(sql)).toThrow(expect.objectContaining({ label }))
  })

  it('but not a semicolon at the end or inside a string', () => {
    expect(read("SELECT ';' ;\n")).toMatchObject({ kind: 'plain', end: 11 })
  })
})
