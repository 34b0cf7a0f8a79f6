import { Gauge, type Registry } from 'prom-client'
import type { ClickHouse } from '../clickhouse.ts'
import { within } from './within.ts'

interface Disk {
  readonly name: string
  readonly free: number
  readonly total: number
}

/** Disks fill slowly: they are asked about once a minute, however often metrics are read. */
const ASK_EVERY_MS = 60_000
/** A scrape waits this long at most; what is not known then is left out. */
const ANSWER_MS = 1_000

/** How full ClickHouse's disks are. Without an answer there are no series: that ClickHouse is away is told elsewhere. */
export function watchDisks(registry: Registry, clickhouse: Pick<ClickHouse, 'query'>): void {
  let known: { readonly disks: Promise<readonly Disk[]>; readonly askedAt: number } | null = null
  const ask = (): Promise<readonly Disk[]> => {
    if (known === null || performance.now() - known.askedAt >= ASK_EVERY_MS)
      known = { disks: readDisks(clickhouse).catch(() => []), askedAt: performance.now() }
    return known.disks
  }
  const declare = (
    column: 'free' | 'total',
    { name, help }: { readonly name: string; readonly help: string },
  ): void => {
    new Gauge({
      registers: [registry],
      name,
      help,
      labelNames: ['disk'],
      async collect() {
        const disks = await within(ANSWER_MS, ask(), () => new Error('late')).catch(() => [])
        this.reset()
        for (const disk of disks) this.set({ disk: disk.name }, disk[column])
      },
    })
  }
  declare('free', { name: 'nicr_clickhouse_disk_free_bytes', help: 'Room left on a disk of ClickHouse.' })
  declare('total', { name: 'nicr_clickhouse_disk_total_bytes', help: 'Size of a disk of ClickHouse.' })
}

async function readDisks(clickhouse: Pick<ClickHouse, 'query'>): Promise<readonly Disk[]> {
  const rows = await clickhouse.query<{ name: string; free: string; total: string }>(
    'SELECT name, toString(free_space) AS free, toString(total_space) AS total FROM system.disks',
  )
  return rows.map(({ name, free, total }) => ({ name, free: Number(free), total: Number(total) }))
}
