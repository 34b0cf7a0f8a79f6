import { type Command, InvalidArgumentError } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { loadModelFolder, registryOf } from '../../pipelines/model-registry.ts'
import { findAddresses } from '../addresses.ts'
import { openTrainingLooks } from '../image-looks.ts'
import { findModelFolder } from '../model-folder.ts'
import { createProgressLine } from '../progress-line.ts'
import { runBackfill } from '../run-backfill.ts'
import { createLog, createServices } from '../services.ts'
import { nextStopSignal } from '../signals.ts'

const RATE_DEFAULT = 200

interface BackfillOptions {
  readonly kind: string
  readonly model: string
  readonly from: number
  readonly until?: number
  readonly rate: number
  readonly json: boolean
}

export function addBackfillCommand(program: Command): void {
  program
    .command('backfill')
    .description(
      'score history with another version, beside the live one; stopped, it goes on where it was when it is called again',
    )
    .requiredOption('--kind <kind>', 'model kind, such as niceness')
    .requiredOption('--model <reference>', 'version, such as 3 or niceness@3, or the folder of one')
    .requiredOption(
      '--from <time>',
      'since when content was appended (ISO time, such as 2026-11-23T20:00:00Z)',
      parseTime,
    )
    .option('--until <time>', 'until when; unless given, what lies on the topic now', parseTime)
    .option(
      '--rate <n>',
      `records a second, at most (${RATE_DEFAULT}); it waits while the live processor is behind`,
      parseRate,
      RATE_DEFAULT,
    )
    .option('--json', 'one JSON object', false)
    .action(backfill)
}

async function backfill({
  kind: name,
  model: reference,
  from,
  until,
  rate,
  json,
}: BackfillOptions): Promise<void> {
  const config = readConfig(process.env)
  const kind = kindNamed(name)
  const services = createServices(config, findAddresses(config), createLog('error'))
  const model = await findModelFolder(kind, reference, config)
    .then(folder => loadModelFolder(folder, registryOf(config)))
    .catch(async error => {
      await services.close()
      throw error
    })
  const progress = createProgressLine(process.stderr, count => `${count} records scored`)
  const stop = new AbortController()
  void nextStopSignal().then(() => stop.abort())
  try {
    const looks = await openTrainingLooks(services, [kind])
    try {
      const report = await runBackfill(services, {
        kind,
        model,
        from,
        until: until ?? null,
        rate,
        ...(looks && { look: looks.look }),
        signal: stop.signal,
        onProgress: count => progress.show(count),
        onWaiting: lag => {
          progress.clear()
          process.stderr.write(`nicr: waiting: ${kind.processorName} is ${lag} records behind\n`)
        },
      })
      progress.clear()
      const { scored, rejected, isResumed, isDone } = report
      const parts = [
        `${scored} records scored with ${kind.kind}@${model.card.version} as BACKFILL`,
        ...(rejected > 0 ? [`${rejected} left out, which cannot be scored`] : []),
        ...(isResumed ? ['an earlier call had begun it'] : []),
        isDone ? 'done' : 'stopped: the same call goes on from here',
      ]
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : `${parts.join('; ')}\n`)
      if (!isDone) process.exitCode = 1
    } finally {
      await looks?.close()
    }
  } finally {
    await model.close()
    await services.close()
  }
}

function parseTime(value: string): number {
  const at = Date.parse(value)
  if (Number.isNaN(at)) throw new InvalidArgumentError('a time is written as 2026-11-23T20:00:00Z.')
  return at
}

function parseRate(value: string): number {
  const rate = Number(value)
  if (!(rate >= 1 && rate <= 1_000_000)) throw new InvalidArgumentError('a number from 1 to 1000000.')
  return rate
}
