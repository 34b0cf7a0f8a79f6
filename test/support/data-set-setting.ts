import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildDataSet } from '../../jobs/data-set/build-data-set.ts'
import type { DataSet } from '../../jobs/data-set/data-set.ts'
import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { dropDatabase, newMigratedClickHouse } from './clickhouse.ts'
import { createCommunity, createStorage, DAY, labelsOf, votesOn } from './stored-community.ts'

/** A community of 500 contents, 120 of them labelled, in a database of its own, and data sets of it. */

export const now = Date.now()
/** Since when readers have their accounts. */
export const old = now - 400 * DAY
export const kind = kindNamed('niceness')

export interface Setting {
  readonly clickhouse: ClickHouse
  readonly dataDir: string
  readonly store: ReturnType<typeof createStorage>
  build(changes?: Partial<Parameters<typeof buildDataSet>[0]>): Promise<DataSet>
}

export async function createSetting(): Promise<Setting & { close(): Promise<void> }> {
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

export const community = createCommunity(7, { contents: 500, now })
export const { truth } = community
export const idsOf = (from: number, to: number) => community.contents.slice(from, to).map(({ id }) => id)
const labelled = idsOf(0, 120)
const readers = Array.from({ length: 60 }, (_, i) => `reader${i}`)
export const threeOf = (i: number) => [0, 1, 2].map(k => readers[(3 * i + k) % readers.length]!)
/** Three readers of each content vote as they should. */
export const honestVotes = idsOf(0, 300).flatMap((id, i) =>
  truth.get(id) === 5 ? [] : votesOn(id, truth.get(id)! > 5 ? 1 : -1, threeOf(i), old),
)

export async function storeCommunity({ store }: Setting) {
  await store('content', community.contents)
  await store('scores', community.scores)
  await store('labels', labelsOf(labelled, truth))
}
