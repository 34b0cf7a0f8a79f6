import { type DefaultVersionOf, movesOf, type Promotions, versionOf } from '../processors/fold-promotions.ts'
import { isEnd } from '../processors/retrain/loop-state.ts'
import { type RolloutPhase, rolloutPhase } from '../processors/retrain/rollout-phase.ts'
import type { ModelPromotion, RetrainState } from '../schemas/records.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import { kinds } from './kinds.ts'
import type {
  KindLoop,
  LoopPhase,
  PastPromotion,
  PromotionHistory,
  RequestStory,
  StoryStep,
} from './loop-overview.ts'
import { type FoldedLog, foldEnd, liveOf, madeAt, madeUntil } from './promotion-history.ts'

/** Of a kind, the newest: a request has about five. */
const PROMOTIONS_MAX = 2_000
/** Of a kind, the newest: an open one older than these is not shown. */
const REQUESTS_MAX = 100
const ENDED_MAX = 20
/** Tasks of all the requests that are asked for. */
const STEPS_MAX = 20_000

const PROMOTIONS = `
SELECT id, kind, alias, version, previous, share, reason, requestId, by, toUnixTimestamp64Milli(at) AS atMs,
  toUInt64(_offset) AS place, toUnixTimestamp64Milli(_appended_at) AS appendedAtMs
FROM model_promotions WHERE {kind:String} = '' OR kind = {kind:String}
ORDER BY _offset DESC LIMIT ${PROMOTIONS_MAX} BY kind`

const REQUESTS = `
SELECT id, kind, policy, reason, by, modelVersion, evidence, toUnixTimestamp64Milli(requestedAt) AS requestedAtMs,
  toUnixTimestamp64Milli(expiresAt) AS expiresAtMs
FROM retrain_requests WHERE {kind:String} = '' OR kind = {kind:String}
ORDER BY requestedAt DESC, _offset DESC LIMIT ${REQUESTS_MAX} BY kind`

const STEPS = `
SELECT requestId, step, task, toUnixTimestamp64Milli(min(at)) AS sinceMs, toUnixTimestamp64Milli(max(at)) AS lastAtMs,
  argMax(progress, _offset) AS lastProgress, argMax(figures, _offset) AS lastFigures, argMax(detail, _offset) AS lastDetail,
  argMax(tuple(modelVersion), _offset).1 AS lastVersion, toUInt64(max(_offset)) AS place
FROM retrain_steps WHERE requestId IN {ids:Array(String)}
GROUP BY requestId, step, task ORDER BY min(_offset) LIMIT ${STEPS_MAX}`

const PAUSES = `
SELECT kind, argMax(by, _offset) AS lastBy, argMax(reason, _offset) AS lastReason, toUnixTimestamp64Milli(argMax(at, _offset)) AS lastAtMs
FROM automation WHERE {kind:String} = '' OR kind = {kind:String}
GROUP BY kind HAVING argMax(paused, _offset)`

type PromotionRow = Omit<ModelPromotion, 'artifact' | 'digest' | 'at'> & {
  readonly atMs: string
  readonly place: string
  readonly appendedAtMs: string
}
type RequestRow = Omit<RequestStory, 'requestedAt' | 'expiresAt' | 'last' | 'steps'> & {
  readonly kind: string
  readonly requestedAtMs: string
  readonly expiresAtMs: string | null
}
interface StepRow {
  readonly requestId: string
  readonly step: string
  readonly task: string
  readonly sinceMs: string
  readonly lastAtMs: string
  readonly lastProgress: number
  readonly lastFigures: Readonly<Record<string, number>>
  readonly lastDetail: string
  readonly lastVersion: string | null
  readonly place: string
}
interface PauseRow {
  readonly kind: string
  readonly lastBy: string
  readonly lastReason: string
  readonly lastAtMs: string
}

export interface LoopHistoryParts {
  readonly clickhouse: Pick<ClickHouse, 'query'>
  readonly defaultOf: DefaultVersionOf
  /** Those of `kinds.ts` unless given. */
  readonly kinds?: Readonly<Record<string, KindDeclaration>>
}

