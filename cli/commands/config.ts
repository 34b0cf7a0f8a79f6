import type { Command } from 'commander'
import { readConfig } from '../../pipelines/config.ts'
import { type Setting, settingTable } from '../../pipelines/settings.ts'

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
      for (const [name, setting] of Object.entries(settingTable) as [string, Setting][])
        process.stdout.write(`${name}=${shown(name, setting)}\n`)
      process.stdout.write('configuration is valid\n')
    })
}

function helpLine(name: string, { description, default: byDefault }: Setting): string {
  return `  ${name}${byDefault === undefined || byDefault === '' ? '' : ` (${byDefault})`}\n      ${description}`
}

function shown(name: string, { secret, default: byDefault }: Setting): string {
  const value = process.env[name]
  if (secret === true)
    return value === undefined && process.env[`${name}_FILE`] === undefined ? '' : '(hidden)'
  return value === undefined || value === '' ? (byDefault ?? '') : value
}
