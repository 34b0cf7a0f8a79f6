/** What `request-retrain` remembers of a kind: a small JSON value, bounded by the policies and the constants here. */
export interface RetrainState {
  /** Stream time of the kind, ms since the epoch: the latest bounded event time; null before the first record. */
  readonly now: number | null
  /** Whether the requests below were only said, not written. */
  readonly dryRun: boolean
  readonly model: LiveModel
  /** What goes on, by condition, then by cause. */
  readonly drifts: Readonly<Record<string, Readonly<Record<string, Drift>>>>
  /** Hashes of the ids of labels that count, oldest first. */
  readonly labels: readonly string[]
  readonly open: readonly OpenRequest[]
  /** When each policy asked last, also for an earlier model, ms since the epoch. */
  readonly askedAt: Readonly<Record<string, number>>
  /** Hashes of the ids of the latest alarms and clearings: one that comes again says nothing new. */
  readonly recent: readonly string[]
}

/** The champion, as promotions and reports tell it: both topics are read side by side, so either may be first. */
export interface LiveModel {
  /** Empty where nothing told it yet. */
  readonly version: string
  /** The version the promotions came to; null before the first. */
  readonly promoted: string | null
  readonly promotionId: string | null
  /** When it went live, or was first heard of, ms since the epoch. */
  readonly since: number | null
  /** Labels from then on are new to it; null: all are. */
  readonly labelsSince: number | null
  /** Versions before it, latest last: reports that name them are late. */
  readonly former: readonly string[]
}

/** Something that goes on in one feature and slice, as one condition sees it. Times in ms since the epoch. */
export interface Drift {
  readonly referenceVersion: string
  readonly since: number
  readonly latestAt: number
  /** Alarms that counted. */
  readonly reports: number
  /** Records since it began, as far as windows tell. */
  readonly records: number
  /** End of the latest window counted into `records`. */
  readonly countedTo: number
  readonly calmWindows: number
  /** End of the latest window that was judged calm or not. */
  readonly judgedTo: number | null
  readonly latest: Alarm
}

/** The latest alarm of a drift, as evidence. */
export interface Alarm {
  readonly reportId: string
  readonly method: string
  readonly finding: string | null
  /** Size of its effect (the mass of its words where the condition asks for that); null where it has none. */
  readonly size: number | null
  readonly limit: number
  /** A few of what drove it: words, features or moments. */
  readonly names: readonly string[]
}

export interface OpenRequest {
  readonly policy: string
  readonly at: number
  readonly lapsesAt: number
  /** What it covers: features and slices as `causeOf` writes them, `labelVolume` or `age`. */
  readonly causes: readonly string[]
}

const FORMER_VERSIONS_MAX = 32
/** Stream time after a promotion in which reports about the version before it may still come. */
const SETTLING_MS = 3_600_000

export const emptyState: RetrainState = {
  now: null,
  dryRun: false,
  model: { version: '', promoted: null, promotionId: null, since: null, labelsSince: null, former: [] },
  drifts: {},
  labels: [],
  open: [],
  askedAt: {},
  recent: [],
}

/** Moves the kind’s stream time, which never goes back, and notes the first record as the beginning of its model. */
export function advance(state: RetrainState, at: number): RetrainState {
  const now = state.now === null ? at : Math.max(state.now, at)
  const model = state.model.since === null ? { ...state.model, since: at } : state.model
  return { ...state, now, model }
}

/** Another model is live: what was said of the one before it is over, and so are the requests to replace it. */
function changeModel(state: RetrainState, version: string, at: number): RetrainState {
  const { model } = state
  const former = [...model.former, model.version].filter(one => one !== version && one !== '')
  return {
    ...state,
    model: {
      ...model,
      version,
      since: at,
      labelsSince: at,
      promotionId: null,
      former: [...new Set(former)].slice(-FORMER_VERSIONS_MAX),
    },
    drifts: {},
    labels: [],
    open: [],
  }
}

/**
 * A promotion of the kind. It holds where it follows the champion, as for the scorers (`foldPromotion`), save that the
 * default version they know is here the one the reports name.
 */
export function seePromotion(
  state: RetrainState,
  promotion: {
    readonly id: string
    readonly alias: string
    readonly version: string
    readonly previous: string | null
  },
  at: number,
): RetrainState {
  const { id, alias, version } = promotion
  const { model } = state
  const previous = promotion.previous || null
  if (alias !== 'CHAMPION' || version === '' || version === model.promoted) return state
  // Before the first promotion the champion is the default, which the reports may have named already, or its successor.
  const follows =
    model.promoted === null
      ? previous === null || ['', previous, version].includes(model.version)
      : previous === model.promoted
  if (!follows) return state
  const changed = version === model.version ? state : changeModel(state, version, at)
  const former = previous === null ? changed.model.former : [...changed.model.former, previous]
  return {
    ...changed,
    model: {
      ...changed.model,
      promoted: version,
      promotionId: id,
      since: at,
      former: [...new Set(former)].filter(one => one !== version).slice(-FORMER_VERSIONS_MAX),
    },
  }
}

/**
 * The champion that a report names; null where the report is about another than the present one, and so comes too late.
 * Promotions are believed, save where reports keep naming a version nobody heard of: a promotion did not hold after all.
 * @param isOfOldScores whether the report may be about scores of any age, so that its version is no news
 */
export function seeReportedModel(
  state: RetrainState,
  version: string,
  at: number,
  isOfOldScores = false,
): RetrainState | null {
  const { version: present, promoted, since, former } = state.model
  if (version === '' || version === present) return state
  if (present === '') return { ...state, model: { ...state.model, version } }
  if (version === promoted) return changeModel(state, version, at)
  if (isOfOldScores) return null
  const isSettling = promoted !== null && at < (since ?? at) + SETTLING_MS
  return isSettling || former.includes(version) ? null : changeModel(state, version, at)
}

/** What a dry run would have asked binds nobody once it ended, and the other way round. */
export function inMode(state: RetrainState, dryRun: boolean): RetrainState {
  return state.dryRun === dryRun ? state : { ...state, dryRun, open: [], askedAt: {} }
}
