import { type Command, CommanderError } from 'commander'
import { packageVersion } from '../schemas/package-root.ts'
import { reportFailure } from './failure.ts'
import { NicrCommand } from './nicr-command.ts'

/** The commands, in the order in which a newcomer meets them. Each brings its own clients, so only the one asked for is loaded. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import('./commands/up.ts')).addUpCommand,
  publish: async () => (await import('./commands/publish.ts')).addPublishCommand,
  score: async () => (await import('./commands/score.ts')).addScoreCommand,
  evaluate: async () => (await import('./commands/evaluate.ts')).addEvaluateCommand,
  train: async () => (await import('./commands/train.ts')).addTrainCommand,
  drift: async () => (await import('./commands/drift.ts')).addDriftCommand,
  ocr: async () => (await import('./commands/ocr.ts')).addOcrCommand,
  status: async () => (await import('./commands/status.ts')).addStatusCommand,
  models: async () => (await import('./commands/models.ts')).addModelsCommand,
  retrain: async () => (await import('./commands/retrain.ts')).addRetrainCommand,
  automation: async () => (await import('./commands/automation.ts')).addAutomationCommand,
  process: async () => (await import('./commands/process.ts')).addProcessCommand,
  serve: async () => (await import('./commands/serve.ts')).addServeCommand,
  apply: async () => (await import('./commands/apply.ts')).addApplyCommand,
  dlq: async () => (await import('./commands/dlq.ts')).addDlqCommand,
  backfill: async () => (await import('./commands/backfill.ts')).addBackfillCommand,
  erase: async () => (await import('./commands/erase.ts')).addEraseCommand,
  labels: async () => (await import('./commands/labels.ts')).addLabelsCommand,
  keys: async () => (await import('./commands/keys.ts')).addKeysCommand,
  config: async () => (await import('./commands/config.ts')).addConfigCommand,
  bench: async () => (await import('./commands/bench.ts')).addBenchCommand,
}

const program = new NicrCommand('nicr')
  .description('Niceness, spam and toxicity scores over Kafka: live while authors type, stored for analysts.')
  .option('--trace', 'say where an unexpected error came from')
  .exitOverride()

const asked = process.argv.slice(2).find(argument => !argument.startsWith('-')) ?? ''
const isKnown = Object.hasOwn(commands, asked)
const asksVersion =
  asked === '' && process.argv.slice(2).some(argument => ['--version', '-V'].includes(argument))
const wanted = isKnown ? [asked] : asksVersion ? [] : Object.keys(commands)
// Commander would take the --version of `nicr train` for this one.
if (!isKnown) program.version(packageVersion())
for (const name of wanted) (await commands[name]!())(program)

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
