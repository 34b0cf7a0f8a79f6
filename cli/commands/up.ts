import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { assertPortFree, loopback } from '../../local/ports.ts'
import { type PartName, progressPrinter } from '../../local/progress.ts'
import { readRunning, removeRunning, writeRunning } from '../../local/running.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import { type Config, readConfig } from '../../pipelines/config.ts'
import { kinds } from '../../pipelines/kinds.ts'
import { registryOf, resolveModel } from '../../pipelines/model-registry.ts'
import { removeDeadMembers } from '../../pipelines/runtime/kafka/stale-members.ts'
import { openTracing } from '../../pipelines/runtime/open-tracing.ts'
import { NicrError } from '../../schemas/errors.ts'
import { developmentKey, openKeyStore } from '../../serving/keys.ts'
import { addressesFrom } from '../addresses.ts'
import { applyAll, summarise } from '../apply.ts'
import { failureText, reportFailure } from '../failure.ts'
import { openImageLooks } from '../image-looks.ts'
import { createRetraining, RETRAIN_NAME } from '../retraining.ts'
import { createLog, createServices, followChampions, processorNames, startProcessing } from '../services.ts'
import { startServing } from '../serving.ts'
import { nextStopSignal } from '../signals.ts'

const PARTS: readonly PartName[] = ['kafka', 'registry', 'clickhouse']
/** Partitions of the data topics in the embedded default: enough to see scale-out, few enough for a laptop. */
const EMBEDDED_PARTITIONS = 4
const CLIENT_ID = 'nicr-up'

export function addUpCommand(program: Command): void {
  program
    .command('up')
    .description(
      'start everything: the parts without a URL, topics, schemas and tables, processors, sink and server',
    )
    .option(
      '--only <parts>',
      'start some parts alone: kafka, registry, clickhouse (commas between)',
      parseParts,
    )
    .action(async ({ only }: { only?: readonly PartName[] }) => up(readConfig(process.env), only))
}

async function up(config: Config, only: readonly PartName[] | undefined): Promise<void> {
  const startedAt = performance.now()
  const abort = new AbortController()
  const stopped = nextStopSignal({ followParent: config.startedByNpm }).then(signal => {
    abort.abort(signal)
    return signal
  })
  await checkServerPort(config, only)
  // A kind without any version is known before a minute of starting.
  if (only === undefined)
    await Promise.all(Object.keys(kinds).map(kind => resolveModel(kind, registryOf(config))))
  const stack = await startStack(config, {
    report: progressPrinter(process.stdout),
    signal: abort.signal,
    ...(only === undefined ? {} : { only }),
  }).catch(error => {
    if (!abort.signal.aborted) throw error
    return null
  })
  if (stack === null) return print('stopped')
  const undo: (() => Promise<void>)[] = [() => stack.stop()]
  let failure: NicrError | null = null
  const partFailed = new Promise<NicrError>(resolve =>
    stack.onPartFailed((name, detail) =>
      resolve(new NicrError('NICR_PART_FAILED', `${name} ended: ${detail}`)),
    ),
  )
  try {
    if (only === undefined) await startNicr(config, stack, undo, abort.signal)
    else {
      const key = developmentKey({ dataDir: config.dataDir, configured: config.embedded.devKey })
      writeRunning(config.dataDir, { ...addressesOf(stack), key })
      print(`key        ${key} (development key, every role; \`nicr serve\` on this data directory takes it)`)
      print(`ready      ${only.join(', ')} after ${seconds(startedAt)}; Ctrl-C stops`)
    }
    if (only === undefined) print(`ready      after ${seconds(startedAt)}; Ctrl-C stops`)
    const ended = await Promise.race([stopped, partFailed])
    failure = typeof ended === 'string' ? null : ended
    print(`${typeof ended === 'string' ? ended : 'a part ended'}: stopping`)
  } catch (error) {
    if (!abort.signal.aborted) throw error
  } finally {
    removeRunning(config.dataDir)
    for (const step of undo.reverse())
      await step().catch(error => process.stderr.write(`${failureText(error)}\n`))
  }
  print('stopped')
  // Last, below what every part says of its end.
  if (failure !== null) reportFailure(failure)
}

