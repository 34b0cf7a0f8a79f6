import { Argument, type Command } from 'commander'
import type { Champions } from '../../pipelines/champions.ts'
import { readConfig } from '../../pipelines/config.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { SINK_NAME } from '../../pipelines/runtime/kafka/sink-runner.ts'
import { openTracing } from '../../pipelines/runtime/open-tracing.ts'
import type { Monitor } from '../../serving/monitor.ts'
import { findAddresses } from '../addresses.ts'
import { reportStop } from '../failure.ts'
import { openImageLooks } from '../image-looks.ts'
import { openMonitor, STARTING } from '../monitor.ts'
import { groupsReady, modelsReady, outsideReady } from '../readiness.ts'
import {
  createLog,
  createServices,
  followChampions,
  type Processing,
  processorNames,
  startProcessing,
} from '../services.ts'
import { nextStopSignal } from '../signals.ts'

export function addProcessCommand(program: Command): void {
  program
    .command('process')
    .description('run processors (all of them, and the ClickHouse sink, without names) until stopped')
    .addArgument(new Argument('[names...]', 'which processors').choices(processorNames()))
    .action(async (names: readonly string[]) =>
      processUntilStopped(names.length === 0 ? processorNames() : names),
    )
}

async function processUntilStopped(names: readonly string[]): Promise<void> {
  const config = readConfig(process.env)
  const log = createLog(config.logLevel ?? 'info')
  const addresses = findAddresses(config)
  const services = createServices(config, addresses, log, await openTracing(config.tracing, log))
  const stopSignal = nextStopSignal()
  let started: { readonly champions: Champions; readonly processing: Processing } | null = null
  const needed = names.includes(SINK_NAME) ? ['kafka', 'clickhouse'] : ['kafka']
  let monitor: Monitor | null = null
  try {
    monitor = await openMonitor(services, async () => [
      ...(await outsideReady(services, needed)),
      ...(started === null
        ? [STARTING]
        : [...modelsReady(started.champions), ...groupsReady(services, started.processing)]),
    ])
    const champions = await followChampions(services, { processors: names, challengers: true })
    let fail: (failure: { name: string; error: unknown }) => void = () => undefined
    const failed = new Promise<{ name: string; error: unknown }>(resolve => {
      fail = resolve
    })
    const looks = scoresImages(names) ? await openImageLooks(services, champions) : null
    const processing = await startProcessing(services, champions, {
      names,
      ...(looks && { look: looks.look }),
      onFailed: (name, error) => fail({ name, error }),
    })
    started = { champions, processing }
    services.log.info({ processors: names }, 'processing')
    const ended = await Promise.race([stopSignal, failed])
    if (typeof ended !== 'string') reportStop(services.log, ended.name, ended.error)
    await processing.stop()
    await looks?.close()
    await champions.close()
  } finally {
    await monitor?.close()
    await services.close()
  }
}

function scoresImages(names: readonly string[]): boolean {
  return Object.values(kinds).some(
    ({ input, processorName }) => input === 'IMAGE' && names.includes(processorName),
  )
}
