import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeCursor, encodeCursor } from '../../serving/cursor.ts'
import { createFeedReader, type FeedReader } from '../../serving/feed-reader.ts'
import { createScoreFeed, type FeedEntry, type ScoreFeed } from '../../serving/score-feed.ts'
import type { ScoreRecord } from '../../serving/score-heads.ts'
import { until } from '../support/until.ts'
import { incoming, scoreRecord } from './fake-parts.ts'

const roomy = { windowMs: 300_000, windowBytesMax: 64 * 1024 * 1024, headsMax: 1000 }

function feedWith(limits: Partial<typeof roomy> = {}, now = () => 0) {
  const feed = createScoreFeed({ now, limits: { ...roomy, ...limits } })
  const pushed: FeedEntry[] = []
  feed.listen(entry => void pushed.push(entry))
  let next = 0
  const append = (...records: ScoreRecord[]) =>
    feed.accept(
      0,
      records.map(one => incoming(0, next++, one)),
      next,
    )
  return { feed, pushed, append }
}

const shown = (pushed: readonly FeedEntry[]) =>
  pushed.map(({ type, record }) => `${type} ${record.contentId}/${record.revision} ${record.kind}`)

describe('what the feed pushes', () => {
  it('pushes each kind of a content once, however often the same score is repeated', () => {
    const { pushed, append } = feedWith()
    const score = scoreRecord({ contentId: 'a' })
    append(score, score, scoreRecord({ contentId: 'a', kind: 'text-spam' }), { ...score, scoredAt: 9000 })
    expect(shown(pushed)).toEqual(['score a/0 niceness', 'score a/0 text-spam'])
  })

  it('never pushes a late older revision, even after the newer one left the window', () => {
    let now = 0
    const { pushed, append } = feedWith({}, () => now)
    append(
      scoreRecord({ contentId: 'a', revision: 2 }),
      scoreRecord({ contentId: 'a', revision: 1, kind: 'text-spam' }),
    )
    now = 10 * 60_000
    append(scoreRecord({ contentId: 'b' }), scoreRecord({ contentId: 'a', revision: 1 }))
    expect(shown(pushed)).toEqual(['score a/2 niceness', 'score b/0 niceness'])
  })

  it('never pushes backfilled and challenger scores, but counts their offsets', () => {
    const { feed, pushed, append } = feedWith()
    append(
      scoreRecord({ contentId: 'a', alias: 'BACKFILL' }),
      scoreRecord({ contentId: 'a', alias: 'CHALLENGER' }),
    )
    expect(pushed).toEqual([])
    expect(feed.nextOffsets().get(0)).toBe(2)
    expect(feed.latest('a')).toBeNull()
  })

  it('says once that a content is cleared, however many kinds clear it', () => {
    const { feed, pushed, append } = feedWith()
    const cleared = { contentId: 'a', revision: 1, status: 'CLEARED', value: null } as const
    append(
      scoreRecord({ contentId: 'a' }),
      scoreRecord(cleared),
      scoreRecord({ ...cleared, kind: 'text-spam' }),
    )
    expect(shown(pushed)).toEqual(['score a/0 niceness', 'cleared a/1 niceness'])
    expect(feed.latest('a')).toMatchObject({ cleared: true, records: [] })
  })

  it('does not push what a slower kind scored of a text deleted at the same revision', () => {
    const { pushed, append } = feedWith()
    append(
      scoreRecord({ contentId: 'a', eventAt: 10 }),
      scoreRecord({ contentId: 'a', eventAt: 20, status: 'CLEARED' }),
      scoreRecord({ contentId: 'a', eventAt: 10, kind: 'text-spam' }),
      scoreRecord({ contentId: 'a', eventAt: 20, kind: 'text-spam', status: 'CLEARED' }),
    )
    expect(shown(pushed)).toEqual(['score a/0 niceness', 'cleared a/0 niceness'])
  })

  it('takes the later record where a platform does not count revisions', () => {
    const { feed, pushed, append } = feedWith()
    append(
      scoreRecord({ contentId: 'a', eventAt: 10, value: 2 }),
      scoreRecord({ contentId: 'a', eventAt: 30, value: 8 }),
    )
    expect(pushed.map(entry => entry.record.value)).toEqual([2, 8])
    expect(feed.latest('a')?.records.map(record => record.value)).toEqual([8])
  })

  it('gives a reader who comes back nothing of a content that was deleted meanwhile', () => {
    const { feed, append } = feedWith()
    const start = new Map(feed.nextOffsets())
    append(scoreRecord({ contentId: 'a' }), scoreRecord({ contentId: 'a', revision: 1, status: 'CLEARED' }))
    const reader = createFeedReader(feed, null)
    reader.follow({ all: true })
    expect(reader.resume(start)).toBe('RESUMED')
    expect(drain(reader).map(entry => entry.type)).toEqual(['cleared'])
  })
})

