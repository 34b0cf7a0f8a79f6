import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { openTracing } from '../../pipelines/runtime/open-tracing.ts'
import { openKeyStore } from '../../serving/keys.ts'
import { findAddresses } from '../addresses.ts'
import { reportStop } from '../failure.ts'
import { openImageLooks } from '../image-looks.ts'
import { createLog, createServices, followChampions } from '../services.ts'
import { startServing } from '../serving.ts'
import { nextStopSignal } from '../signals.ts'

export function addServeCommand(program: Command): void {
  program
    .command('serve')
    .description('run a server replica alone: websocket, HTTP API, pages')
    .action(serveUntilStopped)
}

async function serveUntilStopped(): Promise<void> {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel ?? 'info')
  const addresses = findAddresses(config)
  const services = createServices(config, addresses, log, await openTracing(config.tracing, log))
  const stopSignal = nextStopSignal()
  try {
    const champions = await followChampions(services, { challengers: false })
    // Beside a running `nicr up` its development key holds here too.
    const keys = openKeyStore({
      keysFile: config.access.keysFile,
      devKey: config.embedded.devKey ?? services.addresses.key,
    })
    let fail: (error: unknown) => void = () => undefined
    const failed = new Promise<{ error: unknown }>(resolve => {
      fail = error => resolve({ error })
    })
    const looks = await openImageLooks(services, champions)
    const serving = await startServing(services, {
      champions,
      lookWithin: looks.lookWithin,
      keys,
      onFailed: fail,
    })
    process.stdout.write(`server ${serving.url}\n`)
    const ended = await Promise.race([stopSignal, failed])
    if (typeof ended !== 'string') reportStop(services.log, 'serve', ended.error)
    await serving.stop()
    await looks.close()
    await champions.close()
  } finally {
    await services.close()
  }
}
