import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEvaluateCommand } from '../../cli/commands/evaluate.ts'
import { addScoreCommand } from '../../cli/commands/score.ts'
import { addTrainCommand } from '../../cli/commands/train.ts'
import { runCommand } from '../support/run-command.ts'
import type { Ran } from '../support/run-nicr.ts'
import { jsonLines, trainingRows } from '../support/training-rows.ts'

/**
 * What people hand to the commands by mistake, or what the world holds. Each command either refuses with a code and a place,
 * or states what it made of it; none answers NaN or a stack trace.
 */

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'nicr-bad-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A command does its work and exits with 0, or fails with words that must appear. */
type Expected = 'works' | RegExp

interface Case {
  readonly content: () => string | Buffer
  readonly score: Expected
  readonly evaluate: Expected
  readonly train: Expected
  /** Name of the file; `.jsonl` decides nothing, `.gz` does. */
  readonly name?: string
}

const good = jsonLines(trainingRows)
const withRow = (...rows: readonly unknown[]) => `${good}${jsonLines(rows)}`
/** The line after the good rows. */
const NEXT = trainingRows.length + 1
const valid = { text: 'a plain row', niceness: 5, label: 0 }
const megabyte = 'a long story about nothing. '.repeat(40_000)
const refused = /NICR_INPUT_INVALID/
const unreadable = /NICR_FILE_UNREADABLE/
const places = (problem: RegExp) => new RegExp(`line ${NEXT}: .*${problem.source}`)
const everywhere = (expected: Expected) => ({ score: expected, evaluate: expected, train: expected })

const cases: Readonly<Record<string, Case>> = {
  'empty text': { content: () => withRow({ ...valid, text: '' }), ...everywhere('works') },
  'only spaces': { content: () => withRow({ ...valid, text: ' \t\n ' }), ...everywhere('works') },
  'only emoji': { content: () => withRow({ ...valid, text: '🧡🧡🙃' }), ...everywhere('works') },
  'a lone surrogate': {
    content: () => `${good}{"text":"\\ud83d","niceness":5,"label":0}\n`,
    ...everywhere('works'),
  },
  'a text of 1 MB': {
    content: () => withRow({ ...valid, text: megabyte }),
    score: places(/NICR_TEXT_TOO_LONG: the field text/),
    evaluate: 'works',
    train: 'works',
  },
  'an unknown language': {
    content: () =>
      withRow(
        { ...valid, text: 'Hyvää päivää', language: 'fi' },
        { ...valid, text: 'Это просто пример текста' },
      ),
    ...everywhere('works'),
  },
  'a language that is no string': {
    content: () => withRow({ ...valid, language: 5 }),
    score: places(/the field language/),
    evaluate: places(/the field language/),
    train: places(/the field language/),
  },
  'a label out of range': {
    content: () => withRow({ ...valid, niceness: 10.5, label: 2 }),
    score: 'works',
    evaluate: places(/the field (niceness is not a number from 0 to 10|label is none of 0, 1)/),
    train: places(/the field (niceness is not a number from 0 to 10|label is none of 0, 1)/),
  },
  'a label that is a numeral in quotes': {
    content: () => withRow({ ...valid, niceness: '5', label: '1' }),
    score: 'works',
    evaluate: places(/the field (niceness|label)/),
    train: places(/the field (niceness|label)/),
  },
  'no label': {
    content: () => withRow({ text: 'a row' }),
    score: 'works',
    evaluate: places(/the field (niceness|label) is missing/),
    train: places(/the field (niceness|label)/),
  },
  'no text': {
    content: () => withRow({ niceness: 5, label: 0 }),
    score: places(/the field text is missing/),
    evaluate: places(/the field text is missing/),
    train: places(/the field text/),
  },
  'one class only': {
    content: () => jsonLines(trainingRows.map(row => ({ ...row, niceness: 9, label: 0 }))),
    score: 'works',
    evaluate: 'works',
    train: /one label only/,
  },
  'rows that repeat and contradict': {
    content: () =>
      `${good}${jsonLines(trainingRows.slice(0, 50).map(row => ({ ...row, niceness: 5, label: 1 })))}`,
    ...everywhere('works'),
  },
  'too few rows': {
    content: () => jsonLines(trainingRows.slice(0, 3)),
    score: 'works',
    evaluate: 'works',
    train: refused,
  },
  'a line that is no JSON': { content: () => `${good}text,label\n`, ...everywhere(places(/is not JSON/)) },
  'a line that is no object': {
    content: () => `${good}[1,2]\n`,
    ...everywhere(places(/is not a JSON object|the field text/)),
  },
  'bytes that are not UTF-8': {
    content: () =>
      Buffer.concat([
        Buffer.from(`${good}{"text":"caf`),
        Buffer.from([0xe9]),
        Buffer.from('","niceness":5,"label":0}\n'),
      ]),
    ...everywhere(places(/is not UTF-8/)),
  },
  'a binary file': {
    content: () => Buffer.from(Uint8Array.from({ length: 50_000 }, (_, i) => (i * 7919) % 256)),
    ...everywhere(/line 1: is not (UTF-8|JSON)/),
  },
  'a line of 50 MB': {
    content: () => `${good}{"text":"${'x'.repeat(50_000_000)}","niceness":5,"label":0}\n`,
    ...everywhere(places(/is longer than 16 MiB/)),
  },
  'an empty file': { content: () => '', score: 'works', evaluate: /holds no rows/, train: /holds no rows/ },
  'blank lines only': {
    content: () => '\n\n\r\n',
    score: 'works',
    evaluate: /holds no rows/,
    train: /holds no rows/,
  },
  'a byte order mark and Windows line ends': {
    content: () => `\uFEFF${good.replaceAll('\n', '\r\n')}`,
    ...everywhere('works'),
  },
  'a gzip that is cut off': {
    name: 'cut.jsonl.gz',
    content: () => gzipSync(good).subarray(0, -40),
    ...everywhere(/NICR_FILE_UNREADABLE.*the gzip is cut off/),
  },
  'a gzip that is none': { name: 'plain.jsonl.gz', content: () => good, ...everywhere(unreadable) },
}

