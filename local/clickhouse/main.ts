/**
 * The embedded ClickHouse as a process of its own:
 *
 *     node dist/local/clickhouse/main.js --port 8123 --data-dir DIR [--parent-pipe] [--queries-at-once N]
 *
 * One JSON line on standard output says `{"ready":true,"port":N}`, or `{"ready":false,"code":"NICR_…","detail":"…"}` and
 * the process exits with 1. SIGTERM and SIGINT stop it in order; with --parent-pipe so does the end of standard input,
 * which comes even when the parent is killed.
 */
import { parseArgs } from 'node:util'
import { NicrError } from '../../schemas/errors.ts'
import { startClickHouseEndpoint } from './server.ts'

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8123' },
    'data-dir': { type: 'string' },
    'parent-pipe': { type: 'boolean', default: false },
    'queries-at-once': { type: 'string' },
  },
})

try {
  const endpoint = await startClickHouseEndpoint(readOptions())
  let stopping = false
  const stop = () => {
    if (stopping) return
    stopping = true
    void endpoint.close().then(() => process.exit(0))
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  if (values['parent-pipe']) process.stdin.on('end', stop).on('error', stop).resume()
  report({ ready: true, port: endpoint.port })
} catch (error) {
  if (!(error instanceof NicrError)) throw error
  report({ ready: false, code: error.code, detail: error.message })
  process.exitCode = 1
}

function readOptions(): Parameters<typeof startClickHouseEndpoint>[0] {
  const port = Number(values.port)
  const queriesAtOnceMax = Number(values['queries-at-once'] ?? 1)
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new NicrError('NICR_CONFIG_INVALID', `--port must be a number from 0 to 65535, not ${values.port}`)
  }
  if (!Number.isInteger(queriesAtOnceMax) || queriesAtOnceMax < 1) {
    throw new NicrError('NICR_CONFIG_INVALID', '--queries-at-once must be a whole number from 1')
  }
  const dataDir = values['data-dir']
  if (dataDir === undefined)
    throw new NicrError('NICR_CONFIG_INVALID', '--data-dir DIR is missing: where the tables are kept')
  return { port, dataDir, ...(values['queries-at-once'] === undefined ? {} : { queriesAtOnceMax }) }
}

function report(line: { ready: true; port: number } | { ready: false; code: string; detail: string }): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
