import { Command, CommanderError } from 'commander'
import { packageVersion } from '../schemas/package-root.ts'
import { addApplyCommand } from './commands/apply.ts'
import { addBenchCommand } from './commands/bench.ts'
import { addConfigCommand } from './commands/config.ts'
import { addProcessCommand } from './commands/process.ts'
import { addPublishCommand } from './commands/publish.ts'
import { addScoreCommand } from './commands/score.ts'
import { addServeCommand } from './commands/serve.ts'
import { addStatusCommand } from './commands/status.ts'
import { addUpCommand } from './commands/up.ts'
import { reportFailure } from './failure.ts'

/** The commands, in the order in which a newcomer meets them. */
const program = new Command('nicr')
  .description('Niceness and spam scores over Kafka: live while authors type, stored for analysts.')
  .version(packageVersion())
  .option('--trace', 'say where an unexpected error came from')
  .showHelpAfterError('(nicr --help lists the commands)')
  .exitOverride()

addUpCommand(program)
addPublishCommand(program)
addScoreCommand(program)
addStatusCommand(program)
addProcessCommand(program)
addServeCommand(program)
addApplyCommand(program)
addConfigCommand(program)
addBenchCommand(program)

// A reader that has seen enough (`nicr score … | head`) is no failure.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit()
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode
  else reportFailure(error)
}
