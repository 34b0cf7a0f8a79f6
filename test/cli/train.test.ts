import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { addEvaluateCommand } from '../../cli/commands/evaluate.ts'
import { addScoreCommand } from '../../cli/commands/score.ts'
import { addTrainCommand } from '../../cli/commands/train.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { runCommand } from '../support/run-command.ts'
import { runNicr } from '../support/run-nicr.ts'
import { jsonLines, trainingRows } from '../support/training-rows.ts'
import { until } from '../support/until.ts'

let folder: string
let rows: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-train-'))
  rows = join(folder, 'rows.jsonl')
  writeFileSync(rows, jsonLines(trainingRows))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const train = (out: string, ...more: string[]) =>
  runCommand(addTrainCommand, ['train', '--kind', 'niceness', '--data', rows, '--out', out, ...more])

function bytesOf(version: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(version).map(name => [name, readFileSync(join(version, name)).toString('base64')]),
  )
}

describe('nicr train', () => {
  it('prints the version and its figures as one JSON object, and the same bytes come out again', async () => {
    const outs = ['first/7', 'second/7', 'third/7'].map(name => join(folder, name))
    mkdirSync(outs[1]!, { recursive: true })
    const runs = [
      await train(outs[0]!, '--json'),
      await train(outs[1]!, '--json'),
      await train(outs[2]!, '--seed', '2'),
    ]
    expect(runs.map(({ code, stderr }) => ({ code, stderr }))).toEqual(Array(3).fill({ code: 0, stderr: '' }))
    const result = JSON.parse(runs[0]!.stdout)
    expect(result).toMatchObject({
      kind: 'niceness',
      version: '7',
      seed: 1,
      rows: 300,
      duplicates: 0,
      digest: expect.stringMatching(/^[0-9a-f]{64}$/),
      metrics: { n: expect.any(Number) },
      seconds: expect.any(Number),
    })
    const [first, second, third] = outs.map(bytesOf)
    expect(Object.keys(first!).sort()).toEqual(['README.md', 'manifest.json', 'model.onnx', 'reference.json'])
    expect(second).toEqual(first)
    expect(third).not.toEqual(first)
    expect(runs[2]!.stdout).toContain('niceness@7 from 300 rows')
  })

  it('makes a version that score and evaluate take by its folder, and by its number below the data directory', async () => {
    const out = join(folder, 'data', 'models', 'niceness', '900')
    expect((await train(out)).code).toBe(0)
    const score = await runCommand(addScoreCommand, [
      'score',
      '--kind',
      'niceness',
      '--json',
      '--model',
      out,
      rows,
    ])
    expect(score.code).toBe(0)
    const lines = score.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line))
    expect(lines).toHaveLength(300)
    expect(lines[0].score).toBeGreaterThan(lines[2].score)
    const byFolder = await runCommand(addEvaluateCommand, [
      ...['evaluate', '--kind', 'niceness', '--json', '--model', out, '--data', rows],
    ])
    const byNumber = await runNicr(
      ['evaluate', '--kind', 'niceness', '--json', '--model', '900', '--data', rows],
      { NICR_DATA_DIR: join(folder, 'data') },
    )
    expect(byNumber).toEqual({ code: 0, stdout: byFolder.stdout, stderr: '' })
    expect(JSON.parse(byFolder.stdout)).toMatchObject({ model: 'niceness@900', n: 300 })
    const wrong = await runCommand(addScoreCommand, ['score', '--kind', 'text-spam', '--model', out, rows])
    expect(wrong.stderr).toMatch(/NICR_INPUT_INVALID: --model .* is of kind niceness, not text-spam/)
  })

  it('writes over nothing', async () => {
    const out = join(folder, 'models', '3')
    mkdirSync(out, { recursive: true })
    writeFileSync(join(out, 'notes.txt'), 'mine')
    const { code, stderr } = await train(out)
    expect(code).toBe(1)
    expect(stderr).toContain(`NICR_INPUT_INVALID: ${out} is there already`)
    expect(readdirSync(out)).toEqual(['notes.txt'])
    expect((await train(rows)).stderr).toContain(`${rows} is there already`)
    expect((await train(join(rows, '1'))).stderr).toMatch(/NICR_INPUT_INVALID: .* cannot be made/)
  })

  it('leaves nothing behind where rows cannot be learned from', async () => {
    writeFileSync(rows, `${jsonLines(trainingRows)}{"text":"x"}\n`)
    const { code, stderr } = await train(join(folder, 'new', 'models', '3'))
    expect({ code, stderr }).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/NICR_INPUT_INVALID.*line 301/),
    })
    expect(readdirSync(folder)).toEqual(['rows.jsonl'])
  })

  it.each<[more: string[], says: string]>([
    [['--seed', '-1'], 'a seed is a whole number from 0 to 4294967295'],
    [['--version', '1.5'], 'a version is a whole number'],
    [['--version', '4'], '--version 4 does not fit --out, whose name is 3'],
    [['--parent', '999'], 'NICR_MODEL_NOT_FOUND: niceness@999'],
    [['--parent', 'text-spam@champion'], '--parent text-spam@champion is of kind text-spam, not niceness'],
    [['--parent', './nowhere'], 'NICR_MODEL_NOT_FOUND: ./nowhere holds no manifest.json'],
  ])('refuses %j', async (more, says) => {
    const ran = await runNicr([
      'train',
      '--kind',
      'niceness',
      '--data',
      rows,
      '--out',
      join(folder, '3'),
      ...more,
    ])
    expect({ code: ran.code, stdout: ran.stdout }).toEqual({ code: 1, stdout: '' })
    expect(ran.stderr).toContain(says)
    expect(readdirSync(folder)).toEqual(['rows.jsonl'])
  })

  it('stops at Ctrl-C without a trace of the version', async () => {
    writeFileSync(rows, jsonLines(trainingRows).repeat(300))
    const child = spawn(
      process.execPath,
      [
        packagePath('bin', 'nicr.js'),
        'train',
        '--kind',
        'niceness',
        '--data',
        rows,
        '--out',
        join(folder, 'models', '3'),
      ],
      { env: { PATH: process.env['PATH'] ?? '' }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    const ended = once(child, 'close')
    await until('it trains', () => readdirSync(folder).includes('models'))
    child.kill('SIGINT')
    expect(await ended).toEqual([130, null])
    expect(said).toBe('nicr: training was stopped; nothing was written\n')
    expect(readdirSync(folder)).toEqual(['rows.jsonl'])
  })
})
