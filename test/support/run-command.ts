import { Command } from 'commander'
import { vi } from 'vitest'
import { failureText } from '../../cli/failure.ts'
import type { Ran } from './run-nicr.ts'

/** Runs a command as `nicr` would, in this process, where starting another for each row of a table would take minutes. */
export async function runCommand(
  addCommand: (program: Command) => void,
  parameters: readonly string[],
): Promise<Ran> {
  const output = { stdout: '', stderr: '' }
  const spies = (['stdout', 'stderr'] as const).map(name =>
    vi.spyOn(process[name], 'write').mockImplementation(chunk => {
      output[name] += String(chunk)
      return true
    }),
  )
  const program = new Command('nicr').exitOverride()
  addCommand(program)
  let code = 0
  try {
    await program.parseAsync(parameters, { from: 'user' })
  } catch (error) {
    output.stderr += `${failureText(error)}\n`
    code = 1
  } finally {
    for (const spy of spies) spy.mockRestore()
  }
  return { code, ...output }
}
