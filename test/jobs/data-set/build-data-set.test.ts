import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataSet } from '../../../jobs/data-set/build-data-set.ts'
import type { DataSet } from '../../../jobs/data-set/data-set.ts'
import { eraseRows, readDataSet } from '../../../jobs/data-set/data-set-files.ts'
import { leaksOf } from '../../../jobs/data-set/leaks.ts'
import { authorsOf } from '../../../jobs/data-set/term-authors.ts'
import { WEAK_SHARE_MAX } from '../../../jobs/data-set/weak-rows.ts'
import type { ClickHouse } from '../../../pipelines/clickhouse.ts'
import { kindNamed } from '../../../pipelines/kinds.ts'
import { dropDatabase, newMigratedClickHouse } from '../../support/clickhouse.ts'
import { aContent, aDriftReport, aLabel, aLabelSample } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'
import {
  aNicenessScore,
  createCommunity,
  createStorage,
  DAY,
  labelsOf,
  reportOn,
  votesOn,
} from '../../support/stored-community.ts'

const now = Date.now()
const old = now - 400 * DAY
const kind = kindNamed('niceness')

interface Setting {
  readonly clickhouse: ClickHouse
  readonly dataDir: string
  readonly store: ReturnType<typeof createStorage>
  build(changes?: Partial<Parameters<typeof buildDataSet>[0]>): Promise<DataSet>
}

async function createSetting(): Promise<Setting & { close(): Promise<void> }> {
  const clickhouse = await newMigratedClickHouse()
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-data-set-'))
  return {
    clickhouse,
    dataDir,
    store: createStorage(clickhouse),
    build: changes =>
      buildDataSet({ clickhouse, kind, dataDir, parentVersion: '1', championSince: now - DAY, ...changes }),
    async close() {
      rmSync(dataDir, { recursive: true, force: true })
      await dropDatabase(clickhouse)
    },
  }
}

const community = createCommunity(7, { contents: 500, now })
const { truth } = community
const idsOf = (from: number, to: number) => community.contents.slice(from, to).map(({ id }) => id)
const labelled = idsOf(0, 120)
const readers = Array.from({ length: 60 }, (_, i) => `reader${i}`)
const threeOf = (i: number) => [0, 1, 2].map(k => readers[(3 * i + k) % readers.length]!)
/** Three readers of each content vote as they should. */
const honestVotes = idsOf(0, 300).flatMap((id, i) =>
  truth.get(id) === 5 ? [] : votesOn(id, truth.get(id)! > 5 ? 1 : -1, threeOf(i), old),
)

async function storeCommunity({ store }: Setting) {
  await store('content', community.contents)
  await store('scores', community.scores)
  await store('labels', labelsOf(labelled, truth))
}

