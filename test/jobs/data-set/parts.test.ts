import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { DataSetManifest, DataSetRow } from '../../../jobs/data-set/data-set.ts'
import { digestOf, hashOfDigests, readDataSet, writeDataSet } from '../../../jobs/data-set/data-set-files.ts'
import { type Answer, estimateReliability } from '../../../jobs/data-set/estimate-reliability.ts'
import { type GroupableRow, groupRows } from '../../../jobs/data-set/group-rows.ts'
import { leaksOf } from '../../../jobs/data-set/leaks.ts'
import { type Saying, voteSayings, weakLabels } from '../../../jobs/data-set/weak-labels.ts'
import { joinLabels } from '../../../processors/tagging/join-labels.ts'
import { randomOf } from '../../support/seed.ts'
import { createWriter } from '../../support/stored-community.ts'

const graded = { objective: 'GRADED', min: 0, max: 10 } as const
const binary = { objective: 'BINARY', min: 0, max: 1 } as const

describe('the reliability of those who label', () => {
  const random = randomOf(3)
  const clamp = (value: number) => Math.min(10, Math.max(0, value))
  /** 200 items, three of five people each. */
  function answersOf(
    say: Readonly<Record<string, (truth: number) => number>>,
    truthOf: (i: number) => number,
  ): Answer[] {
    const people = Object.keys(say)
    return Array.from({ length: 200 }, (_, i) => i).flatMap(i =>
      [0, 1, 2].map(k => {
        const labeller = people[(i + k * (1 + (i % 2))) % people.length]!
        return { item: `${i}`, labeller, value: say[labeller]!(truthOf(i)) }
      }),
    )
  }

  it('of two classes tells the careful from those who guess, or answer the other way round', () => {
    const wrongIn = (share: number) => (truth: number) => (random() < share ? 1 - truth : truth)
    const answers = answersOf(
      {
        ann: wrongIn(0.05),
        ben: wrongIn(0.1),
        cleo: wrongIn(0.1),
        guesser: wrongIn(0.5),
        contrary: wrongIn(0.95),
      },
      i => (i % 3 === 0 ? 1 : 0),
    )
    const reliability = estimateReliability(binary, answers, new Map())
    for (const name of ['ann', 'ben', 'cleo']) expect(reliability.get(name), name).toBeGreaterThan(0.65)
    expect(reliability.get('guesser')).toBeLessThan(0.25)
    expect(reliability.get('contrary')).toBe(0)
  })

  it('of a scale does too', () => {
    const off = (by: number) => (truth: number) => clamp(truth + (random() - 0.5) * 2 * by)
    const answers = answersOf(
      { ann: off(0.5), ben: off(1), cleo: off(1.5), guesser: () => random() * 10 },
      i => (i % 3) * 4 + 1,
    )
    const reliability = estimateReliability(graded, answers, new Map())
    expect(reliability.get('ann')).toBeGreaterThan(0.9)
    expect(reliability.get('cleo')).toBeGreaterThan(0.8)
    expect(reliability.get('guesser')).toBeLessThan(0.25)
  })

  it('makes an answer of a bad labeller weigh little, and two good ones outweigh it', () => {
    const off = (truth: number) => clamp(truth + (random() - 0.5))
    const answers = answersOf(
      { ann: off, ben: off, cleo: off, flipped: truth => 10 - truth },
      i => (i % 2) * 8 + 1,
    )
    const reliability = estimateReliability(graded, answers, new Map())
    const label = (labeller: string, value: number) => ({ labeller, value, origin: 'page', at: 0 })
    const of = (labeller: string) => reliability.get(labeller)!
    const joined = joinLabels(graded, [label('ann', 9), label('ben', 9), label('flipped', 1)], of)!
    expect(joined.value).toBe(9)
    expect(joinLabels(graded, [label('flipped', 1)], of)?.weight ?? 0).toBeLessThan(0.1)
    expect(joinLabels(graded, [label('ann', 9)], of)!.weight).toBeGreaterThan(0.9)
  })

  it('follows hidden checks where people answer alone, and the prior where there are none', () => {
    const alone = Array.from({ length: 40 }, (_, i) => [
      { item: `g${i}`, labeller: 'wrong', value: i % 2 },
      { item: `h${i}`, labeller: 'right', value: i % 2 },
      { item: `i${i}`, labeller: 'unchecked', value: i % 2 },
    ]).flat()
    const gold = new Map(
      Array.from(
        { length: 40 },
        (_, i) =>
          [
            [`g${i}`, 1 - (i % 2)],
            [`h${i}`, i % 2],
          ] as const,
      ).flat() as [string, number][],
    )
    const reliability = estimateReliability(binary, alone, gold)
    expect(reliability.get('wrong')).toBe(0)
    expect(reliability.get('right')).toBeGreaterThan(0.9)
    expect(reliability.get('unchecked')).toBeCloseTo(0.6, 6)
  })
})

