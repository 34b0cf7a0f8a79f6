import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readComments } from '../../bench/comments.ts'
import { benchLive, sideOf } from '../../bench/live.ts'
import { typedDrafts } from '../../bench/typed-drafts.ts'
import { packagePath } from '../../schemas/package-root.ts'
import { isFull } from '../support/full.ts'

describe('typed drafts', () => {
  it('grow by some letters up to the whole text, then another begins; the same each time', () => {
    const texts = ['a text that someone types', 'and another one']
    const take = (socket: number) => {
      const typing = typedDrafts(texts, socket)
      return Array.from({ length: 30 }, () => typing.next().value)
    }
    const drafts = take(1)
    expect(take(1)).toEqual(drafts)
    expect(take(2)).not.toEqual(drafts)
    expect(drafts.map(({ seq }) => seq)).toEqual(drafts.map((_, i) => i))
    for (const [i, draft] of drafts.entries()) {
      const before = drafts[i - 1]
      if (before?.id !== draft.id) continue
      expect(draft.text.startsWith(before.text)).toBe(true)
      expect(draft.text.length).toBeGreaterThan(before.text.length)
    }
    expect(drafts.some(({ text }) => texts.includes(text))).toBe(true)
  })
})

describe('a side', () => {
  it('costs what the process used over what it received, and apart over what it answered', () => {
    const latenciesMs = Float64Array.from({ length: 50 }, (_, i) => i)
    expect(sideOf({ sent: 100, seconds: 1, latenciesMs }, 5000)).toEqual({
      cpuMicrosPerDraft: 50,
      cpuMicrosPerAnswer: 100,
      answeredShare: 0.5,
      p50Ms: 25,
      p99Ms: 49,
    })
  })
})

describe.skipIf(!isFull)('the live benchmark', () => {
  it.skipIf(!existsSync(packagePath('dist', 'bench', 'live-server-run.js')))(
    'compares servers in processes of their own, all drafts answered',
    async () => {
      const result = await benchLive({
        rounds: 1,
        sockets: 5,
        draftsPerSecond: 50,
        seconds: 0.4,
        comments: await readComments('/nowhere'),
        signal: new AbortController().signal,
        report: () => undefined,
      })
      expect(result).toMatchObject({ sockets: 5, draftsPerSecondWanted: 50, corpus: 'invented' })
      expect(result.nicr.answeredShare).toBeGreaterThan(0)
      expect(result.vsEcho).toBeGreaterThan(0)
      expect(result.partMicros.scoring).toBeGreaterThan(0)
      expect(result.http.map(({ connections }) => connections)).toEqual([1, 16])
      for (const { vsEcho } of result.http) expect(vsEcho).toBeGreaterThan(0)
    },
    60_000,
  )
})
