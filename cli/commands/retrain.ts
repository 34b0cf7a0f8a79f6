import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import type { LoopLog } from '../../pipelines/loop-log.ts'
import { loopKindNamed } from '../../pipelines/loop-records.ts'
import { isEnd } from '../../processors/retrain/loop-state.ts'
import type { RetrainRequest, RetrainStep } from '../../schemas/records.ts'
import type { Monitor } from '../../serving/monitor.ts'
import { findAddresses } from '../addresses.ts'
import { failureText, reportStop } from '../failure.ts'
import { openTrainingLooks } from '../image-looks.ts'
import { openLoop, requestByHand } from '../loop.ts'
import { openMonitor } from '../monitor.ts'
import { groupsReady, outsideReady } from '../readiness.ts'
import { createRetraining, loopKinds, RETRAIN_NAME } from '../retraining.ts'
import { createLog, createServices, type Services } from '../services.ts'
import { nextStopSignal } from '../signals.ts'

const BAR_WIDTH = 30
const LOOK_EVERY_MS = 250

export function addRetrainCommand(program: Command): void {
  program
    .command('retrain')
    .description(
      'the job that closes the loop: labels, training, comparison, shadow, promotion, roll-back; any number may run, one works',
    )
    .option('--once', 'see open requests to their end, or to where they wait for labels, then leave', false)
    .option('--kind <kind>', 'one kind alone; with --once it is asked for where no request is open')
    .option('--reason <text>', 'why it is asked for, for the history', '')
    .action(async (options: RetrainOptions) => {
      const kind = options.kind === undefined ? undefined : loopKindNamed(options.kind)
      if (options.once) await runOnce(kind, options.reason)
      else await runUntilStopped(kind)
    })
}

interface RetrainOptions {
  readonly once: boolean
  readonly kind?: string
  readonly reason: string
}

async function runUntilStopped(kind: string | undefined): Promise<void> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog(config.logLevel ?? 'info'))
  const stopSignal = nextStopSignal()
  const kinds = kind === undefined ? undefined : [kind]
  const failures = new Map<string, string>()
  let monitor: Monitor | null = null
  try {
    monitor = await openMonitor(services, async () => [
      ...(await outsideReady(services, ['kafka', 'clickhouse'])),
      ...groupsReady(services, { names: [RETRAIN_NAME], failures }),
    ])
    const looks = await openTrainingLooks(services, loopKinds(kinds))
    let fail: (error: unknown) => void = () => undefined
    const failed = new Promise<{ readonly error: unknown }>(resolve => {
      fail = error => {
        failures.set(RETRAIN_NAME, failureText(error))
        resolve({ error })
      }
    })
    const job = await createRetraining(services, {
      ...(kinds && { kinds }),
      ...(looks && { look: looks.look }),
      onFailed: error => fail(error),
      onStep: step => services.log.info(step, 'retrain step'),
    })
    await job.start()
    services.log.info({ kinds: kind ?? 'all' }, 'retraining')
    const ended = await Promise.race([stopSignal, failed])
    if (typeof ended !== 'string') reportStop(services.log, RETRAIN_NAME, ended.error)
    await job.stop()
    await looks?.close()
  } finally {
    await monitor?.close()
    await services.close()
  }
}

/** Works with whoever else is a member of the group; what is shown is read from the topics, whoever did it. */
async function runOnce(kind: string | undefined, reason: string): Promise<void> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog(config.logLevel ?? 'error'))
  const stopSignal = nextStopSignal()
  const loop = await openLoop(services)
  const kinds = kind === undefined ? undefined : [kind]
  const looks = await openTrainingLooks(services, loopKinds(kinds))
  try {
    const requests = await requestsToSee(services, loop, kind, reason)
    if (requests.length === 0) {
      process.stderr.write('no request is open; name a kind with --kind to ask for one\n')
      return
    }
    let failure: unknown = null
    const job = await createRetraining(services, {
      ...(kinds && { kinds }),
      ...(looks && { look: looks.look }),
      onFailed: error => {
        failure = error
      },
    })
    await job.start()
    let stopped = false
    void stopSignal.then(() => {
      stopped = true
    })
    try {
      for (const request of requests) {
        const last = await see(request, loop, () => stopped || failure !== null)
        if (failure !== null) throw failure
        if (last?.step === 'REJECTED' || last?.step === 'EXPIRED') process.exitCode = 1
      }
    } finally {
      await job.stop()
    }
  } finally {
    await looks?.close()
    await loop.stop()
    await services.close()
  }
}

async function requestsToSee(
  services: Services,
  loop: LoopLog,
  kind: string | undefined,
  reason: string,
): Promise<readonly RetrainRequest[]> {
  const open = [...loop.state.open.values()]
    .map(({ request }) => request)
    .filter(request => kind === undefined || request.kind === kind)
  if (open.length > 0 || kind === undefined) return open
  return [await requestByHand(services, loop, { kind, reason })]
}

/** Shows a request's steps until it ended, or waits for labels. */
async function see(
  request: RetrainRequest,
  loop: LoopLog,
  isStopped: () => boolean,
): Promise<RetrainStep | null> {
  const { stderr } = process
  stderr.write(`${request.kind}: ${request.reason}\n`)
  let shown: string | null = null
  for (;;) {
    const last = loop.state.steps.get(request.id) ?? null
    if (last !== null && last.id !== shown) {
      shown = last.id
      if (stderr.isTTY) stderr.write(`\r\u001b[2K${bar(last)}${isEnd(last) ? '\n' : ''}`)
      else stderr.write(`${last.step} ${last.task} ${Math.round(100 * last.progress)} % ${last.detail}\n`)
      if (isEnd(last)) {
        process.stdout.write(`${request.kind}: ${last.step}: ${last.detail}\n`)
        return last
      }
    }
    if (isStopped()) return last
    if (last !== null && waitsForPeople(last)) {
      if (stderr.isTTY) stderr.write('\n')
      process.stdout.write(
        `${request.kind}: ${last.step}: ${last.detail} Run this again once they are there.\n`,
      )
      return last
    }
    await new Promise(resolve => setTimeout(resolve, LOOK_EVERY_MS))
  }
}

function waitsForPeople({ step, task }: RetrainStep): boolean {
  return (step === 'TAGGING' && task === 'tag') || task === 'paused'
}

function bar({ step, task, progress, detail }: RetrainStep): string {
  const full = Math.round(BAR_WIDTH * progress)
  const line = `[${'#'.repeat(full)}${'-'.repeat(BAR_WIDTH - full)}] ${step} ${task} ${Math.round(100 * progress)} %  ${detail}`
  return line.slice(0, process.stderr.columns || 120)
}
