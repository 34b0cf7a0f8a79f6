import { describe, expect, it } from 'vitest'
import { type StreamRun, type StreamRuns, summariseStreams } from '../../bench/streams-result.ts'
import { streamsTables } from '../../cli/bench-streams.ts'

function run(
  events: number,
  seconds: number,
  cpuSeconds: number,
  brokerCpuSeconds: number | null = 1,
): StreamRun {
  return { events, seconds, cpuSeconds, brokerCpuSeconds }
}

/** A million events, and a fifth of them in a run that is measured for its start alone. */
function runs(
  seconds: number,
  [partCpu, fullCpu]: readonly [number, number],
  brokerCpu: number | null = 1,
): StreamRuns {
  return { full: run(1_000_000, seconds, fullCpu, brokerCpu), part: run(200_000, seconds, partCpu) }
}

describe('streams beside each other', () => {
  it('takes start and compilation out of the CPU an event by the difference of two runs', () => {
    const { jvm } = summariseStreams([{ jvm: runs(10, [8, 16]) }], [])
    expect(jvm!.cpuMicrosPerEvent).toBe(16)
    expect(jvm!.steadyCpuMicrosPerEvent).toBe(10)
  })

  it('compares ours with every peer, round by round, and takes the median of the ratios: a slow minute slows both', () => {
    const rounds = [
      { nicr: runs(5, [2, 6]), 'nicr-2': runs(4, [2, 8]), jvm: runs(10, [8, 16]) },
      { nicr: runs(50, [2, 6]), 'nicr-2': runs(40, [2, 8]), jvm: runs(100, [8, 16]) },
      { nicr: runs(6, [2, 6]), 'nicr-2': runs(4, [2, 8]), jvm: runs(6, [8, 16]) },
    ]
    const result = summariseStreams(rounds, ['nicr', 'nicr-2'])
    expect(result.nicr!.vs.jvm).toEqual({
      eventsPerSecond: 2,
      cpuMicrosPerEvent: 0.375,
      steadyCpuMicrosPerEvent: 0.5,
    })
    expect(result['nicr-2']!.vs.jvm!.eventsPerSecond).toBe(2.5)
    expect(Object.keys(result['nicr-2']!.vs)).toEqual(['jvm'])
    expect(result.jvm!.vs).toEqual({})
    expect(result.jvm!.eventsPerSecond).toBe(100_000)
    expect(result.nicr!.rounds.map(({ eventsPerSecond }) => eventsPerSecond)).toEqual([
      200_000, 20_000, 166_667,
    ])
  })

  it('says how many cores a program and the broker kept busy, and does not where the broker is elsewhere', () => {
    const { nicr } = summariseStreams([{ nicr: runs(5, [2, 6], 2) }], ['nicr'])
    // 5 µs of ours and 2 of the broker's an event, at 200,000 events a second.
    expect(nicr!.coresBusy).toBe(1.4)
    const away = summariseStreams([{ nicr: runs(5, [2, 6], null) }], ['nicr'])
    expect(away.nicr).toMatchObject({ coresBusy: null, brokerCpuMicrosPerEvent: null })
  })

  it('names a peer that was left out, and why', () => {
    const measured = summariseStreams([{ nicr: runs(5, [2, 6]), quix: runs(50, [10, 60]) }], ['nicr'])
    const text = streamsTables({
      events: 1_000_000,
      partEvents: 200_000,
      rounds: 1,
      partitions: 4,
      batchRecords: 2000,
      checksum: 7,
      atLeastOnce: measured,
      exactlyOnce: measured,
      missing: { 'kafka-streams': 'no class path was given' },
      load: { before: 0.5, after: 1.5 },
    })
    expect(text).toContain('kafka-streams was left out: no class path was given')
    expect(text).toContain('× quix')
    expect(text).not.toContain('× kafka-streams')
    expect(text).toMatch(/^nicr +200,000 .*10\.00, CPU 0\.10, 0\.08$/m)
  })
})