describe.skipIf(stackMissing() !== null)('a data set', () => {
  let setting: Awaited<ReturnType<typeof createSetting>>
  let built: DataSet
  beforeAll(async () => {
    setting = await createSetting()
    const { store } = setting
    await storeCommunity(setting)
    await store('votes', honestVotes)
    await store(
      'reports',
      idsOf(0, 150).flatMap((id, i) =>
        threeOf(i).map(reporter => reportOn(id, truth.get(id)!, reporter, { accountSince: old })),
      ),
    )
    await store('label-samples', [
      aLabelSample({ sampleId: 's0', contentId: 'c0', source: 'doubt', samplingProbability: 0.25 }),
      aLabelSample({ sampleId: 'gold', contentId: 'c499', gold: 9, source: 'gold' }),
      aLabelSample({
        sampleId: 'sent',
        contentId: 'draft:d1',
        source: 'report',
        text: 'A draft that was sent on purpose',
        language: 'en',
      }),
    ])
    await store('reports', [
      reportOn('', 9, 'sender', { contentId: null, draftId: 'd1', text: 'A draft that was sent on purpose' }),
    ])
    const one = (id: string, contentId: string, changes = {}) =>
      aLabel({ id, contentId, boxes: [], labeller: 'lena', value: 9, ...changes })
    await store('labels', [
      one('gold', 'c499', { sampleId: 'gold' }),
      one('taken back', 'c400', { withdrawn: true }),
      one('sent', 'draft:d1', { sampleId: 'sent' }),
      one('nowhere', 'unheard of'),
      one('deleted', 'c401'),
    ])
    await store('labels', [one('before', 'c402')], now - 30 * DAY)
    await store('content', [aContent({ id: 'c401', action: 'DELETED', revision: 1, text: '' })])
    await store('drift-reports', [
      aDriftReport({
        feature: 'terms',
        finding: 'NEW_WORDS',
        windowStart: now - 100 * 60_000,
        changedAt: null,
        contributors: ['glorp', 'so glorp'].map(name => ({
          name,
          weight: 4,
          count: 12,
          expected: 0,
          contentIds: [],
          revisions: [],
        })),
      }),
    ])
    const slang = ['x1', 'x2', 'x3'].map(id =>
      aContent({
        id,
        author: `slang ${id.slice(1)}`,
        text: `that was so Glorp, ${id} of all`,
        at: now - 200 * 60_000,
      }),
    )
    await store('content', slang)
    await store(
      'scores',
      slang.map(({ id, author, at }) => aNicenessScore({ contentId: id, author, eventAt: at }, 5)),
    )
    built = await setting.build()
  })
  afterAll(() => setting.close())

  const rowOf = (contentId: string) => built.rows.find(row => row.contentId === contentId)

  it('holds what people say, joined, and where all of it came from', () => {
    expect(rowOf('c0')).toMatchObject({
      role: 'LABEL',
      text: community.contents[0]!.text,
      source: 'doubt',
      samplingProbability: 0.25,
      place: { topic: 'nicr.content', partition: 0, offset: 0 },
      evidence: [
        { id: 'c0:lena', by: 'lena', topic: 'nicr.labels' },
        { id: 'c0:mara', by: 'mara', topic: 'nicr.labels' },
      ],
      slices: ['all', 'contentKind=COMMENT', 'language=en'],
    })
    expect(Math.abs(rowOf('c0')!.target - truth.get('c0')!)).toBeLessThanOrEqual(0.5)
    expect(rowOf('c0')!.weight).toBeGreaterThan(0.8)
    // Those of the community and the draft.
    expect(built.manifest.rowsByRole.LABEL).toBe(121)
    expect(rowOf('draft:d1')).toMatchObject({
      text: 'A draft that was sent on purpose',
      author: 'sender',
      place: null,
    })
  })

  it('leaves out hidden checks, what was taken back or deleted, unknown texts and labels of before', () => {
    const labels = new Set(
      built.rows.filter(({ role }) => role === 'LABEL').map(({ contentId }) => contentId),
    )
    for (const id of ['c499', 'c400', 'unheard of', 'c401', 'c402']) expect(labels, id).not.toContain(id)
    expect(built.manifest.leftOut).toMatchObject({
      labelOfHiddenCheck: 1,
      labelOfUnknownText: 1,
      labelOfDeletedContent: 1,
    })
  })

  it('takes labels from an offset on where that is asked for', async () => {
    const { nextOffset } = built.manifest.labels
    const next = await setting.build({ labelsFrom: nextOffset! })
    expect(next.manifest.rowsByRole.LABEL).toBe(0)
    expect(next.hash).not.toBe(built.hash)
  })

  it('replays content with the champion’s scores, rather from before the drift and never with its words', () => {
    const replay = built.rows.filter(({ role }) => role === 'REPLAY')
    expect(replay.length).toBeGreaterThan(100)
    for (const { contentId, target } of replay) expect(target).toBe(truth.get(contentId))
    expect(built.newTerms).toEqual(['glorp', 'so glorp'])
    expect(replay.filter(({ text }) => text.includes('Glorp'))).toEqual([])
    expect(built.manifest.leftOut['replayWithNewTerm']).toBe(3)
  })

  it('takes content from before the drift first where there is more than is wanted', async () => {
    const loop = { ...kind.loop!, labels: { ...kind.loop!.labels, replayRowsMax: 50 } }
    const small = await setting.build({ kind: { ...kind, loop } })
    const replay = small.rows.filter(({ role }) => role === 'REPLAY')
    expect(replay).toHaveLength(50)
    const { driftSince } = small.manifest.bounds
    expect(driftSince).toBe(now - 100 * 60_000)
    expect(replay.filter(({ at }) => at >= driftSince!)).toEqual([])
  })

  it('has content that another version scored scored anew, or leaves it out', async () => {
    const without = await setting.build({ parentVersion: '2' })
    expect(without.manifest.rowsByRole.REPLAY).toBe(0)
    const again = await setting.build({
      parentVersion: '2',
      scoreTexts: async texts => texts.map(() => 4.25),
    })
    const replay = again.rows.filter(({ role }) => role === 'REPLAY')
    expect(replay.length).toBeGreaterThan(100)
    expect(new Set(replay.map(({ target }) => target))).toEqual(new Set([4.25]))
  })

  it('believes votes and reports as far as labels bear them out, and never as much as labels', () => {
    const { weak } = built.manifest
    expect(weak.votes.judged).toBeGreaterThan(50)
    expect(weak.votes.agreeing).toBe(weak.votes.judged)
    expect(weak.votes.reliability).toBeGreaterThan(0.8)
    const rows = built.rows.filter(({ role }) => role === 'WEAK')
    expect(rows.length).toBeGreaterThan(10)
    for (const { contentId, target, weight, evidence } of rows) {
      expect(Math.abs(target - truth.get(contentId)!)).toBeLessThan(0.5)
      expect(weight).toBeLessThan(0.3)
      expect(evidence.length).toBeGreaterThan(1)
    }
    expect(weak.weightShare).toBeLessThanOrEqual(WEAK_SHARE_MAX)
  })

  it('parts nothing that belongs together, in folds of about equally many labels', () => {
    expect(leaksOf(built.rows, built.manifest.splits.ties)).toEqual([])
    const labels = [0, 1, 2, 3, 4].map(
      fold => built.rows.filter(row => row.role === 'LABEL' && row.fold === fold).length,
    )
    expect(Math.max(...labels) - Math.min(...labels)).toBeLessThanOrEqual(12)
    const times = built.rows.map(({ at }) => at)
    expect(times).toEqual(times.toSorted((left, right) => left - right))
  })

  it('is the same bytes when it is built again, elsewhere too, and is found where it lies', async () => {
    const rowsFile = (set: DataSet) => readFileSync(join(set.path, 'rows.jsonl.gz'))
    const sum = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
    const elsewhere = mkdtempSync(join(tmpdir(), 'nicr-data-set-'))
    const other = await setting.build({ dataDir: elsewhere })
    expect(other.hash).toBe(built.hash)
    expect(sum(rowsFile(other))).toBe(sum(rowsFile(built)))
    rmSync(elsewhere, { recursive: true })
    expect((await setting.build()).path).toBe(built.path)
    const read = await readDataSet(built.path)
    expect(read.rows).toEqual(built.rows)
  })

  it('counts who wrote a term, labelled content aside', async () => {
    const counts = await authorsOf(setting.clickhouse, {
      kind: 'niceness',
      terms: ['glorp', 'so glorp', 'nobody’s'],
    })
    expect(Object.fromEntries(counts)).toEqual({ glorp: 3, 'so glorp': 3, 'nobody’s': 0 })
  })

  it('holds nothing of an erased author but digests, and still verifies', async () => {
    const { author } = rowOf('c0')!
    const theirs = built.rows.filter(row => row.author === author)
    expect(await eraseRows(setting.dataDir, author)).toBeGreaterThanOrEqual(theirs.length)
    const kept = gunzipSync(readFileSync(join(built.path, 'rows.jsonl.gz'))).toString()
    for (const { text, contentId, digest } of theirs) {
      expect(kept).not.toContain(text)
      expect(kept).not.toContain(`"contentId":"${contentId}"`)
      expect(kept).toContain(digest)
    }
    const read = await readDataSet(built.path)
    expect(read.hash).toBe(built.hash)
    expect(read.rows).toEqual(built.rows.filter(row => row.author !== author))
    expect(await eraseRows(setting.dataDir, author)).toBe(0)
    // A reader is somebody too.
    const weak = read.rows.find(({ role }) => role === 'WEAK')!
    await eraseRows(setting.dataDir, weak.evidence[0]!.by)
    expect(gunzipSync(readFileSync(join(built.path, 'rows.jsonl.gz'))).toString()).not.toContain(weak.text)
    await expect(readDataSet(built.path)).resolves.toMatchObject({ hash: built.hash })
  })
})

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
