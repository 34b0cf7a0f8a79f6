import { NicrError } from '../schemas/errors.ts'
import { spawnGuarded } from './guarded.ts'

const dependencyPlugin = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1'
/** Maven prints with every few kilobytes it receives, so this long a silence means that nothing comes any more. */
const silenceMsMax = 180_000
const graceMs = 5_000
const tailLinesMax = 20
const commandNotFound = 127

/**
 * Has Maven put the dependencies of a pom into a folder.
 * @throws NicrError NICR_MAVEN_MISSING; NICR_DOWNLOAD_FAILED with the end of Maven's output
 */
export async function runMaven(options: {
  readonly set: JarSet
  readonly folder: string
  readonly report: (detail: string) => void
  readonly signal: AbortSignal
}): Promise<void> {
  const { set, folder, report, signal } = options
  signal.throwIfAborted()
  const transfer = createTransferLog(set, report)
  const silence = new AbortController()
  const watch = createWatch(silenceMsMax, () => silence.abort())
  const read = (chunk: Buffer) => {
    watch.restart()
    transfer.read(chunk.toString('utf8'))
  }
  const maven = await spawnGuarded({
    name: `maven-${set.name}`,
    command: ['mvn', '-Dstyle.color=never', '-f', set.pom, ...goal(set, folder)],
    cwd: folder,
    logFd: null,
    onStdout: read,
    onStderr: read,
    graceMs,
  })
  // Maven may have been heard, and the start aborted for it, before it was known to run.
  const enough = AbortSignal.any([signal, silence.signal])
  const stop = () => void maven.stop()
  enough.addEventListener('abort', stop, { once: true })
  if (enough.aborted) stop()
  const status = await maven.exited
  watch.stop()
  enough.removeEventListener('abort', stop)
  signal.throwIfAborted()
  if (status === 0) return
  if (status === commandNotFound)
    throw new NicrError(
      'NICR_MAVEN_MISSING',
      'The jars of the embedded broker and registry are not there yet, and `mvn` was not found by PATH. Install Maven (Debian, Ubuntu: `apt install maven`; macOS: `brew install maven`), or give KAFKA_BROKERS and SCHEMA_REGISTRY_URL of running servers.',
    )
  const why = silence.signal.aborted
    ? `nothing came for ${silenceMsMax / 1000} s`
    : `Maven ended with status ${status}`
  throw new NicrError(
    'NICR_DOWNLOAD_FAILED',
    `The jars of ${set.name} could not be fetched: ${why}. Check the network (and proxy or mirror in ~/.m2/settings.xml), then start again. Maven said:\n${transfer.tail()}`,
  )
}

function goal(set: JarSet, folder: string): string[] {
  if (set.goal === 'copy')
    return [`${dependencyPlugin}:copy-dependencies`, '-DincludeScope=runtime', `-DoutputDirectory=${folder}`]
  return [
    `${dependencyPlugin}:unpack-dependencies`,
    `-DoutputDirectory=${folder}`,
    `-DmarkersDirectory=${folder}/.markers`,
  ]
}

function createWatch(ms: number, onSilence: () => void) {
  let timer = setTimeout(onSilence, ms)
  return {
    restart() {
      clearTimeout(timer)
      timer = setTimeout(onSilence, ms)
    },
    stop: () => clearTimeout(timer),
  }
}

/**
 * Reads what Maven prints while it transfers: `Progress (1): 49/142 MB`, rewritten in place by carriage returns, and
 * `Downloaded from central: <url> (142 MB at 55 MB/s)`. Keeps the last lines that are neither, for the error message.
 */
function createTransferLog(set: JarSet, report: (detail: string) => void) {
  const tail: string[] = []
  let rest = ''
  let doneMb = 0
  let reported = ''
  const reportMb = (megabytes: number) => {
    const detail = `${set.name}, ${Math.round(megabytes)} MB so far, about ${set.aboutMb} MB in all`
    if (detail !== reported) report(detail)
    reported = detail
  }
  const readLine = (line: string) => {
    if (line.startsWith('Progress (')) {
      const largest = /[ :]([\d.]+)\/[\d.]+ MB/.exec(line)
      if (largest !== null) reportMb(doneMb + Number(largest[1]))
      return
    }
    const done = /^Downloaded from .*\(([\d.]+) (B|kB|MB) at /.exec(line)
    if (done !== null) {
      doneMb += Number(done[1]) / { B: 1e6, kB: 1e3, MB: 1 }[done[2] as 'B' | 'kB' | 'MB']
      reportMb(doneMb)
    } else if (line.trim() !== '' && !/^Download(ing|ed) from /.test(line)) {
      tail.push(line)
      if (tail.length > tailLinesMax) tail.shift()
    }
  }
  return {
    read(text: string) {
      const lines = (rest + text).split(/[\r\n]+/)
      rest = lines.pop() ?? ''
      for (const line of lines) readLine(line)
    },
    tail: () => [...tail, rest].join('\n').trim(),
  }
}

/** A set of jars that a pom.xml names. */
export interface JarSet {
  /** e.g. `kafka-4.4.0`; the folder is named so, with a digest of the pom behind it. */
  readonly name: string
  /** Absolute path. */
  readonly pom: string
  /** `copy`: the dependencies as they are; `unpack`: the archives among them, unpacked. */
  readonly goal: 'copy' | 'unpack'
  /** What is transferred where Maven has nothing yet, for the progress line. */
  readonly aboutMb: number
}
