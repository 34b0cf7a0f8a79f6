import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import type { ChampionLookup } from '../../pipelines/runtime/readers-step.ts'
import { StateStore } from '../../pipelines/runtime/state-store.ts'
import { topology } from '../../pipelines/topology.ts'
import { addBins } from '../../processors/drift/profile.ts'
import type { Emitted, Incoming } from '../../processors/processor.ts'
import type { Model } from '../../processors/scorer.ts'
import type { TopicName } from '../../schemas/topics.ts'
import { communityTopology } from '../simulation/community.ts'
import { arbitraryText } from '../support/arbitrary-text.ts'
import {
  aContent,
  aDriftReport,
  aFeatureProfile,
  aLabel,
  aModelPromotion,
  aReport,
  aScore,
  aVote,
} from '../support/records.ts'
import { runStep } from '../support/run-step.ts'

/** What every processor keeps, those of the topology and those of the tests. A new one is covered by being declared. */

const models = new Map<string, Model<unknown, unknown>>()
/** Scores of whatever readers speak of. */
const lookUpChampions: ChampionLookup = {
  scoresOf: async ids =>
    ids.map(contentId => ({ contentId, kind: 'niceness', modelVersion: '1', value: 9, label: 'kind' })),
  championsAmong: async versions => versions,
}
const declared = topology({
  modelOf: ({ kind }) => models.get(kind)!,
  textLengthMax: 1000,
  topicPrefix: 'nicr.',
  now: () => 0,
  lookUpChampions,
})

beforeAll(async () => {
  for (const { kind } of Object.values(kinds)) models.set(kind, await loadModel(`${kind}@champion`))
})
afterAll(async () => {
  for (const model of models.values()) await model.close()
})

/** Records of each topic that a processor may read; the suite says so where one is missing. */
const kindName = fc.constantFrom('niceness', 'toxicity', 'unknown')
const arbitraryRecords: Partial<Record<TopicName, fc.Arbitrary<Incoming['value']>>> = {
  'drift-reports': fc
    .record({
      id: fc.constantFrom('a', 'b', 'c', 'd'),
      kind: kindName,
      feature: fc.constantFrom('score', 'words', 'labels', 'terms'),
      method: fc.constantFrom('adwin', 'e-detector', 'psi', 'label-e-detector'),
      finding: fc.constantFrom(null, 'CLEARED', 'DOMAIN_GAP', 'NEW_WORDS'),
      effect: fc.oneof(fc.constant(null), fc.double()),
      count: fc.integer({ min: -1, max: 1000 }),
      modelVersion: fc.constantFrom('', '1', '2'),
      windowEnd: fc.integer(),
      at: fc.integer({ min: -1, max: 40_000_000 }),
    })
    .map(aDriftReport),
  labels: fc
    .record({
      id: fc.uuid(),
      contentId: fc.constantFrom('a', 'b', 'c'),
      kind: kindName,
      withdrawn: fc.boolean(),
      at: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aLabel),
  'model-promotions': fc
    .record({
      id: fc.constantFrom('a', 'b'),
      kind: kindName,
      version: fc.constantFrom('', '1', '2'),
      previous: fc.constantFrom(null, '1', '2'),
      at: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aModelPromotion),
  'feature-profiles': fc
    .record({
      kind: kindName,
      modelVersion: fc.constantFrom('1', '2'),
      firstOffset: fc.integer({ min: 0, max: 9 }),
      bins: fc.constantFrom(Buffer.alloc(0), Buffer.of(1, 1), Buffer.of(200), Buffer.of(255, 255, 3, 1)),
      slices: fc.constantFrom([], ['all']),
    })
    .map(({ bins, ...changes }) => ({ ...aFeatureProfile({ bins }), ...changes })),
  content: fc
    .record({
      id: fc.constantFrom('a', 'b', 'c'),
      action: fc.constantFrom('CREATED' as const, 'EDITED' as const, 'DELETED' as const),
      revision: fc.integer({ min: -1, max: 3 }),
      text: fc.oneof({ weight: 9, arbitrary: arbitraryText }, fc.constant('x'.repeat(1001))),
      at: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aContent),
  scores: fc
    .record({
      contentId: fc.constantFrom('a', 'b', 'c'),
      revision: fc.integer({ min: 0, max: 1 }),
      kind: fc.constantFrom('niceness', 'toxicity', 'unknown'),
      value: fc.oneof(fc.constant(null), fc.double({ min: 0, max: 1, noNaN: true })),
      label: fc.constantFrom('kind', 'unkind', 'civil', 'toxic'),
      modelVersion: fc.constantFrom('1', '2'),
      alias: fc.constantFrom('CHAMPION' as const, 'CHALLENGER' as const),
      eventAt: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aScore),
  reports: fc
    .record({
      id: fc.uuid(),
      contentId: fc.constantFrom(null, 'a', 'b'),
      draftId: fc.constantFrom(null, 'd'),
      reporter: fc.constantFrom('', 'ada', 'grace'),
      kind: kindName,
      expected: fc.oneof(fc.constant(null), fc.double()),
      at: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aReport),
  votes: fc
    .record({
      contentId: fc.constantFrom('a', 'b', 'c'),
      voter: fc.constantFrom('ada', 'grace', 'alan'),
      value: fc.integer({ min: -2, max: 2 }),
      at: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aVote),
}

describe.each([...declared, ...communityTopology])('the processor $name', declaration => {
  const missing = declaration.reads.filter(topic => arbitraryRecords[topic] === undefined)
  const arbitraryInput: fc.Arbitrary<readonly Incoming[]> = fc
    .array(
      fc.oneof(
        ...declaration.reads.flatMap(topic => {
          const records = arbitraryRecords[topic]
          return records === undefined ? [] : [records.map(value => ({ topic, value }))]
        }),
      ),
      { maxLength: 30 },
    )
    .map(records =>
      records.map(({ topic, value }, offset) => {
        const { id, contentId } = value as { id: string; contentId?: string | null }
        return { topic, partition: 0, offset, key: contentId ?? id, value, appendedAt: 20_000 }
      }),
    )
  const cuts = fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 5 })

  it('reads topics that this suite can write', () => {
    expect(missing).toEqual([])
  })

  it('decides the same again, however its input is cut, and leaves what it is given alone', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryInput, cuts, async (input, sizes) => {
        const before = structuredClone(input)
        const whole = await run(declaration, input, [Math.max(1, input.length)])
        expect(addedUp(await run(declaration, freeze(input), sizes))).toEqual(addedUp(whole))
        // Cloned once more: a clone of a buffer is none.
        expect(structuredClone(input)).toEqual(before)
      }),
      { numRuns: 50 },
    )
  })

  it('goes on from its state as JSON as if it had kept it in memory', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryInput, cuts, async (input, sizes) => {
        const kept = await run(declaration, input, sizes)
        expect(await run(declaration, input, sizes, { restarts: true })).toEqual(kept)
      }),
      { numRuns: 50 },
    )
  })

  it('writes only to topics that it declares, under a key', async () => {
    await fc.assert(
      fc.asyncProperty(arbitraryInput, cuts, async (input, sizes) => {
        const { emitted } = await run(declaration, input, sizes)
        expect(emitted.filter(({ topic }) => !declaration.writes.includes(topic))).toEqual([])
        expect(emitted.filter(({ key }) => key === '')).toEqual([])
      }),
      { numRuns: 20 },
    )
  })
})

