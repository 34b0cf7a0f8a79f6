import { execFile } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packagePath } from '../../schemas/package-root.ts'
import { type Running, startNicr } from './nicr.ts'
import { until } from './until.ts'

/** Blocks of shell commands of a page, and a place where they are run as a reader of the page runs them. */

/** A fenced block of `sh` on a page. */
export interface ShellBlock {
  readonly page: string
  readonly commands: string
  /** Its first line, by which a trial names it. */
  readonly name: string
}

/** The blocks of a page, in its order. */
export function shellBlocks(page: string): ShellBlock[] {
  const text = readFileSync(packagePath(page), 'utf8')
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, commands = '']) => ({
    page,
    commands,
    name: commands.split('\n', 1)[0]!,
  }))
}

export interface Finished {
  readonly code: number
  /** stdout, then stderr. */
  readonly output: string
}

/** A folder that looks like the clone, with a `nicr up` of its own that was started there. */
export interface Clone {
  readonly folder: string
  /** Runs commands as they stand on a page, but for the ports, which are free ones here. */
  run(commands: string): Promise<Finished>
  close(): Promise<void>
}

const READY_MS = 120_000
const COMMANDS_MS = 240_000
const OUTPUT_BYTES_MAX = 16 * 1024 * 1024
/** What a page's commands use of the clone. */
const LINKED = ['bin', 'dist', 'examples', 'models', 'node_modules', 'package.json', 'schemas', 'scripts']

export async function startClone(): Promise<Clone> {
  const folder = mkdtempSync(join(tmpdir(), 'nicr-pages-'))
  for (const name of LINKED) symlinkSync(packagePath(name), join(folder, name))
  const dataDir = join(folder, '.nicr')
  const ports = { NICR_PORT: '0', NICR_KAFKA_PORT: '0', NICR_REGISTRY_PORT: '0', NICR_CLICKHOUSE_PORT: '0' }
  const up = startNicr(['up'], { ...ports, NICR_DATA_DIR: dataDir })
  try {
    await until('nicr is ready', () => isReady(up), READY_MS)
  } catch (error) {
    await stop(up)
    throw error
  }
  const bin = join(folder, '.bin')
  mkdirSync(bin)
  // `npx nicr` of the clone, without the second that npm takes to find it.
  writeFileSync(join(bin, 'npx'), `#!/bin/sh\nshift\nexec node ${packagePath('bin', 'nicr.js')} "$@"\n`)
  chmodSync(join(bin, 'npx'), 0o755)
  const env = { PATH: `${bin}:${process.env['PATH']}`, HOME: process.env['HOME'] }
  const { server, clickhouseUrl } = JSON.parse(readFileSync(join(dataDir, 'running.json'), 'utf8'))
  const here = (commands: string) =>
    commands
      .replaceAll(/(?:http:\/\/)?(?:127\.0\.0\.1|localhost):8080/g, server)
      .replaceAll(/(?:http:\/\/)?(?:127\.0\.0\.1|localhost):8123/g, clickhouseUrl)
  // Pages set it once, in the terminal that their commands are typed into.
  const terminal = 'set -eo pipefail; export NICR_API_KEY=$(cat .nicr/dev-key)\n'
  return {
    folder,
    run: commands => shell(terminal + here(commands), folder, env),
    close: async () => {
      await stop(up)
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function isReady(up: Running): boolean {
  if (up.child.exitCode !== null) throw new Error(`nicr up ended: ${up.output().stderr}`)
  return /^ready /m.test(up.output().stdout)
}

async function stop(up: Running): Promise<void> {
  up.child.kill('SIGTERM')
  await up.ended
}

function shell(commands: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Finished> {
  const options = { cwd, env, timeout: COMMANDS_MS, maxBuffer: OUTPUT_BYTES_MAX }
  return new Promise(resolve => {
    execFile('bash', ['-c', commands], options, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` })
    })
  })
}
