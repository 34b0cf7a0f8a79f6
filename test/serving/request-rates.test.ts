import { describe, expect, it } from 'vitest'
import { clientOf } from '../../serving/addresses.ts'
import { createRequestRates } from '../../serving/request-rates.ts'

describe('rates', () => {
  it('begin anew a minute after a client’s first request', () => {
    let now = 0
    const rates = createRequestRates({ limits: { ratesRemembered: 10 }, now: () => now })
    expect(rates.take('a', 2)).toEqual({ isWithin: true, remaining: 1, resetSeconds: 60 })
    now = 30_500
    expect([rates.isSpent('a', 2), rates.take('a', 2).isWithin, rates.isSpent('a', 2)]).toEqual([
      false,
      true,
      true,
    ])
    expect(rates.take('a', 2)).toEqual({ isWithin: false, remaining: 0, resetSeconds: 30 })
    expect(rates.take('b', 2).isWithin).toBe(true)
    now = 60_000
    expect([rates.isSpent('a', 2), rates.take('a', 2).isWithin]).toEqual([false, true])
  })

  it('of the oldest clients are forgotten where there are too many', () => {
    const rates = createRequestRates({ limits: { ratesRemembered: 2 }, now: () => 0 })
    for (const client of ['a', 'b', 'c']) rates.take(client, 1)
    expect(['a', 'b', 'c'].map(client => rates.isSpent(client, 1))).toEqual([false, true, true])
  })
})

describe('one client', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:DB8:1:2::9', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is %s', (address, client) => expect(clientOf(address)).toBe(client))
})
