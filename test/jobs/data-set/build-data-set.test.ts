import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { DataSet } from '../../../jobs/data-set/data-set.ts'
import { eraseRows, readDataSet } from '../../../jobs/data-set/data-set-files.ts'
import { leaksOf } from '../../../jobs/data-set/leaks.ts'
import { authorsOf } from '../../../jobs/data-set/term-authors.ts'
import { WEAK_SHARE_MAX } from '../../../jobs/data-set/weak-rows.ts'
import { kindNamed } from '../../../pipelines/kinds.ts'
import {
  community,
  createSetting,
  honestVotes,
  idsOf,
  kind,
  now,
  old,
  storeCommunity,
  threeOf,
  truth,
} from '../../support/data-set-setting.ts'
import { aContent, aDriftReport, aLabel, aLabelSample } from '../../support/records.ts'
import { stackMissing } from '../../support/stack.ts'
import { aNicenessScore, DAY, reportOn } from '../../support/stored-community.ts'

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

  it('of a kind of two classes joins 0 and 1, without those who guess, and takes no votes', async () => {
    const spam = kindNamed('text-spam')
    const isSpam = (i: number) => i % 3 === 0
    await setting.store(
      'labels',
      idsOf(0, 90).flatMap((contentId, i) =>
        ['lena', 'mara', 'guesser'].map((labeller, j) =>
          aLabel({
            id: `spam ${contentId} ${labeller}`,
            kind: 'text-spam',
            contentId,
            labeller,
            boxes: [],
            value: Number(j === 2 ? i % 2 === 0 : isSpam(i)),
          }),
        ),
      ),
    )
    const set = await setting.build({ kind: spam })
    expect(set.manifest.rowsByRole).toEqual({ LABEL: 90, WEAK: 0, REPLAY: 0 })
    for (const { contentId, target, weight } of set.rows) {
      expect(target, contentId).toBe(Number(isSpam(Number(contentId.slice(1)))))
      expect(weight).toBeGreaterThan(0.7)
    }
    const reliability = new Map(set.manifest.labellers.map(one => [one.labeller, one.reliability]))
    expect(reliability.get('lena')).toBeGreaterThan(0.85)
    expect(reliability.get('guesser')).toBeLessThan(0.3)
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
