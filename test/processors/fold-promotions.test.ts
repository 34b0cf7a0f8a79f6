import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { foldAll } from '../../pipelines/promotion-history.ts'
import {
  championBefore,
  foldPromotion,
  movesOf,
  noPromotions,
  versionOf,
} from '../../processors/fold-promotions.ts'
import type { ModelPromotion } from '../../schemas/records.ts'
import { aPromotion, logOf } from '../support/model-versions.ts'

const defaultOf = (kind: string) => (kind === 'niceness' ? '2' : null)

function fold(...promotions: readonly ModelPromotion[]) {
  const { entries, promotions: folded } = foldAll(logOf(...promotions), defaultOf)
  const live = (kind = 'niceness', alias: 'CHAMPION' | 'CHALLENGER' = 'CHAMPION') =>
    versionOf(folded, kind, alias, defaultOf)
  return { live, folded, ignored: entries.map(({ ignored }) => ignored !== null) }
}

const move = (previous: string | null, version: string, changes: Partial<ModelPromotion> = {}) =>
  aPromotion({ previous, version, ...changes })

describe('promotions, folded', () => {
  it('leave the default live where there is none', () => {
    expect(fold().live()).toBe('2')
    expect(fold().live('text-spam')).toBeNull()
    expect(fold().live('niceness', 'CHALLENGER')).toBeNull()
  })

  it('move a champion on, each from the one before', () => {
    const { live, ignored } = fold(move(null, '3'), move('3', '4'), move('4', '3'))
    expect([live(), ignored]).toEqual(['3', [false, false, false]])
  })

  it('let the first name no former version, or the default, but no other', () => {
    expect(fold(move('2', '3')).live()).toBe('3')
    expect(fold(move('', '3')).live()).toBe('3')
    expect(fold(move('9', '3'))).toMatchObject({ ignored: [true] })
    expect(fold(move('9', '3')).live()).toBe('2')
  })

  it('ignore one whose previous is not current: of two at once the first holds', () => {
    const { live, ignored } = fold(move(null, '3'), move(null, '4'), move('2', '5'), move('4', '6'))
    expect([live(), ignored]).toEqual(['3', [false, true, true, true]])
  })

  it('take a repeat for what it is', () => {
    const { live, ignored } = fold(move(null, '3'), move(null, '3'), move('3', '3'))
    expect([live(), ignored]).toEqual(['3', [false, true, true]])
  })

  it('keep kinds and aliases apart', () => {
    const { live } = fold(
      move(null, '3'),
      move(null, '4', { alias: 'CHALLENGER' }),
      move(null, '5', { kind: 'text-spam' }),
    )
    expect([live(), live('niceness', 'CHALLENGER'), live('text-spam')]).toEqual(['3', '4', '5'])
  })

  it('end a challenger, after which another may come', () => {
    const challenger = { alias: 'CHALLENGER' } as const
    const ended = [move(null, '4', challenger), move('4', '', challenger)]
    expect(fold(...ended).live('niceness', 'CHALLENGER')).toBeNull()
    expect(fold(...ended, move(null, '5', challenger)).live('niceness', 'CHALLENGER')).toBe('5')
  })

  it('take no champion away, and nothing to aliases that are not promoted', () => {
    expect(fold(move(null, '3'), move('3', '')).live()).toBe('3')
    expect(
      fold(move(null, '3', { alias: 'BACKFILL' }), move(null, '4', { alias: 'UNKNOWN' })).ignored,
    ).toEqual([true, true])
  })

  it('trust the time of a record no further than the broker’s', () => {
    const record = { value: move(null, '3', { at: 9e12 }), offset: 0, appendedAt: 1e12 }
    const { promotions } = foldPromotion(noPromotions, record, defaultOf)
    expect(movesOf(promotions, 'niceness', 'CHAMPION')[0]?.since).toBe(1e12 + 300_000)
  })

  it('know the champion before the present one', () => {
    const formerChampion = (...promotions: ModelPromotion[]) =>
      championBefore(fold(...promotions).folded, 'niceness', defaultOf)
    expect(formerChampion()).toBeNull()
    expect(formerChampion(move(null, '2'))).toBeNull()
    expect(formerChampion(move(null, '3'))).toBe('2')
    expect(formerChampion(move(null, '3'), move('3', '4'))).toBe('3')
    expect(formerChampion(move(null, '3'), move('3', '4'), move('4', '3'))).toBe('4')
  })

  it('forget the oldest moves beyond the bound, and come to the same', () => {
    const versions = fc.array(fc.integer({ min: 1, max: 5 }).map(String), { maxLength: 30 })
    fc.assert(
      fc.property(versions, fc.integer({ min: 1, max: 4 }), (wanted, movesMax) => {
        const log = logOf(...wanted.map((version, i) => move(wanted[i - 1] ?? null, version)))
        let bounded = noPromotions
        for (const record of log) bounded = foldPromotion(bounded, record, defaultOf, movesMax).promotions
        const whole = foldAll(log, defaultOf).promotions
        expect(movesOf(bounded, 'niceness', 'CHAMPION')).toEqual(
          movesOf(whole, 'niceness', 'CHAMPION').slice(-movesMax),
        )
      }),
    )
  })
})
