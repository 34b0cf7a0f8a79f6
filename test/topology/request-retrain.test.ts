import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MemoryDriver } from '../../pipelines/runtime/memory/memory-driver.ts'
import { declareProcessor, observed } from '../../pipelines/runtime/processor-declaration.ts'
import { REQUEST_RETRAIN, requestRetrain } from '../../processors/request-retrain/request-retrain.ts'
import type { RetrainRequest } from '../../schemas/records.ts'
import { START } from '../simulation/community.ts'
import { KafkaDriver } from '../support/kafka-driver.ts'
import {
  aCondition,
  alarm,
  aPolicy,
  cleared,
  DAY,
  HOUR,
  label,
  promotion,
  type RetrainInput,
  T0,
} from '../support/retraining.ts'
import { stackMissing } from '../support/stack.ts'
import type { TopologyDriver } from '../support/topology-driver.ts'

/** `request-retrain` as it runs: through tasks, changelog and Avro, in memory with crashes and on a real broker. */

const policies = [
  aPolicy({ when: aCondition({ reportsMin: 2, endsAfterMs: 6 * HOUR }) }),
  aPolicy({ name: 'strong', when: aCondition({ methods: { adwin: 0.6 } }), coolDownMs: 3 * HOUR }),
  aPolicy({ name: 'labels', when: { on: 'labelVolume', labelsMin: 3 } }),
  aPolicy({ name: 'age', when: { on: 'age', ageMsMin: 8 * HOUR }, lapsesMs: 4 * HOUR }),
]
const declaration = declareProcessor(requestRetrain({ policies: { niceness: policies, toxicity: policies } }))

const pipeAll = async (driver: TopologyDriver | MemoryDriver, input: readonly RetrainInput[]) => {
  for (const record of input) await pipe(driver, record)
}

function pipe(driver: TopologyDriver | MemoryDriver, { topic, key, value }: RetrainInput) {
  return driver.pipe(topic, key ?? '', value as never)
}

/** The requests on the topic, in order. */
async function requestsOn(driver: TopologyDriver | MemoryDriver): Promise<RetrainRequest[]> {
  return (await driver.read('retrain-requests')).map(({ value }) => value)
}

const kind = fc.constantFrom('niceness', 'toxicity', 'unknown')
const at = fc.integer({ min: -HOUR, max: 24 * HOUR })
const arbitraryReport: fc.Arbitrary<RetrainInput> = fc
  .record({
    at,
    isEnd: fc.boolean(),
    feature: fc.constantFrom('words', 'urls'),
    effect: fc.constantFrom(null, 0.1, 0.4, -0.7),
    kind,
    modelVersion: fc.constantFrom('1', '1', '1', '2'),
  })
  .map(({ at: time, isEnd, ...changes }) => (isEnd ? cleared : alarm)(time, changes))
const arbitraryInput: fc.Arbitrary<RetrainInput> = fc.oneof(
  { weight: 6, arbitrary: arbitraryReport },
  { weight: 3, arbitrary: fc.tuple(at, kind).map(([time, of]) => label(time, { kind: of })) },
  {
    weight: 1,
    arbitrary: fc.tuple(at, kind).map(([time, of]) => promotion(time, { kind: of, previous: '1' })),
  },
)
/** With a clock past the events, which would be bounded by it otherwise. */
function driverOf(recordsMax: number, topology = [declaration]): MemoryDriver {
  const driver = new MemoryDriver({ topology, partitions: 1, recordsMax })
  driver.advanceTime(T0 + 2 * DAY - START)
  return driver
}

describe('request-retrain in memory', () => {
  it('writes the same requests wherever the process crashes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryInput, { minLength: 1, maxLength: 40 }),
        fc.array(fc.nat({ max: 3 }), { maxLength: 8 }),
        async (input, crashes) => {
          const calm = driverOf(100)
          const crashing = driverOf(100)
          const pending = [...crashes]
          for (const record of input) {
            await pipe(calm, record)
            await calm.drain()
            await pipe(crashing, record)
            if (pending[0] !== undefined && pending[0]-- === 0) {
              pending.shift()
              crashing.crashAfter(0)
              await expect(crashing.drain()).rejects.toThrow('crashed')
              crashing.restart()
            }
            await crashing.drain()
          }
          expect(await requestsOn(crashing)).toEqual(await requestsOn(calm))
        },
      ),
      { numRuns: 60 },
    )
  })

  it('writes the same requests however reports are cut into batches, each id once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(arbitraryReport, { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 9 }),
        fc.nat({ max: 12 }),
        async (input, recordsMax, crashAfter) => {
          const whole = driverOf(1000)
          await pipeAll(whole, input)
          await whole.drain()
          const cut = driverOf(recordsMax)
          await pipeAll(cut, input)
          cut.crashAfter(crashAfter)
          await cut.drain().catch(() => cut.restart())
          await cut.drain()
          const requests = await requestsOn(whole)
          expect(await requestsOn(cut)).toEqual(requests)
          expect(new Set(requests.map(({ id }) => id)).size).toBe(requests.length)
        },
      ),
      { numRuns: 60 },
    )
  })

  it('asks when another kind’s records move the time, with none of its own', async () => {
    const driver = driverOf(100)
    await pipeAll(driver, [alarm(0), alarm(1, { kind: 'toxicity' })])
    await driver.drain()
    expect(await requestsOn(driver)).toEqual([])
    await pipe(driver, alarm(8 * HOUR, { kind: 'toxicity', drifted: false }))
    await driver.drain()
    const asked = (await requestsOn(driver)).map(request => [request.kind, request.policy])
    expect(asked).toContainEqual(['niceness', 'age'])
  })

  it('writes nothing in a dry run, and says the same', async () => {
    const said: RetrainRequest[] = []
    const own = { niceness: [aPolicy()] }
    const dry = observed(declareProcessor(requestRetrain({ policies: own, dryRun: true })), {
      onEmitted: ({ value }) => said.push(value as RetrainRequest),
      withhold: true,
    })
    const input = [alarm(0), alarm(2 * HOUR), cleared(3 * HOUR), alarm(4 * HOUR)]
    const written: RetrainRequest[][] = []
    for (const one of [dry, declareProcessor(requestRetrain({ policies: own }))]) {
      const driver = driverOf(100, [one])
      await pipeAll(driver, input)
      await driver.drain()
      written.push(await requestsOn(driver))
    }
    expect(written[0]).toEqual([])
    expect(said.length).toBe(2)
    expect(said).toEqual(written[1])
  })
})

const missing = stackMissing()

describe.skipIf(missing !== null)(
  `request-retrain on Kafka${missing === null ? '' : ` (skipped: ${missing})`}`,
  () => {
    let driver: KafkaDriver
    beforeAll(async () => {
      driver = await KafkaDriver.start({ topology: [declaration], partitions: 1 })
    })
    afterAll(() => driver?.close())

    it('asks once for a drift that goes on, over a restart, and keeps labels of any content together', async () => {
      await pipeAll(driver, [alarm(0), alarm(1)])
      await driver.drain()
      await driver.restart()
      await pipeAll(driver, [alarm(2), ...['a', 'b', 'c'].map(contentId => label(3, { contentId }))])
      await driver.drain()
      const requests = await driver.read('retrain-requests')
      expect(requests.map(({ key, value }) => [key, value.policy, value.by])).toEqual([
        ['niceness', 'drift', REQUEST_RETRAIN],
        ['niceness', 'labels', REQUEST_RETRAIN],
      ])
      expect(await driver.readRaw('dead-letters')).toEqual([])
    })
  },
)
