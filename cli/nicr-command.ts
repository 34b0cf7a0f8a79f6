import { Command } from 'commander'
import { NicrError } from '../schemas/errors.ts'

/** A command of `nicr`: what is wrong about a call is an expected failure as any other, and names the help that answers it. */
export class NicrCommand extends Command {
  override createCommand(name?: string): Command {
    return new NicrCommand(name)
  }

  /** @throws NicrError NICR_USAGE_INVALID, always */
  override error(message: string): never {
    const names: string[] = []
    for (let command: Command | null = this; command !== null; command = command.parent)
      names.unshift(command.name())
    // Commander gives a suggestion a line of its own, and what a value should have been a sentence.
    const what = message
      .replace(/^error: /, '')
      .replace(' is invalid. ', ' is invalid: ')
      .replaceAll('\n', ' ')
      .replace(/\.$/, '')
    throw new NicrError('NICR_USAGE_INVALID', `${what}; \`${names.join(' ')} --help\` says what it takes`)
  }
}
