import type { Champions } from '../pipelines/champions.ts'
import { within } from '../pipelines/runtime/within.ts'
import type { PartReadiness } from '../serving/ports.ts'
import { partChecks } from './part-checks.ts'
import type { Processing, Services } from './services.ts'

/** What the parts of a process say to `/readyz`. */

/** A part that does not answer within this is not ready. */
const ANSWER_MS = 2_000
/** A member hears from its broker every second, but not while it works on a batch: one of pictures may take minutes. */
const SILENCE_SECONDS_MAX = 300

/** Asks the parts outside of the process. @param needed those that it is of no use without */
export async function outsideReady(
  { addresses, log, clickhouse, registry, config }: Services,
  needed: readonly string[],
): Promise<readonly PartReadiness[]> {
  const kafka = { ...addresses.kafka, clientId: 'nicr-ready' }
  const checks = Object.entries(partChecks({ kafka, registry, clickhouse, log }, config.topics.prefix))
  return Promise.all(
    checks.map(async ([part, check]) => ({
      ...(await answerOf(part, check())),
      needed: needed.includes(part),
    })),
  )
}

/** The model of each kind that the process holds; one that was promoted and cannot be used here is told, while the one before it scores. */
export function modelsReady(champions: Champions): PartReadiness[] {
  return champions.versions.map(({ kind, live, promoted }) => {
    const part = `model ${kind}`
    if (live === null) return { part, ready: false, detail: 'no version is loaded' }
    if (promoted === null || promoted === live) return { part, ready: true, detail: `${kind}@${live} scores` }
    return { part, ready: false, needed: false, detail: `${promoted} was promoted, ${live} scores` }
  })
}

/** The members of consumer groups of this process, by name. */
export function groupsReady(
  { metrics }: Pick<Services, 'metrics'>,
  { names, failures }: Pick<Processing, 'names' | 'failures'>,
): PartReadiness[] {
  return names.map(part => {
    const failure = failures.get(part)
    if (failure !== undefined) return { part, ready: false, detail: `stopped: ${failure}` }
    const state = metrics.groups.stateOf(part)
    if (state === null || state.partitions === null || state.fetchAgeSeconds === null)
      return { part, ready: false, detail: 'has not joined its group yet' }
    if (state.waitsFor.length > 0)
      return { part, ready: false, detail: `waits for ${state.waitsFor.join(' and ')}` }
    if (state.partitions === 0)
      return { part, ready: true, detail: 'stands by: other members have its partitions' }
    const silence = Math.round(state.fetchAgeSeconds)
    if (silence > SILENCE_SECONDS_MAX)
      return { part, ready: false, detail: `has not heard from the broker for ${silence} s` }
    return { part, ready: true, detail: `reads ${state.partitions} partitions` }
  })
}

async function answerOf(part: string, check: Promise<unknown>): Promise<PartReadiness> {
  try {
    await within(ANSWER_MS, check, () => new Error(`no answer within ${ANSWER_MS} ms`))
    return { part, ready: true, detail: 'answers' }
  } catch (error) {
    return { part, ready: false, detail: (error as Error).message }
  }
}
