import type { Command } from 'commander'
import { readConfig, shownSettings } from '../../pipelines/config.ts'
import type { Setting } from '../../pipelines/setting.ts'
import { settingTable } from '../../pipelines/settings.ts'

export function addConfigCommand(program: Command): void {
  const config = program.command('config').description('the settings, all from the environment')
  config
    .command('check')
    .description('validate the environment and show every setting with its value (secrets hidden)')
    .addHelpText(
      'after',
      () =>
        `\nSettings:\n${Object.entries(settingTable)
          .map(([name, setting]) => helpLine(name, setting))
          .join('\n')}`,
    )
    .action(() => {
      readConfig(process.env)
      for (const [name, value] of shownSettings(process.env))
        process.stdout.write(`${name}=${value}
`)
      process.stdout.write('configuration is valid\n')
    })
}

function helpLine(name: string, { description, default: byDefault }: Setting): string {
  return `  ${name}${byDefault === undefined || byDefault === '' ? '' : ` (${byDefault})`}\n      ${description}`
}