/** The loop as ClickHouse keeps it. Every call may throw NicrError NICR_CLICKHOUSE_UNAVAILABLE. */
export function createLoopHistory({ clickhouse, defaultOf, kinds: declared = kinds }: LoopHistoryParts) {
  /** @param at ms since the epoch: only what was promoted until then */
  async function readLog(kind: string, at = Number.POSITIVE_INFINITY): Promise<FoldedLog> {
    const rows = await clickhouse.query<PromotionRow>(PROMOTIONS, { kind })
    const counts = new Map<string, number>()
    for (const row of rows) counts.set(row.kind, (counts.get(row.kind) ?? 0) + 1)
    const isCut = (one: string) => (counts.get(one) ?? 0) >= PROMOTIONS_MAX
    return foldEnd(madeUntil(rows.map(recordOf).reverse(), at), defaultOf, isCut)
  }

  async function stories(kind: string): Promise<(RequestStory & { readonly kind: string })[]> {
    const requests = await clickhouse.query<RequestRow>(REQUESTS, { kind })
    if (requests.length === 0) return []
    const steps = await clickhouse.query<StepRow>(STEPS, { ids: requests.map(({ id }) => id) })
    return requests.map(request =>
      storyOf(
        request,
        steps.filter(({ requestId }) => requestId === request.id),
      ),
    )
  }

  return {
    /** Where the loop is, of every kind that has one or of one. */
    async overview(asked = ''): Promise<readonly KindLoop[]> {
      const [{ promotions }, all, pauses] = await Promise.all([
        readLog(asked),
        stories(asked),
        clickhouse.query<PauseRow>(PAUSES, { kind: asked }),
      ])
      return Object.values(declared).flatMap(kind => {
        if (kind.loop === undefined || (asked !== '' && kind.kind !== asked)) return []
        const own = all.filter(story => story.kind === kind.kind).map(({ kind: _, ...story }) => story)
        const open = own.filter(({ last }) => last === null || !hasEnded(last)).reverse()
        const ended = own
          .filter(({ last }) => last !== null && hasEnded(last))
          .sort((left, right) => right.last!.at - left.last!.at)
          .slice(0, ENDED_MAX)
        const pause = pauses.find(one => one.kind === kind.kind)
        return [
          {
            kind: kind.kind,
            ...standingOf(kind.kind, { promotions, defaultOf, open }),
            paused:
              pause === undefined
                ? null
                : { by: pause.lastBy, reason: pause.lastReason, at: Number(pause.lastAtMs) },
            labelsNeeded: kind.loop.labels.min,
            open,
            ended,
          },
        ]
      })
    },
    /**
     * Promotions, those that held and those that did not.
     * @param asked.at ms since the epoch: what was live then, and only promotions made until then
     */
    async promotions(asked: {
      readonly kind?: string
      readonly at?: number
      readonly limit: number
    }): Promise<PromotionHistory> {
      const { kind = '', at, limit } = asked
      const { entries, promotions } = await readLog(kind, at)
      const names = kind === '' ? Object.keys(declared) : [kind]
      return {
        promotions: entries.slice(-limit).reverse().map(pastOf),
        live: at === undefined ? null : names.map(name => liveOf(promotions, name, defaultOf)),
      }
    },
  }
}

export type LoopHistory = ReturnType<typeof createLoopHistory>

function hasEnded({ step }: StoryStep): boolean {
  return isEnd({ step: step as RetrainState })
}

function recordOf(row: PromotionRow) {
  const { atMs, place, appendedAtMs, ...promotion } = row
  const value: ModelPromotion = { ...promotion, artifact: '', digest: '', at: Number(atMs) }
  return { value, offset: Number(place), appendedAt: Number(appendedAtMs) }
}

function pastOf(entry: FoldedLog['entries'][number]): PastPromotion {
  const { artifact: _, digest: __, ...told } = entry.value
  return { ...told, at: madeAt(entry), ignored: entry.ignored }
}

function storyOf(request: RequestRow, rows: readonly StepRow[]): RequestStory & { readonly kind: string } {
  const { requestedAtMs, expiresAtMs, ...told } = request
  const steps = rows.map(stepOf)
  const last = rows.reduce((best, row, i) => (Number(row.place) > Number(rows[best]!.place) ? i : best), 0)
  return {
    ...told,
    requestedAt: Number(requestedAtMs),
    expiresAt: expiresAtMs === null ? null : Number(expiresAtMs),
    last: steps[last] ?? null,
    steps,
  }
}

function stepOf(row: StepRow): StoryStep {
  return {
    step: row.step,
    task: row.task,
    progress: row.lastProgress,
    figures: row.lastFigures,
    detail: row.lastDetail,
    modelVersion: row.lastVersion,
    since: Number(row.sinceMs),
    at: Number(row.lastAtMs),
  }
}

/** What promotions and the request that is seen to come to. */
function standingOf(
  kind: string,
  {
    promotions,
    defaultOf,
    open,
  }: {
    readonly promotions: Promotions
    readonly defaultOf: DefaultVersionOf
    readonly open: readonly RequestStory[]
  },
): Pick<KindLoop, 'champion' | 'challenger' | 'phase' | 'predecessor'> {
  const version = versionOf(promotions, kind, 'CHAMPION', defaultOf)
  const since = movesOf(promotions, kind, 'CHAMPION').at(-1)?.since ?? null
  const rival = movesOf(promotions, kind, 'CHALLENGER').at(-1)
  const rollout = rolloutPhase(promotions, kind, defaultOf)
  return {
    champion: version === null ? null : { version, since },
    challenger:
      rival === undefined || rival.promotion.version === ''
        ? null
        : { version: rival.promotion.version, share: rival.promotion.share, since: rival.since },
    phase: phaseOf(rollout, open[0]?.last ?? null, open.length > 0),
    predecessor: rollout.phase === 'WATCH' ? rollout.predecessor : null,
  }
}

/** As the job's metric `nicr_retrain_state` says it. */
function phaseOf({ phase }: RolloutPhase, last: StoryStep | null, isAsked: boolean): LoopPhase {
  if (last?.step === 'TRAINING') return 'training'
  if (phase === 'SHADOW') return 'shadow'
  if (phase === 'CANARY') return 'canary'
  if (isAsked) return 'tagging'
  return phase === 'WATCH' ? 'watch' : 'none'
}
