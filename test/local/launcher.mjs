// Starts the stack from the compiled program and holds it until it is killed.
// Arguments: the data directory, and the parts with commas between. Prints one JSON line: the parts.
import { startStack } from '../../dist/local/stack.js'
import { readConfig } from '../../dist/pipelines/config.js'

const [dataDir, only] = process.argv.slice(2)
const config = readConfig({
  NICR_DATA_DIR: dataDir,
  NICR_KAFKA_PORT: '0',
  NICR_REGISTRY_PORT: '0',
  NICR_CLICKHOUSE_PORT: '0',
})
const stack = await startStack(config, { only: only.split(','), report: () => {} })
console.log(JSON.stringify(stack.parts))
setInterval(() => {}, 1_000_000)
