import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { packagePath } from '../../schemas/package-root.ts'
import { isFull } from '../support/full.ts'
import { type Clone, shellBlocks, startClone } from '../support/shell-pages.ts'
import { filesUnder } from '../support/sources.ts'
import { stackMissing } from '../support/stack.ts'
import { pageTrials, tourTrials } from './page-trials.ts'
import { tryPage } from './try-page.ts'

const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', ...filesUnder('docs', '.md')].filter(page =>
  existsSync(packagePath(page)),
)
const TOUR = 'docs/guide/tour.md'
const PAGE_MS = 300_000
const TOUR_MS = 900_000

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

  const tried = pages.filter(
    page => page !== TOUR && Object.values(pageTrials[page] ?? {}).some(trial => 'prints' in trial),
  )

  it.each(tried)('%s', page => tryPage(clone, page, pageTrials[page]!), PAGE_MS)
})

describe.skipIf(stackMissing() !== null || !isFull)('the first hour (npm run test:full)', () => {
  let clone: Clone

  beforeAll(async () => {
    clone = await startClone()
  }, PAGE_MS)
  afterAll(() => clone?.close())

  it(
    'goes from the first event to a promotion, a roll-back and a replay',
    () => tryPage(clone, TOUR, tourTrials),
    TOUR_MS,
  )
})