/** Before anything is started; where another `nicr up` holds the data directory, that is what there is to say instead. */
async function checkServerPort(
  { server, dataDir }: Config,
  only: readonly PartName[] | undefined,
): Promise<void> {
  if (only !== undefined || server.port === 0 || server.host !== loopback || readRunning(dataDir) !== null)
    return
  await assertPortFree('NICR_PORT', 'the server', server.port)
}

/** Applies, then starts processors, sink and server, each with its undoing. */
async function startNicr(
  config: Config,
  stack: Stack,
  undo: (() => Promise<void>)[],
  signal: AbortSignal,
): Promise<void> {
  const key = developmentKey({ dataDir: config.dataDir, configured: config.embedded.devKey })
  const addresses = addressesFrom(config, { ...stack, server: null, key }, CLIENT_ID)
  let isStarting = config.kafka.brokers === null
  const log = createLog(config.logLevel ?? 'warn', () => isStarting)
  const services = createServices(config, addresses, log, await openTracing(config.tracing, log))
  undo.push(() => services.close())
  const steps = await applyAll(services, { partitionsDefault: EMBEDDED_PARTITIONS })
  print(`apply      ${summarise(steps)}`)
  signal.throwIfAborted()
  // The data directory is this process's alone, so members of its own broker that bear its name are of one that was killed.
  if (config.kafka.brokers === null) await removeDeadMembers(addresses.kafka, CLIENT_ID, log)
  const champions = await followChampions(services, { challengers: true })
  undo.push(() => champions.close())
  const onFailed = (name: string, error: unknown) =>
    process.stderr.write(`${name} stopped: ${failureText(error)}\n`)
  const looks = await openImageLooks(services, champions)
  undo.push(() => looks.close())
  const processing = await startProcessing(services, champions, {
    names: processorNames(),
    look: looks.look,
    onFailed,
  })
  undo.push(() => processing.stop())
  const retraining = await createRetraining(services, {
    look: looks.look,
    onFailed: error => onFailed(RETRAIN_NAME, error),
  })
  undo.push(() => retraining.stop())
  await retraining.start()
  print(`processors ${processing.names.join(', ')}, ${RETRAIN_NAME}`)
  signal.throwIfAborted()
  const serving = await startServing(services, {
    champions,
    lookWithin: looks.lookWithin,
    keys: openKeyStore({ keysFile: config.access.keysFile, devKey: key }),
    processing,
    onFailed: error => onFailed('live feed', error),
  })
  undo.push(() => serving.stop())
  isStarting = false
  writeRunning(config.dataDir, { ...addressesOf(stack), server: serving.url, key })
  print(`server     ${serving.url}`)
  print(`key        ${key} (development key, every role)`)
}

function addressesOf({ kafkaBrokers, registryUrl, clickhouseUrl }: Stack) {
  return {
    ...(kafkaBrokers.length > 0 ? { kafkaBrokers } : {}),
    ...(registryUrl === '' ? {} : { registryUrl }),
    ...(clickhouseUrl === '' ? {} : { clickhouseUrl }),
  }
}

function parseParts(value: string): readonly PartName[] {
  const names = value.split(',').map(name => name.trim())
  const unknown = names.filter(name => !PARTS.includes(name as PartName))
  if (unknown.length > 0)
    throw new InvalidArgumentError(`${unknown.join(', ')}: the parts are ${PARTS.join(', ')}.`)
  return names as PartName[]
}

function seconds(startedAt: number): string {
  return `${((performance.now() - startedAt) / 1000).toFixed(1)} s`
}

function print(line: string): void {
  process.stdout.write(`${line}\n`)
}
