import type { KindDeclaration } from '../../pipelines/kinds.ts'
import type { StoredContent } from '../../pipelines/stored-contents.ts'
import { watchedSlices } from '../../processors/drift/declared-features.ts'
import type { DataSetRow } from './data-set.ts'

/** A row before it is known which others it belongs to. */
export type RowDraft = Omit<DataSetRow, 'digest' | 'group' | 'fold'>

/** What of a row comes from its content. */
export function contentFields(
  kind: KindDeclaration,
  content: StoredContent,
  /** As scoring took it to be; the platform's where it was not scored. */
  scoredLanguage: string | null,
) {
  const { id, revision, text, author, thread, at, topic, partition, offset } = content
  const language = scoredLanguage ?? content.language
  const authorAgeMs = content.authorSince === null ? null : at - content.authorSince
  const slices = watchedSlices(kind.drift?.slices ?? [])
    // No slice that is left asks for the score or the draw.
    .filter(({ holds }) =>
      holds({ contentKind: content.contentKind, language, authorAgeMs, score: 0, draw: 0 }),
    )
    .map(({ name }) => name)
  return {
    text,
    contentId: id,
    revision,
    author,
    thread,
    language,
    at,
    place: { topic, partition, offset },
    slices,
  }
}

/** Counts what was left out, by why. */
export class LeftOut {
  readonly counts: Record<string, number> = {}

  add(why: string, count = 1): void {
    if (count > 0) this.counts[why] = (this.counts[why] ?? 0) + count
  }
}
