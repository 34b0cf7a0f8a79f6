import { afterEach, describe, expect, it, vi } from 'vitest'
import { HEARTBEAT_INTERVAL_MS } from '../../../../pipelines/runtime/kafka/client.ts'
import { kafkajsInternal } from '../../../../pipelines/runtime/kafka/kafkajs-patches.ts'

interface Membership {
  memberId: string | null
  coordinator: { heartbeat(): Promise<void> } | null
  heartbeat(options: { interval: number }): Promise<void>
}

const HOUR_MS = 3_600_000

describe('heartbeats of kafkajs', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  it('go on when the clock is set back, and come no oftener for it', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const { membership, sent } = aMembership()
    const beatAfter = async (ms: number) => {
      vi.setSystemTime(Date.now() + ms)
      await membership.heartbeat({ interval: HEARTBEAT_INTERVAL_MS })
      return sent.length
    }
    expect(await beatAfter(HEARTBEAT_INTERVAL_MS)).toBe(1)
    expect(await beatAfter(1)).toBe(1)
    expect(await beatAfter(-2 * HOUR_MS)).toBe(2)
    expect(await beatAfter(1)).toBe(2)
    expect(await beatAfter(HEARTBEAT_INTERVAL_MS)).toBe(3)
  })
})

function aMembership() {
  const ConsumerGroup = kafkajsInternal<new (options: object) => Membership>('consumer/consumerGroup')
  const sent: unknown[] = []
  const membership = new ConsumerGroup({
    topics: [],
    logger: { namespace: () => ({}) },
    instrumentationEmitter: { emit: () => undefined },
  })
  membership.memberId = 'one'
  membership.coordinator = { heartbeat: async () => void sent.push(1) }
  return { membership, sent }
}
