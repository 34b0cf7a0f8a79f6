import { type ChildProcess, spawn } from 'node:child_process'
import { packagePath } from '../../schemas/package-root.ts'
import { until } from './until.ts'

/** The command as a user runs it: the compiled program in a process of its own. */
export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Of the output in an error. */
const TAIL_LENGTH = 4_000

type Env = Readonly<Record<string, string>>

/** The environment without settings of ours: only those a test gives. */
function cleanEnv(env: Env): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(NICR_|KAFKA_|CLICKHOUSE_|SCHEMA_REGISTRY_|LOG_LEVEL)/.test(name),
  )
  return { ...Object.fromEntries(inherited), ...env }
}

/** Runs a command to its end. */
export async function nicr(
  parameters: readonly string[],
  env: Env = {},
  cwd = packagePath(),
): Promise<Finished> {
  const child = spawn(process.execPath, [packagePath('bin', 'nicr.js'), ...parameters], {
    env: cleanEnv(env),
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', resolve)
  })
  return { code, ...output() }
}

/** A command that runs until it is stopped. */
export interface Running {
  readonly child: ChildProcess
  readonly output: () => { stdout: string; stderr: string }
  readonly ended: Promise<number | null>
}

/** @param under a command that runs it, such as `ip netns exec NAME` */
export function startNicr(
  parameters: readonly string[],
  env: Env = {},
  under: readonly string[] = [],
): Running {
  const [program, ...words] = [...under, process.execPath, packagePath('bin', 'nicr.js'), ...parameters]
  const child = spawn(program!, words, {
    env: cleanEnv(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = collect(child)
  const ended = new Promise<number | null>(resolve => child.on('close', resolve))
  return { child, output, ended }
}

/** Waits until it prints a text on stdout; fails, with the end of what it printed, when it ends before or says nothing in time. */
export async function untilPrints(running: Running, text: string, timeoutMs: number): Promise<void> {
  const { child, output } = running
  const printed = () => output().stdout.includes(text)
  const said = until('', () => printed() || child.exitCode !== null, timeoutMs).then(printed, () => false)
  if (await said) return
  const { stdout, stderr } = output()
  const state = child.exitCode === null ? `still runs after ${timeoutMs} ms` : `ended with ${child.exitCode}`
  throw new Error(`It did not print "${text}" and ${state}.\n${(stdout + stderr).slice(-TAIL_LENGTH)}`)
}

function collect(child: ChildProcess): () => { stdout: string; stderr: string } {
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', chunk => {
    stdout += String(chunk)
  })
  child.stderr?.on('data', chunk => {
    stderr += String(chunk)
  })
  return () => ({ stdout, stderr })
}
