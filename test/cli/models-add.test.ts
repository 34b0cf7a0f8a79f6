import {
  existsSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nicr, startNicr } from '../support/nicr.ts'
import { type TinyEncoder, writeTinyEncoder } from '../support/tiny-encoder.ts'

/** The command as users run it: a program of its own, on tiny folders. */

let dir: string
let count = 0
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-add-cli-'))
})
afterAll(() => rmSync(dir, { recursive: true, force: true }))

const words = { cash: [-2, 2], prize: [-2, 2], hello: [1, -1], friend: [2, -2] }
const classifier: TinyEncoder = { words, labels: ['ham', 'spam'] }
const folderOf = (tiny: TinyEncoder = classifier) => writeTinyEncoder(join(dir, `source-${count++}`), tiny)

/** A data directory of its own, and what lies in it of text-spam. */
function dataDir() {
  const path = join(dir, `data-${count++}`)
  return { env: { NICR_DATA_DIR: path }, made: () => listed(join(path, 'models', 'text-spam')) }
}

const listed = (path: string) => (existsSync(path) ? readdirSync(path) : [])

describe('nicr models add', () => {
  it('makes a version, says where it lies and what to do next, and the version scores', async () => {
    const { env, made } = dataDir()
    const { code, stdout, stderr } = await nicr(['models', 'add', 'text-spam', folderOf()], env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [version] = made()
    expect(stdout).toContain(
      `text-spam@${version}: ${join(env.NICR_DATA_DIR, 'models', 'text-spam', version!)}`,
    )
    expect(stdout).toContain(`nicr evaluate --kind text-spam --model ${version}`)
    expect(stdout).toContain(`nicr models promote text-spam@${version}`)

    const rows = join(dir, 'two.jsonl')
    writeFileSync(rows, '{"id":"a","text":"cash prize"}\n{"id":"b","text":"hello friend"}\n')
    const scored = await nicr(['score', '--kind', 'text-spam', rows, '--model', version!, '--json'], env)
    const lines = scored.stdout.trimEnd().split('\n')
    const labels = lines.map(line => (JSON.parse(line) as { label: string }).label)
    expect(labels).toEqual(['spam', 'ham'])
  })

  it('answers --json with one object, with figures where rows were given', async () => {
    const { env } = dataDir()
    const rows = rowsFile()
    const asked = ['models', 'add', 'text-spam', folderOf(), '--data', rows, '--alone', '--json']
    const { code, stdout } = await nicr(asked, env)
    expect(code).toBe(0)
    const answer = JSON.parse(stdout) as Record<string, unknown>
    expect(answer).toMatchObject({ kind: 'text-spam', metrics: { n: 60 } })
    expect(answer['digest']).toMatch(/^[0-9a-f]{64}$/)
    const beside = listed(String(answer['folder']))
    expect(beside).toContain('head.json')
    expect(beside).not.toContain('ngrams.onnx')
  })
})

describe('nicr models add --train-ngrams', () => {
  it('makes the n-grams beside it a version of its own, which scores, too', async () => {
    const { env, made } = dataDir()
    const rows = rowsFile()
    const asked = ['models', 'add', 'text-spam', folderOf(), '--data', rows, '--train-ngrams']
    const { code, stdout, stderr } = await nicr(asked, env)
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [ngrams, encoder] = made()
    expect(Number(encoder)).toBe(Number(ngrams) + 1)
    expect(stdout).toContain(`text-spam@${ngrams}: the n-grams beside it, trained on the same rows\n`)
    expect(stdout).toContain(`text-spam@${encoder}: `)
    for (const version of [ngrams!, encoder!]) {
      const evaluated = ['evaluate', '--kind', 'text-spam', '--data', rows, '--model', version, '--json']
      const figures = JSON.parse((await nicr(evaluated, env)).stdout) as { auc: number }
      expect(figures.auc).toBeGreaterThan(0.95)
    }
  })
})

/** 60 rows, of which two words say all. */
function rowsFile(): string {
  const path = join(dir, `rows-${count++}.jsonl`)
  const lines = Array.from({ length: 60 }, (_, i) => ({
    text: `${i % 2 === 0 ? 'cash prize' : 'hello friend'} ${String.fromCharCode(97 + (i % 26))}${i}`,
    label: Number(i % 2 === 0),
  }))
  writeFileSync(path, lines.map(line => JSON.stringify(line)).join('\n'))
  return path
}

describe('what nicr models add refuses, with what to do, leaving nothing behind', () => {
  const without = (name: string) => {
    const folder = folderOf()
    rmSync(join(folder, name))
    return folder
  }
  const large = (bytes: number) => {
    const folder = folderOf()
    truncateSync(join(folder, 'onnx', 'model.onnx'), bytes)
    return folder
  }

  it.each<[string, RegExp, () => readonly string[]]>([
    ['no folder', /NICR_MODEL_NOT_FOUND: .*nowhere holds no config\.json/, () => [join(dir, 'nowhere')]],
    [
      'a folder without a tokeniser',
      /NICR_MODEL_INVALID: .*tokenizer\.json; write it/,
      () => [without('tokenizer.json')],
    ],
    [
      'labels of another number',
      /NICR_MODEL_INVALID: .*3 labels, and the network gives 2/,
      () => [folderOf({ words, labels: ['ham', 'spam', 'spam'] })],
    ],
    ['another opset', /NICR_MODEL_INVALID: .*onnxruntime/, () => [folderOf({ ...classifier, opset: 999 })]],
    ['a file of 2 GB', /NICR_MODEL_INVALID: .*2147483648 bytes, at most/, () => [large(2 ** 31)]],
    [
      'a network that gives no numbers',
      /NICR_MODEL_FAILED: .*no numbers/,
      () => [folderOf({ ...classifier, words: { ...words, you: [Number.NaN, 0] } })],
    ],
    ['labels off the scale', /NICR_INPUT_INVALID: --labels/, () => [folderOf(), '--labels', 'spam=2,ham=0']],
    ['labels without a place', /NICR_INPUT_INVALID: --labels/, () => [folderOf(), '--labels', 'spam=1']],
    ['languages that are none', /--languages.*en,de,fr/s, () => [folderOf(), '--languages', 'English']],
    ['a seed that is none', /--seed/, () => [folderOf(), '--seed', '-1']],
    [
      'n-grams that are not there',
      /NICR_MODEL_NOT_FOUND: .*99/,
      () => [folderOf(), '--beside', 'text-spam@99'],
    ],
    ['n-grams to train, and no rows', /NICR_INPUT_INVALID: .*--data/, () => [folderOf(), '--train-ngrams']],
    [
      'n-grams to train, and none',
      /NICR_INPUT_INVALID: .*one of them/,
      () => [folderOf(), '--train-ngrams', '--alone', '--data', rowsFile()],
    ],
    [
      'labels without a place, before n-grams are trained',
      /NICR_INPUT_INVALID: --labels/,
      () => [folderOf(), '--labels', 'spam=1', '--train-ngrams', '--data', rowsFile()],
    ],
    ['an unknown option', /unknown option '--heads'/, () => [folderOf(), '--heads']],
  ])('%s', async (_, problem, parameters) => {
    const { env, made } = dataDir()
    const { code, stdout, stderr } = await nicr(['models', 'add', 'text-spam', ...parameters()], env)
    expect(code).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(problem)
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(made()).toEqual([])
  })

  it('a folder that changes while it is read', async () => {
    const { env, made } = dataDir()
    const folder = large(300_000_000)
    const { output, ended } = startNicr(['models', 'add', 'text-spam', folder], env)
    let turns = 0
    const changing = setInterval(
      () => utimesSync(join(folder, 'onnx', 'model.onnx'), 1_700_000_000, 1_700_000_000 + turns++),
      5,
    )
    const code = await ended
    clearInterval(changing)
    expect(code).toBe(1)
    expect(output().stderr).toMatch(/NICR_MODEL_INVALID: .*changed while it was read; add it again/)
    expect(made()).toEqual([])
  })
})
