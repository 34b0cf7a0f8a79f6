import type { ClickHouse } from '../../pipelines/clickhouse.ts'
import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { LabelSample } from '../../schemas/records.ts'

export interface SampleChooserParts {
  readonly clickhouse: Pick<ClickHouse, 'query'>
  readonly kinds: Readonly<Record<string, KindDeclaration>>
  /** Wall clock, ms since the epoch. */
  readonly now?: () => number
}

export interface SampleChooser {
  /**
   * Samples to publish now; mostly none. Cheap where nothing changed.
   * @param about the retrain request they serve: many are asked while one is open, a trickle otherwise
   * @throws NicrError NICR_KIND_UNKNOWN, NICR_CLICKHOUSE_*
   */
  choose(kind: string, about?: { readonly requestId?: string | null }): Promise<LabelSample[]>
}

export function createSampleChooser(parts: SampleChooserParts): SampleChooser {
  throw new Error(`not yet ${parts.now}`)
}
