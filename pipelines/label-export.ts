import type { Label } from '../schemas/records.ts'
import type { ClickHouse } from './clickhouse.ts'
import type { KindDeclaration } from './kind-declaration.ts'
import type { HeldImage } from './kind-input.ts'
import type { LabelStore, Tagged } from './label-store.ts'

/** A content with everything people said of it. */
export interface ExportedContent {
  readonly contentId: string
  readonly revision: number
  readonly text: string
  readonly language: string | null
  /** Empty for kinds that read text alone. */
  readonly images: readonly HeldImage[]
  readonly labels: readonly ExportedLabel[]
}

export interface ExportedLabel {
  readonly value: number
  readonly boxes: Label['boxes']
  readonly labeller: string
  readonly origin: string
  readonly guidelineVersion: string
  readonly seconds: number | null
  readonly modelShown: boolean
  /** ms since the epoch. */
  readonly at: number
}

/** Contents of one look at the labels, and at what they are about. */
const PAGE_CONTENTS = 5_000
const HELD_MAX = 500

const CONTENTS = `
SELECT contentId, revision, groupArray((value, boxes, labeller, origin, guidelineVersion, seconds, modelShown, atMs)) AS said
FROM (
  SELECT contentId, revision, value, boxes, labeller, origin, guidelineVersion, seconds, modelShown, toUnixTimestamp64Milli(at) AS atMs
  FROM labels
  WHERE kind = {kind:String} AND contentId >= {contentId:String} AND (contentId, revision) > ({contentId:String}, {revision:Int32}) ORDER BY contentId, revision, at, id
)
GROUP BY contentId, revision ORDER BY contentId, revision LIMIT {limit:UInt32}`

type SaidRow = readonly [number, Label['boxes'], string, string, string, number | null, boolean, number]

/**
 * Every content that was labelled under a kind, with its text, images and labels, ordered by id; what was deleted or holds nothing that the kind reads is left out and told.
 * @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE
 */
export async function* exportLabels(
  { clickhouse, contentsOf }: { clickhouse: Pick<ClickHouse, 'query'>; contentsOf: LabelStore['contentsOf'] },
  kind: KindDeclaration,
  onLeftOut: (contentId: string) => void,
): AsyncGenerator<ExportedContent> {
  let after = { contentId: '', revision: -1 }
  for (;;) {
    const rows = await clickhouse.query<{ contentId: string; revision: number; said: readonly SaidRow[] }>(
      CONTENTS,
      { kind: kind.kind, ...after, limit: PAGE_CONTENTS },
    )
    for (let from = 0; from < rows.length; from += HELD_MAX) {
      const piece = rows.slice(from, from + HELD_MAX)
      const held = new Map((await contentsOf(kind, piece)).map(one => [keyOf(one), one]))
      for (const { contentId, revision, said } of piece) {
        const found = held.get(keyOf({ contentId, revision }))
        if (found === undefined) onLeftOut(contentId)
        else {
          const { text, language, images } = found
          yield { contentId, revision, text, language, images, labels: said.map(labelOf) }
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
  boxes,
  labeller,
  origin,
  guidelineVersion,
  seconds,
  modelShown,
  at,
]: SaidRow): ExportedLabel {
  return { value, boxes, labeller, origin, guidelineVersion, seconds, modelShown, at: Number(at) }
}

function keyOf({ contentId, revision }: Tagged): string {
  return `${revision}\0${contentId}`
}
