import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { finished } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { readJsonLines } from '../pipelines/jsonl.ts'
import { NicrError } from '../schemas/errors.ts'
import { packagePath } from '../schemas/package-root.ts'
import type { Fields, RowSet } from './public-sets.ts'
import { nicenessSets } from './sets-niceness.ts'
import { spamSets } from './sets-spam.ts'
import { toxicitySets } from './sets-toxicity.ts'
import { trainTextModel } from './train-text-model.ts'
import type { TrainingFile } from './training-rows.ts'

/**
 * Makes the models that ship with Nicr from the public sets, whose rows stay where they are, and rows of our own:
 *
 *   npm run build && node dist/jobs/train-first-models.js --data ../shared/data [--out models] [--kind niceness]
 */
const firstModels = [
  { kind: 'niceness', version: '2', seed: 1, sets: nicenessSets },
  { kind: 'text-spam', version: '2', seed: 1, sets: spamSets },
  { kind: 'toxicity', version: '2', seed: 1, sets: toxicitySets },
] as const

export interface TrainFirstModelsOptions {
  /** Of this kind only. */
  readonly kind?: string
  readonly say: (line: string) => void
}

/** Trains every first model into `<outDir>/<kind>/<version>/`. @throws NicrError as `trainTextModel` */
export async function trainFirstModels(
  dataDir: string,
  outDir: string,
  options: TrainFirstModelsOptions,
): Promise<void> {
  for (const { kind, version, seed, sets } of firstModels) {
    if (options.kind !== undefined && options.kind !== kind) continue
    const rowsDir = await mkdtemp(join(tmpdir(), 'nicr-rows-'))
    try {
      const files: TrainingFile[] = []
      for (const [i, set] of sets.entries())
        files.push(await writeRows(dataDir, set, join(rowsDir, `${i}.jsonl`)))
      const startedAt = Date.now()
      const manifest = await trainTextModel({
        kind,
        version,
        seed,
        files,
        outDir: join(outDir, kind, version),
      })
      const seconds = Math.round((Date.now() - startedAt) / 1000)
      options.say(
        `${kind}@${version} ${seconds} s ${JSON.stringify({ ...manifest.settings, ...manifest.metrics })}`,
      )
    } finally {
      await rm(rowsDir, { recursive: true })
    }
  }
}

/** The rows of a set as training files hold them. */
export async function writeRows(dataDir: string, set: RowSet, path: string): Promise<TrainingFile> {
  const file = createWriteStream(path)
  const from = isAbsolute(set.path) ? set.path : join(dataDir, set.path)
  for await (const row of readJsonLines(from)) {
    if ('error' in row)
      throw new NicrError('NICR_INPUT_INVALID', `${set.path}, line ${row.line}: ${row.error}`)
    const mapped = set.toRow(row.value as Fields)
    if (mapped !== null) file.write(`${JSON.stringify(mapped)}\n`)
  }
  await finished(file.end())
  return { path, name: set.name, licence: set.licence }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { data: { type: 'string' }, out: { type: 'string' }, kind: { type: 'string' } },
  })
  try {
    await trainFirstModels(values.data ?? '../shared/data', values.out ?? packagePath('models'), {
      say: console.log,
      ...(values.kind === undefined ? {} : { kind: values.kind }),
    })
  } catch (error) {
    if (!(error instanceof NicrError)) throw error
    console.error(`${error.code}: ${error.message}`)
    process.exitCode = 1
  }
}