const writer = createWriter(9)

function aRow(i: number, changes: Partial<GroupableRow> = {}): GroupableRow {
  return {
    contentId: `c${i}`,
    text: writer.text(12),
    author: `a${i}`,
    thread: null,
    role: 'REPLAY',
    ...changes,
  }
}

const folded = (rows: readonly GroupableRow[]) => {
  const { folds } = groupRows(rows)
  return rows.map((row, i) => ({ ...row, fold: folds[i]! }))
}

describe('groups and folds', () => {
  it('part neither an author, a thread, a content nor near-duplicates, whatever the rows are', () => {
    const texts = Array.from({ length: 30 }, () => writer.text(15))
    const row = fc.record({
      contentId: fc.nat({ max: 200 }).map(n => `c${n}`),
      text: fc
        .tuple(fc.constantFrom(...texts), fc.constantFrom('', '!!', ' 42', ' X'))
        .map(parts => parts.join('')),
      author: fc.nat({ max: 80 }).map(n => (n === 0 ? '' : `a${n}`)),
      thread: fc.option(fc.nat({ max: 60 }).map(n => `t${n}`)),
      role: fc.constantFrom('LABEL' as const, 'REPLAY' as const),
    })
    fc.assert(
      fc.property(fc.array(row, { maxLength: 120 }), rows => {
        const { ties } = groupRows(rows)
        expect(leaksOf(folded(rows), ties)).toEqual([])
      }),
      { numRuns: 100 },
    )
  })

  it('are found out where they leak: each sort of leak', () => {
    const text = writer.text(20)
    const pairs: [string, Partial<GroupableRow>, Partial<GroupableRow>][] = [
      ['content', { contentId: 'same' }, { contentId: 'same' }],
      ['sameText', { text }, { text: `${text.toUpperCase()}!` }],
      ['nearDuplicate', { text }, { text: `${text} x` }],
      ['author', { author: 'same' }, { author: 'same' }],
      ['thread', { thread: 'same' }, { thread: 'same' }],
    ]
    for (const [tie, one, other] of pairs) {
      const rows = [
        { ...aRow(1, one), fold: 0 },
        { ...aRow(2, other), fold: 1 },
      ]
      expect(
        leaksOf(rows).map(leak => leak.tie),
        tie,
      ).toContain(tie)
      expect(leaksOf(folded(rows)), tie).toEqual([])
    }
  })

  it('hold about equally many labels, and of the others too', () => {
    const rows = Array.from({ length: 1000 }, (_, i) =>
      aRow(i, { author: `a${i % 90}`, role: i % 5 === 0 ? 'LABEL' : 'REPLAY' }),
    )
    const counts = [0, 1, 2, 3, 4].map(fold => {
      const own = folded(rows).filter(row => row.fold === fold)
      return { labels: own.filter(({ role }) => role === 'LABEL').length, rows: own.length }
    })
    for (const { labels, rows: all } of counts) {
      expect(Math.abs(labels - 40)).toBeLessThanOrEqual(12)
      expect(Math.abs(all - 200)).toBeLessThanOrEqual(15)
    }
  })

  it('give up threads, then authors, where they tie nearly all rows together, and say so', () => {
    const meeting = Array.from({ length: 200 }, (_, i) =>
      aRow(i, { author: `a${i % 40}`, thread: `t${i % 3}` }),
    )
    expect(groupRows(meeting)).toMatchObject({ tiesDropped: ['thread'] })
    const oneAuthor = Array.from({ length: 200 }, (_, i) =>
      aRow(i, { author: i < 150 ? 'prolific' : `a${i}` }),
    )
    expect(groupRows(oneAuthor)).toMatchObject({ tiesDropped: ['thread', 'author'] })
    // Of a few rows a group is always a large share.
    expect(groupRows(oneAuthor.slice(0, 10)).tiesDropped).toEqual([])
  })
})

