import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kinds } from '../../pipelines/kinds.ts'
import { loadModel } from '../../pipelines/model-registry.ts'
import type { ProcessorDeclaration } from '../../pipelines/runtime/processor-declaration.ts'
import { StateStore } from '../../pipelines/runtime/state-store.ts'
import { topology } from '../../pipelines/topology.ts'
import type { Emitted, Incoming } from '../../processors/processor.ts'
import type { Model } from '../../processors/scorer.ts'
import type { TopicName } from '../../schemas/topics.ts'
import { communityTopology } from '../simulation/community.ts'
import { arbitraryText } from '../support/arbitrary-text.ts'
import { aContent, aVote } from '../support/records.ts'

/** What every processor keeps, those of the topology and those of the tests. A new one is covered by being declared. */

const models = new Map<string, Model<unknown, unknown>>()
const declared = topology({ modelOf: ({ kind }) => models.get(kind)!, textLengthMax: 1000, now: () => 0 })

beforeAll(async () => {
  for (const { kind } of Object.values(kinds)) models.set(kind, await loadModel(`${kind}@champion`))
})
afterAll(async () => {
  for (const model of models.values()) await model.close()
})

/** Records of each topic that a processor may read; the suite says so where one is missing. */
const arbitraryRecords: Partial<Record<TopicName, fc.Arbitrary<Incoming['value']>>> = {
  content: fc
    .record({
      id: fc.constantFrom('a', 'b', 'c'),
      action: fc.constantFrom('CREATED' as const, 'EDITED' as const, 'DELETED' as const),
      revision: fc.integer({ min: -1, max: 3 }),
      text: fc.oneof({ weight: 9, arbitrary: arbitraryText }, fc.constant('x'.repeat(1001))),
      at: fc.integer({ min: 0, max: 10_000 }),
    })
    .map(aContent),
  votes: fc
    .record({
      contentId: fc.constantFrom('a', 'b', 'c'),
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
        const { id, contentId } = value as { id: string; contentId?: string }
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
        expect(await run(declaration, freeze(input), sizes)).toEqual(whole)
        expect(input).toEqual(before)
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
  const newStep = () => {
    const store = declaration.stateful ? new StateStore() : null
    for (const { key, value } of changelog) store?.restore(key, value)
    return { store, step: declaration.createStep(store) }
  }
  let { store, step } = newStep()
  for (let from = 0, batch = 0; from < input.length; batch++) {
    const size = sizes[batch % sizes.length]!
    const result = await step.run(input.slice(from, from + size))
    emitted.push(...result.emitted)
    rejected.push(...result.rejected.map(({ index, code, detail }) => `${from + index} ${code} ${detail}`))
    changelog.push(...(store?.takeChanges() ?? []))
    from += size
    if (restarts) ({ store, step } = newStep())
  }
  const states = new Map(changelog.map(({ key, value }) => [key, value?.toString('utf8') ?? null]))
  return { emitted, rejected, states }
}

/** The same, and whoever changes anything in it is told so. */
function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Buffer.isBuffer(value)) {
    for (const part of Object.values(value)) freeze(part)
    Object.freeze(value)
  }
  return value
}
