import { execFile, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureJars } from '../../local/jars.ts'
import { findJava } from '../../local/java.ts'
import { createSchemaRegistry } from '../../pipelines/schema-registry.ts'
import { topicSchemas } from '../../pipelines/topic-schemas.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { KafkaDriver } from '../support/kafka-driver.ts'
import { pythonWith } from '../support/python-venv.ts'
import { sharedStack, stackMissing } from '../support/stack.ts'

const run = promisify(execFile)
const noStack = stackMissing()
const python =
  noStack === null ? pythonWith(['confluent-kafka[avro,schemaregistry]==2.12.2']) : { missing: noStack }
const noPython = 'missing' in python ? python.missing : null
const noCompiler = noStack ?? compilerMissing()
const jarsOfJava = {
  name: 'examples',
  pom: packagePath('examples', 'pom.xml'),
  goal: 'copy',
  aboutMb: 27,
} as const
/** Maven fetches the jars, once a checkout; then the source is compiled. */
const JAVA_MS_MAX = 180_000

describe.skipIf(noStack !== null)(
  `the producers in README${noStack === null ? '' : ` (skipped: ${noStack})`}`,
  () => {
    const prefix = `docs${randomBytes(4).toString('hex')}.`
    let env: Record<string, string>
    let driver: KafkaDriver

    beforeAll(async () => {
      const { kafkaBrokers, registryUrl, clickhouseUrl } = sharedStack()
      env = {
        PATH: process.env['PATH'] ?? '',
        KAFKA_BROKERS: kafkaBrokers.join(','),
        SCHEMA_REGISTRY_URL: registryUrl,
        CLICKHOUSE_URL: clickhouseUrl,
        CLICKHOUSE_DATABASE: prefix.replace('.', ''),
        NICR_TOPIC_PREFIX: prefix,
      }
      await run(process.execPath, [packagePath('bin', 'nicr.js'), 'apply'], {
        env: { ...env, NICR_PARTITIONS: '4' },
      })
      const registry = createSchemaRegistry({ url: registryUrl, username: null, password: null })
      driver = await KafkaDriver.start({
        topology: [],
        schemas: topicSchemas(registry, prefix),
        env: { NICR_TOPIC_PREFIX: prefix },
      })
    })
    afterAll(() => driver?.close())

    it('in Node publish a comment that Nicr can read', async () => {
      const { stdout } = await run(process.execPath, [packagePath('examples', 'produce.js')], { env })
      expect(stdout).toBe('published comment-1\n')
      expect(await published('comment-1')).toMatchObject({
        kind: 'COMMENT',
        action: 'CREATED',
        author: 'ada',
      })
    })

    it.skipIf(noPython !== null)(
      `in Python publish a comment that Nicr can read${noPython === null ? '' : ` (skipped: ${noPython})`}`,
      async () => {
        if ('missing' in python) return
        const { stdout } = await run(python.python, [packagePath('examples', 'produce.py')], { env })
        expect(stdout).toBe('published comment-2\n')
        expect(await published('comment-2')).toMatchObject({
          kind: 'COMMENT',
          action: 'CREATED',
          author: 'grace',
        })
      },
    )

    it.skipIf(noCompiler !== null)(
      `in Java publish a comment that Nicr can read${noCompiler === null ? '' : ` (skipped: ${noCompiler})`}`,
      async () => {
        const { signal } = new AbortController()
        const [java, jars] = await Promise.all([
          findJava(),
          ensureJars(jarsOfJava, { signal, report: () => undefined }),
        ])
        // Flags for a start that costs less.
        const program = [
          ...['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC'],
          ...['-cp', join(jars, '*'), packagePath('examples', 'Produce.java')],
        ]
        const { stdout, stderr } = await run(java, program, { env })
        expect([stdout, stderr]).toEqual(['published comment-4\n', ''])
        expect(await published('comment-4')).toMatchObject({
          kind: 'COMMENT',
          action: 'CREATED',
          author: 'mary',
          images: [],
        })
      },
      JAVA_MS_MAX,
    )

    async function published(id: string) {
      return (await driver.read('content')).find(({ key }) => key === id)?.value
    }
  },
)

/** Why a source file cannot be run: a runtime alone brings no compiler. */
function compilerMissing(): string | null {
  const { stdout } = spawnSync('java', ['--list-modules'], { encoding: 'utf8' })
  return stdout?.includes('jdk.compiler') ? null : 'java is a runtime without a compiler, not a JDK'
}
