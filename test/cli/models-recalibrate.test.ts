import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addRecalibrateCommand } from '../../cli/recalibrate.ts'
import { shareReportOf } from '../../pipelines/share-reports.ts'
import { runCommand } from '../support/run-command.ts'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'nicr-recalibrate-cli-'))
  vi.stubEnv('NICR_DATA_DIR', dir)
})
afterEach(() => {
  vi.unstubAllEnvs()
  rmSync(dir, { recursive: true, force: true })
})

const recalibrate = (...parameters: string[]) =>
  runCommand(
    program => addRecalibrateCommand(program.command('models')),
    ['models', 'recalibrate', ...parameters],
  )
const made = () =>
  existsSync(join(dir, 'models', 'text-spam')) ? readdirSync(join(dir, 'models', 'text-spam')) : []

describe('nicr models recalibrate --share', () => {
  it('makes a version to promote, and says where it lies', async () => {
    const { code, stdout } = await recalibrate('text-spam', '--share', '0.3')
    expect(code).toBe(0)
    expect(stdout).toMatch(/text-spam@3 is text-spam@2 for a share of 0\.3000/)
    expect(stdout).toContain('nicr models promote text-spam@3')
    expect(made()).toEqual(['3'])
    const again = await recalibrate('text-spam', '--share', '0.3', '--json')
    expect(JSON.parse(again.stdout)).toMatchObject({ version: '3', parent: '2', toShare: 0.3, exists: true })
    expect(made()).toEqual(['3'])
  })

  it('with --dry-run only says what it would make', async () => {
    const { code, stdout } = await recalibrate('text-spam', '--share', '0.3', '--dry-run')
    expect(code).toBe(0)
    expect(stdout).toContain('Nothing was written')
    expect(made()).toEqual([])
  })

  it.each(['0', '1', '-0.2', '1.5', 'nan', 'Infinity', '', '30%'])('refuses the share %j', async share => {
    const { code, stderr } = await recalibrate('text-spam', `--share=${share}`)
    expect(code).toBe(1)
    expect(stderr).toContain('a share lies between')
    expect(made()).toEqual([])
  })

  it.each([
    ['a kind without a probability', ['niceness', '--share', '0.3'], /NICR_INPUT_INVALID.*no probability/],
    ['a kind that is none', ['sarcasm', '--share', '0.3'], /NICR_KIND_UNKNOWN/],
    ['a report and a share', ['text-spam', '--share', '0.3', '--report', 'r'], /cannot be used with/],
    ['no report where nothing runs', ['text-spam'], /NICR_NOT_RUNNING/],
  ])('refuses %s', async (_, parameters, problem) => {
    const { code, stderr } = await recalibrate(...parameters)
    expect(code).toBe(1)
    expect(stderr).toMatch(problem)
  })
})

describe('the report it follows', () => {
  const row = {
    id: 'r1',
    kind: 'text-spam',
    modelVersion: '2',
    finding: 'CLASS_SHARE',
    drifted: true,
    statistic: 0.3,
    threshold: 0.1,
    effect: 1.35,
    names: [] as string[],
  }
  const asked = { kind: 'text-spam', modelVersion: '2' }
  const from = (rows: readonly object[]) => ({ query: async <T>() => rows as T[] })

  it('is the latest, or the one that is named', async () => {
    expect(await shareReportOf(from([row]), asked)).toEqual(row)
  })

  it.each([
    ['no report yet', [], {}, 'NICR_REPORT_NOT_FOUND', /no report says/],
    ['an unknown report', [], { id: 'x' }, 'NICR_REPORT_NOT_FOUND', /no drift report x/],
    [
      'one about another kind',
      [{ ...row, kind: 'toxicity' }],
      { id: 'r1' },
      'NICR_INPUT_INVALID',
      /about toxicity/,
    ],
    [
      'a refused one',
      [{ ...row, finding: 'CLASS_SHARE_REFUSED', names: ['length'] }],
      {},
      'NICR_INPUT_INVALID',
      /more than the share moved \(length\)/,
    ],
    ['plain drift', [{ ...row, finding: null }], { id: 'r1' }, 'NICR_INPUT_INVALID', /plain drift/],
    ['a share that came back', [{ ...row, drifted: false }], {}, 'NICR_INPUT_INVALID', /came back/],
  ])('refuses %s', async (_, rows, more, code, problem) => {
    const failure = shareReportOf(from(rows), { ...asked, ...more })
    await expect(failure).rejects.toMatchObject({ code })
    await expect(failure).rejects.toThrow(problem)
  })
})
