import { expect } from 'vitest'
import { type Clone, shellBlocks } from '../support/shell-pages.ts'
import { until } from '../support/until.ts'
import type { Trial } from './page-trials.ts'

const WAIT_MS = 300_000
/** The end of what was printed, in an error. */
const OUTPUT_SHOWN = 2000

/** Types what a page says, block by block, and holds what is printed to its trials. */
export async function tryPage(
  clone: Clone,
  page: string,
  trials: Readonly<Record<string, Trial>>,
): Promise<void> {
  const aside: Promise<unknown>[] = []
  for (const { commands, name } of shellBlocks(page)) {
    const trial = trials[name]
    if (trial === undefined || !('prints' in trial)) continue
    trial.given?.(clone.folder)
    if (trial.aside === true) {
      aside.push(clone.run(commands))
      continue
    }
    const run = async () => {
      const { code, output } = await clone.run(commands)
      return { code, missing: trial.prints.filter(pattern => !pattern.test(output)), output }
    }
    let last = await run()
    const isDone = () => last.code === 0 && last.missing.length === 0
    if (trial.waits === true && !isDone()) {
      const again = async () => {
        last = await run()
        return isDone()
      }
      await until(`"${name}" prints what it should`, again, WAIT_MS).catch(() => undefined)
    }
    const { output, ...result } = last
    expect(result, `${name}\n${output.slice(-OUTPUT_SHOWN)}`).toEqual({ code: 0, missing: [] })
  }
  await Promise.all(aside)
}
