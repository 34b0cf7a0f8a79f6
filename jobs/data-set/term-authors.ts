import type { ClickHouse } from '../../pipelines/clickhouse.ts'

/** How many distinct authors wrote each term in content that nobody labelled for the kind. */
export async function authorsOf(
  clickhouse: Pick<ClickHouse, 'query'>,
  { kind, terms }: { readonly kind: string; readonly terms: readonly string[] },
): Promise<ReadonlyMap<string, number>> {
  throw new Error(`not yet ${clickhouse} ${kind} ${terms}`)
}
