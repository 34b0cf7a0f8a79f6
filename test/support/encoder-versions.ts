import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { type AddEncoderOptions, addEncoder } from '../../jobs/encoder/add-encoder.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { resolveModel } from '../../pipelines/model-registry.ts'
import { type TinyEncoder, writeTinyEncoder } from './tiny-encoder.ts'

/** Adds version 7 of a tiny encoder that classifies, beside the n-grams of the champion; says in which folder. */
export async function addTinyVersion(
  dir: string,
  kind: KindDeclaration,
  tiny: TinyEncoder,
  options: Partial<AddEncoderOptions> = {},
): Promise<string> {
  const outDir = join(dir, `${kind.kind}-version`)
  await addEncoder({
    kind,
    folder: writeTinyEncoder(join(dir, `${kind.kind}-source`), tiny),
    files: [],
    trainsHead: false,
    ngrams: await resolveModel(kind.kind),
    languages: null,
    outDir,
    version: '7',
    seed: 1,
    ...options,
  })
  return outDir
}

/** The processes of encoders that this one started. */
export function encoderPids(): number[] {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' })
  return lines
    .split('\n')
    .filter(line => line.includes('encoder-worker.js'))
    .map(line => Number.parseInt(line, 10))
}

/** Does it while no encoder of this process answers. */
export async function whileStopped<T>(work: () => Promise<T>): Promise<T> {
  const pids = encoderPids()
  for (const pid of pids) process.kill(pid, 'SIGSTOP')
  try {
    return await work()
  } finally {
    for (const pid of pids) process.kill(pid, 'SIGCONT')
  }
}
