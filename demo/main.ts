import { join } from 'node:path'
import { Command, Option } from 'commander'
import { failureText, reportFailure } from '../cli/failure.ts'
import { parseSeed } from '../cli/number-options.ts'
import { nextStopSignal } from '../cli/signals.ts'
import { readConfig } from '../pipelines/config.ts'
import { createNarrator } from './narrator.ts'
import { type ChapterName, chapterNames, runDemo } from './run-demo.ts'

/** `npm run demo`: the closed loop on a simulated community, and spammers who turn to pictures. */

/** Within NICR_DATA_DIR, so that a `nicr up` of one's own is left alone. */
const DATA_DIR = 'demo'

await new Command('npm run demo --')
  .description(
    'the closed loop on a simulated community: its language drifts, Nicr notices, asks, learns and recovers; then its spammers turn to pictures',
  )
  .option('--seed <n>', 'another community, with other slang', parseSeed, 1)
  .addOption(new Option('--chapter <name>', 'one chapter alone').choices(chapterNames))
  .option('--stay', 'go on once the story is told, until Ctrl-C', false)
  .action(demonstrate)
  .parseAsync()
  .catch(reportFailure)
// Kept-alive connections need not be waited for.
process.exit()

interface Options {
  readonly seed: number
  readonly stay: boolean
  readonly chapter?: ChapterName
}

async function demonstrate({ seed, stay, chapter }: Options): Promise<void> {
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  const narrator = createNarrator(process.stdout, elapsedMs)
  const stop = new AbortController()
  const config = readConfig(process.env)
  const dataDir = join(config.dataDir, DATA_DIR)
  void nextStopSignal({ followParent: config.startedByNpm }).then(() => {
    narrator.say('stopping')
    stop.abort(new Error('stopped'))
  })
  try {
    const why = await runDemo({
      ...{ seed, dataDir, narrator, elapsedMs, signal: stop.signal, stays: stay },
      chapters: chapter === undefined ? chapterNames : [chapter],
    })
    narrator.say('stopped')
    if (why === null) return
    narrator.print(`\nnicr: ${why}. What \`nicr up\` said lies in ${join(dataDir, 'nicr-up.log')}.`)
  } catch (error) {
    if (stop.signal.aborted) narrator.say('stopped')
    else narrator.print(failureText(error))
  }
  process.exitCode = 1
}
