import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compileSchema, createEncoder } from '../../../schemas/codec.ts'
import type { Content } from '../../../schemas/records.ts'
import { schemaOf, subjectOf } from '../../../schemas/topics.ts'
import { type FaultRun, startFaultRun } from '../../support/faults/fault-run.ts'
import { SETTLED_MS } from '../../support/faults/settled.ts'
import { TEXT_LENGTH_MAX } from '../../support/faults/traffic.ts'
import { isFull } from '../../support/full.ts'
import { type PartProxy, type ProxyMode, startHttpProxy } from '../../support/proxy.ts'
import { aContent } from '../../support/records.ts'
import { sharedStack, stackMissing } from '../../support/stack.ts'
import { until } from '../../support/until.ts'

/** How long a part stays away, ms. */
const AWAY_MS = isFull ? 120_000 : 3_000
const RECORDS = isFull ? 600 : 200
/** Contents of full length that heap up while ClickHouse is away. */
const BACKLOG = isFull ? 10_000 : 600
/** And while it is slow: every 40 records wait for its answer, so these are a minute of waiting. */
const SLOW_BACKLOG = isFull ? 4_000 : 600
const POISON_IN_A_ROW = isFull ? 400 : 60
const REJECTED_IN_A_ROW_MAX = POISON_IN_A_ROW / 4
/**
 * A process with every model and the sink takes some 200 MiB. With a long backlog each of its thirteen groups holds up to 8 MiB that
 * were fetched, twice where some are worked on while the next are under way; 465 were seen after ClickHouse had been away for six minutes.
 */
const PEAK_MIB_MAX = isFull ? 600 : 450
const TEST_MS = SETTLED_MS + (isFull ? 600_000 : 60_000)

/** Parts that Nicr needs and that go away, come back or become slow, and producers that write nothing but rubbish. */
describe.skipIf(stackMissing() !== null)('Nicr beside parts under fault', () => {
  let run: FaultRun
  let registry: PartProxy
  let clickhouse: PartProxy
  beforeAll(async () => {
    const { registryUrl, clickhouseUrl } = sharedStack()
    const proxies = await Promise.all([startHttpProxy(registryUrl), startHttpProxy(clickhouseUrl)])
    ;[registry, clickhouse] = proxies
    const [{ url: SCHEMA_REGISTRY_URL }, { url: CLICKHOUSE_URL }] = proxies
    run = await startFaultRun({ processes: { SCHEMA_REGISTRY_URL, CLICKHOUSE_URL } })
    run.fleet.start()
  })
  afterAll(async () => {
    await run?.close()
    await registry?.close()
    await clickhouse?.close()
  })

  it(
    'waits for a registry that is away, also where it starts meanwhile and where a schema is new',
    async () => {
      const { fleet, traffic, progress } = run
      await traffic.write(RECORDS)
      await progress.scoredFurther(RECORDS, 'it is at work')
      const modes: ProxyMode[] = isFull ? ['refuse', 'failing', 'silent'] : ['refuse']
      for (const [index, mode] of modes.entries()) {
        registry.switchTo(mode)
        await traffic.send(await underNewSchema(`${mode}`, index))
        traffic.flow(50)
        await fleet.kill(fleet.living[0]!)
        fleet.start()
        await asked(registry, `the registry, ${mode}`)
        registry.switchTo('open')
        await run.recovered(`a registry that is away (${mode})`)
      }
    },
    TEST_MS,
  )

  it(
    'waits for a ClickHouse that is away, and heaps nothing up',
    async () => {
      const { traffic } = run
      const modes: ProxyMode[] = isFull ? ['refuse', 'silent', 'deaf'] : ['refuse']
      for (const mode of modes) {
        clickhouse.switchTo(mode)
        await traffic.send(longContents(mode, BACKLOG / modes.length))
        traffic.flow(50)
        await asked(clickhouse, `ClickHouse, ${mode}`)
        clickhouse.switchTo('open')
        await run.recovered(`a ClickHouse that is away (${mode})`)
      }
      expectBoundedMemory()
    },
    TEST_MS,
  )

  it(
    'waits for a ClickHouse that is slow, and heaps nothing up',
    async () => {
      clickhouse.switchTo('slow')
      await run.traffic.send(longContents('slow', SLOW_BACKLOG))
      await run.recovered('a slow ClickHouse')
      clickhouse.switchTo('open')
      expectBoundedMemory()
    },
    TEST_MS,
  )

  it(
    'buries a flood of poison record by record, and stops where there is no end of it',
    async () => {
      const { fleet, traffic } = run
      const flood = Array.from({ length: POISON_IN_A_ROW }, (_, index) => ({
        topic: index % 2 === 0 ? ('content' as const) : ('votes' as const),
        key: 'flood',
        value: Buffer.from(`poison ${index}`),
      }))
      await traffic.send(flood)
      await traffic.write(RECORDS)
      await run.recovered('a flood of poison')
      await Promise.all(fleet.living.map(member => fleet.stop(member)))
      await traffic.send(flood)
      await traffic.write(RECORDS)
      fleet.start(['process'], { NICR_DEAD_LETTERS_IN_A_ROW: String(REJECTED_IN_A_ROW_MAX) })
      await until('it stops', () => fleet.deaths.length > 0, SETTLED_MS)
      expect(fleet.deaths.splice(0).join()).toContain('NICR_DEAD_LETTER_BUDGET')
      // Somebody has looked at them, and lets them pass.
      fleet.start()
      await run.recovered('a flood of poison that stops a process')
    },
    TEST_MS,
  )

  /** Waits until a part has been away long enough, and was asked meanwhile. */
  async function asked(part: PartProxy, name: string): Promise<void> {
    const awayAt = performance.now()
    await until(
      `${name}, was asked for`,
      () => part.connections > 0 && performance.now() - awayAt > AWAY_MS,
      AWAY_MS + SETTLED_MS,
    )
  }

  function expectBoundedMemory(): void {
    const peak = run.fleet.measureAll()
    console.info(`the most that a process took so far: ${peak.toFixed(0)} MiB`)
    expect(peak).toBeLessThan(PEAK_MIB_MAX)
  }

  /** A content whose schema nobody has seen before: a field of the platform's own. */
  async function underNewSchema(name: string, index: number) {
    const { nicr } = run
    const own = schemaOf('content') as { fields: object[] }
    const added = { name: `platform${index}`, type: 'string', default: '' }
    const schema = { ...own, fields: [...own.fields, added] }
    const id = await nicr.registry.register(subjectOf(nicr.fullName('content')), schema)
    const encode = createEncoder<Content>(compileSchema(schema as never), id)
    const key = `new-schema-${name}`
    const value = encode({ ...aContent({ id: key }), [added.name]: 'elsewhere' } as Content)
    return [{ topic: 'content' as const, key, value }]
  }
})

function longContents(name: string, count: number) {
  return Array.from({ length: Math.floor(count) }, (_, index) => {
    const id = `long-${name}-${index}`
    const text = `thank you ${index}, this is not as stupid as it looks; `
      .repeat(20)
      .slice(0, TEXT_LENGTH_MAX)
    return { topic: 'content' as const, key: id, value: aContent({ id, text }) }
  })
}
