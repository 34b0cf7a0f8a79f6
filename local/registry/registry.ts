import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { packagePath } from '../../schemas/package-root.ts'
import type { JarSet } from '../maven.ts'
import { type Part, type PartContext, startPart } from '../part.ts'
import { loopback } from '../ports.ts'

export const registryJars: JarSet = {
  name: 'apicurio-registry-2.6.13.Final',
  pom: packagePath('local', 'registry', 'pom.xml'),
  goal: 'unpack',
  aboutMb: 143,
}

const graceMs = 10_000
const answerMsMax = 5_000

/** The URL clients use: Apicurio's implementation of the Confluent API. */
export function registryUrl(port: number): string {
  return `http://${loopback}:${port}/apis/ccompat/v7`
}

/** Starts the Apicurio registry with its database in a file under the data directory. */
export async function startRegistry(
  context: PartContext,
  { java, jars }: { java: string; jars: string },
): Promise<Part> {
  const { port } = context
  mkdirSync(join(context.dataDir.path, 'registry'), { recursive: true })
  const command = [
    java,
    '-Xmx256m',
    '-XX:TieredStopAtLevel=1',
    '-XX:+UseSerialGC',
    '-XX:-UsePerfData',
    '-XX:+ExitOnOutOfMemoryError',
    ...Object.entries(settings(port)).map(([name, value]) => `-D${name}=${value}`),
    '-jar',
    join(jars, 'apicurio-registry-app-2.6.13.Final-runner.jar'),
  ]
  return startPart(
    {
      name: 'registry',
      title: 'The embedded schema registry',
      command,
      graceMs,
      ownLogs: ['registry.log'],
      ready: async () => ((await registryAnswers(port)) ? port : null),
    },
    context,
  )
}

/** As system properties: these win over variables of the environment, where e.g. LOG_LEVEL is Nicr's own. */
function settings(port: number): Record<string, string | number | boolean> {
  return {
    'quarkus.http.host': loopback,
    'quarkus.http.port': port,
    // WRITE_DELAY=0: what was answered survives a SIGKILL. The process runs in the data directory.
    'quarkus.datasource.jdbc.url': 'jdbc:h2:file:./registry/registry;WRITE_DELAY=0',
    'quarkus.datasource.username': 'sa',
    'quarkus.datasource.password': 'sa',
    // 20 connections at once by default.
    'quarkus.datasource.jdbc.initial-size': 1,
    'quarkus.datasource.jdbc.min-size': 1,
    'quarkus.datasource.jdbc.max-size': 8,
    'quarkus.banner.enabled': false,
    'quarkus.log.level': 'INFO',
    'quarkus.log.console.level': 'WARN',
    'quarkus.log.file.enable': true,
    'quarkus.log.file.path': 'logs/registry.log',
    'quarkus.log.file.rotation.max-file-size': '5M',
    'quarkus.log.file.rotation.max-backup-index': 3,
    // Nobody else's requests: pages of other origins have no business here.
    'quarkus.http.cors': false,
    'registry.events.ksink': '',
    'registry.auth.enabled': false,
  }
}

async function registryAnswers(port: number): Promise<boolean> {
  try {
    const response = await fetch(`${registryUrl(port)}/subjects`, {
      signal: AbortSignal.timeout(answerMsMax),
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}
