/** How a launcher starts the embedded ClickHouse as a process of its own. */
import { packagePath } from '../../schemas/package-root.ts'

/** libuv's threads, for queries and for files. Node reads their number from the environment once, before any code of ours runs. */
const threads = 16
const threadsForFiles = 4

/**
 * The program and its arguments. `env` sets the variable and becomes the process, so the process id stays. Standard
 * input must be a pipe that the launcher holds open: when it ends, so does the endpoint.
 */
export function clickHouseCommand(options: { port: number; dataDir: string }): string[] {
  const main = packagePath('dist', 'local', 'clickhouse', 'main.js')
  const listen = ['--port', String(options.port), '--data-dir', options.dataDir, '--parent-pipe']
  const limits = ['--queries-at-once', String(threads - threadsForFiles)]
  return ['/usr/bin/env', `UV_THREADPOOL_SIZE=${threads}`, process.execPath, main, ...listen, ...limits]
}
