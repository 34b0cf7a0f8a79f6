import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { answeredAttributes } from '../../serving/perspective/attributes.ts'
import { fakeServer, keyOf } from '../serving/fake-parts.ts'
import { pythonWith } from '../support/python-venv.ts'

/** The programs of docs/migrate-from-perspective.md, each as it stands there, against a server. */

const run = promisify(execFile)
const page = readFileSync(packagePath('docs', 'migrate-from-perspective.md'), 'utf8')
/** Blocks that score; what else a reader types there is tried by page-trials.ts. */
const programs = [...page.matchAll(/```(sh|js|py)\n([\s\S]*?)\n```/g)]
  .map(([, language, source]) => ({ language: language!, source: source! }))
  .filter(({ source }) => source.includes('you stupid idiot'))
  .map(({ language, source }) => ({
    language,
    source,
    name:
      /googleapis-common|googleapiclient|from perspective|requests|fetch|curl/.exec(source)?.[0] ?? source,
  }))
const python = pythonWith(['google-api-python-client==2.202.0', 'perspective==1.0.3', 'requests==2.32.5'])
const noPython = 'missing' in python ? python.missing : null

/** What the fake's model says of the programs' text. */
const SCORE = 0.97

describe('docs/migrate-from-perspective.md', () => {
  let app: FastifyInstance
  let address: string
  beforeAll(async () => {
    app = (await fakeServer()).app
    await app.listen({ port: 0, host: '127.0.0.1' })
    address = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  })
  afterAll(() => app.close())

  const commands: Readonly<Record<string, (source: string) => [string, string[]]>> = {
    sh: source => ['bash', ['-c', source]],
    js: source => [process.execPath, ['--input-type=module', '--eval', source]],
    py: source => ['missing' in python ? 'python3' : python.python, ['-c', source]],
  }

  it('has a program for each client that can be had', () => {
    expect(programs.map(({ name }) => name)).toEqual([
      'curl',
      'fetch',
      'requests',
      'googleapis-common',
      'googleapiclient',
      'from perspective',
    ])
  })

  for (const { language, name, source } of programs) {
    const missing = language === 'py' ? noPython : null
    it.skipIf(missing !== null)(
      `${name} scores${missing === null ? '' : ` (skipped: ${missing})`}`,
      async () => {
        const [command, args] = commands[language]!(source.replaceAll('https://nicr.example', address))
        const env = { PATH: process.env['PATH'] ?? '', NICR_API_KEY: keyOf('read') }
        const { stdout } = await run(command, args, { env, cwd: packagePath() })
        if (name !== 'curl') return expect(stdout.trim()).toBe(String(SCORE))
        expect(JSON.parse(stdout).attributeScores.TOXICITY.summaryScore.value).toBe(SCORE)
      },
    )
  }

  it('maps the attributes that are answered, and no others', () => {
    const mapped = [...page.matchAll(/^\| `([A-Z_]+)` +\| kind /gm)].map(([, name]) => name)
    expect(mapped).toEqual(answeredAttributes)
  })
})
