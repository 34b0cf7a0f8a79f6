import type { Label } from '../../schemas/records.ts'
import type { KindDeclaration } from '../kind-declaration.ts'
import type { HeldImage } from '../kind-input.ts'
import { kinds } from '../kinds.ts'
import type { LabelStore } from '../label-store.ts'
import type { LabelledImages } from '../runtime/bank-step.ts'

/** Finds the images of labelled contents in ClickHouse, a question for each kind. @throws NicrError NICR_CLICKHOUSE_UNAVAILABLE */
export function labelledImages(
  store: Pick<LabelStore, 'contentsOf'>,
  declared: Readonly<Record<string, KindDeclaration>> = kinds,
): LabelledImages {
  return async labels => {
    const images = new Map<string, readonly HeldImage[]>()
    for (const name of new Set(labels.map(({ kind }) => kind))) {
      const kind = Object.hasOwn(declared, name) ? declared[name] : undefined
      if (kind === undefined) continue
      const own = labels.filter(label => label.kind === name)
      const contents = await store.contentsOf(
        kind,
        own.map(({ contentId, revision }) => ({ contentId, revision })),
      )
      const byContent = new Map(contents.map(content => [keyOf(content), content.images]))
      for (const label of own) {
        const found = byContent.get(keyOf(label))
        if (found !== undefined) images.set(label.id, found)
      }
    }
    return images
  }
}

function keyOf({ contentId, revision }: Pick<Label, 'contentId' | 'revision'>): string {
  return `${revision} ${contentId}`
}
