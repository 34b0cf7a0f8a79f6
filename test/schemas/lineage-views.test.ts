import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { foldPromotion, movesOf, noPromotions, promotedAliases } from '../../processors/fold-promotions.ts'
import { krippendorffAlpha } from '../../processors/tagging/agreement.ts'
import type { ModelPromotion, RetrainRequest, RetrainStep } from '../../schemas/records.ts'
import { dropDatabase, newMigratedClickHouse } from '../support/clickhouse.ts'
import { recordStore } from '../support/record-store.ts'
import { aFeatureProfile, aLabel, aModelPromotion } from '../support/records.ts'
import { stackMissing } from '../support/stack.ts'

/** The views of migration 0028 on the real engine, beside the code that decides the same. */

const HOUR = 3_600_000
const T0 = Date.UTC(2026, 2, 2, 10)

describe.skipIf(stackMissing() !== null)('the views of lineage and agreement', () => {
  let clickhouse: ClickHouse
  let store: ReturnType<typeof recordStore>
  beforeAll(async () => {
    clickhouse = await newMigratedClickHouse()
    store = recordStore(clickhouse, offset => T0 + offset * HOUR)
  })
  afterAll(() => dropDatabase(clickhouse))
  const rowsOf = (sql: string) => clickhouse.query<Record<string, unknown>>(sql)

  it('follow promotions as every process does', async () => {
    const version = fc.constantFrom('1', '2', '3', '')
    const move = fc.record({
      alias: fc.constantFrom(...promotedAliases),
      version,
      previous: fc.option(version),
      share: fc.constantFrom(0, 0.2, 1),
    })
    const logs = fc.sample(fc.array(move, { minLength: 4, maxLength: 30 }), { numRuns: 40, seed: 28 })
    const records = logs.flatMap((log, n) =>
      log.map(
        (fields, i): ModelPromotion =>
          aModelPromotion({ ...fields, kind: `kind-${n}`, id: `${n}-${i}`, at: T0 }),
      ),
    )
    await store('model-promotions', ...records)
    const rows = await rowsOf(
      'SELECT kind, alias, version, share, isNull(until) AS lasts FROM model_timeline ORDER BY kind, alias, since',
    )

    let promotions = noPromotions
    // The view believes what the first champion's promotion says it follows.
    const firsts = new Map<string, string | null>()
    for (const [offset, value] of records.entries()) {
      const first = value.alias === 'CHAMPION' && value.version !== '' && !firsts.has(value.kind)
      if (first) firsts.set(value.kind, value.previous || null)
      const defaultOf = (kind: string) => firsts.get(kind) ?? null
      promotions = foldPromotion(promotions, { value, offset, appendedAt: T0 }, defaultOf).promotions
    }
    const expected = logs.flatMap((_, n) =>
      promotedAliases.flatMap(alias => {
        const moves = movesOf(promotions, `kind-${n}`, alias)
        return moves
          .map(({ promotion: { kind, version, share } }, i) => ({
            kind,
            alias: alias as string,
            version,
            share,
            lasts: i === moves.length - 1 ? 1 : 0,
          }))
          .filter(({ version }) => version !== '')
      }),
    )
    const key = ({ kind, alias }: Record<string, unknown>) => `${kind} ${alias}`
    const sorted = <T extends Record<string, unknown>>(list: readonly T[]) =>
      list.toSorted((one, other) => (key(one) < key(other) ? -1 : key(one) > key(other) ? 1 : 0))
    expect(expected.length).toBeGreaterThan(100)
    expect(sorted(rows)).toEqual(sorted(expected))
  })

  const profiled = (kind: string, modelVersion: string) =>
    store('feature-profiles', { ...aFeatureProfile(), id: `${kind}-${modelVersion}`, kind, modelVersion })

  it('know the versions that came with Nicr by what they scored, and not the challengers', async () => {
    const moved = (fields: Partial<ModelPromotion>) =>
      store('model-promotions', aModelPromotion({ kind: 'came', at: T0 + 900 * HOUR, ...fields }))
    await profiled('came', '1')
    await profiled('came', '2')
    await moved({ id: 'c1', alias: 'CHALLENGER', version: '3', share: 0.2 })
    await profiled('came', '3')
    await moved({ id: 'c2', version: '3', reason: 'It is better.' })
    await moved({ id: 'c3', alias: 'CHALLENGER', version: '2', previous: '3', share: 0 })
    await profiled('came', '2')
    await profiled('untouched', '7')
    const rows = await rowsOf(
      "SELECT version, isNull(until) AS lasts, reason FROM model_timeline WHERE kind = 'came' AND alias = 'CHAMPION' ORDER BY since",
    )
    expect(rows).toEqual([
      { version: '1', lasts: 0, reason: '' },
      { version: '2', lasts: 0, reason: '' },
      { version: '3', lasts: 1, reason: 'It is better.' },
    ])
    expect(await rowsOf("SELECT version, until FROM model_timeline WHERE kind = 'untouched'")).toEqual([
      { version: '7', until: null },
    ])
  })

  it('tell where versions come from and what became of them', async () => {
    const request = (id: string, modelVersion: string): RetrainRequest => ({
      id,
      kind: 'lineage',
      policy: 'words',
      reason: 'New slang.',
      evidence: [],
      modelVersion,
      by: 'request-retrain',
      requestedAt: T0,
      expiresAt: null,
    })
    const said = (id: string, fields: Partial<RetrainStep>): RetrainStep => ({
      id,
      requestId: 'good',
      kind: 'lineage',
      step: 'TRAINING',
      task: 'train',
      progress: 1,
      figures: {},
      detail: '',
      modelVersion: '2',
      at: T0,
      ...fields,
    })
    await store('retrain-requests', request('good', '1'), request('bad', '2'))
    await store(
      'retrain-steps',
      said('s1', { task: 'snapshot', modelVersion: null, figures: { rows: 900, labelled: 160 } }),
      said('s2', {}),
      said('s3', { step: 'PROMOTED', task: 'promote' }),
      said('s4', { step: 'REJECTED', task: 'roll-back', detail: 'People side with 1.' }),
      said('s5', { requestId: 'bad', modelVersion: '3', step: 'REJECTED', task: 'gate', detail: 'No gain.' }),
    )
    const moves: Partial<ModelPromotion>[] = [
      { version: '1', at: T0 },
      { version: '2', previous: '1', at: T0 + 2 * HOUR, requestId: 'good' },
      { version: '1', previous: '2', at: T0 + 5 * HOUR },
    ]
    const records = moves.map((move, i) => aModelPromotion({ kind: 'lineage', id: `l${i}`, ...move }))
    await store('model-promotions', ...records)
    const rows = await rowsOf(
      `SELECT version, parent, policy, rows, labelled, outcome, detail, isChampion, isNull(championSince) AS never,
        championUntil, round(championHours) AS hours FROM model_lineage WHERE kind = 'lineage' ORDER BY version`,
    )
    const unasked = { parent: null, policy: null, rows: null, labelled: null, outcome: null, detail: null }
    expect(rows).toEqual([
      {
        version: '1',
        ...unasked,
        isChampion: true,
        never: 0,
        championUntil: null,
        hours: expect.any(Number),
      },
      {
        version: '2',
        parent: '1',
        policy: 'words',
        rows: 900,
        labelled: 160,
        outcome: 'REJECTED',
        detail: 'People side with 1.',
        isChampion: false,
        never: 0,
        championUntil: '2026-03-02 15:00:00.000',
        hours: 3,
      },
      {
        version: '3',
        parent: '2',
        policy: 'words',
        rows: null,
        labelled: null,
        outcome: 'REJECTED',
        detail: 'No gain.',
        isChampion: false,
        never: 1,
        championUntil: null,
        hours: 0,
      },
    ])
  })

  it('give Krippendorff’s α of a week as `nicr labels agreement` computes it', async () => {
    const units = fc.sample(fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 4 }), {
      numRuns: 60,
      seed: 5,
    })
    const answers = units.flatMap((values, unit) =>
      values.map((value, i) => ({
        contentId: `u${unit}`,
        labeller: `person-${i}`,
        value,
        id: `${unit}-${i}`,
      })),
    )
    const monday = Date.UTC(2026, 2, 9)
    await store(
      'labels',
      ...answers.map(fields => aLabel({ ...fields, kind: 'niceness', at: monday })),
      // A binary kind; somebody who changed their mind, and a moderator, who counts for nothing here.
      ...[1, 0].map(value =>
        aLabel({
          id: `b${value}`,
          contentId: 'b',
          kind: 'toxicity',
          labeller: 'p',
          value,
          at: monday + value,
        }),
      ),
      aLabel({ id: 'b2', contentId: 'b', kind: 'toxicity', labeller: 'q', value: 1, at: monday }),
      aLabel({
        id: 'b3',
        contentId: 'b',
        kind: 'toxicity',
        labeller: 'r',
        value: 0,
        at: monday,
        origin: 'adjudication',
      }),
    )
    const [niceness, toxicity] = await rowsOf('SELECT * FROM label_agreement_by_week ORDER BY kind')
    const compared = units.filter(values => values.length > 1)
    const alpha = krippendorffAlpha(compared, 'interval')!
    expect(niceness).toMatchObject({
      week: '2026-03-09',
      contents: compared.length,
      answers: compared.flat().length,
      people: 4,
    })
    expect(niceness!['alpha']).toBeCloseTo(alpha, 9)
    expect(toxicity).toMatchObject({ contents: 1, answers: 2, people: 2, agreeing: 1, alpha: null })
  })
})
