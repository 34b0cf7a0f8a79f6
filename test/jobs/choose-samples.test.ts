import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSampleChooser } from '../../jobs/choose-samples/sample-chooser.ts'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { kindNamed, kinds } from '../../pipelines/kinds.ts'
import type { LabelSample } from '../../schemas/records.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { aContent, aDriftReport, aLabel, aLabelSample } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'
import {
  aNicenessScore,
  createCommunity,
  createStorage,
  DAY,
  labelsOf,
  reportOn,
  votesOn,
} from '../support/stored-community.ts'

/** What people are asked, on the real engine. */

const now = Date.now()
const rules = kindNamed('niceness').loop!.samples
const community = createCommunity(11, { contents: 1200, authors: 200, now })
const { truth } = community
const ids = community.contents.map(({ id }) => id)
const clear = ids.filter(id => truth.get(id) !== 5)
const reported = clear.slice(0, 15)
const votedAgainst = clear.slice(50, 70)

describe.skipIf(stackMissing() !== null)('the samples of a community', () => {
  let clickhouse: ClickHouse
  let store: ReturnType<typeof createStorage>
  let queries = 0
  let time = now
  const counted = {
    query<T>(sql: string, params?: Readonly<Record<string, unknown>>) {
      queries++
      return clickhouse.query<T>(sql, params)
    },
  }
  const newChooser = () => createSampleChooser({ clickhouse: counted, kinds, now: () => time })
  /** Long after any rest. */
  const later = () => {
    time += 600_000
  }

  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    store = createStorage(clickhouse)
    await store('content', community.contents)
    await store('scores', community.scores)
    const readers = ['r1', 'r2', 'r3', 'r4']
    const opposite = (id: string) => 10 - truth.get(id)!
    await store('reports', [
      ...reported.map(id => reportOn(id, opposite(id), 'r1')),
      // What agrees with the score, what a new account says, and what was deleted.
      ...clear.slice(20, 25).map(id => reportOn(id, truth.get(id)!, 'r2')),
      ...clear.slice(30, 35).map(id => reportOn(id, opposite(id), 'new', { accountSince: now - DAY })),
      reportOn(clear[40]!, opposite(clear[40]!), 'r2'),
      reportOn('', 9, 'sender', {
        contentId: null,
        draftId: 'd1',
        text: 'You are the best of them all',
        seenScore: { value: 2, modelVersion: '1' },
      }),
      reportOn('', 9, 'other', {
        contentId: null,
        draftId: 'd2',
        text: 'Das ist nicht sehr nett von dir, aber ich habe es nicht anders erwartet',
        seenScore: { value: 2, modelVersion: '1' },
      }),
    ])
    await store('content', [aContent({ id: clear[40]!, action: 'DELETED', revision: 1, text: '' })])
    const against = (id: string) => (truth.get(id)! > 5 ? -1 : 1)
    await store('votes', [
      ...votedAgainst.flatMap(id => votesOn(id, against(id), readers, null)),
      ...clear.slice(80, 90).flatMap(id =>
        votesOn(
          id,
          against(id),
          readers.map(reader => `new ${reader}`),
          now - DAY,
        ),
      ),
    ])
    // Near a border, and scored by a challenger too.
    await store(
      'scores',
      ids.slice(1000, 1040).map((contentId, i) => ({
        ...aNicenessScore({ contentId, author: `d${i}` }, 4.1),
        id: `doubt ${contentId}`,
      })),
    )
    await store(
      'scores',
      ids
        .slice(1040, 1080)
        .map(contentId =>
          aNicenessScore({ contentId, alias: 'CHALLENGER', modelVersion: '2' }, opposite(contentId)),
        ),
    )
    const slang = Array.from({ length: 60 }, (_, i) =>
      aContent({
        id: `slang${i}`,
        author: `s${i}`,
        text: `${community.contents[i]!.text.split(' ').reverse().join(' ')}, so Glorp!`,
        at: now,
      }),
    )
    await store('content', slang)
    await store(
      'scores',
      slang.map(({ id, author }) => aNicenessScore({ contentId: id, author }, 5)),
    )
    const contributors = [{ name: 'glorp', weight: 4, count: 60, expected: 0, contentIds: [], revisions: [] }]
    await store('drift-reports', [aDriftReport({ feature: 'terms', finding: 'NEW_WORDS', contributors })])
    // In a language that the kind does not know.
    await store('content', [
      aContent({ id: 'foreign', text: 'Das hat mir sehr geholfen, vielen Dank euch allen', language: 'de' }),
    ])
    await store('scores', [
      { ...aNicenessScore({ contentId: 'foreign', status: 'UNSUPPORTED' }, 5), value: null, label: null },
    ])
    await store('reports', [reportOn('foreign', 9, 'r3')])
    // A flood of one author, and of one text.
    const flood = Array.from({ length: 200 }, (_, i) =>
      aContent({
        id: `flood${i}`,
        author: i < 100 ? 'flooder' : `bot${i}`,
        text:
          i < 100
            ? community.contents[i + 200]!.text.split(' ').reverse().join(' ')
            : `Buy these great watches at our shop today ${i}`,
        at: now,
      }),
    )
    await store('content', flood)
    await store(
      'scores',
      flood.map(({ id, author }) => aNicenessScore({ contentId: id, author }, 5)),
    )
    await store('labels', labelsOf(ids.slice(500, 600), truth))
  }, 60_000)
  afterAll(() => dropDatabase(clickhouse))

  const sourcesOf = (samples: readonly LabelSample[]) => {
    const counts: Record<string, number> = {}
    for (const { source } of samples) counts[source] = (counts[source] ?? 0) + 1
    return counts
  }

  it('are few without a request: what readers say is wrong, and some at random', async () => {
    const samples = await newChooser().choose('niceness')
    expect(samples).toHaveLength(rules.openMax / 10)
    expect(Object.keys(sourcesOf(samples)).sort()).toEqual(['random', 'report', 'vote'])
  })

  it('come of every source in its share while a request is open; what one cannot fill goes to the others', async () => {
    const samples = await newChooser().choose('niceness', { requestId: 'q1' })
    const counts = sourcesOf(samples)
    // What is kept for new language is not given away.
    expect(samples).toHaveLength(Math.ceil(rules.openMax * (1 - rules.shares.drift)) + 60)
    // All that hold the word, or that readers say are scored wrongly: these are fewer than their shares.
    const chosen = new Set(samples.map(({ contentId }) => contentId))
    const wanted = [...reported, ...votedAgainst, 'draft:d1']
    expect(wanted.filter(id => !chosen.has(id))).toEqual([])
    expect(counts['drift']).toBe(60)
    expect(counts['doubt']).toBeGreaterThan(30)
    expect(counts['disagreement']).toBeGreaterThan(20)
    expect(samples.every(({ requestId, overlap }) => requestId === 'q1' && overlap === rules.overlap)).toBe(
      true,
    )
    expect(samples.find(({ text }) => text !== null)).toMatchObject({
      contentId: 'draft:d1',
      language: 'en',
      source: 'report',
    })
    expect(samples.filter(({ contentId }) => contentId === 'draft:d2')).toEqual([])
  })

  it('are drafts in another language while the version that scores reads it', async () => {
    const asked: string[] = []
    const languagesOf = async ({ kind }: { readonly kind: string }, version: string) => {
      asked.push(`${kind}@${version}`)
      return ['en', 'de']
    }
    const chooser = createSampleChooser({ clickhouse: counted, kinds, languagesOf, now: () => time })
    const samples = await chooser.choose('niceness', { requestId: 'q1' })
    expect(samples.find(({ contentId }) => contentId === 'draft:d2')).toMatchObject({ language: 'de' })
    expect(asked).toEqual(['niceness@1'])
  })

  it('are nothing that was labelled, deleted, of one author again and again, or nearly the same text', async () => {
    const samples = await newChooser().choose('niceness', { requestId: 'q1' })
    const chosen = new Set(samples.map(({ contentId }) => contentId))
    for (const id of [...ids.slice(500, 600), clear[40], 'foreign']) expect(chosen).not.toContain(id)
    expect(chosen.size).toBe(samples.length)
    const flood = [...chosen].filter(id => id.startsWith('flood'))
    expect(flood.filter(id => Number(id.slice(5)) < 100).length).toBeLessThanOrEqual(rules.openMax * 0.05)
    expect(flood.filter(id => Number(id.slice(5)) >= 100).length).toBeLessThanOrEqual(1)
  })

  it('say how likely each was to be chosen', async () => {
    const samples = await newChooser().choose('niceness')
    for (const { source, samplingProbability } of samples) {
      expect(samplingProbability).toBeGreaterThan(0)
      expect(samplingProbability).toBeLessThanOrEqual(1)
      // A handful of 1400 contents; 16 that were reported are taken nearly whole.
      if (source === 'random') expect(samplingProbability).toBeLessThan(0.1)
      else expect(samplingProbability).toBeGreaterThan(0.2)
    }
    // What was drawn at random stands for all of it, as its weights say.
    const random = samples.filter(({ source }) => source === 'random')
    const stands = random.reduce((sum, { samplingProbability }) => sum + 1 / samplingProbability, 0)
    expect(stands).toBeGreaterThan(500)
    expect(stands).toBeLessThan(3000)
  })

  it('are the same for whoever chooses, and not chosen twice by one', async () => {
    const chooser = newChooser()
    const first = await chooser.choose('niceness', { requestId: 'q1' })
    expect(await newChooser().choose('niceness', { requestId: 'q1' })).toEqual(first)
    time += 30_000
    expect(await chooser.choose('niceness', { requestId: 'q1' })).toEqual([])
  })

  it('cost one question while nothing changes, and none at all right after a search', async () => {
    const chooser = newChooser()
    const first = await chooser.choose('niceness')
    await store('label-samples', first)
    later()
    await chooser.choose('niceness')
    later()
    queries = 0
    expect(await chooser.choose('niceness')).toEqual([])
    expect(queries).toBe(1)
  })

  it('leave room for what drift offered, and follow as people answer', async () => {
    const chooser = newChooser()
    later()
    const offered = ids
      .slice(700, 900)
      .map(contentId => aLabelSample({ sampleId: `offered ${contentId}`, contentId, source: 'drift' }))
    await store('label-samples', offered)
    const [open] = await clickhouse.query<{ n: number }>('SELECT count() AS n FROM label_samples')
    const samples = await chooser.choose('niceness', { requestId: 'q2' })
    expect(samples).toHaveLength(rules.openMax - open!.n)
    // Beside what was offered, words that drift reports named.
    expect(samples.filter(({ source }) => source === 'drift').length).toBeLessThan(30)
    await store('label-samples', samples)
    later()
    expect(await chooser.choose('niceness', { requestId: 'q2' })).toEqual([])
    await store(
      'labels',
      offered
        .slice(0, 50)
        .map(({ contentId }) => aLabel({ id: `of ${contentId}`, contentId, boxes: [], value: 5 })),
    )
    later()
    expect(await chooser.choose('niceness', { requestId: 'q2' })).toHaveLength(50)
  })

  it('of a kind of two classes come from around the threshold that its labels show', async () => {
    // Spam from 0.8 on: 0.75 is near, 0.5 is not.
    const values = [0.02, 0.5, 0.75, 0.85]
    const scoreOf = (i: number) => values[i % values.length]!
    await store(
      'scores',
      ids.slice(0, 200).map((contentId, i) => ({
        ...aNicenessScore({ contentId, kind: 'text-spam' }, scoreOf(i)),
        id: `spam ${contentId}`,
        label: scoreOf(i) >= 0.8 ? 'spam' : 'ham',
      })),
    )
    await store('reports', [
      reportOn(ids[0]!, 1, 'r1', { kind: 'text-spam' }),
      reportOn(ids[4]!, 0, 'r1', { kind: 'text-spam' }),
    ])
    const samples = await newChooser().choose('text-spam', { requestId: 'q1' })
    const doubted = samples
      .filter(({ source }) => source === 'doubt')
      .map(({ contentId }) => scoreOf(ids.indexOf(contentId)))
    expect(new Set(doubted)).toEqual(new Set([0.75, 0.85]))
    expect(samples.filter(({ source }) => source === 'report').map(({ contentId }) => contentId)).toEqual([
      ids[0],
    ])
    expect(samples.filter(({ source }) => source === 'vote')).toEqual([])
  })

  it('of a kind that nobody declared are refused', async () => {
    await expect(newChooser().choose('politics')).rejects.toMatchObject({ code: 'NICR_KIND_UNKNOWN' })
  })
})
