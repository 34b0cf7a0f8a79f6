import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { findAddresses } from '../addresses.ts'
import { applyAll, summarise } from '../apply.ts'
import { createLog, createServices } from '../services.ts'

export function addApplyCommand(program: Command): void {
  program
    .command('apply')
    .description('create or migrate topics, schemas and ClickHouse tables; safe to repeat')
    .option('--dry-run', 'only say what would be done', false)
    .action(async ({ dryRun }: { dryRun: boolean }) => {
      const config = readConfig(process.env)
      const services = createServices(config, findAddresses(config), createLog('warn'))
      try {
        const steps = await applyAll(services, {
          dryRun,
          report: ({ what, action, detail }) =>
            process.stdout.write(
              `${action.padEnd(6)} ${what}${detail === undefined ? '' : ` (${detail})`}\n`,
            ),
        })
        process.stdout.write(`${dryRun ? 'would be: ' : ''}${summarise(steps)}\n`)
      } finally {
        await services.close()
      }
    })
}