/** Batches have profiles of their own, and however they are cut these add up to the same. */
function addedUp({ emitted, ...rest }: Awaited<ReturnType<typeof run>>) {
  const counts = new Map<string, number>()
  for (const { topic, value } of emitted) {
    if (topic !== 'feature-profiles') continue
    const cells = new Float64Array(value.features.length * value.slices.length * value.binsPerFeature)
    for (const { bins } of value.steps) expect(addBins(bins, cells)).toBe(true)
    for (const [cell, count] of cells.entries())
      if (count > 0) counts.set(`${value.kind} ${cell}`, (counts.get(`${value.kind} ${cell}`) ?? 0) + count)
  }
  return { ...rest, emitted: emitted.filter(({ topic }) => topic !== 'feature-profiles'), counts }
}

/** Runs a processor over its input in batches of these sizes, over and over; with `restarts`, in a new process for each. */
async function run(
  declaration: ProcessorDeclaration,
  input: readonly Incoming[],
  sizes: readonly number[],
  { restarts = false } = {},
) {
  const changelog: { key: string; value: Buffer | null }[] = []
  const emitted: Emitted[] = []
  const rejected: string[] = []
  /** A step after `from` records were committed; it reads again what it asks for, as a task lets it. */
  const newStep = async (from: number) => {
    const store = declaration.stateful ? new StateStore() : null
    const step = declaration.createStep(store)
    for (const { key, value } of changelog) store?.restore(key, value)
    const starts = declaration.reads.map(topic =>
      from === 0 ? from : (step.resumeFrom?.(topic, from) ?? from),
    )
    for (const part of byTopic(input.slice(Math.min(...starts), from))) await runStep(step, part)
    return { store, step }
  }
  let { store, step } = await newStep(0)
  for (let from = 0, batch = 0; from < input.length; batch++) {
    const size = sizes[batch % sizes.length]!
    for (const part of byTopic(input.slice(from, from + size))) {
      const result = await runStep(step, part)
      const first = part[0]?.offset ?? 0
      emitted.push(...result.emitted)
      rejected.push(...result.rejected.map(({ index, code, detail }) => `${first + index} ${code} ${detail}`))
    }
    changelog.push(...(store?.takeChanges() ?? []))
    from += size
    if (restarts) ({ store, step } = await newStep(from))
  }
  const states = new Map(changelog.map(({ key, value }) => [key, value?.toString('utf8') ?? null]))
  return { emitted, rejected, states }
}

/** A batch is of one topic. */
function byTopic(input: readonly Incoming[]): readonly (readonly Incoming[])[] {
  const parts: Incoming[][] = []
  for (const record of input) {
    const part = parts.at(-1)
    if (part === undefined || part[0]!.topic !== record.topic) parts.push([record])
    else part.push(record)
  }
  return parts
}

/** The same, and whoever changes anything in it is told so. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const part of Object.values(value)) freeze(part)
    Object.freeze(value)
  }
  return value
}