const commands = {
  score: (kind: string, file: string) =>
    runCommand(addScoreCommand, ['score', '--kind', kind, '--json', file]),
  evaluate: (kind: string, file: string) =>
    runCommand(addEvaluateCommand, ['evaluate', '--kind', kind, '--json', '--data', file]),
  train: (kind: string, file: string) =>
    runCommand(addTrainCommand, [
      'train',
      '--kind',
      kind,
      '--json',
      '--data',
      file,
      '--out',
      join(folder, 'out'),
    ]),
} as const

describe.each(Object.entries(cases))('%s', (what, { content, name, ...expected }) => {
  for (const command of ['score', 'evaluate', 'train'] as const)
    it.each(['niceness', 'text-spam'])(`${command} --kind %s`, async kind => {
      const file = join(folder, name ?? `${what.replaceAll(' ', '-')}.jsonl`)
      writeFileSync(file, content())
      const ran = await commands[command](kind, file)
      rmSync(join(folder, 'out'), { recursive: true, force: true })
      expectAnswer(ran, expected[command], file)
    })
})

describe.each(['score', 'evaluate', 'train'] as const)('%s', command => {
  it('says so of a file that is not there, and of a folder', async () => {
    expectAnswer(
      await commands[command]('niceness', join(folder, 'nowhere.jsonl')),
      /there is no such file/,
      'nowhere',
    )
    mkdirSync(join(folder, 'folder'), { recursive: true })
    expectAnswer(await commands[command]('niceness', join(folder, 'folder')), /is a folder/, 'folder')
    expect(existsSync(join(folder, 'out'))).toBe(false)
  })

  it('says which kinds there are', async () => {
    const file = join(folder, 'good.jsonl')
    writeFileSync(file, good)
    expectAnswer(
      await commands[command]('nicness', file),
      /NICR_KIND_UNKNOWN: .*niceness, text-spam/,
      'nicness',
    )
  })
})

it('evaluate counts rows without a value as the neutral answer, and says how many', async () => {
  const file = join(folder, 'unscored.jsonl')
  const odd = [
    { ...valid, text: '' },
    { ...valid, text: 'Hyvää päivää', language: 'fi' },
    { ...valid, text: megabyte },
  ]
  writeFileSync(file, jsonLines(odd))
  const { stdout } = await commands.evaluate('niceness', file)
  // The labels are 5, and so is the neutral answer.
  expect(JSON.parse(stdout)).toMatchObject({
    n: 3,
    unscored: 3,
    mae: 0,
    accuracy: 1,
    auc: null,
    pearson: null,
  })
})

it('score names twenty bad rows and counts the rest', async () => {
  const file = join(folder, 'many.jsonl')
  writeFileSync(file, `${'no JSON\n'.repeat(500)}${jsonLines([valid])}`)
  const { code, stdout, stderr } = await commands.score('niceness', file)
  expect(code).toBe(1)
  expect(stdout.split('\n')).toHaveLength(2)
  expect(stderr).toContain('line 20: ')
  expect(stderr).not.toContain('line 21: ')
  expect(stderr).toContain('… and 480 more')
  expect(stderr).toContain('500 rows were not scored; the others were')
})

it('train reports rows that repeat and contradict', async () => {
  const file = join(folder, 'repeats.jsonl')
  const contradicting = trainingRows.slice(0, 7).map(row => ({ ...row, niceness: 10 - row.niceness }))
  writeFileSync(file, `${good}${jsonLines([trainingRows[0], ...contradicting])}`)
  const { stdout, stderr } = await commands.train('niceness', file)
  // Of the seven two are plain, at 5 of 10, and stay so.
  expect(JSON.parse(stdout)).toMatchObject({ rows: 308, duplicates: 8, contradictions: 5 })
  expect(stderr).toMatch(/warning: 8 rows repeat .*, 5 of them with another label/)
})

function expectAnswer({ code, stdout, stderr }: Ran, expected: Expected, file: string): void {
  expect(`${stdout}${stderr}`).not.toMatch(/NaN|Infinity|undefined|unexpected error|^\s+at .+:\d+/m)
  for (const line of stdout.split('\n').filter(text => text !== '')) JSON.parse(line)
  if (expected === 'works') expect({ code, stderr }).toMatchObject({ code: 0 })
  else {
    expect(code).toBe(1)
    expect(stderr).toMatch(expected)
    expect(stderr).toMatch(/NICR_[A-Z_]+: /)
    // What concerns the rows of all files together names none of them.
    if (!/^nicr: NICR_INPUT_INVALID: \d+ rows/.test(stderr)) expect(stderr).toContain(file)
  }
}
