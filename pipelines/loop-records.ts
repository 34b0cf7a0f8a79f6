import { NicrError } from '../schemas/errors.ts'
import { automationId, retrainRequestId } from '../schemas/ids.ts'
import type { Automation, RetrainRequest } from '../schemas/records.ts'
import { kindNamed, kinds } from './kinds.ts'

/** What people say to the loop, as records. */

const DAY_MS = 86_400_000
/** As long as the requests of policies. */
const MANUAL_LAPSES_MS = 14 * DAY_MS

/** A kind that trains itself. @throws NicrError NICR_KIND_UNKNOWN, NICR_INPUT_INVALID for one without a loop */
export function loopKindNamed(name: string): string {
  const kind = kindNamed(name)
  if (kind.loop !== undefined) return kind.kind
  const own = Object.values(kinds).filter(({ loop }) => loop !== undefined)
  throw new NicrError(
    'NICR_INPUT_INVALID',
    `${kind.kind} declares no loop, so it is trained by hand; there are ${own.map(one => one.kind).join(', ')}`,
  )
}

interface Said {
  readonly kind: string
  /** Why, for the history. */
  readonly reason: string
  readonly by: string
  /** Wall clock, ms since the epoch. */
  readonly now: number
}

/** A request of a person. @param modelVersion the champion; null where it is not known */
export function manualRequest(
  { kind, reason, by, now }: Said,
  modelVersion: string | null,
): RetrainRequest {
  const why = reason || `${by} asked.`
  const evidence = { source: 'person', ref: `${by}:${now}`, feature: null, value: null, threshold: null }
  const asked = {
    kind,
    policy: 'manual',
    modelVersion: modelVersion ?? '',
    evidence: [{ ...evidence, detail: why }],
  }
  return {
    id: retrainRequestId(asked),
    ...asked,
    reason: why,
    by,
    requestedAt: now,
    expiresAt: now + MANUAL_LAPSES_MS,
  }
}

/** That a kind is paused, or resumed. */
export function saidAutomation({ kind, reason, by, now }: Said, paused: boolean): Automation {
  const said = { kind, paused, by, at: now }
  return { id: automationId(said), ...said, reason }
}
