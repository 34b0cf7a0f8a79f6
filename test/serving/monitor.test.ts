import { Counter, Registry } from 'prom-client'
import { afterEach, describe, expect, it } from 'vitest'
import { type Monitor, startMonitor } from '../../serving/monitor.ts'
import type { PartReadiness } from '../../serving/ports.ts'
import { watchReadiness } from '../../serving/readiness.ts'

describe('readiness', () => {
  it('is of the parts that are needed; the others are told', async () => {
    const look = watchReadiness(
      async () => [
        { part: 'kafka', ready: true, detail: 'answers' },
        { part: 'clickhouse', ready: false, needed: false, detail: 'refused' },
      ],
      () => 0,
    )
    expect(await look()).toMatchObject({
      ready: true,
      parts: [
        { part: 'kafka', needed: true },
        { part: 'clickhouse', ready: false, needed: false },
      ],
    })
  })

  it('says since when a part is as it is', async () => {
    let now = Date.UTC(2026, 0, 1)
    let ready = true
    const look = watchReadiness(
      async () => [{ part: 'kafka', ready, detail: '' }],
      () => now,
    )
    const since = async () => (await look()).parts[0]?.since
    expect(await since()).toBe('2026-01-01T00:00:00.000Z')
    now += 60_000
    expect(await since()).toBe('2026-01-01T00:00:00.000Z')
    ready = false
    expect(await since()).toBe('2026-01-01T00:01:00.000Z')
    now += 60_000
    expect(await since()).toBe('2026-01-01T00:01:00.000Z')
  })

  it('asks the parts once for all who ask meanwhile', async () => {
    const asked: ((parts: PartReadiness[]) => void)[] = []
    const look = watchReadiness(
      () => new Promise(resolve => asked.push(resolve)),
      () => 0,
    )
    const both = [look(), look()]
    asked[0]!([])
    await Promise.all(both)
    expect(asked).toHaveLength(1)
    void look()
    expect(asked).toHaveLength(2)
  })
})

describe('the monitor of a process without a server', () => {
  let monitor: Monitor
  afterEach(() => monitor.close())

  async function start(parts: readonly PartReadiness[] = []): Promise<void> {
    const metrics = new Registry()
    new Counter({ name: 'nicr_test_total', help: 'A count.', registers: [metrics] }).inc(3)
    monitor = await startMonitor({
      host: '127.0.0.1',
      port: 0,
      metrics,
      readiness: watchReadiness(async () => parts, Date.now),
    })
  }

  it('is alive, and serves metrics in Prometheus’ format', async () => {
    await start()
    expect(await (await fetch(`${monitor.url}/livez`)).json()).toEqual({ alive: true })
    const answer = await fetch(`${monitor.url}/metrics?x=1`)
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=/)
    expect(await answer.text()).toContain('nicr_test_total 3')
  })

  it('answers 503 with what is not ready, where it is needed', async () => {
    await start([{ part: 'score-niceness', ready: false, detail: 'has not joined its group yet' }])
    const answer = await fetch(`${monitor.url}/readyz`)
    expect(answer.status).toBe(503)
    expect(await answer.json()).toMatchObject({
      ready: false,
      parts: [{ part: 'score-niceness', detail: 'has not joined its group yet' }],
    })
  })

  it('knows nothing else, and takes nothing', async () => {
    await start()
    expect((await fetch(`${monitor.url}/`)).status).toBe(404)
    expect((await fetch(`${monitor.url}/constructor`)).status).toBe(404)
    expect((await fetch(`${monitor.url}/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
  })

  it('says which setting to change where its port is taken', async () => {
    await start()
    const port = Number(new URL(monitor.url).port)
    const second = startMonitor({
      host: '127.0.0.1',
      port,
      metrics: new Registry(),
      readiness: watchReadiness(async () => [], Date.now),
    })
    await expect(second).rejects.toThrow(/NICR_METRICS_PORT/)
  })
})
