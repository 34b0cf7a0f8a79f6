import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { type PartName, progressPrinter } from '../../local/progress.ts'
import { startStack } from '../../local/stack.ts'
import { readConfig } from '../../pipelines/config.ts'
import { NicrError } from '../../schemas/errors.ts'
import { packagePath } from '../../schemas/package-root.ts'
import type {} from './stack.ts'

const helper = packagePath('test', 'support', 'stack.ts')

/**
 * Vitest's global setup: starts Kafka, registry and ClickHouse once, on free ports and a temporary data directory, if a
 * test file of this run imports support/stack.ts (itself or by way of other support files), and stops them at the end.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  if (!(await isAskedFor(project)))
    return withoutStack(project, 'no test file of this run imports test/support/stack.ts')
  const only = partsWanted()
  const clickhouse = packagePath('dist', 'local', 'clickhouse', 'main.js')
  if (only.includes('clickhouse') && !existsSync(clickhouse))
    throw new Error(`${clickhouse} is missing: run \`npm run build\` first (npm test does)`)
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-test-stack-'))
  const removeDataDir = () => rmSync(dataDir, { recursive: true, force: true })
  try {
    const stack = await startStack(embeddedConfig(dataDir), { only, report: progressPrinter(process.stderr) })
    const { kafkaBrokers, registryUrl, clickhouseUrl } = stack
    stack.onPartFailed((name, detail) => console.error(`The shared ${name} failed. ${detail}`))
    project.provide('stack', { kafkaBrokers, registryUrl, clickhouseUrl })
    project.provide('stackMissing', null)
    return () => stack.stop().finally(removeDataDir)
  } catch (error) {
    removeDataDir()
    const javaMissing = error instanceof NicrError && error.code === 'NICR_JAVA_MISSING'
    // In CI the real parts are never skipped.
    if (!javaMissing || process.env['CI'] === 'true') throw error
    console.error(`Tests on real parts are skipped. ${error.message}`)
    return withoutStack(project, error.message)
  }
}

/** All parts, or those that NICR_TEST_STACK names, for a quicker start while working on one test. */
function partsWanted(): readonly PartName[] {
  const named = process.env['NICR_TEST_STACK']?.split(',') as PartName[] | undefined
  return named ?? ['kafka', 'registry', 'clickhouse']
}

function withoutStack(project: TestProject, why: string): () => Promise<void> {
  project.provide('stack', null)
  project.provide('stackMissing', why)
  return async () => {}
}

function embeddedConfig(dataDir: string) {
  return readConfig({
    NICR_DATA_DIR: dataDir,
    NICR_KAFKA_PORT: '0',
    NICR_REGISTRY_PORT: '0',
    NICR_CLICKHOUSE_PORT: '0',
  })
}

async function isAskedFor(project: TestProject): Promise<boolean> {
  // Names given on the command line; Vitest keeps them, but not as a part of its types.
  const { filenamePattern } = project.vitest as unknown as { filenamePattern?: string[] }
  const { testFiles } = await project.globTestFiles(filenamePattern)
  const seen = new Set<string>()
  return testFiles.some(file => imports(file, seen))
}

/** Whether a test or support file imports the helper, directly or through other files under test/. */
function imports(file: string, seen: Set<string>): boolean {
  if (file === helper) return true
  if (seen.has(file) || !file.startsWith(packagePath('test')) || !existsSync(file)) return false
  seen.add(file)
  const specifiers = readFileSync(file, 'utf8').matchAll(/from '(\.[^']+\.ts)'/g)
  return [...specifiers].some(([, path]) => imports(resolve(dirname(file), path!), seen))
}
