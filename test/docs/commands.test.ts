import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { type Clone, shellBlocks, startClone } from '../support/shell-pages.ts'
import { filesUnder } from '../support/sources.ts'
import { stackMissing } from '../support/stack.ts'
import { until } from '../support/until.ts'
import { pageTrials, type Tried } from './page-trials.ts'

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesUnder('docs', '.md')].filter(page =>
  existsSync(packagePath(page)),
)
const WAIT_MS = 60_000
const PAGE_MS = 300_000

describe('shell commands on pages', () => {
  it('are each tried, or it is said why not', () => {
    const blocks = pages.flatMap(page => shellBlocks(page).map(({ name }) => `${page}: ${name}`))
    const trials = Object.entries(pageTrials).flatMap(([page, all]) =>
      Object.keys(all).map(name => `${page}: ${name}`),
    )
    expect(trials.toSorted()).toEqual(blocks.toSorted())
  })

  it('are tried by tests that exist', () => {
    const named = Object.values(pageTrials).flatMap(trials =>
      Object.values(trials).flatMap(trial => ('by' in trial ? trial.by : [])),
    )
    expect(named.filter(path => !existsSync(packagePath(path)))).toEqual([])
  })
})

describe.skipIf(stackMissing() !== null)('a reader who types what a page says', () => {
  let clone: Clone

  beforeAll(async () => {
    clone = await startClone()
  }, PAGE_MS)
  afterAll(() => clone?.close())

  const tried = pages
    .map(page => ({
      page,
      blocks: shellBlocks(page).flatMap(({ commands, name }) => asTried(page, name, commands)),
    }))
    .filter(({ blocks }) => blocks.length > 0)

  it.each(tried)(
    '$page',
    async ({ blocks }) => {
      for (const { trial, commands, name } of blocks) {
        trial.given?.(clone.folder)
        const run = async () => {
          const { code, output } = await clone.run(commands)
          const missing = trial.prints.filter(pattern => !pattern.test(output))
          return { code, missing, output }
        }
        let last = await run()
        if (trial.waits === true && last.missing.length > 0)
          await until(
            `"${name}" prints ${last.missing}`,
            async () => {
              last = await run()
              return last.missing.length === 0
            },
            WAIT_MS,
          )
        expect({ name, ...last }).toMatchObject({ code: trial.code ?? 0, missing: [] })
      }
    },
    PAGE_MS,
  )
})

function asTried(page: string, name: string, commands: string) {
  const trial = pageTrials[page]?.[name]
  return trial !== undefined && 'prints' in trial ? [{ trial: trial as Tried, commands, name }] : []
}
