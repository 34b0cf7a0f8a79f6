import { expect, it } from 'vitest'
import { foldAll, foldEnd, liveOf } from '../../pipelines/promotion-history.ts'
import type { ModelPromotion } from '../../schemas/records.ts'
import { aModelPromotion } from '../support/records.ts'

const defaultOf = () => '2'
const logOf = (...changes: Partial<ModelPromotion>[]) =>
  changes.map((change, offset) => ({
    value: aModelPromotion({ id: `p${offset}`, at: offset, ...change }),
    offset,
    appendedAt: offset,
  }))

it('follows the end of a log whose beginning is not known', () => {
  const end = logOf({ version: '8', previous: '7' }, { version: '9', previous: '8' }, { version: '5', previous: '4' })
  expect(liveOf(foldAll(end, defaultOf).promotions, 'niceness', defaultOf).version).toBe('2')
  const { entries, promotions } = foldEnd(end, defaultOf, kind => kind === 'niceness')
  expect(liveOf(promotions, 'niceness', defaultOf)).toMatchObject({ version: '9', since: 1 })
  expect(entries.map(({ ignored }) => ignored === null)).toEqual([true, true, false])
  expect(entries[0]!.value.previous).toBe('7')
})
