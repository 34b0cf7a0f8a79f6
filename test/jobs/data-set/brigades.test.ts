import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DataSet } from '../../../jobs/data-set/data-set.ts'
import { kindNamed } from '../../../pipelines/kinds.ts'
import {
  createSetting,
  honestVotes,
  idsOf,
  now,
  old,
  storeCommunity,
  truth,
} from '../../support/data-set-setting.ts'
import { stackMissing } from '../../support/stack.ts'
import { DAY, reportOn, votesOn } from '../../support/stored-community.ts'

describe.skipIf(stackMissing() !== null)('those who want to bend a data set', () => {
  let setting: Awaited<ReturnType<typeof createSetting>>
  let before: DataSet
  beforeAll(async () => {
    setting = await createSetting()
    await storeCommunity(setting)
    await setting.store('votes', honestVotes)
    before = await setting.build()
  })
  afterAll(() => setting.close())

  const weakRows = (set: DataSet) =>
    new Map(set.rows.filter(({ role }) => role === 'WEAK').map(row => [row.contentId, row]))
  const against = (id: string): 1 | -1 => (truth.get(id)! > 5 ? -1 : 1)
  const votesAgainst = (voters: readonly string[], since: number, ids: readonly string[]) =>
    ids.flatMap(id => votesOn(id, against(id), voters, since))

  it('move nothing with 200 new accounts', async () => {
    const brigade = Array.from({ length: 200 }, (_, i) => `new${i}`)
    await setting.store('votes', votesAgainst(brigade, now - DAY, idsOf(100, 250)))
    await setting.store(
      'reports',
      idsOf(100, 250).flatMap(id =>
        brigade.slice(0, 20).map(by => reportOn(id, 10 - truth.get(id)!, by, { accountSince: now - DAY })),
      ),
    )
    expect((await setting.build()).hash).toBe(before.hash)
  })

  const wrongOf = (set: DataSet) =>
    [...weakRows(set).values()].filter(
      ({ contentId, target }) => Math.abs(target - truth.get(contentId)!) > 2,
    )
  const labelsOfSet = (set: DataSet) =>
    set.rows
      .filter(({ role }) => role === 'LABEL')
      .map(({ contentId, target, weight }) => ({ contentId, target, weight }))

  it('make no row with 20 old accounts that vote against everything, or meet by threes where nobody else votes', async () => {
    const brigade = Array.from({ length: 20 }, (_, i) => `sleeper${i}`)
    await setting.store('votes', votesAgainst(brigade, old, idsOf(200, 300)))
    const threes = idsOf(300, 400).map((id, i) => ({
      id,
      voters: [0, 1, 2].map(k => `meeting${(3 * i + k) % 18}`),
    }))
    await setting.store(
      'votes',
      threes.flatMap(({ id, voters }) => votesOn(id, against(id), voters, old)),
    )
    const after = await setting.build()
    expect(wrongOf(after)).toEqual([])
    expect(labelsOfSet(after)).toEqual(labelsOfSet(before))
    // Nor do they silence the others: who came first is heard.
    expect(weakRows(after).size).toBeGreaterThanOrEqual(0.9 * weakRows(before).size)
  })

  it('are bounded by what one account may add, though they voted as they should where labels tell', async () => {
    const moles = Array.from({ length: 20 }, (_, i) => `mole${i}`)
    const told = idsOf(0, 100).filter(id => truth.get(id) !== 5)
    await setting.store(
      'votes',
      moles.flatMap((mole, i) =>
        told.slice(i, i + 3).flatMap(id => votesOn(id, truth.get(id)! > 5 ? 1 : -1, [mole], old)),
      ),
    )
    const byThrees = idsOf(300, 500).map((id, i) => ({
      id,
      voters: [0, 1, 2].map(k => moles[(3 * i + k) % 20]!),
    }))
    await setting.store(
      'votes',
      byThrees.flatMap(({ id, voters }) => votesOn(id, against(id), voters, old)),
    )
    const after = await setting.build()
    const wrong = wrongOf(after)
    const weightOf = (rows: readonly { weight: number }[]) =>
      rows.reduce((sum, { weight }) => sum + weight, 0)
    const share = weightOf(wrong) / weightOf(labelsOfSet(after))
    // 20 accounts, 5 votes each, 3 to a row: 33 rows of at most 0.3 each, were they all to meet.
    expect(wrong.length).toBeLessThanOrEqual(33)
    expect(share).toBeLessThan(0.1)
    expect(labelsOfSet(after)).toEqual(labelsOfSet(before))
  })

  it('and votes alone make no row: without labels nobody is believed', async () => {
    const alone = await setting.build({ kind: { ...kindNamed('niceness'), kind: 'unlabelled' } })
    expect(alone.manifest.rowsByRole).toEqual({ LABEL: 0, WEAK: 0, REPLAY: 0 })
    expect(alone.manifest.weak.votes.reliability).toBe(0)
  })
})
