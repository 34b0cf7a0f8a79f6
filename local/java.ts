import { execFile } from 'node:child_process'
import { NicrError } from '../schemas/errors.ts'

/** Apicurio 2.6 and Kafka 4 run on this and every later version. */
const javaMajorMin = 17
const versionMsMax = 20_000
const install =
  'Install a Java runtime of version 17 or newer (Debian, Ubuntu: `apt install openjdk-17-jre-headless`; macOS: `brew install openjdk`) or point JAVA_HOME at one, or give KAFKA_BROKERS and SCHEMA_REGISTRY_URL of running servers.'

// The shell looks the program up, as it would for the user: JAVA_HOME first, then PATH.
const probe = `
if [ -n "$JAVA_HOME" ]; then java=$JAVA_HOME/bin/java; else java=java; fi
command -v "$java" || exit 127
exec "$java" -version 2>&1`

/**
 * The path of a Java that is new enough.
 * @throws NicrError NICR_JAVA_MISSING
 */
export async function findJava(): Promise<string> {
  const { status, output } = await runProbe()
  const [path = '', ...rest] = output.trim().split('\n')
  if (status !== 0)
    throw new NicrError(
      'NICR_JAVA_MISSING',
      `No usable \`java\` was found by JAVA_HOME or PATH${rest.length > 0 ? ` (${path}: ${rest.at(-1)})` : ''}. ${install}`,
    )
  const version = rest.map(line => /version "(\d+)(?:\.(\d+))?/.exec(line)).find(match => match !== null)
  // Up to Java 8 the version was written 1.8.
  const major = Number(version?.[1] === '1' ? version[2] : version?.[1])
  if (!(major >= javaMajorMin))
    throw new NicrError(
      'NICR_JAVA_MISSING',
      `${path} is Java ${Number.isNaN(major) ? 'of an unknown version' : major}, which is too old. ${install}`,
    )
  return path
}

function runProbe(): Promise<{ status: number; output: string }> {
  return new Promise(resolve => {
    execFile('/bin/sh', ['-c', probe], { encoding: 'utf8', timeout: versionMsMax }, (error, stdout) =>
      resolve({ status: error === null ? 0 : 1, output: stdout }),
    )
  })
}
