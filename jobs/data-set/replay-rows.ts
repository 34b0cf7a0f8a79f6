import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { createTermFinder } from '../../pipelines/drift-terms.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { holdsInput } from '../../pipelines/kind-input.ts'
import { readContents } from '../../pipelines/stored-contents.ts'
import { contentFields, type LeftOut, type RowDraft } from './row-draft.ts'

const WINDOW_MS = 30 * 24 * 3_600_000
/** Contents that are drawn for each that is wanted, so that those before the drift can be preferred. */
const DRAWN_TIMES = 8
/** Read for each that is wanted: some hold new words, were deleted or edited. */
const READ_TIMES = 1.25
const READ_EXTRA = 500
/** An author has at most this share of the rows, and may have so many. */
const AUTHOR_SHARE_MAX = 0.02
const AUTHOR_ROWS_MIN = 10
/** Texts that are scored in one go. */
const SCORED_AT_ONCE = 256

const COUNT = `
SELECT count() AS scores, toUnixTimestamp64Milli(max(_appended_at)) AS lastAt FROM scores_log
WHERE kind = {kind:String} AND alias = 'CHAMPION'`

const DRIFT_SINCE = `
SELECT toUnixTimestamp64Milli(min(since)) AS since FROM current_drifts
WHERE kind = {kind:String} AND modelVersion = {modelVersion:String} HAVING count() > 0`

/** By hour in turn, so that a busy day does not stand for all; before the drift first, and what the champion itself scored. */
const DRAWN = `
SELECT contentId, revision, value, language, modelVersion
FROM (
  SELECT *, row_number() OVER (PARTITION BY isLate, toStartOfHour(eventAt) ORDER BY draw, contentId) AS turn
  FROM (
    SELECT *, row_number() OVER (PARTITION BY author ORDER BY isLate, isOther, draw, contentId) AS ofAuthor
    FROM (
      SELECT contentId, draw, latest.1 AS revision, assumeNotNull(latest.2) AS value, latest.4 AS language, latest.5 AS author,
        latest.6 AS modelVersion, latest.7 AS eventAt, eventAt >= fromUnixTimestamp64Milli({driftSince:Int64}) AS isLate,
        modelVersion != {modelVersion:String} AS isOther
      FROM (
        SELECT contentId, bitShiftRight(cityHash64('replay', contentId), 11) / 9007199254740992 AS draw,
          argMax((revision, value, status, language, author, modelVersion, eventAt), (revision, _offset)) AS latest
        FROM scores_log
        WHERE kind = {kind:String} AND alias = 'CHAMPION' AND _appended_at >= fromUnixTimestamp64Milli({from:Int64}) AND draw < {share:Float64}
          AND contentId NOT IN (SELECT contentId FROM labels_log WHERE kind = {kind:String})
        GROUP BY contentId
      )
      WHERE latest.3 = 'SCORED' AND (isOther = 0 OR {others:Bool})
    )
  )
  WHERE ofAuthor <= {authorMax:UInt32} OR author = ''
)
ORDER BY isLate, isOther, turn, draw, contentId LIMIT {limit:UInt32}`

interface DrawnRow {
  readonly contentId: string
  readonly revision: number
  readonly value: number
  readonly language: string | null
  readonly modelVersion: string
}

export interface ReplayOrder {
  readonly kind: KindDeclaration
  readonly modelVersion: string
  readonly rowsMax: number
  readonly newTerms: readonly string[]
  /** Contents that have a row already. */
  readonly taken: ReadonlySet<string>
  readonly scoreTexts?:
    | ((
        contents: readonly { readonly text: string; readonly language: string | null }[],
      ) => Promise<readonly (number | null)[]>)
    | undefined
}

export interface ReplayRows {
  readonly rows: readonly RowDraft[]
  readonly driftSince: number | null
}

/** Later than any event: nothing drifts. */
const NEVER = 4_102_444_800_000

/**
 * Ordinary content with the champion's scores: spread over time and authors, rather from before the drift, and never with a new word.
 * @throws NicrError NICR_CLICKHOUSE_*
 */
export async function readReplayRows(
  clickhouse: Pick<ClickHouse, 'query'>,
  order: ReplayOrder,
  leftOut: LeftOut,
): Promise<ReplayRows> {
  const { kind, modelVersion, rowsMax, newTerms, taken, scoreTexts } = order
  const [total] = await clickhouse.query<{ scores: number; lastAt: number }>(COUNT, { kind: kind.kind })
  const [drift] = await clickhouse.query<{ since: number }>(DRIFT_SINCE, { kind: kind.kind, modelVersion })
  const driftSince = drift?.since ?? null
  if (rowsMax === 0 || total === undefined || total.scores === 0) return { rows: [], driftSince }
  const drawn = await clickhouse.query<DrawnRow>(DRAWN, {
    kind: kind.kind,
    modelVersion,
    driftSince: driftSince ?? NEVER,
    // By the log's own clock, so that the same log gives the same rows.
    from: Math.max(0, total.lastAt - WINDOW_MS),
    share: Math.min(1, (DRAWN_TIMES * rowsMax) / total.scores),
    others: scoreTexts !== undefined,
    authorMax: Math.max(AUTHOR_ROWS_MIN, Math.ceil(rowsMax * AUTHOR_SHARE_MAX)),
    limit: Math.ceil(rowsMax * READ_TIMES) + READ_EXTRA,
  })
  const contents = await readContents(
    clickhouse,
    drawn.map(({ contentId }) => contentId),
  )
  const termIn = createTermFinder(newTerms)
  const rows: RowDraft[] = []
  const unscored: RowDraft[] = []
  let gone = 0
  let withTerm = 0
  for (const { contentId, revision, value, language, modelVersion: by } of drawn) {
    if (rows.length + unscored.length >= rowsMax) break
    if (taken.has(contentId)) continue
    const content = contents.current(contentId)
    if (content === null || content.revision !== revision || !holdsInput(kind, content)) gone++
    else if (termIn(content.text) !== null) withTerm++
    else {
      const row: RowDraft = {
        ...contentFields(kind, content, language),
        target: value,
        weight: 1,
        role: 'REPLAY',
        source: null,
        samplingProbability: null,
        evidence: [],
      }
      if (by === modelVersion) rows.push(row)
      else unscored.push(row)
    }
  }
  leftOut.add('replayDeletedOrEdited', gone)
  leftOut.add('replayWithNewTerm', withTerm)
  if (scoreTexts !== undefined) rows.push(...(await scored(unscored, scoreTexts)))
  return { rows, driftSince }
}

async function scored(
  rows: readonly RowDraft[],
  scoreTexts: NonNullable<ReplayOrder['scoreTexts']>,
): Promise<RowDraft[]> {
  const done: RowDraft[] = []
  for (let at = 0; at < rows.length; at += SCORED_AT_ONCE) {
    const batch = rows.slice(at, at + SCORED_AT_ONCE)
    const values = await scoreTexts(batch)
    batch.forEach((row, i) => {
      const value = values[i] ?? null
      if (value !== null) done.push({ ...row, target: value })
    })
  }
  return done
}
