import { join } from 'node:path'
import { Command } from 'commander'
import { alignColumns } from '../../cli/bench-tables.ts'
import { failureText, reportFailure } from '../../cli/failure.ts'
import { parseCount, parseSeed } from '../../cli/number-options.ts'
import { nextStopSignal } from '../../cli/signals.ts'
import { createNarrator } from '../../demo/narrator.ts'
import { readConfig } from '../../pipelines/config.ts'
import { runSoak, type SoakResult } from './run-soak.ts'

/** `npm run soak`: hours of mixed traffic, and what must not grow. */

/** Within NICR_DATA_DIR, so that a `nicr up` of one's own is left alone. */
const DATA_DIR = 'soak'
const MINUTES = 120

await new Command('npm run soak --')
  .description(
    'hours of texts, votes, drafts, pictures and promotions on a Nicr of its own: memory, open files, lag and parts must stay flat',
  )
  .option('--minutes <n>', 'how long', parseCount, MINUTES)
  .option('--seed <n>', 'another community', parseSeed, 1)
  .action(soak)
  .parseAsync()
  .catch(reportFailure)
// Kept-alive connections need not be waited for.
process.exit()

async function soak({ minutes, seed }: { readonly minutes: number; readonly seed: number }): Promise<void> {
  const startedAt = performance.now()
  const elapsedMs = () => performance.now() - startedAt
  const narrator = createNarrator(process.stdout, elapsedMs)
  const stop = new AbortController()
  const config = readConfig(process.env)
  const dataDir = join(config.dataDir, DATA_DIR)
  void nextStopSignal({ followParent: config.startedByNpm }).then(() => stop.abort(new Error('stopped')))
  try {
    const result = await runSoak({ minutes, seed, dataDir, narrator, elapsedMs, signal: stop.signal })
    narrator.print(`\n${tableOf(result)}\nPoints and picture: ${dataDir}/soak.json, soak.png\n`)
    if (result.flatness.every(({ isFlat }) => isFlat)) return
  } catch (error) {
    narrator.print(failureText(error))
  }
  process.exitCode = 1
}

function tableOf({ counts, flatness }: SoakResult): string {
  const rows = flatness.map(({ measure, early, late, highest, isFlat }) => [
    measure,
    String(early),
    String(late),
    String(highest),
    isFlat ? 'flat' : 'GREW',
  ])
  const { contents, drafts, answeredDrafts, pictures, scoredPictures, promotions } = counts
  return `${alignColumns([['measure', '2nd quarter', 'last quarter', 'highest', ''], ...rows])}
${contents} contents; ${answeredDrafts} of ${drafts} drafts answered; ${scoredPictures} of ${pictures} pictures scored; ${promotions} promotions`
}