describe('the window', () => {
  it('keeps to its bytes and to its time, and then refuses older cursors', () => {
    let now = 0
    const { feed, append } = feedWith({ windowBytesMax: 20_000 }, () => now)
    const start = new Map([[0, 0]])
    append(scoreRecord({ contentId: 'first' }))
    expect(feed.covers(start)).toBe(true)
    for (let i = 0; i < 500; i++) append(scoreRecord({ contentId: `c${i}` }))
    expect(feed.windowBytes).toBeLessThanOrEqual(20_000)
    expect(feed.covers(start)).toBe(false)
    expect(feed.covers(new Map([[0, 499]]))).toBe(true)
    now = 301_000
    expect(feed.covers(new Map([[0, 499]]))).toBe(false)
    expect(feed.windowBytes).toBe(0)
    expect(feed.covers(new Map([[0, 501]]))).toBe(true)
  })

  it('forgets records that left the window, and remembers heads up to a number', () => {
    let now = 0
    const { feed, append } = feedWith({ headsMax: 2 }, () => now)
    append(scoreRecord({ contentId: 'a' }))
    now = 301_000
    append(scoreRecord({ contentId: 'b' }))
    expect(feed.latest('a')).toEqual({ cleared: false, revision: 0, kinds: ['niceness'], records: [] })
    append(scoreRecord({ contentId: 'c' }))
    expect(feed.latest('a')).toBeNull()
  })

  it('holds nothing of a record that left it', async () => {
    let now = 0
    // The listener of `feedWith` keeps all that is pushed.
    const feed = createScoreFeed({ now: () => now, limits: roomy })
    const append = (offset: number, contentId: string) => {
      const record = scoreRecord({ contentId })
      feed.accept(0, [incoming(0, offset, record)], offset + 1)
      return new WeakRef(record)
    }
    const gone = append(0, 'a')
    now = 301_000
    append(1, 'b')
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await until('it is collected', async () => {
      collect()
      return gone.deref() === undefined
    })
  })

  it('does not take what was read before a rebalance for news', () => {
    const { feed, pushed } = feedWith()
    const batch = [incoming(0, 5, scoreRecord({ contentId: 'a' }))]
    feed.accept(0, batch, 7)
    feed.accept(0, batch, 7)
    expect(pushed).toHaveLength(1)
    expect(feed.nextOffsets().get(0)).toBe(7)
  })
})

describe('cursors', () => {
  it('come back as they were', () => {
    const offsets = fc.dictionary(fc.nat(9999).map(String), fc.maxSafeNat())
    fc.assert(
      fc.property(offsets, given => {
        const map = new Map(Object.entries(given).map(([partition, offset]) => [Number(partition), offset]))
        expect(decodeCursor(encodeCursor(map))).toEqual(map)
      }),
    )
  })

  it.each([
    '',
    'x',
    'bm90IGpzb24',
    encodeJson([2, 0, 1]),
    encodeJson([1, 0]),
    encodeJson([1, 0, -1]),
    encodeJson({ a: 1 }),
  ])('are refused where they are none: %j', text => expect(decodeCursor(text)).toBeNull())

  it('lead to every score once, whatever is cut off and when, and on whichever replica it goes on', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80, size: 'max' }),
        fc.constantFrom(1, 3),
        (steps, partitions) => {
          const [expected, got] = replay(steps, partitions)
          expect(got).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })
})

function encodeJson(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}

