import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { settingTable } from '../../pipelines/settings.ts'
import { packagePath, packageVersion } from '../../schemas/package-root.ts'
import { runNicr } from '../support/run-nicr.ts'
import { readSources } from '../support/sources.ts'

/** What each command is called, read from where it is declared. */
const commands = readSources(['cli'])
  .filter(({ path }) => path.startsWith('cli/commands/'))
  .map(({ path, code }) => ({ path, name: /\.command\('([\w-]+)'\)/.exec(code.join('\n'))?.[1] ?? path }))
  .map(({ name }) => name)

describe('help', () => {
  it('lists every command, and README explains each', async () => {
    const { code, stdout } = await runNicr(['--help'])
    expect(code).toBe(0)
    const readme = readFileSync(packagePath('README.md'), 'utf8')
    for (const name of commands) {
      expect(stdout).toMatch(new RegExp(`^ {2}${name}\\b`, 'm'))
      expect(readme).toContain(`\`nicr ${name}`)
    }
  })

  it.each(commands)('nicr %s --help', async name => {
    const { code, stdout, stderr } = await runNicr([name, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain(`Usage: nicr ${name}`)
  })

  it('tells its version', async () => {
    expect((await runNicr(['--version'])).stdout).toBe(`${packageVersion()}\n`)
  })
})

describe('a wrong call says what is wrong and exits with 1', () => {
  it.each<[wrong: string, parameters: string[], says: string]>([
    ['no command', [], 'Usage: nicr'],
    ['an unknown command', ['scroe'], "unknown command 'scroe'"],
    ['an unknown option', ['publish', '--rat', '1', 'a.jsonl'], "unknown option '--rat'"],
    ['a missing option', ['score', 'a.jsonl'], '--kind <kind>'],
    ['a missing file', ['publish'], "missing required argument 'file'"],
    ['a rate of nothing', ['publish', '--rate', '0', 'a.jsonl'], 'a rate is a number above 0'],
    ['an unknown part', ['up', '--only', 'kafka,kafak'], 'kafak: the parts are kafka, registry, clickhouse'],
    ['an unknown processor', ['process', 'score-nicness'], 'score-niceness'],
  ])('%s', async (_wrong, parameters, says) => {
    const { code, stdout, stderr } = await runNicr(parameters)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toContain(says)
    expectNoStack(stderr)
  })

  it.each([
    [
      'status --jsn',
      "unknown option '--jsn' (Did you mean --json?); `nicr status --help` says what it takes",
    ],
    ['dlq lst', "unknown command 'lst' (Did you mean list?); `nicr dlq --help` says what it takes"],
    ['models show', "missing required argument 'reference'; `nicr models show --help` says what it takes"],
    ['scroe', "unknown command 'scroe' (Did you mean score?); `nicr --help` says what it takes"],
  ])('nicr %s, in the form of every failure, with the help that answers it', async (line, says) => {
    const { code, stderr } = await runNicr(line.split(' '))
    expect({ code, stderr }).toEqual({ code: 1, stderr: `nicr: NICR_USAGE_INVALID: ${says}\n` })
  })

  it.each(['publish examples/posts.jsonl', 'process', 'status', 'models history'])(
    'nicr %s where nothing runs names the directory in which it looked',
    async line => {
      const { code, stderr } = await runNicr(line.split(' '), { NICR_DATA_DIR: '/nowhere/nicr' })
      expect(code).toBe(1)
      expect(stderr).toMatch(/^nicr: NICR_NOT_RUNNING: .*\/nowhere\/nicr; .*NICR_DATA_DIR.*`npm start`.*\n$/)
    },
  )
})

describe('nicr config check', () => {
  it('shows every setting and hides secrets', async () => {
    const { code, stdout } = await runNicr(['config', 'check'], {
      KAFKA_BROKERS: 'a:1, b:2',
      CLICKHOUSE_PASSWORD: 'hunter2',
    })
    expect(code).toBe(0)
    for (const name of Object.keys(settingTable))
      expect(stdout).toContain(`\n${name}=`.slice(name === 'KAFKA_BROKERS' ? 1 : 0))
    expect(stdout).toContain('KAFKA_BROKERS=a:1, b:2\n')
    expect(stdout).toContain('CLICKHOUSE_PASSWORD=(hidden)\n')
    expect(stdout).not.toContain('hunter2')
  })

  it('explains every setting in its help', async () => {
    const { stdout } = await runNicr(['config', 'check', '--help'])
    for (const [name, { description }] of Object.entries(settingTable)) {
      expect(stdout).toContain(name)
      expect(stdout).toContain(description)
    }
  })

  it('names all problems at once, and what would be right', async () => {
    const { code, stdout, stderr } = await runNicr(['config', 'check'], {
      NICR_PORT: '80800',
      NICR_DELIVERY: 'maybe-once',
      NICR_RETENTION: 'a month',
      NICR_PROT: '8080',
      CLICKHOUSE_URL: 'localhost:8123',
      KAFKA_SSL: 'yes',
      KAFKA_SASL_MECHANISM: 'plain',
      NICR_API_KEY_FILE: '/nowhere/key',
    })
    expect(code).toBe(1)
    expect(stdout).toBe('')
    for (const problem of [
      'NICR_PORT takes a whole number from 0 to 65535, not 80800',
      'NICR_DELIVERY takes exactly-once or at-least-once, not maybe-once',
      'NICR_RETENTION takes a duration such as 30d',
      'NICR_PROT is not a setting',
      'CLICKHOUSE_URL takes an http or https URL, not localhost:8123',
      'KAFKA_SSL takes true or false, not yes',
      'KAFKA_SASL_MECHANISM needs KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD',
      'NICR_API_KEY_FILE names /nowhere/key, which cannot be read',
    ])
      expect(stderr).toContain(problem)
    expectNoStack(stderr)
  })
})

function expectNoStack(text: string): void {
  expect(text).not.toMatch(/^\s+at .+:\d+/m)
}
