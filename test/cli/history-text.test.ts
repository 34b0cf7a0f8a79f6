import { expect, it } from 'vitest'
import { historyText } from '../../cli/history-text.ts'
import { foldAll } from '../../pipelines/promotion-history.ts'
import type { ModelPromotion } from '../../schemas/records.ts'
import { aModelPromotion } from '../support/records.ts'

const AT = Date.UTC(2026, 2, 1, 10)

/** What is said of each promotion after its time and kind. */
function told(...changes: Partial<ModelPromotion>[]): string[] {
  const records = changes.map((change, offset) => ({
    value: aModelPromotion({ at: AT, by: 'retrain', reason: '', ...change }),
    offset,
    appendedAt: AT,
  }))
  const { entries } = foldAll(records, () => '2')
  return entries.map(entry => historyText(entry, entries).replace('2026-03-01T10:00:00.000Z  niceness ', ''))
}

it('tells a shadow, its canary as another share, the promotion and the end', () => {
  const challenger = { alias: 'CHALLENGER', share: 0 } as const
  const lines = told(
    { ...challenger, version: '3', previous: null },
    { ...challenger, version: '3', previous: '3', share: 0.2 },
    { version: '3', previous: null, reason: 'It is better.' },
    { ...challenger, version: '2', previous: '3' },
    { ...challenger, version: '', previous: '2' },
  )
  expect(lines).toEqual([
    'challenger  (none) → 3  by retrain',
    'challenger  3: share 0 → 0.2  by retrain',
    'champion  (default) → 3  by retrain: It is better.',
    'challenger  3 → 2  by retrain',
    'challenger  2 → (none)  by retrain',
  ])
})

it('says why a promotion did not hold', () => {
  expect(told({ version: '9', previous: '8' })[0]).toMatch(
    /^champion {2}8 → 9 {2}by retrain {2}IGNORED: it follows 8/,
  )
})