type Step =
  | {
      readonly do: 'score'
      readonly content: number
      readonly revision: number
      readonly kind: string
      readonly alias: 'CHAMPION' | 'BACKFILL'
    }
  /** The socket breaks and goes on at one of two replicas, which may have read less or more. */
  | { readonly do: 'reconnect'; readonly replica: 0 | 1; readonly taken: number }
  | { readonly do: 'fill' }
  /** The socket takes some of what it has missed. */
  | { readonly do: 'drain'; readonly taken: number }
  /** The other replica reads on, one partition ahead of the others. */
  | { readonly do: 'catch-up'; readonly partition: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('score' as const),
      content: fc.nat(199),
      revision: fc.nat(2),
      kind: fc.constantFrom('niceness', 'text-spam'),
      alias: fc.constantFrom('CHAMPION', 'CHAMPION', 'BACKFILL'),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('reconnect' as const),
      replica: fc.constantFrom(0 as const, 1 as const),
      taken: fc.nat(3),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ do: 'fill' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('drain' as const), taken: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('catch-up' as const), partition: fc.nat(2) }) },
)

/** Plays the steps against a client that follows half of the contents; answers what it should have got, and what it got. */
function replay(steps: readonly Step[], partitions: number): [string[], string[]] {
  const followed = Array.from({ length: 100 }, (_, i) => String(2 * i))
  const log: { partition: number; offset: number; record: ScoreRecord }[] = []
  const replicas = [createReplica(partitions), createReplica(partitions)] as const
  const expected: string[] = []
  replicas[0].watch(entry => {
    if (followed.includes(entry.record.contentId)) expected.push(name(entry))
  })
  const got: string[] = []
  let at: 0 | 1 = 0
  let reader = createFeedReader(replicas[0].feed, null)
  reader.follow({ content: followed })
  let cursor = reader.cursor()
  let full = false
  const take = (entry: FeedEntry) => {
    got.push(name(entry))
    cursor = reader.cursor()
  }
  for (const replica of [0, 1] as const)
    replicas[replica].watch(entry => {
      if (replica !== at || !reader.takes(entry)) return
      if (full) reader.fallBehind(entry)
      else take(entry)
    })
  const flow = (taken: number) => {
    full = false
    for (let i = 0; i < taken && reader.isBehind; i++) {
      const entry = reader.next()
      if (entry !== null && entry !== 'LOST') take(entry)
    }
  }
  const offsets = new Array<number>(partitions).fill(0)
  for (const one of steps) {
    switch (one.do) {
      case 'score': {
        const partition = one.content % partitions
        const record = scoreRecord({
          contentId: String(one.content),
          revision: one.revision,
          kind: one.kind,
          alias: one.alias,
        })
        log.push({ partition, offset: offsets[partition]!++, record })
        replicas[0].read(log, partition)
        break
      }
      case 'reconnect':
        at = one.replica
        full = false
        reader = createFeedReader(replicas[at].feed, null)
        reader.follow({ content: followed })
        expect(reader.resume(decodeCursor(cursor)!)).toBe('RESUMED')
        flow(one.taken)
        break
      case 'fill':
        full = true
        break
      case 'drain':
        flow(one.taken)
        break
      case 'catch-up':
        replicas[1].read(log, one.partition % partitions)
        break
      default:
        throw new Error(one satisfies never)
    }
  }
  for (let partition = 0; partition < partitions; partition++) replicas[1].read(log, partition)
  flow(Infinity)
  return [expected.sort(), got.sort()]
}

function name({ partition, offset }: FeedEntry): string {
  return `${partition}:${offset}`
}

function createReplica(partitions: number) {
  const feed: ScoreFeed = createScoreFeed({ now: () => 0, limits: roomy })
  for (let partition = 0; partition < partitions; partition++) feed.startAt(partition, 0)
  const watchers: ((entry: FeedEntry) => void)[] = []
  feed.listen(entry => {
    for (const watcher of watchers) watcher(entry)
  })
  return {
    feed,
    watch: (watcher: (entry: FeedEntry) => void) => void watchers.push(watcher),
    /** Reads a partition to its end. */
    read(log: readonly { partition: number; offset: number; record: ScoreRecord }[], partition: number) {
      const from = feed.nextOffsets().get(partition)!
      for (const one of log)
        if (one.partition === partition && one.offset >= from)
          feed.accept(partition, [incoming(partition, one.offset, one.record)], one.offset + 1)
    },
  }
}

function drain(reader: FeedReader): FeedEntry[] {
  const entries: FeedEntry[] = []
  for (let entry = reader.next(); entry !== null && entry !== 'LOST'; entry = reader.next())
    entries.push(entry)
  return entries
}
