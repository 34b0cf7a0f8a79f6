import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { addEncoder } from '../../jobs/encoder/add-encoder.ts'
import { loadModelFolder, readFolder } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { textSpam } from '../../pipelines/text-spam.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { isFull } from '../support/full.ts'
import { pythonWith } from '../support/python-venv.ts'

/** PyTorch comes with three gigabytes of CUDA: it is used where somebody has it, and fetched for the full tests only. */
const needed = readFileSync(packagePath('scripts', 'requirements.txt'), 'utf8').trim().split('\n')
const FETCH_MS_MAX = 1_800_000
const own = [process.env['NICR_TEST_PYTHON'], join(homedir(), '.cache', 'nicr', 'python', 'bin', 'python')]

function findPython(): { python: string } | { missing: string } {
  const there = own.find(one => one !== undefined && existsSync(one))
  if (there === undefined) {
    if (isFull) return pythonWith(needed, FETCH_MS_MAX)
    return {
      missing: `neither NICR_TEST_PYTHON nor scripts/minilm.sh gives a Python with ${needed.join(', ')}`,
    }
  }
  const names = needed.map(one => one.split('==')[0])
  const { status } = spawnSync(there, ['-c', `import ${names.join(', ')}`])
  return status === 0 ? { python: there } : { missing: `${there} lacks one of ${names.join(', ')}` }
}

const found = findPython()
const missing = 'missing' in found ? found.missing : ''

const dir = mkdtempSync(join(tmpdir(), 'nicr-fine-tune-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it.skipIf(missing !== '')(
  `a transformer is fine-tuned on labels and comes back as a version ${missing}`,
  async () => {
    const { python } = found as { python: string }
    const run = (...parameters: string[]) => {
      const { status, stderr } = spawnSync(python, parameters, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }
    const rows = join(dir, 'rows.jsonl')
    const lines = Array.from({ length: 80 }, (_, i) =>
      i % 2 === 0
        ? { text: 'win free cash now, claim the prize', label: 'spam' }
        : { text: 'hello my friend, thanks for the help', label: 'ham' },
    )
    writeFileSync(rows, lines.map(line => JSON.stringify(line)).join('\n'))
    const root = join(import.meta.dirname, '..', '..')
    run(join(root, 'test', 'support', 'tiny-bert.py'), join(dir, 'base'))
    const tuned = ['--base', join(dir, 'base'), '--epochs', '30']
    run(join(root, 'scripts', 'fine-tune.py'), rows, join(dir, 'tuned'), ...tuned)
    const outDir = join(dir, 'version')
    await addEncoder({
      kind: textSpam,
      folder: join(dir, 'tuned'),
      files: [],
      trainsHead: false,
      ngrams: null,
      languages: null,
      outDir,
      version: '9',
      seed: 1,
    })
    const model = await loadModelFolder(await readFolder(outDir, 'text-spam', '9'))
    const texts = ['claim free cash', 'thanks my friend'].map(text => ({ text }))
    const [spam, ham] = await scoreBatch(textSpam.scorer, model, texts)
    await model.close()
    const value = (one: typeof spam) =>
      one !== undefined && 'decision' in one ? one.decision.value : Number.NaN
    expect(value(spam)).toBeGreaterThan(value(ham))
  },
  300_000,
)
