import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { kindNamed } from '../../pipelines/kinds.ts'
import { readCandidates } from '../../pipelines/sample-candidates.ts'
import { chooseSamples } from '../../processors/choose-samples/choose-samples.ts'
import { type SampleSource, sampleSources } from '../../processors/retrain/loop-rules.ts'
import type { LabelSample } from '../../schemas/records.ts'
import { readAsked, stateOf, storedAmong } from './open-samples.ts'

/** Without a request people are asked only what others said is wrong, and at random, so that it is known how right the scores are. */
const IDLE_SOURCES: readonly SampleSource[] = ['report', 'vote', 'random']
/** Share of the open samples that may wait while there is no request. */
const IDLE_SHARE = 0.1
/** Candidates that are looked at for each that is missing: of some the text is a near-duplicate, or its author has enough. */
const CANDIDATES_A_PLACE = 3
const CANDIDATES_MIN = 50
const CANDIDATES_MAX = 1500
/** Share of the time that is spent on searches at most. */
const SEARCHING_SHARE = 0.1
/** What was chosen and is not stored after so long was not published. */
const PENDING_MS_MAX = 60_000

export interface SampleChooserParts {
  readonly clickhouse: Pick<ClickHouse, 'query'>
  readonly kinds: Readonly<Record<string, KindDeclaration>>
  /** Primary language subtags that a version of a kind reads; those of the kind unless given. */
  readonly languagesOf?: (kind: KindDeclaration, version: string) => Promise<readonly string[]>
  /** Wall clock, ms since the epoch. */
  readonly now?: () => number
}

export interface SampleChooser {
  /**
   * Samples to publish now; mostly none. Cheap where nothing changed, and it rests after a search for ten times as long as that took.
   * @param about the retrain request they serve: many are asked while one is open, a trickle otherwise
   * @throws NicrError NICR_KIND_UNKNOWN, NICR_CLICKHOUSE_*
   */
  choose(kind: string, about?: { readonly requestId?: string | null }): Promise<LabelSample[]>
}

interface KindState {
  /** Of the tables when it was searched last, with the request. */
  searched: string
  restsUntil: number
  requestId: string | null
  /** Chosen, and not seen in ClickHouse yet; at most as many as may be open. */
  pending: LabelSample[]
}

/** Chooses what people are asked. One for a process: what it has just chosen it knows before ClickHouse does. */
export function createSampleChooser({
  clickhouse,
  kinds,
  languagesOf,
  now = Date.now,
}: SampleChooserParts): SampleChooser {
  const states = new Map<string, KindState>()
  return {
    async choose(name, { requestId = null } = {}) {
      const kind = kindNamed(name, kinds)
      const rules = kind.loop?.samples
      if (rules === undefined) return []
      const state = states.get(name) ?? { searched: '', restsUntil: 0, requestId, pending: [] }
      states.set(name, state)
      const startedAt = now()
      // A request that was opened is served at once.
      if (startedAt < state.restsUntil && requestId === state.requestId) return []
      const found = `${requestId} ${await stateOf(clickhouse)}`
      if (found === state.searched && state.pending.length === 0) return []
      const stored = await storedAmong(clickhouse, state.pending)
      state.pending = state.pending.filter(
        ({ sampleId, at }) => !stored.has(sampleId) && at > startedAt - PENDING_MS_MAX,
      )
      const asked = await readAsked(clickhouse, kind, state.pending)
      const openMax = requestId === null ? Math.ceil(rules.openMax * IDLE_SHARE) : rules.openMax
      const room = openMax - asked.open.length
      const limit = Math.min(CANDIDATES_MAX, Math.max(CANDIDATES_MIN, room * CANDIDATES_A_PLACE))
      const sources = requestId === null ? IDLE_SOURCES : sampleSources
      const candidates =
        room <= 0
          ? []
          : await readCandidates(clickhouse, {
              kind,
              sources,
              limit,
              now: startedAt,
              languagesOf: languagesOf && (version => languagesOf(kind, version)),
            })
      const samples = chooseSamples(candidates, asked, rules, {
        kind: name,
        openMax,
        requestId,
        at: startedAt,
      })
      state.pending.push(...samples)
      state.searched = found
      state.requestId = requestId
      state.restsUntil = now() + (now() - startedAt) / SEARCHING_SHARE
      return samples
    },
  }
}
