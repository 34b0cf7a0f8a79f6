import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { findAddresses } from '../addresses.ts'
import { readStatus } from '../status.ts'
import { statusText } from '../status-text.ts'

export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description(
      'each part, lag and members of each processor, live versions, what is asked for and paused, dead letters of the last hour; exits 1 if a part is away',
    )
    .option('--json', 'one JSON object', false)
    .action(async ({ json }: { json: boolean }) => {
      const config = readConfig(process.env)
      const status = await readStatus(config, findAddresses(config))
      process.stdout.write(json ? `${JSON.stringify(status)}\n` : statusText(status))
      if (Object.values(status.parts).some(part => !part.ready)) process.exitCode = 1
    })
}
