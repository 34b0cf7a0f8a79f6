import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import { readDriftTerms } from '../../pipelines/drift-terms.ts'
import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import { textLoopRules } from '../../processors/retrain/loop-rules.ts'
import { NicrError } from '../../schemas/errors.ts'
import type { DataSet, DataSetManifest, DataSetRow } from './data-set.ts'
import { digestOf, hashOfDigests, writeDataSet } from './data-set-files.ts'
import { groupRows } from './group-rows.ts'
import { LABEL_ROWS_MAX, readLabelRows } from './label-rows.ts'
import { leaksOf } from './leaks.ts'
import { readReplayRows } from './replay-rows.ts'
import { LeftOut, type RowDraft } from './row-draft.ts'
import { type NearPictures, type PictureSight, withHashes } from './row-pictures.ts'
import { readWeakRows, WEAK_ROWS_MAX } from './weak-rows.ts'

/** What a data set is made of. */
export interface DataSetOrder {
  readonly clickhouse: Pick<ClickHouse, 'query'>
  /** One with a `loop`; without, as of a text kind. */
  readonly kind: KindDeclaration
  /** NICR_DATA_DIR. */
  readonly dataDir: string
  /** The champion: its scores are replayed, and what drifted under it is new. */
  readonly parentVersion: string
  /** Since when it answers, ms since the epoch by the broker's clock: earlier labels were there for its own training. */
  readonly championSince: number
  /**
   * Offset of `nicr.labels` from which on labels are learned from, instead of by `championSince`: `manifest.labels.nextOffset` of the data
   * set that the champion learned from, so that labels which came while that one was trained are not lost.
   */
  readonly labelsFrom?: number
  /** Scores by the champion, null for a text without one. Unless given, content that another version scored is not replayed. */
  readonly scoreTexts?: (
    contents: readonly { readonly text: string; readonly language: string | null }[],
  ) => Promise<readonly (number | null)[]>
  /** For kinds that read images. Unless given, only the same picture is known again, and none is looked at. */
  readonly pictures?: PictureSight
  readonly signal?: AbortSignal
}

/**
 * Puts together what a challenger of the kind learns from, and writes it unless it is there already. The same topics give the same rows,
 * the same hash and the same bytes.
 * @throws NicrError NICR_CLICKHOUSE_*; NICR_DATA_SET_INVALID if rows that belong together lie in two folds; what `signal` was aborted with
 */
export async function buildDataSet(order: DataSetOrder): Promise<DataSet> {
  const {
    clickhouse,
    kind,
    dataDir,
    parentVersion,
    championSince,
    labelsFrom,
    scoreTexts,
    pictures,
    signal,
  } = order
  const leftOut = new LeftOut()
  const newTerms = await readDriftTerms(clickhouse, { kind: kind.kind, modelVersion: parentVersion })
  const labelled = await readLabelRows(
    clickhouse,
    {
      kind,
      isNew: ({ offset, appendedAt }) =>
        labelsFrom === undefined ? appendedAt >= championSince : offset >= labelsFrom,
    },
    leftOut,
  )
  signal?.throwIfAborted()
  const weak = await readWeakRows(
    clickhouse,
    {
      kind,
      truths: new Map([...labelled.truths.values()].map(({ contentId, value }) => [contentId, value])),
      labelWeight: labelled.rows.reduce((sum, { weight }) => sum + weight, 0),
    },
    leftOut,
  )
  signal?.throwIfAborted()
  const rowsMax = (kind.loop ?? textLoopRules).labels.replayRowsMax
  const taken = new Set([...labelled.rows, ...weak.rows].map(({ contentId }) => contentId))
  const replay = await readReplayRows(
    clickhouse,
    { kind, modelVersion: parentVersion, rowsMax, newTerms, taken, scoreTexts },
    leftOut,
  )
  signal?.throwIfAborted()
  const read = [...labelled.rows, ...weak.rows, ...replay.rows]
  const drafts = pictures === undefined ? read : await withHashes(read, pictures, leftOut, signal)
  const { rows, splits } = checked(drafts, pictures?.newNearPictures)
  const manifest: DataSetManifest = {
    kind: kind.kind,
    hash: hashOfDigests(rows.map(({ digest }) => digest)),
    parentVersion,
    rows: rows.length,
    rowsByRole: byRole(rows),
    labelsBySource: bySource(rows),
    labels: labelled.offsets,
    leftOut: leftOut.counts,
    bounds: {
      championSince,
      driftSince: replay.driftSince,
      labelRowsMax: LABEL_ROWS_MAX,
      weakRowsMax: WEAK_ROWS_MAX,
      replayRowsMax: rowsMax,
    },
    guidelineVersions: labelled.guidelineVersions,
    labellers: labelled.labellers,
    weak: weak.figures,
    splits,
    newTerms,
  }
  const path = await writeDataSet(dataDir, rows, manifest)
  return { kind: kind.kind, hash: manifest.hash, path, rows, newTerms, manifest }
}

/** Rows in order of time, in groups and folds. */
export function finished(drafts: readonly RowDraft[], newNearPictures?: () => NearPictures) {
  const ordered = drafts.toSorted(
    (left, right) =>
      left.at - right.at ||
      compare(left.contentId, right.contentId) ||
      left.revision - right.revision ||
      compare(left.role, right.role),
  )
  const { groups, folds, ties, tiesDropped, groupCount, largestShare } = groupRows(ordered, newNearPictures)
  const rows = ordered.map((draft, i): DataSetRow => {
    const row = { ...draft, group: groups[i]! }
    return { digest: digestOf(row), ...row, fold: folds[i]! }
  })
  return { rows, splits: { groups: groupCount, largestShare, ties, tiesDropped } }
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0
}

/** @throws NicrError NICR_DATA_SET_INVALID if rows that belong together lie in two folds */
function checked(drafts: readonly RowDraft[], newNearPictures?: () => NearPictures) {
  const { rows, splits } = finished(drafts, newNearPictures)
  const [leak] = leaksOf(rows, splits.ties, newNearPictures)
  if (leak === undefined) return { rows, splits }
  const [one, other] = leak.rows.map(place => rows[place]!.contentId)
  throw new NicrError(
    'NICR_DATA_SET_INVALID',
    `${one} and ${other} lie in two folds though they have the same ${leak.tie}; this is a bug, please report it`,
  )
}

function byRole(rows: readonly DataSetRow[]): DataSetManifest['rowsByRole'] {
  const counts = { LABEL: 0, WEAK: 0, REPLAY: 0 }
  for (const { role } of rows) counts[role]++
  return counts
}

function bySource(rows: readonly DataSetRow[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { source, role } of rows)
    if (role === 'LABEL') counts[source ?? 'none'] = (counts[source ?? 'none'] ?? 0) + 1
  return counts
}
