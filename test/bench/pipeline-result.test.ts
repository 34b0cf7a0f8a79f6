import { describe, expect, it } from 'vitest'
import { type Side, summarise } from '../../bench/pipeline-result.ts'

function side(eventsPerSecond: number, brokerCpuMicrosPerEvent: number | null = 2): Side {
  return { eventsPerSecond, cpuMicrosPerEvent: 1e6 / eventsPerSecond, brokerCpuMicrosPerEvent }
}

describe('the result of a benchmark', () => {
  it('takes the median of the rounds’ ratios, not the ratio of medians: a slow minute slows both sides', () => {
    const rounds = [
      { nicr: side(200), passThrough: side(100) },
      { nicr: side(20), passThrough: side(10) },
      { nicr: side(150), passThrough: side(300) },
    ]
    const { vsPassThrough, eventsPerSecond, passThrough } = summarise(rounds, {
      distinctIds: 1,
      checksum: null,
    })
    expect(vsPassThrough).toBe(2)
    expect(eventsPerSecond).toBe(150)
    expect(passThrough.eventsPerSecond).toBe(100)
  })

  it('reports no CPU time of a broker that runs elsewhere', () => {
    const rounds = [{ nicr: side(200, null), passThrough: side(100, null) }]
    expect(summarise(rounds, { distinctIds: 1, checksum: null }).brokerCpuMicrosPerEvent).toBeNull()
  })
})
