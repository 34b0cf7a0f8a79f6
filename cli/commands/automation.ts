import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { loopKindNamed } from '../../pipelines/loop-records.ts'
import { findAddresses } from '../addresses.ts'
import { readLoopStatus, sayAutomation } from '../loop.ts'
import { createLog, createServices } from '../services.ts'

export function addAutomationCommand(program: Command): void {
  const automation = program
    .command('automation')
    .description('whether kinds are trained and promoted by themselves; every change is kept with its name')
  for (const [verb, paused, description] of [
    [
      'pause',
      true,
      'train and promote nothing of the kind until it is resumed; what people do stays possible',
    ],
    ['resume', false, 'let the kind train and promote by itself again; open requests go on where they were'],
  ] as const)
    automation
      .command(verb)
      .description(description)
      .argument('<kind>')
      .option('--reason <text>', 'why, for the history', '')
      .action((kind: string, { reason }: { reason: string }) => say(loopKindNamed(kind), paused, reason))
  automation
    .command('show')
    .description('which kinds are paused, since when, by whom and why')
    .option('--json', 'one JSON object', false)
    .action(show)
}

async function say(kind: string, paused: boolean, reason: string): Promise<void> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog('error'))
  try {
    await sayAutomation(services, { kind, paused, reason })
    process.stdout.write(
      paused
        ? `${kind} is paused: nothing of it is trained, promoted or taken back by itself\n`
        : `${kind} runs by itself again\n`,
    )
  } finally {
    await services.close()
  }
}

async function show({ json }: { json: boolean }): Promise<void> {
  const config = readConfig(process.env)
  const services = createServices(config, findAddresses(config), createLog('error'))
  try {
    const status = await readLoopStatus(services)
    if (json) {
      const kinds = status.map(({ kind, paused }) => ({ kind, paused }))
      process.stdout.write(`${JSON.stringify({ kinds })}\n`)
      return
    }
    for (const { kind, paused } of status) {
      const why = paused?.reason ? `: ${paused.reason}` : ''
      const line =
        paused === null
          ? 'runs by itself'
          : `PAUSED since ${new Date(paused.at).toISOString()} by ${paused.by || 'unknown'}${why}`
      process.stdout.write(`${kind.padEnd(14)} ${line}\n`)
    }
  } finally {
    await services.close()
  }
}