describe('votes as noisy labels', () => {
  const rule = voteSayings({ upAbove: 6, downBelow: 4 })
  const vote = (contentId: string, by: string, value: number, offset = 0): Saying => ({
    id: `${contentId} ${by}`,
    contentId,
    by,
    value,
    topic: 'votes',
    partition: 0,
    offset,
  })
  const truths = new Map(Array.from({ length: 40 }, (_, i) => [`l${i}`, i % 2 === 0 ? 9 : 1]))
  const onLabelled = (isRight: (i: number) => boolean) =>
    [...truths].flatMap(([id, truth], i) =>
      ['r1', 'r2', 'r3'].map(by => vote(id, by, truth > 5 === isRight(i) ? 1 : -1)),
    )
  const onOthers = ['u1', 'u2', 'u3'].flatMap(id => ['r1', 'r2', 'r3'].map(by => vote(id, by, 1)))

  it('are worth what labels show: much where they agree, nothing where they do as chance has it, or were never judged', () => {
    const good = weakLabels([...onLabelled(() => true), ...onOthers], truths, rule)
    expect(good.reliability).toMatchObject({ judged: 40, agreeing: 40 })
    expect(good.labels).toHaveLength(3)
    expect(good.labels[0]!.target).toBe(9)
    const random = weakLabels([...onLabelled(i => i % 4 < 2), ...onOthers], truths, rule)
    expect(random.labels).toEqual([])
    expect(weakLabels(onOthers, new Map(), rule)).toEqual({
      labels: [],
      reliability: { judged: 0, agreeing: 0, reliability: 0 },
    })
  })

  it('of one reader count on few contents, however many that one votes on', () => {
    const many = Array.from({ length: 100 }, (_, i) =>
      ['r1', 'r2', 'r3'].map(by => vote(`m${i}`, by, 1)),
    ).flat()
    const { labels } = weakLabels([...onLabelled(() => true), ...many], truths, rule)
    expect(labels.length).toBeLessThanOrEqual(5)
  })

  it('of readers whom no label has borne out make no row', () => {
    const strangers = Array.from({ length: 50 }, (_, i) =>
      [0, 1, 2].map(k => vote(`s${i}`, `s${i} ${k}`, -1)),
    ).flat()
    expect(weakLabels([...onLabelled(() => true), ...strangers], truths, rule).labels).toEqual([])
  })
})

describe('a snapshot on disk', () => {
  let dir: string
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'nicr-snapshot-'))
  })
  afterEach(() => rmSync(dir, { recursive: true, force: true }))

  function snapshotRows(count: number): DataSetRow[] {
    return Array.from({ length: count }, (_, i) => {
      const { contentId, text, author } = aRow(i)
      const row = {
        contentId,
        text,
        author,
        thread: null,
        role: 'LABEL' as const,
        target: 5,
        weight: 1,
        revision: 0,
        language: null,
        at: i,
        source: null,
        samplingProbability: null,
        place: null,
        evidence: [],
        slices: ['all'],
        group: `g${i}`,
      }
      return { digest: digestOf(row), ...row, fold: i % 5 }
    })
  }
  const write = (rows: readonly DataSetRow[]) =>
    writeDataSet(dir, rows, {
      kind: 'niceness',
      hash: hashOfDigests(rows.map(({ digest }) => digest)),
      newTerms: [],
    } as unknown as DataSetManifest)

  it('is not believed once a row was changed, added, taken away or moved to another fold', async () => {
    const rows = snapshotRows(10)
    const path = await write(rows)
    await expect(readDataSet(path)).resolves.toMatchObject({ rows })
    const file = join(path, 'rows.jsonl.gz')
    const lines = gunzipSync(readFileSync(file)).toString().trimEnd().split('\n')
    const changed = { ...rows[0]!, target: 9 }
    const twins = rows
      .map((row, i) => ({ ...row, group: 'one', fold: i % 2 }))
      .map(row => ({ ...row, digest: digestOf(row) }))
    const tampered = [
      [JSON.stringify(changed), ...lines.slice(1)],
      [JSON.stringify({ ...changed, digest: digestOf(changed) }), ...lines.slice(1)],
      [...lines, lines[0]!],
      lines.slice(1),
      lines.toReversed(),
    ]
    for (const wrong of tampered) {
      writeFileSync(file, gzipSync(`${wrong.join('\n')}\n`))
      await expect(readDataSet(path)).rejects.toMatchObject({ code: 'NICR_DATA_SET_INVALID' })
    }
    await expect(write(twins).then(readDataSet)).rejects.toThrow('another fold')
  })

  it('is never half there: what a killed writer left is no data set, and the next one writes it', async () => {
    const rows = snapshotRows(3)
    await Promise.all([write(rows), write(rows)].map(one => one.catch(() => null)))
    const path = await write(rows)
    await expect(readDataSet(path)).resolves.toMatchObject({ rows })
    await expect(readDataSet(join(dir, 'nothing'))).rejects.toMatchObject({ code: 'NICR_FILE_UNREADABLE' })
  })
})
