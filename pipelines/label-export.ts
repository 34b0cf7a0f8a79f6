import type { ClickHouse } from './clickhouse.ts'
import type { LabelStore, Tagged } from './label-store.ts'

/** A content with everything people said of it. */
export interface ExportedContent {
  readonly contentId: string
  readonly revision: number
  readonly text: string
  readonly language: string | null
  readonly labels: readonly ExportedLabel[]
}

export interface ExportedLabel {
  readonly value: number
  readonly labeller: string
  readonly origin: string
  readonly guidelineVersion: string
  readonly seconds: number | null
  readonly modelShown: boolean
  /** ms since the epoch. */
  readonly at: number
}

/** Contents of one look at the labels, and at the texts. */
const PAGE_CONTENTS = 5_000
const TEXTS_MAX = 500

const CONTENTS = `
SELECT contentId, revision, groupArray((value, labeller, origin, guidelineVersion, seconds, modelShown, atMs)) AS said
FROM (
  SELECT contentId, revision, value, labeller, origin, guidelineVersion, seconds, modelShown, toUnixTimestamp64Milli(at) AS atMs
  FROM labels
  WHERE kind = {kind:String} AND contentId >= {contentId:String} AND (contentId, revision) > ({contentId:String}, {revision:Int32}) ORDER BY contentId, revision, at, id
)
GROUP BY contentId, revision ORDER BY contentId, revision LIMIT {limit:UInt32}`

type SaidRow = readonly [number, string, string, string, number | null, boolean, number]

/**
 * Every content that was labelled under a kind, with its text and labels, ordered by id; what was deleted or has no text is left out and told.
 * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function* exportLabels(
  { clickhouse, textsOf }: { clickhouse: Pick<ClickHouse, 'query'>; textsOf: LabelStore['textsOf'] },
  kind: string,
  onLeftOut: (contentId: string) => void,
): AsyncGenerator<ExportedContent> {
  let after = { contentId: '', revision: -1 }
  for (;;) {
    const rows = await clickhouse.query<{ contentId: string; revision: number; said: readonly SaidRow[] }>(
      CONTENTS,
      { kind, ...after, limit: PAGE_CONTENTS },
    )
    for (let from = 0; from < rows.length; from += TEXTS_MAX) {
      const piece = rows.slice(from, from + TEXTS_MAX)
      const texts = new Map((await textsOf(kind, piece)).map(one => [keyOf(one), one]))
      for (const { contentId, revision, said } of piece) {
        const found = texts.get(keyOf({ contentId, revision }))
        if (found === undefined) onLeftOut(contentId)
        else {
          const { text, language } = found
          yield { contentId, revision, text, language, labels: said.map(labelOf) }
        }
      }
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < PAGE_CONTENTS) return
    after = { contentId: last.contentId, revision: last.revision }
  }
}

function labelOf([
  value,
  labeller,
  origin,
  guidelineVersion,
  seconds,
  modelShown,
  at,
]: SaidRow): ExportedLabel {
  return { value, labeller, origin, guidelineVersion, seconds, modelShown, at: Number(at) }
}

function keyOf({ contentId, revision }: Tagged): string {
  return `${revision}\0${contentId}`
}
