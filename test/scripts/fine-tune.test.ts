import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { addEncoder } from '../../jobs/encoder/add-encoder.ts'
import { loadModelFolder, readFolder } from '../../pipelines/model-registry.ts'
import { scoreBatch } from '../../pipelines/runtime/inference/score-batch.ts'
import { textSpam } from '../../pipelines/text-spam.ts'

/** PyTorch takes three gigabytes: it is not fetched here, but used where somebody has it. */
const python = process.env['NICR_TEST_PYTHON']
const NEEDED = 'torch, transformers, onnx, onnxscript, onnxruntime'
const missing = (() => {
  if (python === undefined) return `NICR_TEST_PYTHON names no Python that has ${NEEDED}`
  const { status } = spawnSync(python, ['-c', `import ${NEEDED}`])
  return status === 0 ? '' : `${python} lacks one of ${NEEDED}`
})()

const dir = mkdtempSync(join(tmpdir(), 'nicr-fine-tune-'))
afterAll(() => rmSync(dir, { recursive: true, force: true }))

it.skipIf(missing !== '')(
  `a transformer is fine-tuned on labels and comes back as a version ${missing}`,
  async () => {
    const run = (...parameters: string[]) => {
      const { status, stderr } = spawnSync(python!, parameters, { encoding: 'utf8' })
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
