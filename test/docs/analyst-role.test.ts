import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readMigrations, statementsOf } from '../../pipelines/apply/migrations.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { engineMissing, runInEngine, type Said } from '../support/engine-as.ts'
import { filesUnder } from '../support/sources.ts'

/** What deploy/clickhouse lets an analyst do, on the real engine with the grants and limits of the file. */

const read = (path: string) => readFileSync(packagePath(path), 'utf8')
const xml = read('deploy/clickhouse/analyst.xml').replaceAll(/<!--[\s\S]*?-->/g, '')
const sql = read('deploy/clickhouse/analyst.sql').replaceAll(/^--.*$/gm, '')
const queries = [...read('docs/queries.md').matchAll(/```sql\n([^`]+)```/g)].map(([, query]) => query!)
const missing = engineMissing()

describe.skipIf(missing !== null)(
  `the analyst’s user${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    const home = mkdtempSync(join(tmpdir(), 'nicr-analyst-'))
    const dataDir = join(home, 'engine')
    let configFile: string
    const ask = (...statements: readonly string[]) => runInEngine(dataDir, statements, configFile)

    /** The config of an engine whose one user, named default, is the analyst of the file, but for these revokes. */
    function writeUsers(name: string, revokes: readonly string[]): string {
      const users = xml
        .replace(/<users>[\s\S]*<\/users>/, all =>
          all
            .replaceAll(/(<\/?)nicr_analyst>/g, '$1default>')
            .replace(/<password from_env="\w+" \/>/, '<password></password>'),
        )
        .replace('<profiles>', '<quotas><default/></quotas><profiles><default/>')
        .replace('</grants>', `${revokes.map(one => `<query>${one}</query>`).join('')}</grants>`)
      const [usersFile, config] = [join(home, `${name}-users.xml`), join(home, `${name}.xml`)]
      writeFileSync(usersFile, users)
      const directory = `<user_directories><users_xml><path>${usersFile}</path></users_xml></user_directories>`
      writeFileSync(config, `<clickhouse>${directory}</clickhouse>`)
      return config
    }

    beforeAll(() => {
      mkdirSync(dataDir)
      const tables = readMigrations().flatMap(migration => statementsOf(migration, 'nicr'))
      const stored =
        "INSERT INTO nicr.dead_letters_log (id, code, value, _appended_at) SELECT 'l', 'NICR_RECORD_INVALID', 'aGk=', now64(3)"
      for (const said of runInEngine(dataDir, ['CREATE DATABASE nicr', ...tables, stored]))
        expect(said.error).toBeUndefined()
      configFile = writeUsers('granted', [])
    })
    afterAll(() => rmSync(home, { recursive: true, force: true }))

    it('reads whatever docs/queries.md asks, and what the columns mean', () => {
      const said = ask(
        ...queries,
        "SELECT comment FROM system.columns WHERE table = 'scores' AND name = 'value'",
      )
      expect(said.flatMap(({ error }) => error ?? [])).toEqual([])
      expect(said.at(-1)?.rows).toContain('The score')
    })

    it('counts dead letters, and does not see what is in them', () => {
      const [counted, ...hidden] = ask(
        'SELECT code, count() FROM nicr.dead_letters GROUP BY code',
        'SELECT value FROM nicr.dead_letters',
        'SELECT * FROM nicr.dead_letters',
        'SELECT key FROM nicr.dead_letters_log',
      )
      expect(counted).toEqual({ rows: 'NICR_RECORD_INVALID\t1' })
      expect(hidden.map(codeOf)).toEqual(hidden.map(() => 'ACCESS_DENIED'))
    })

    it('may be kept from texts, as docs/views.md says, and still count', () => {
      const revokes = [...read('docs/views.md').matchAll(/^(REVOKE .+) FROM nicr_analyst$/gm)].map(
        ([, one]) => one!,
      )
      expect(revokes).toHaveLength(2)
      const kept = writeUsers('kept', revokes)
      const said = runInEngine(
        dataDir,
        [
          'SELECT author, count() FROM nicr.content GROUP BY author',
          'SELECT kind, count() FROM nicr.reports GROUP BY kind',
          'SELECT * FROM nicr.model_comparison',
          'SELECT text FROM nicr.content',
          'SELECT text FROM nicr.content_history',
          'SELECT note FROM nicr.reports',
        ],
        kept,
      )
      const [counted, hidden] = [said.slice(0, 3), said.slice(3)]
      expect(counted.map(codeOf)).toEqual(counted.map(() => undefined))
      expect(hidden.map(codeOf)).toEqual(hidden.map(() => 'ACCESS_DENIED'))
    })

    it('writes nothing, and reaches nothing beside the database', () => {
      const said = ask(
        'INSERT INTO nicr.content_log (id) SELECT 1',
        "ALTER TABLE nicr.content_log DELETE WHERE id = 'c1'",
        'DROP TABLE nicr.content_log',
        'TRUNCATE TABLE nicr.scores_log',
        'CREATE VIEW nicr.mine AS SELECT 1',
        'CREATE DATABASE mine',
        "SELECT * FROM file('/etc/hosts', 'LineAsString')",
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')",
        'OPTIMIZE TABLE nicr.scores_log',
      )
      expect(said.map(codeOf)).toEqual(said.map(() => 'ACCESS_DENIED'))
    })

    it('may set limits as Grafana does, and not lift them', () => {
      const said = ask(
        'SET max_execution_time = 60',
        'SET max_execution_time = 300',
        'SET output_format_json_quote_64bit_integers = 1',
        'SET max_execution_time = 301',
        'SET max_execution_time = 0',
        'SET max_memory_usage = 0',
        'SET max_result_bytes = 0',
        'SET max_concurrent_queries_for_user = 0',
        'SET readonly = 0',
      )
      expect(said.slice(0, 3).map(codeOf)).toEqual([undefined, undefined, undefined])
      expect(said.slice(3).map(codeOf)).toEqual([
        ...Array.from({ length: 5 }, () => 'SETTING_CONSTRAINT_VIOLATION'),
        'READONLY',
      ])
    })

    it('is the same by SQL, which the engine can read', () => {
      const statements = sql.split(/;\s*\n/).filter(statement => statement.trim() !== '')
      const literal = (text: string) => `'${text.trim().replaceAll("'", "\\'")}'`
      const said = runInEngine(
        dataDir,
        statements.map(one => `SELECT formatQuerySingleLine(${literal(one)})`),
      )
      expect(said.flatMap(({ error }) => error ?? [])).toEqual([])
      const grants = [...xml.matchAll(/<query>((?:GRANT|REVOKE) SELECT.*)<\/query>/g)].map(
        ([, grant]) => grant,
      )
      const granted = [...sql.matchAll(/^((?:GRANT|REVOKE) .*) (?:TO|FROM) nicr_analyst;$/gm)].map(
        ([, grant]) => grant,
      )
      expect(granted).toEqual(grants)
      const profile = /<nicr_analyst>([\s\S]*?)<constraints>/.exec(xml)![1]!
      const limits = [...profile.matchAll(/<(\w+)>(\d+)<\/\w+>/g)].map(
        ([, name, value]) => `${name} = ${value}`,
      )
      expect(limits.length).toBeGreaterThan(3)
      for (const limit of limits) expect(sql).toMatch(new RegExp(`\\b${limit}\\b`))
    })
  },
)

describe('Grafana', () => {
  it('asks as the analyst, for nothing that the analyst may not read', () => {
    expect(read('deploy/grafana/provisioning/datasources/clickhouse.yml')).toMatch(/username: nicr_analyst$/m)
    for (const path of filesUnder('deploy/grafana/dashboards', '.json'))
      expect(read(path), path).not.toContain('nicr.dead_letters')
  })
})

/** The name of ClickHouse's error, undefined where there was none. */
function codeOf({ error }: Said): string | undefined {
  return error === undefined ? undefined : /\(([A-Z_]+)\)/.exec(error.slice(error.lastIndexOf('(')))?.[1]
}
