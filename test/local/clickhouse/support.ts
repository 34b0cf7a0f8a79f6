import { mkdtempSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ClickHouseEndpoint, startClickHouseEndpoint } from '../../../local/clickhouse/server.ts'

/** Whether the optional engine is installed; without it these tests are skipped where everybody sees it. */
export const engineMissing = !isInstalled('chdb')

export type TestEndpoint = { url: string; port: number; dataDir: string; close: () => Promise<void> }

/** The endpoint in this process, on a free port and a directory that goes with it. */
export async function startTestEndpoint(): Promise<TestEndpoint> {
  const dataDir = mkdtempSync(join(tmpdir(), 'nicr-clickhouse-'))
  const endpoint: ClickHouseEndpoint = await startClickHouseEndpoint({ port: 0, dataDir })
  return {
    url: `http://127.0.0.1:${endpoint.port}`,
    port: endpoint.port,
    dataDir,
    async close() {
      await endpoint.close()
      rmSync(dataDir, { recursive: true, force: true })
    },
  }
}

function isInstalled(packageName: string): boolean {
  try {
    createRequire(import.meta.url).resolve(packageName)
    return true
  } catch {
    return false
  }
}
