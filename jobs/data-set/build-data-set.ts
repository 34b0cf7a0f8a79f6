import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { DataSet } from './data-set.ts'

/** What a data set is made of. */
export interface DataSetOrder {
  readonly clickhouse: Pick<ClickHouse, 'query'>
  /** One with a `loop`. */
  readonly kind: KindDeclaration
  /** NICR_DATA_DIR. */
  readonly dataDir: string
  /** The champion: its scores are replayed, and what drifted under it is new. */
  readonly parentVersion: string
  /** Since when it answers, ms since the epoch: earlier labels were there for its own training. */
  readonly championSince: number
  /** Offset of `nicr.labels` from which on labels are learned from, instead of by `championSince`. */
  readonly labelsFrom?: number
  /** Scores by the champion, null for a text without one. Unless given, content that another version scored is not replayed. */
  readonly scoreTexts?: (
    contents: readonly { readonly text: string; readonly language: string | null }[],
  ) => Promise<readonly (number | null)[]>
  readonly signal?: AbortSignal
}

/**
 * Puts together what a challenger of the kind learns from, and writes it unless it is there already.
 * @throws NicrError NICR_CLICKHOUSE_*; NICR_DATA_SET_INVALID if rows of one group lie in two folds
 */
export async function buildDataSet(order: DataSetOrder): Promise<DataSet> {
  throw new Error(`not yet ${order.parentVersion}`)
}
