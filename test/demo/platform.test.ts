import { afterEach, expect, it } from 'vitest'
import { createCommunity } from '../../demo/community/community.ts'
import { createPlatform } from '../../demo/platform.ts'
import type { Publication } from '../../pipelines/runtime/kafka/publisher.ts'
import type { TopicName } from '../../schemas/topics.ts'
import { until } from '../support/until.ts'

/** The platform publishes what its community does, when it does it, at the pace asked for. */

interface Sent {
  readonly topic: TopicName
  readonly publications: readonly Publication<'content' | 'votes' | 'reports'>[]
}

const stop = new AbortController()
afterEach(() => stop.abort())

it('publishes contents, votes and reports now, what is voted on before the vote, and knows the truth of each', async () => {
  const sent: Sent[] = []
  const community = createCommunity({ seed: 3, startAt: 0, drift: { from: 200, share: 1 } })
  const paces: number[] = []
  const platform = createPlatform({
    community,
    publisher: {
      publish: async (topic, publications) => {
        sent.push({ topic, publications: publications as unknown as Sent['publications'] })
        return []
      },
    },
    rateAt: index => {
      paces.push(index)
      return 1000
    },
  })
  const startedAt = Date.now()
  const running = platform.run(stop.signal)
  await until('600 contents are published', () => platform.contents >= 600)
  stop.abort()
  await running

  const contents = new Set<string>()
  for (const { topic, publications } of sent)
    for (const { key, value } of publications) {
      expect(value.at).toBeGreaterThanOrEqual(startedAt)
      expect(value.at).toBeLessThanOrEqual(Date.now())
      if (topic === 'content') contents.add(key)
      else expect(contents).toContain(key)
    }
  expect(new Set(sent.map(({ topic }) => topic))).toEqual(new Set(['content', 'votes', 'reports']))
  expect(contents.size).toBe(platform.contents)
  expect(paces.slice(0, 600)).toEqual(Array.from({ length: 600 }, (_, i) => i))
  const inSlang = [...contents].filter(id => platform.truthOf(id)!.slang.length > 0)
  expect(platform.inSlang).toBe(inSlang.length)
  expect(inSlang.length).toBeGreaterThan(100)
  expect(platform.truthOf('content-0')).toBeUndefined()
})
