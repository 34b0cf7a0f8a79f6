import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Command } from 'commander'
import { reportFailure } from '../cli/failure.ts'
import { SEED_OPTION } from '../cli/number-options.ts'
import { createCommunity } from './community/community.ts'

/** `npm run community`: files of a simulated community to publish and to tag, for trying the loop on a service of one's own. */

/** Enough for the reference, which takes 2,000 contents of which the scorers watch all. */
const BEFORE_CONTENTS = 2600
/** Enough for the alarm, the shadow, the canary and the watch, also where the machine is slow. */
const AFTER_CONTENTS = 10_000
/** Of the first of these the team tags one in so many: new words are then those of many people, and what is said later is for the new version to read. */
const ANSWERED_OF_CONTENTS = 1600
const ANSWERED_EVERY = 4

await new Command('npm run community --')
  .description(
    'write a simulated community: before.jsonl in ordinary language, after.jsonl where one text in five is in new slang, answers.jsonl with what people say of these, words.jsonl with what the new words mean',
  )
  .argument('<folder>', 'where to; made if it is not there')
  .option(...SEED_OPTION)
  .action(writeCommunity)
  .parseAsync()
  .catch(reportFailure)

function writeCommunity(folder: string, { seed }: { readonly seed: number }): void {
  const community = createCommunity({ seed, startAt: Date.now(), drift: { from: BEFORE_CONTENTS } })
  const lines = {
    before: [] as string[],
    after: [] as string[],
    answers: [] as string[],
    words: community.slang.map(({ term, tone }) => JSON.stringify({ word: term, means: tone })),
  }
  for (const event of community.events()) {
    if (event.type !== 'content') continue
    const { index, record, truth } = event
    if (index === BEFORE_CONTENTS + AFTER_CONTENTS) break
    const { id, kind, author, thread, parent, text } = record
    // Without `at`: they are posted when they are published.
    const line = JSON.stringify({ id, kind, author, thread, parent, text })
    if (index < BEFORE_CONTENTS) lines.before.push(line)
    else lines.after.push(line)
    const place = index - BEFORE_CONTENTS
    if (place >= 0 && place < ANSWERED_OF_CONTENTS && place % ANSWERED_EVERY === 0)
      lines.answers.push(JSON.stringify({ contentId: id, niceness: truth.niceness }))
  }
  mkdirSync(folder, { recursive: true })
  for (const [name, rows] of Object.entries(lines)) {
    const path = join(folder, `${name}.jsonl`)
    writeFileSync(path, `${rows.join('\n')}\n`)
    process.stdout.write(`${path}: ${rows.length} rows\n`)
  }
}
