import type { KindDeclaration } from '../../pipelines/kind-declaration.ts'
import type { HeldImage } from '../../pipelines/kind-input.ts'
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
    ...rowImages(kind, content),
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

/** The images of a row, of a kind that reads them. */
export function rowImages(
  { input }: Pick<KindDeclaration, 'input'>,
  { images }: { readonly images: readonly HeldImage[] },
): Pick<RowDraft, 'images'> {
  return input === 'IMAGE' ? { images: images.map(image => ({ ...image, hashes: null })) } : {}
}

/** Counts what was left out, by why. */
export class LeftOut {
  readonly counts: Record<string, number> = {}

  add(why: string, count = 1): void {
    if (count > 0) this.counts[why] = (this.counts[why] ?? 0) + count
  }
}
